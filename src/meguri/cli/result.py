"""The estimate on a terminal (a sentence, the headline figures, compact tables) and as one JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from meguri.cli import headline
from meguri.cli.headline import cell, name_of, sentences
from meguri.cli.language import Language, Say, mark
from meguri.cli.output import Columns, grid, picked
from meguri.flows import anchors
from meguri.report import chip, element_name, interval_meaning, place_name, quantity_name

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

    from meguri.flows import OutflowEstimate
    from meguri.statistics import Statistics

WIDE = 110
MOST_PLACES = 8
SHORT = {
    "new_sales": mark("new sales"),
    "used_arising_cum": mark("used to date"),
    "exports": mark("exports"),
    "exports_cum": mark("exports to date"),
    "outflow_ratio": mark("outflow ratio"),
}
MEDIAN_ONLY = ("new_sales",)
ALWAYS_INTERVAL = ("outflow_ratio",)


def heading(estimate: OutflowEstimate) -> dict[str, Any]:
    """What identifies the run: method, options, seed, version and fingerprint."""
    return {
        "method": estimate.options.method,
        "options": estimate.options,
        "seed": estimate.options.seed,
        "draws": estimate.options.draws,
        "version": estimate.version,
        "fingerprint": estimate.fingerprint,
    }


def document(statistics: Statistics, estimate: OutflowEstimate, table: str | None = None) -> dict[str, Any]:
    """The whole result, tables as lists of row objects."""
    return {
        **heading(estimate),
        "headline": headline.document(estimate),
        "tables": {name: held.rows(named=True) for name, held in picked(estimate.tables, table).items()},
        "anchors": anchors(statistics, estimate).rows(named=True),
        "provenance": {
            "method": estimate.provenance.method,
            "seed": estimate.provenance.seed,
            "draws": estimate.provenance.draws,
            "steps": estimate.provenance.steps,
            "rows_by_year": {name: dict(rows) for name, rows in estimate.provenance.by_year.items()},
        },
    }


def show(
    screen: Console, estimate: OutflowEstimate, lang: Language, say: Say, table: str | None = None
) -> None:
    """Print the result; with `table`, that table in full."""
    if table is not None:
        _show_long(screen, picked(estimate.tables, table)[table], lang, say)
        return
    leading = sentences(estimate, lang)
    screen.print(leading[0][0], style="bold", markup=False)
    screen.print(interval_meaning(lang), style="dim", markup=False)
    screen.print()
    rows = [(name_of(row, lang), cell(row, lang), chip(row["status"], lang)) for _, row in leading]
    columns: Columns = (
        (say("headline figure"), "left"),
        (say("median (90 % interval)"), "right"),
        (say("status"), "left"),
    )
    screen.print(grid(columns, rows, wraps=(0,)))
    _show_years(screen, estimate, lang, say)
    _show_places(screen, estimate, lang, say)
    _show_metals(screen, estimate, lang, say)
    screen.print(told_by(estimate, say), style="dim", markup=False)


def told_by(estimate: OutflowEstimate, say: Say) -> str:
    """The line that lets anyone repeat the run."""
    changed = " ".join(
        f"{key}={word}"
        for key, word in estimate.options.to_query().items()
        if key not in ("method", "draws", "seed")
    )
    line = say(
        "Method {method} · {draws} draws · seed {seed} · version {version} · fingerprint {fingerprint}"
    )
    told = line.format(
        method=estimate.options.method,
        draws=f"{estimate.options.draws:,}",
        seed=estimate.options.seed,
        version=estimate.version,
        fingerprint=estimate.fingerprint[:12],
    )
    return f"{told} · {changed}" if changed else told


def _show_years(screen: Console, estimate: OutflowEstimate, lang: Language, say: Say) -> None:
    held = {(row["quantity"], row["year"]): row for row in estimate.tables["by_year"].iter_rows(named=True)}
    wide = screen.width >= WIDE
    years = sorted({year for quantity, year in held if quantity == "exports"})
    rows = []
    for year in years:
        cells = [str(year) + ("" if year <= estimate.last_data_year else "*")]
        for quantity in SHORT:
            row = held.get((quantity, year))
            interval = quantity in ALWAYS_INTERVAL or (wide and quantity not in MEDIAN_ONLY)
            cells.append(cell(row, lang, interval=interval))
        rows.append(cells)
    columns: Columns = [(say("year"), "left"), *((say(SHORT[quantity]), "right") for quantity in SHORT)]
    screen.print(grid(columns, rows, title=say("By year (vehicles; median)")))
    if years and years[-1] > estimate.last_data_year:
        screen.print(say("* later than the data: modelled"), style="dim")
        screen.print()


def _show_places(screen: Console, estimate: OutflowEstimate, lang: Language, say: Say) -> None:
    year = min(estimate.last_data_year, estimate.years[-1])
    of_year = [row for row in estimate.tables["by_destination"].iter_rows(named=True) if row["year"] == year]
    shares = {row["destination"]: row for row in of_year if row["quantity"] == "destination_share"}
    units = {row["destination"]: row for row in of_year if row["quantity"] == "exports"}
    ranked = sorted(shares, key=lambda place: -shares[place]["p50"])[:MOST_PLACES]
    rows = [
        (place_name(place, lang), cell(shares[place], lang), cell(units[place], lang)) for place in ranked
    ]
    columns: Columns = ((say("destination"), "left"), (say("share"), "right"), (say("vehicles"), "right"))
    title = say("Where they went in {year} (median, 90 % interval)").format(year=year)
    screen.print(grid(columns, rows, title=title))


def _show_metals(screen: Console, estimate: OutflowEstimate, lang: Language, say: Say) -> None:
    year = min(estimate.last_data_year, estimate.years[-1])
    rows = []
    for element in estimate.tables["metals"]["element"].unique(maintain_order=True):
        mass, value = (
            estimate.figure(f"{quantity}:{year}:{element}") for quantity in ("mass_t_cum", "value_jpy_cum")
        )
        rows.append(
            (
                element_name(element, lang),
                cell(mass, lang),
                cell(value, lang),
                chip(str(mass["status"]), lang),
            )
        )
    columns: Columns = (
        (say("element"), "left"),
        (say("mass"), "right"),
        (say("value"), "right"),
        (say("status"), "left"),
    )
    title = say("What they carried away, 2017 to {year} (median, 90 % interval)").format(year=year)
    screen.print(grid(columns, rows, title=title, wraps=(0,)))


def _show_long(screen: Console, table: pl.DataFrame, lang: Language, say: Say) -> None:
    dimensions = [name for name in ("destination", "element") if name in table.columns]
    columns: Columns = [
        (say("year"), "left"),
        *((say(name), "left") for name in dimensions),
        (say("quantity"), "left"),
        (say("median (90 % interval)"), "right"),
        (say("status"), "left"),
    ]
    rows = [
        (
            str(row["year"]),
            *(_dimension(row, name, lang) for name in dimensions),
            quantity_name(row["quantity"], lang),
            cell(row, lang),
            chip(row["status"], lang),
        )
        for row in table.iter_rows(named=True)
    ]
    screen.print(grid(columns, rows, wraps=(1 + len(dimensions),)))


def _dimension(row: Mapping[str, Any], name: str, lang: Language) -> str:
    return place_name(row[name], lang) if name == "destination" else element_name(row[name], lang)
