"""From tables and options to arrays with a draw axis: everything that the arithmetic of the estimate takes.

`Plan` holds what does not depend on draws; `draw_inputs` turns random columns into `Inputs`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from meguri.errors import InputError, Said
from meguri.flows.customs import with_customs
from meguri.flows.draws import Columns, Noise, triangular
from meguri.flows.exports import ExportTable, draw_exports, recorded_exports
from meguri.flows.options import (
    CONTENT_BY_MODEL_YEAR,
    CONTENT_PER_VEHICLE,
    LAST_YEAR,
    PRICE_UNIFORM,
    OutflowOptions,
    Range,
    assumptions,
    bases,
)
from meguri.flows.statements import FIRST_YEAR
from meguri.flows.survey import CLASSES, draw_shares, rows_of
from meguri.statistics import Statistics

Floats = NDArray[np.float64]

ELEMENTS = ("Li", "Ni", "Co")
FIRST_SALES_YEAR = 2009
ROUNDED_UNTIL = 2017
PRICE_COLUMNS = {"Li": "li2co3_jpy_t", "Ni": "nickel_jpy_t", "Co": "cobalt_jpy_t"}
_SALES_YEARS = LAST_YEAR - FIRST_SALES_YEAR + 1
_PRICE_YEARS = LAST_YEAR - FIRST_YEAR + 1


@dataclass(frozen=True, slots=True)
class Plan:
    """Inputs without draws. Years run from 2009 to `until`; export years from 2017.

    `sales` (year) and `sales_status`; `content_low`, `content_high` (cohort, element) in kg per vehicle;
    `price` (element, export year) in JPY per kg of the element;
    `reference_kg` is the inferred content per vehicle to which the uniform price belongs.
    """

    options: OutflowOptions
    years: tuple[int, ...]
    export_years: tuple[int, ...]
    sales: Floats
    sales_status: tuple[str, ...]
    sales_rows: tuple[str, ...]
    last_sales_year: int
    exports: ExportTable
    ranges: Mapping[str, Range | None]
    survey_reading: str
    survey_rows: tuple[str, ...]
    content_basis: str
    price_basis: str
    reference_kg: float
    content_low: Floats
    content_high: Floats
    content_rows: tuple[str, ...]
    price: Floats
    price_rows: Mapping[int, tuple[str, ...]]
    columns: Columns


@dataclass(frozen=True, slots=True)
class Inputs:
    """Arrays that lead with the draw: sales (draw, year), shares (draw, age), exports (draw, export year, place),
    `before_2017` (draw), `content_mix` (draw) ∈ [0, 1], `content_scale` (draw), `price` (draw, element, year)."""

    sales: Floats
    shares: Floats
    exports: Floats
    before_2017: Floats
    content_mix: Floats
    content_scale: Floats
    content_flat: Floats | None
    price: Floats


def export_table(statistics: Statistics, options: OutflowOptions) -> ExportTable:
    """The joint export table that the options need: recorded where customs rows cover it, else drawn."""
    observations = statistics.table("used_bev_exports_observations").frame
    last = last_export_year(observations, statistics.table("used_bev_exports_customs").frame)
    observations, recorded = with_customs(observations, statistics.table("used_bev_exports_customs").frame)
    prior = statistics.table("export_table_prior").frame
    values = dict(zip(prior["parameter"], prior["value"], strict=True))
    if recorded is not None and recorded.years[-1] >= last:
        return recorded_exports(recorded, observations)
    return draw_exports(observations, values, last_year=last, seed=options.seed)


def export_fingerprint(statistics: Statistics, options: OutflowOptions) -> str:
    """SHA-256 of all that `export_table` depends on."""
    hasher = hashlib.sha256(str(options.seed).encode())
    for name in ("used_bev_exports_observations", "used_bev_exports_customs", "export_table_prior"):
        hasher.update(statistics.table(name).frame.write_csv().encode())
    return hasher.hexdigest()


def last_export_year(observations: pl.DataFrame, customs: pl.DataFrame) -> int:
    """Last calendar year of whose total at least half is stated.

    Raises InputError when nothing about exports was public yet.
    """
    totals = observations.filter((pl.col("destination") == "all") & (pl.col("measure") == "units"))
    ends = [end for end in totals["period_end"] if int(end[5:]) >= 6]
    ends += [f"{year}-12" for year in customs["year"].to_list()]
    if not ends:
        raise InputError(
            Said("Nothing was published yet on exports of used EVs"),
            where="used_bev_exports_observations",
            mend=Said("Choose a date after 2017-09-13, when the first figures appeared."),
        )
    return int(max(ends)[:4])


def plan(statistics: Statistics, options: OutflowOptions, exports: ExportTable) -> Plan:
    """Read the tables that the options need. Raises InputError where one has too few rows."""
    ranges = assumptions(statistics, options)
    table = _some(statistics.table("new_bev_sales").frame.sort("year"), "new_bev_sales")
    _some(statistics.table("survey_readings").frame, "survey_readings")
    known = {
        row["year"]: (float(row["bev_passenger_units"]), row["status"], row["row_id"])
        for row in table.iter_rows(named=True)
    }
    known |= _nowcast(statistics.table("new_bev_sales_registered_monthly").frame, known)
    last_sales = max(known)
    changed = dict(options.settings).get("export_change_from_now")
    until = options.until or _default_until(options, last_sales, exports.years[-1], changed)
    years = tuple(range(FIRST_SALES_YEAR, until + 1))
    rounded = options.method == "whitepaper"
    sales, status, rows = [], [], []
    for year in years:
        units, how, row_id = known.get(year, (0.0, "modelled", "outflow_assumptions:sales_growth"))
        sales.append(round(units, -3) if rounded and year <= ROUNDED_UNTIL else units)
        status.append(how)
        rows.append(row_id)
    reading, content_basis, price_basis = bases(options)
    low, high, content_rows = _content(statistics, content_basis, ranges, years)
    export_years = tuple(range(FIRST_YEAR, until + 1))
    price, price_rows = _prices(statistics, price_basis, ranges, export_years)
    return Plan(
        options=options,
        years=years,
        export_years=export_years,
        sales=np.array(sales),
        sales_status=tuple(status),
        sales_rows=tuple(rows),
        last_sales_year=last_sales,
        exports=exports,
        ranges=ranges,
        survey_reading=reading,
        survey_rows=rows_of(statistics, reading),
        content_basis=content_basis,
        price_basis=price_basis,
        reference_kg=float(
            statistics.resolve("outflow_assumptions:content_kg_per_vehicle").values["whitepaper_mode"]
        ),
        content_low=low,
        content_high=high,
        content_rows=content_rows,
        price=price,
        price_rows=price_rows,
        columns=Columns(
            uniform=(
                *((name, 1) for name in ranges),
                ("reading", 1),
                ("split", 1),
                ("export_table", 1),
                ("sales_by_year", _SALES_YEARS),
            ),
            normal=(("respondents", CLASSES), ("price_by_year", len(ELEMENTS) * _PRICE_YEARS)),
        ),
    )


def _nowcast(
    monthly: pl.DataFrame, known: Mapping[int, tuple[float, str, str]]
) -> dict[int, tuple[float, str, str]]:
    """The year in progress, from its months of registered cars: last year's total × growth over the same months."""
    year = max(known) + 1
    now = monthly.filter(pl.col("year") == year)
    before = monthly.filter((pl.col("year") == year - 1) & pl.col("month").is_in(now["month"].implode()))
    if now.height == 0 or before.height < now.height:
        return {}
    growth = float(now["registered_bev_units"].sum()) / float(before["registered_bev_units"].sum())
    return {year: (known[year - 1][0] * growth, "modelled", now.sort("month")["row_id"][-1])}


