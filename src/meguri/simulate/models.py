"""What is sold, used and exported in which year: from the shipped statistics to plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meguri.battery import Chemistry
from meguri.simulate.parameters import Parameters
from meguri.statistics import Statistics

Floats = NDArray[np.float64]

ELEMENTS = ("Li", "Ni", "Co")
SURVEY = "nile_2021_model_A_equal_other"
"""The reading of the survey that the fleet follows when vehicles become used."""
IMPORTED = "imported"
_KNOWN: dict[str, Chemistry] = {name: name for name in get_args(Chemistry)}


@dataclass(frozen=True, slots=True)
class Model:
    """A model of pack: `number` in its GTIN, name, energy in kWh, mass and content of `ELEMENTS` in g.

    `group` is the chemistry as the statistics call it, `chemistry` as events do.
    """

    number: int
    name: str
    group: str
    chemistry: Chemistry
    imported: bool
    energy_kwh: float
    mass_g: int
    elements_g: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Market:
    """Models; sales by year, (year,); share of each model in them, (year, model); share that becomes used by age,
    (age,); share of those becoming used that is exported, (year,), for `years` and as many after them as there are ages.
    """

    years: tuple[int, ...]
    models: tuple[Model, ...]
    sales: Floats
    mix: Floats
    used_at_age: Floats
    exported: Floats


def read_market(statistics: Statistics, parameters: Parameters) -> Market:
    """The market as the tables tell it."""
    sold = statistics.table("new_bev_sales").frame.sort("year")
    mix = statistics.table("model_mix").frame
    models = _models(mix, statistics.table("chemistry_content").frame, parameters)
    years = tuple(sorted(set(sold["year"]) & set(mix["model_year"])))
    sales = dict(zip(sold["year"], sold["bev_passenger_units"], strict=True))
    units = np.array([float(sales[year]) for year in years])
    shares = np.zeros((len(years), len(models)))
    place = {model.name: at for at, model in enumerate(models)}
    for row in mix.filter(pl.col("model_year").is_in(years)).iter_rows(named=True):
        shares[years.index(row["model_year"]), place[row["segment"]]] = row["share"]
    used = _used_at_age(statistics.table("used_conversion_survey").frame)
    exports = statistics.table("used_bev_exports").frame
    return Market(
        years,
        models,
        units,
        shares / shares.sum(axis=1, keepdims=True),
        used,
        _exported(years, units, used, dict(zip(exports["year"], exports["units"], strict=True))),
    )


def _models(mix: pl.DataFrame, content: pl.DataFrame, parameters: Parameters) -> tuple[Model, ...]:
    by_kwh = {
        (row["chemistry"], row["element"]): (row["kg_per_kwh_low"] + row["kg_per_kwh_high"]) / 2
        for row in content.iter_rows(named=True)
    }
    packs = mix.sort("model_year").unique("segment", keep="last", maintain_order=True).sort("segment")
    density = parameters["pack_kwh_per_kg"]
    return tuple(
        Model(
            number=at,
            name=row["segment"],
            group=row["chemistry"],
            chemistry=_KNOWN.get(row["chemistry"], "other"),
            imported=row["segment"].startswith(IMPORTED),
            energy_kwh=row["pack_kwh"],
            mass_g=round(1000 * row["pack_kwh"] / density.get(row["chemistry"], density["other"]).value),
            elements_g=tuple(
                round(1000 * row["pack_kwh"] * by_kwh.get((row["chemistry"], element), 0.0))
                for element in ELEMENTS
            ),
        )
        for at, row in enumerate(packs.iter_rows(named=True), start=1)
    )


def _used_at_age(survey: pl.DataFrame) -> Floats:
    rows = survey.filter(pl.col("survey") == SURVEY)
    shares = np.zeros(int(rows["years_from"].max()) + 1)  # type: ignore[arg-type]
    np.add.at(shares, rows["years_from"].to_numpy(), rows["share"].to_numpy())
    return np.asarray(shares / shares.sum())


def _exported(years: tuple[int, ...], sales: Floats, used: Floats, exports: dict[int, int]) -> Floats:
    """Exports by the number of vehicles that become used in the year; the last year's share goes on, none before the first."""
    arising = np.convolve(sales, used)
    known = [year for year in range(years[0], years[0] + len(arising)) if year in exports]
    shares = np.zeros(len(arising))
    for year in known:
        at = year - years[0]
        shares[at] = min(1.0, exports[year] / arising[at])
    shares[known[-1] - years[0] :] = shares[known[-1] - years[0]]
    return shares
