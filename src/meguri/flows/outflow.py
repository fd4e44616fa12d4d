"""The arithmetic of the outflow estimate: steps ① to ⑦ on arrays that lead with the draw.

① new sales s[y] → ② used arising u[y] = Σ_k s[y−k] · p[k] → ③ U = Σ u → ④ exports e[y] → ⑤ E = Σ e →
⑥ outflow ratio E / U → ⑦ metals e · content and value e · content · price. Content follows the model years of the
cars that become used in the year: content[y] = Σ_k s[y−k] p[k] c[y−k] / u[y].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meguri.flows.inputs import ELEMENTS, FIRST_SALES_YEAR, Inputs, Plan
from meguri.flows.statements import FIRST_YEAR

Floats = NDArray[np.float64]


TOTAL = "total"

UNITS = {
    "new_sales": "vehicle",
    "new_sales_cum": "vehicle",
    "used_arising": "vehicle",
    "used_arising_cum": "vehicle",
    "exports": "vehicle",
    "exports_cum": "vehicle",
    "outflow_ratio": "1",
    "outflow_ratio_inverse": "1",
    "kept_home_cum": "vehicle",
    "destination_share": "1",
    "mass_t": "t",
    "mass_t_cum": "t",
    "value_jpy": "JPY",
    "value_jpy_cum": "JPY",
}
"""Quantity → unit."""


@dataclass(frozen=True, slots=True)
class Series:
    """Figures per draw. By year (draw, year) from 2009, by export year (draw, year) from 2017; `units_by_place`
    (draw, year, place) and `share_by_place`; `mass_t` and `value_jpy` (draw, element + total, year), vehicles, t, JPY.
    """

    new_sales: Floats
    new_sales_cum: Floats
    used_arising: Floats
    used_arising_cum: Floats
    exports: Floats
    exports_cum: Floats
    outflow_ratio: Floats
    outflow_ratio_inverse: Floats
    kept_home_cum: Floats
    units_by_place: Floats
    share_by_place: Floats
    mass_t: Floats
    mass_t_cum: Floats
    value_jpy: Floats
    value_jpy_cum: Floats


def used_arising(sales: Floats, shares: Floats) -> Floats:
    """Step ②: Σ over purchase years of sales (draw, year) × share converting k years later (draw, age)."""
    used = np.zeros_like(sales, order="F")
    years = sales.shape[1]
    for age in range(min(shares.shape[1], years)):
        if shares[:, age].any():
            used[:, age:] += sales[:, : years - age] * shares[:, age : age + 1]
    return used


def _sum_of_places(units: Floats) -> Floats:
    """Place by place, so that the order of adding does not depend on how many draws there are."""
    total = units[:, :, 0].copy(order="F")
    for place in range(1, units.shape[2]):
        total += units[:, :, place]
    return total


def compute(plan: Plan, inputs: Inputs) -> Series:
    """Steps ① to ⑦ for every draw at once."""
    used = used_arising(inputs.sales, inputs.shares)
    used_cum = np.cumsum(used, axis=1)
    start = FIRST_YEAR - FIRST_SALES_YEAR
    units = inputs.exports
    exports = _sum_of_places(units)
    exports_cum = inputs.before_2017[:, None] + np.cumsum(exports, axis=1)
    since = used_cum[:, start:]
    mass = _mass_t(plan, inputs, used, exports)
    value = mass[:, :-1] * inputs.price * 1000
    value = np.concatenate([value, value.sum(axis=1, keepdims=True)], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = exports_cum / since
        share = units / exports[:, :, None]
    return Series(
        new_sales=inputs.sales,
        new_sales_cum=np.cumsum(inputs.sales, axis=1),
        used_arising=used,
        used_arising_cum=used_cum,
        exports=exports,
        exports_cum=exports_cum,
        outflow_ratio=ratio,
        outflow_ratio_inverse=1 / ratio,
        kept_home_cum=since - exports_cum,
        units_by_place=units,
        share_by_place=np.nan_to_num(share),
        mass_t=mass,
        mass_t_cum=np.cumsum(mass, axis=2),
        value_jpy=value,
        value_jpy_cum=np.cumsum(value, axis=2),
    )


def _mass_t(plan: Plan, inputs: Inputs, used: Floats, exports: Floats) -> Floats:
    """Step ⑦: t leaving by element and in all, (draw, element + total, export year)."""
    draws, years = exports.shape
    elements = plan.content_low.shape[1]
    mass = np.zeros((draws, elements + 1, years), order="F")
    if inputs.content_flat is not None:
        for element in range(elements):
            per_vehicle_t = inputs.content_flat * (plan.content_low[0, element] / 1000)
            mass[:, element] = exports * per_vehicle_t[:, None]
    else:
        start = FIRST_YEAR - FIRST_SALES_YEAR
        for at in range(years):
            year = start + at
            low, spread = np.zeros((draws, elements), order="F"), np.zeros((draws, elements), order="F")
            for age in range(min(inputs.shares.shape[1], year + 1)):
                converting = inputs.sales[:, year - age] * inputs.shares[:, age]
                for element in range(elements):
                    bottom, top = (
                        plan.content_low[year - age, element],
                        plan.content_high[year - age, element],
                    )
                    low[:, element] += converting * bottom
                    spread[:, element] += converting * (top - bottom)
            per_vehicle = (low + spread * inputs.content_mix[:, None]) / used[:, year : year + 1]
            mass[:, :elements, at] = per_vehicle * (exports[:, at] * inputs.content_scale / 1000)[:, None]
    mass[:, elements] = mass[:, :elements].sum(axis=1)
    return mass


@dataclass(frozen=True, slots=True)
class Label:
    """Which figure a column of `columns_of` holds."""

    quantity: str
    year: int
    destination: str = ""
    element: str = ""

    @property
    def figure(self) -> str:
        """The figure's address: `outflow_ratio:2024`, `mass_t:2024:Li`, `exports:2024:South Korea`."""
        return ":".join(
            str(part) for part in (self.quantity, self.year, self.destination or self.element) if part
        )


def labels_of(plan: Plan) -> tuple[Label, ...]:
    """The figure of each column, in the order of `columns_of`."""
    since, places = plan.export_years, plan.exports.destinations
    elements = (*ELEMENTS, TOTAL)
    labels: list[Label] = []
    for name in ("new_sales", "new_sales_cum", "used_arising", "used_arising_cum"):
        labels += [Label(name, year) for year in plan.years]
    for name in ("exports", "exports_cum", "outflow_ratio", "outflow_ratio_inverse", "kept_home_cum"):
        labels += [Label(name, year) for year in since]
    for name in ("exports", "destination_share"):
        labels += [Label(name, year, destination=place) for place in places for year in since]
    for name in ("mass_t", "mass_t_cum", "value_jpy", "value_jpy_cum"):
        labels += [Label(name, year, element=element) for element in elements for year in since]
    return tuple(labels)


def columns_of(series: Series) -> tuple[Floats, ...]:
    """Every figure as (draw, column) tables, to be read side by side; the labels are `labels_of`."""
    flat = [
        series.new_sales,
        series.new_sales_cum,
        series.used_arising,
        series.used_arising_cum,
        series.exports,
        series.exports_cum,
        series.outflow_ratio,
        series.outflow_ratio_inverse,
        series.kept_home_cum,
    ]
    for table in (series.units_by_place, series.share_by_place):
        flat += [table[:, :, place] for place in range(table.shape[2])]
    for table in (series.mass_t, series.mass_t_cum, series.value_jpy, series.value_jpy_cum):
        flat += [table[:, element, :] for element in range(table.shape[1])]
    return tuple(flat)
