"""The outflow estimate as a careful flodym user would write it: one material-flow system, run once per draw.

The stock of cars in first use is flodym's inflow-driven dynamic stock model with a lifetime from a table of shares;
the content is multiplied in after the stock, cohort by cohort. The system is built once and its
arrays are reused. The lifetime implements the method that flodym's own lifetimes implement; `FilledLifetime` goes
round it.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from flodym import Dimension, DimensionSet, FlodymArray, InflowDrivenDSM, LifetimeModel, StockArray
from flodym.lifetime_models import LifetimeArrayType
from numpy.typing import NDArray

from meguri.flows.inputs import ELEMENTS, Inputs, Plan

Floats = NDArray[np.float64]


class TableLifetime(LifetimeModel):
    """Share `remaining` with the first owner by age, (time,), counted from the year of purchase."""

    remaining: LifetimeArrayType | None = None
    _prm_names: ClassVar[list[str]] = ["remaining"]

    def _survival_by_cohort(self, ages: Floats, i_c: int | slice) -> Floats:
        assert isinstance(self.remaining, np.ndarray)
        left: Floats = self.remaining[ages.astype(np.intp)]
        return left


class FilledLifetime(TableLifetime):
    """The same, its table by year and cohort filled at once instead of by flodym, cohort by cohort."""

    def compute_survival_factor(self) -> None:
        assert isinstance(self.remaining, np.ndarray)
        assert self._sf is not None
        age = np.subtract.outer(np.arange(self.remaining.size), np.arange(self.remaining.size))
        self._sf[...] = np.where(age >= 0, self.remaining[np.maximum(age, 0)], 0.0)


class System:
    """Dimensions, stock and parameters of the estimate under a plan."""

    def __init__(self, plan: Plan, lifetime: type[TableLifetime] = TableLifetime) -> None:
        time = Dimension(letter="t", name="time", items=list(plan.years), dtype=int)
        cohort = Dimension(letter="c", name="cohort", items=list(plan.years), dtype=int)
        since = Dimension(letter="s", name="since", items=list(plan.export_years), dtype=int)
        place = Dimension(letter="p", name="place", items=list(plan.exports.destinations), dtype=str)
        element = Dimension(letter="e", name="element", items=list(ELEMENTS), dtype=str)
        self.plan = plan
        self.first = len(plan.years) - len(plan.export_years)
        self.by_time = DimensionSet(dim_list=[time])
        self.since_cohort = DimensionSet(dim_list=[since, cohort])
        self.since_place = DimensionSet(dim_list=[since, place])
        self.cohort_element = DimensionSet(dim_list=[cohort, element])
        self.element_since = DimensionSet(dim_list=[element, since])
        self.sales = StockArray(dims=self.by_time, name="new sales")
        self.used = StockArray(dims=self.by_time, name="used arising")
        self.lifetime = lifetime(dims=self.by_time, remaining=np.ones(len(plan.years)))
        self.stock = InflowDrivenDSM(
            dims=self.by_time,
            name="first use",
            inflow=self.sales,
            outflow=self.used,
            stock=StockArray(dims=self.by_time, name="in first use"),
            lifetime_model=self.lifetime,
        )

    def run(self, inputs: Inputs, draw: int) -> dict[str, Floats]:
        """Every figure of one draw."""
        plan, stock, first = self.plan, self.stock, self.first
        leaving = np.zeros(len(plan.years))
        reach = min(leaving.size, inputs.shares.shape[1])
        leaving[:reach] = inputs.shares[draw, :reach]
        self.sales.values[...] = inputs.sales[draw]
        self.lifetime.remaining = 1 - np.cumsum(leaving)
        stock.compute()  # type: ignore[no-untyped-call]
        used = self.used.values
        leaving_cars = FlodymArray(dims=self.since_cohort, values=stock.get_outflow_by_cohort()[first:])
        places = FlodymArray(dims=self.since_place, values=inputs.exports[draw])
        spread = plan.content_high - plan.content_low
        kilograms = plan.content_low + spread * inputs.content_mix[draw]
        content = FlodymArray(dims=self.cohort_element, values=kilograms * inputs.content_scale[draw])
        price = FlodymArray(dims=self.element_since, values=inputs.price[draw])
        exports = places.sum_to(("s",))
        share = places / exports
        mass = (leaving_cars * content).sum_to(("e", "s")) / leaving_cars.sum_to(("s",)) * exports / 1000
        value = mass * price * 1000
        exported = inputs.before_2017[draw] + np.cumsum(exports.values)
        arisen = np.cumsum(used)
        tonnes = np.vstack([mass.values, mass.values.sum(axis=0)])
        yen = np.vstack([value.values, value.values.sum(axis=0)])
        ratio = exported / arisen[first:]
        return {
            "new_sales": inputs.sales[draw],
            "new_sales_cum": np.cumsum(inputs.sales[draw]),
            "used_arising": used.copy(),
            "used_arising_cum": arisen,
            "exports": exports.values,
            "exports_cum": exported,
            "outflow_ratio": ratio,
            "outflow_ratio_inverse": 1 / ratio,
            "kept_home_cum": arisen[first:] - exported,
            "units_by_place": places.values,
            "share_by_place": share.values,
            "mass_t": tonnes,
            "mass_t_cum": np.cumsum(tonnes, axis=1),
            "value_jpy": yen,
            "value_jpy_cum": np.cumsum(yen, axis=1),
        }