def _some(rows: pl.DataFrame, where: str) -> pl.DataFrame:
    if rows.height == 0:
        raise InputError(
            Said("Nothing in this table was public yet"), where=where, mend=Said("Choose a later date.")
        )
    return rows


def _default_until(options: OutflowOptions, last_sales: int, last_exports: int, changed: Range | None) -> int:
    if changed is not None and (changed.low, changed.high) != (0.0, 0.0):
        return LAST_YEAR
    return last_exports if options.method == "whitepaper" else max(last_sales, last_exports)


def _content(
    statistics: Statistics, basis: str, ranges: Mapping[str, Range | None], years: tuple[int, ...]
) -> tuple[Floats, Floats, tuple[str, ...]]:
    if basis == CONTENT_PER_VEHICLE:
        split = _split(ranges)
        flat = np.tile(split, (len(years), 1))
        names = ("content_kg_per_vehicle", "lithium_share", "nickel_share")
        return flat, flat, tuple(f"outflow_assumptions:{name}" for name in names)
    if basis != CONTENT_BY_MODEL_YEAR:
        found = statistics.table("content_alternatives").frame.filter(pl.col("alternative") == basis)
        _some(found, f"content_alternatives: {basis}")
        row = found.row(0, named=True)
        flat = np.tile(np.array([row["li_kg"], row["ni_kg"], row["co_kg"]]), (len(years), 1))
        return flat, flat, (row["row_id"],)
    per_kwh = statistics.table("chemistry_content").frame
    mix = statistics.table("model_mix").frame
    wide = mix.join(per_kwh.drop("row_id"), on="chemistry", how="inner")
    kwh = pl.col("share") * pl.col("pack_kwh")
    by_year = wide.group_by("model_year", "element").agg(
        low=(kwh * pl.col("kg_per_kwh_low")).sum(), high=(kwh * pl.col("kg_per_kwh_high")).sum()
    )
    known = {(row["model_year"], row["element"]): row for row in by_year.iter_rows(named=True)}
    last = int(mix["model_year"].max())  # type: ignore[arg-type]
    low, high = (
        np.array([[known[min(year, last), element][end] for element in ELEMENTS] for year in years])
        for end in ("low", "high")
    )
    return low, high, (*mix["row_id"].to_list(), *per_kwh["row_id"].to_list())


