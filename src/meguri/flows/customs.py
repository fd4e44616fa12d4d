"""Real customs rows among the statements: a year they cover is recorded, not reconstructed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meguri.flows.statements import FIRST_YEAR, OTHER

ALL = "all"
MOST_DESTINATIONS = 16


@dataclass(frozen=True, slots=True)
class Recorded:
    """Whole years on record without a gap from 2017: `units` (year, destination), in vehicles."""

    years: tuple[int, ...]
    destinations: tuple[str, ...]
    units: NDArray[np.float64]


def with_customs(observations: pl.DataFrame, customs: pl.DataFrame) -> tuple[pl.DataFrame, Recorded | None]:
    """Put customs rows among the statements; also give the years on record when they start in 2017.

    Rows with a blank month are whole years. Months are added up; a year counts as covered with a whole-year
    row or twelve months. Covered years become exact statements by destination, other months exact totals. A row
    for all countries gives the total; where the countries add up to it (or it is absent) the year is on record.
    """
    if customs.height == 0:
        return observations, None
    since = customs.filter(pl.col("year") >= FIRST_YEAR)
    whole = since.filter(pl.col("month").is_null())
    monthly = since.filter(
        pl.col("month").is_not_null() & ~pl.col("year").is_in(whole["year"].unique().implode())
    )
    months = monthly.group_by("year").agg(pl.col("month").n_unique())
    since = pl.concat([whole, monthly])
    full = set(whole["year"]) | set(months.filter(pl.col("month") == 12)["year"])
    named = set(observations["destination"]) - {ALL}
    largest = (
        since.group_by("destination")
        .agg(pl.col("units").sum())
        .top_k(MOST_DESTINATIONS, by="units")["destination"]
    )
    of_total = pl.col("destination") == ALL
    whole_years = since.filter(pl.col("year").is_in(list(full)) & ~of_total)
    by_place = _summed(whole_years, named)
    summed = by_place.group_by("year").agg(pl.col("units").sum())
    given = (
        since.filter(pl.col("year").is_in(list(full)) & of_total).group_by("year").agg(pl.col("units").sum())
    )
    totals = pl.concat([given, summed.join(given, on="year", how="anti")]).sort("year")
    statements = [
        _statement(f"{year}-01", f"{year}-12", place, units)
        for year, place, units in by_place.iter_rows()
        if place != OTHER
    ]
    statements += [_statement(f"{year}-01", f"{year}-12", ALL, units) for year, units in totals.iter_rows()]
    part = monthly.filter(~pl.col("year").is_in(list(full)))
    with_total = part.filter(of_total).select("year", "month")
    counted = pl.concat([part.filter(of_total), part.join(with_total, on=["year", "month"], how="anti")])
    months_counted = counted.group_by("year", "month").agg(pl.col("units").sum()).sort("year", "month")
    statements += [
        _statement(f"{year}-{month:02d}", f"{year}-{month:02d}", ALL, units)
        for year, month, units in months_counted.iter_rows()
    ]
    kept = observations.filter(
        ~(
            (pl.col("measure") == "units")
            & pl.col("period_start").str.slice(0, 4).cast(pl.Int64).is_in(list(full))
            & (pl.col("period_start").str.slice(0, 4) == pl.col("period_end").str.slice(0, 4))
            & (pl.col("high") > 0)
        )
    )
    added = pl.DataFrame(statements, schema=dict(observations.schema)) if statements else observations.clear()
    complete = set(summed.join(totals, on=["year", "units"])["year"])
    return pl.concat([kept, added]), _recorded(_summed(whole_years, named | set(largest)), complete)


def _summed(rows: pl.DataFrame, named: set[str]) -> pl.DataFrame:
    """Units by year and destination, those not named together as “other”."""
    place = pl.when(pl.col("destination").is_in(list(named))).then("destination").otherwise(pl.lit(OTHER))
    return (
        rows.with_columns(place)
        .group_by("year", "destination")
        .agg(pl.col("units").sum())
        .sort("year", "destination")
    )


def _recorded(covered: pl.DataFrame, full: set[int]) -> Recorded | None:
    years: list[int] = []
    while FIRST_YEAR + len(years) in full:
        years.append(FIRST_YEAR + len(years))
    if not years:
        return None
    by_size = covered.group_by("destination").agg(pl.col("units").sum()).sort("units", descending=True)
    destinations = (*(name for name in by_size["destination"] if name != OTHER), OTHER)
    units = np.zeros((len(years), len(destinations)))
    for year, destination, count in covered.iter_rows():
        if year in years:
            units[years.index(year), destinations.index(destination)] = count
    return Recorded(tuple(years), destinations, units)


def _statement(start: str, end: str, destination: str, units: float) -> dict[str, object]:
    """A row of statements, exact to the vehicle."""
    value = float(units)
    name = f"customs_{start}_{end}_{destination.lower().replace(' ', '_')}"
    return {
        "observation": name,
        "measure": "units",
        "period_start": start,
        "period_end": end,
        "destination": destination,
        "value": value,
        "low": value,
        "high": value,
        "row_id": f"used_bev_exports_customs:{start[:4]}",
        "status": "published",
    }
