"""Charts as the pages show them: which stand where, the table and the figure behind each, and their drawings, kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from meguri.account import account_of
from meguri.flows import OutflowEstimate, OutflowOptions
from meguri.report import Language, Theme, charts
from meguri.report.files import documents
from meguri.statistics import Source, Statistics
from meguri.web.results import CHECKS, Results

FLOWS = "account"
STATISTICS = {"subsidies": "cev_subsidies_by_prefecture_year"}
"""Tables of the statistics by the name under which charts take them."""
MOST_SOURCES = 12


@dataclass(frozen=True, slots=True)
class Place:
    """A chart of the dashboard: `paper` is its number in the white paper, `table` and `quantities` what it shows.

    `figure` is the address of its main figure without the year; `still` charts do not change with assumptions.
    """

    name: str
    paper: str
    table: str
    quantities: tuple[str, ...]
    figure: str
    still: bool = False


DASHBOARD = (
    Place("outflow_ratio", "3-9", "by_year", ("outflow_ratio",), "outflow_ratio:{year}"),
    Place("yearly", "3-7", "by_year", ("new_sales", "used_arising", "exports"), "used_arising:{year}"),
    Place(
        "cumulative",
        "3-8 A",
        "by_year",
        ("new_sales_cum", "used_arising_cum", "exports_cum"),
        "used_arising_cum:{year}",
    ),
    Place(
        "cumulative_used", "3-8 B", "by_year", ("used_arising_cum", "exports_cum"), "used_arising_cum:{year}"
    ),
    Place("exports", "3-4", "by_year", ("exports",), "exports:{year}"),
    Place("destinations", "3-5", "by_destination", ("destination_share",), "exports:{year}"),
    Place("world", "", "by_destination", ("exports",), "exports:{year}"),
    Place("value", "3-11", "value", ("value_jpy",), "value_jpy:{year}:total"),
    Place("mass", "", "metals", ("mass_t",), "mass_t:{year}:total"),
    Place("japan", "", "cev_subsidies_by_prefecture_year", (), "", still=True),
)
FLOW = Place("flow", "", FLOWS, (), "exports_cum:{year}")
PLACES: Mapping[str, Place] = {place.name: place for place in (FLOW, *DASHBOARD)}


def offered(places: Iterable[Place]) -> tuple[Place, ...]:
    """The places whose chart there is."""
    return tuple(place for place in places if place.name in charts.CHARTS)


def frames_of(results: Results, estimate: OutflowEstimate, names: Iterable[str]) -> charts.Frames:
    """The tables that the charts take."""
    taken = {table for name in names if name in charts.CHARTS for table in charts.CHARTS[name].takes}
    tables: dict[str, Any] = {
        table: _frame(results, estimate, table) for table in sorted(taken) if table not in estimate.tables
    }
    return charts.frames(estimate, **tables)


def _frame(results: Results, estimate: OutflowEstimate, table: str) -> pl.DataFrame:
    check = table.replace("_", "-")
    if check in CHECKS:
        return results.check(check, estimate.options)
    if table == "account":
        return account_of(estimate).flows
    if table == "balances":
        return account_of(estimate).balances
    return results.statistics.table(STATISTICS.get(table, table)).frame


def drawn(
    results: Results, estimate: OutflowEstimate, language: Language
) -> tuple[dict[str, charts.Rows], dict[str, str]]:
    """Rows and messages of every chart that changes with the assumptions, at their usual width."""
    names = [place.name for place in offered((FLOW, *DASHBOARD)) if not place.still]
    held = frames_of(results, estimate, names)
    return (
        {name: charts.rows(name, held, language) for name in names},
        {name: charts.describe(name, held, language) for name in names},
    )


def drawing(
    results: Results, options: OutflowOptions, name: str, language: Language, theme: Theme, width: int
) -> str:
    """A chart as SVG."""

    def make() -> str:
        held = frames_of(results, results.estimate(options), [name])
        return charts.svg(charts.spec(name, held, language, theme=theme, width=width))

    return results.drawings.get((name, options, language, theme, width), make)


def table_of(results: Results, estimate: OutflowEstimate, place: Place) -> pl.DataFrame:
    """The rows of figures behind a chart."""
    if place.table == FLOWS:
        return account_of(estimate).flows
    if place.table not in estimate.tables:
        return results.statistics.table(place.table).frame
    return estimate.tables[place.table].filter(pl.col("quantity").is_in(place.quantities))


def sources_behind(statistics: Statistics, table: pl.DataFrame) -> list[tuple[Source, str]]:
    """The documents behind the rows of a chart, each with an id that leads to it, most used first."""
    column = "sources" if "sources" in table.columns else "source_id"
    words = table[column].explode() if column == "sources" else table[column]
    counted = words.drop_nulls().value_counts(sort=True)
    found: dict[str, tuple[Source, str]] = {}
    for word in counted[counted.columns[0]]:
        for source in documents(statistics, word):
            found.setdefault(source.id, (source, source.id))
    return list(found.values())[:MOST_SOURCES]