def _split(ranges: Mapping[str, Range | None]) -> Floats:
    """Parts of Li, Ni and Co in a kilogram of the three."""
    lithium, nickel = (_mode(ranges, name) or 0.0 for name in ("lithium_share", "nickel_share"))
    return np.array([lithium, nickel, 1 - lithium - nickel])


def _mode(ranges: Mapping[str, Range | None], name: str) -> float | None:
    chosen = ranges[name]
    return None if chosen is None else chosen.mode


def _prices(
    statistics: Statistics, basis: str, ranges: Mapping[str, Range | None], years: tuple[int, ...]
) -> tuple[Floats, dict[int, tuple[str, ...]]]:
    carbonate = _mode(ranges, "li2co3_per_li") or 1.0
    factor = {"Li": carbonate, "Ni": 1.0, "Co": 1.0}
    if basis == PRICE_UNIFORM:
        rows = _some(statistics.table("white_paper_price_basis").frame, "white_paper_price_basis")
        spot = {
            r["element"]: r["usd_per_t"] * r["usd_jpy"] / 1000 * factor[r["element"]]
            for r in rows.iter_rows(named=True)
        }
        per_kg = np.array([spot[element] for element in ELEMENTS])
        return np.tile(per_kg[:, None], (1, len(years))), dict.fromkeys(
            years, (*rows["row_id"].to_list(), "outflow_assumptions:uniform_price_jpy_per_vehicle")
        )
    table = _some(statistics.table("metal_prices_jpy").frame.sort("year"), "metal_prices_jpy")
    known = {row["year"]: row for row in table.iter_rows(named=True)}
    nearest = [max((y for y in known if y <= year), default=min(known)) for year in years]
    price = np.array(
        [[known[y][PRICE_COLUMNS[element]] / 1000 * factor[element] for y in nearest] for element in ELEMENTS]
    )
    return price, {year: (known[y]["row_id"],) for year, y in zip(years, nearest, strict=True)}


def draw_inputs(statistics: Statistics, plan: Plan, noise: Noise) -> Inputs:
    """Realise every uncertain input for the draws of `noise`."""
    value = {
        name: None if chosen is None else triangular(chosen, noise[name][:, 0])
        for name, chosen in plan.ranges.items()
    }
    early = value["unitemised_early"]
    shares = draw_shares(
        statistics,
        plan.survey_reading,
        noise["reading"][:, 0],
        noise["respondents"],
        noise["split"][:, 0],
        early=None if early is None else _mode(plan.ranges, "unitemised_early"),
        seed=plan.options.seed,
    )
    exports = _exports(plan, noise, value)
    flat, scale = None, _given(value, "pack_energy_rel")
    if plan.content_basis == CONTENT_PER_VEHICLE:
        chosen = value["content_kg_per_vehicle"]
        flat, scale = (
            (np.full(noise.draws, plan.reference_kg) if chosen is None else chosen),
            np.ones(noise.draws),
        )
    elif plan.content_basis != CONTENT_BY_MODEL_YEAR:
        flat, scale = np.ones(noise.draws), np.ones(noise.draws)
    return Inputs(
        sales=_sales(plan, noise, value),
        shares=shares,
        exports=exports,
        before_2017=_given(value, "exports_before_2017_units"),
        content_mix=_given(value, "content_within_range"),
        content_scale=scale,
        content_flat=flat,
        price=_price_draws(plan, noise, value),
    )


def _given(value: Mapping[str, Floats | None], name: str) -> Floats:
    held = value[name]
    if held is None:
        raise InputError(
            Said("An assumption has no value"), where=f"outflow_assumptions: {name}", mend=Said("Set it.")
        )
    return held


def _sales(plan: Plan, noise: Noise, value: Mapping[str, Floats | None]) -> Floats:
    """New sales (draw, year): rounded or recalled years within their error, years after the data by growth."""
    swing = 2 * noise["sales_by_year"][:, : len(plan.years)] - 1
    sales = np.empty((noise.draws, len(plan.years)), order="F")
    growth = 1 + _given(value, "sales_growth")
    rounding, recalled = _given(value, "sales_rounding_units"), _given(value, "recalled_sales_rel")
    for at, year in enumerate(plan.years):
        if year > plan.last_sales_year:
            sales[:, at] = sales[:, at - 1] * growth
        else:
            half = rounding if year <= ROUNDED_UNTIL else 0.0
            if plan.sales_status[at] != "published":
                half = half + recalled * plan.sales[at]
            sales[:, at] = np.maximum(plan.sales[at] + half * swing[:, at], 0.0)
    return sales


def _exports(plan: Plan, noise: Noise, value: Mapping[str, Floats | None]) -> Floats:
    """Exports (draw, export year, place): a joint draw of the table, then the trend and the what-if."""
    table = plan.exports
    pool = np.asfortranarray(table.units.reshape(len(table.units), -1))
    pick = (noise["export_table"][:, 0] * len(pool)).astype(np.intp)
    places = len(table.destinations)
    exports = np.empty((noise.draws, len(plan.export_years), places), order="F")
    scope = _given(value, "export_scope_factor")
    growth, change = 1 + _given(value, "export_growth"), 1 + _given(value, "export_change_from_now")
    for at, year in enumerate(plan.export_years):
        if year in table.years:
            base = table.years.index(year) * places
            for place in range(places):
                exports[:, at, place] = pool[pick, base + place] * scope
        else:
            step = growth * change if year == plan.last_sales_year + 1 else growth
            exports[:, at, :] = exports[:, at - 1, :] * step[:, None]
    return exports


def _price_draws(plan: Plan, noise: Noise, value: Mapping[str, Floats | None]) -> Floats:
    level = _given(value, "price_level")
    if plan.price_basis == PRICE_UNIFORM:
        reference = _split(plan.ranges) @ plan.price[:, 0] * plan.reference_kg
        chosen = value["uniform_price_jpy_per_vehicle"]
        level = level * (np.full(noise.draws, reference) if chosen is None else chosen) / reference
    spread = _given(value, "price_noise_rel")
    normal = noise["price_by_year"].reshape(noise.draws, len(ELEMENTS), -1)
    price = np.empty((noise.draws, len(ELEMENTS), len(plan.export_years)), order="F")
    for element in range(len(ELEMENTS)):
        for at in range(len(plan.export_years)):
            factor = np.maximum(1 + spread * normal[:, element, at], 0.0)
            price[:, element, at] = plan.price[element, at] * level * factor
    return price


def input_fingerprint(statistics: Statistics, options: OutflowOptions, version: str) -> str:
    """SHA-256 of tables, options and version: equal fingerprints mean byte-identical results."""
    hasher = hashlib.sha256(statistics.fingerprint.encode())
    hasher.update(msgspec.json.encode(options))
    hasher.update(version.encode())
    return hasher.hexdigest()
