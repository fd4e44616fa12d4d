"""The tables of the report, each cell as people write it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import polars as pl

from meguri.flows import assumptions
from meguri.report import files
from meguri.report.names import chip, place_name, quantity_name
from meguri.report.numbers import (
    DASH,
    amount,
    cell,
    cell_with_interval,
    column_unit,
    compact,
    percent,
    with_interval,
)
from meguri.report.outflow.blocks import Column, Grid
from meguri.report.outflow.edition import Edition
from meguri.report.wording import figure_name, period, statement_name

BY_YEAR: Final = ("new_sales", "used_arising", "exports", "used_arising_cum", "exports_cum", "outflow_ratio")
TONNES_AND_YEN: Final = (("metals", "mass_t"), ("value", "value_jpy"))
TIMES: Final = "×"
NOTHING: Final = "–"


def by_year(edition: Edition) -> Grid:
    """Every yearly quantity with its interval."""
    lang, frames = edition.lang, edition.frames
    say = edition.say
    held = {quantity: _years(frames.series("by_year", quantity)) for quantity in BY_YEAR}
    for table, quantity in TONNES_AND_YEN:
        held[quantity] = _years(frames.series(table, quantity).filter(pl.col("element") == "total"))
    units = {quantity: str(next(iter(rows.values()))["unit"]) for quantity, rows in held.items()}
    columns = [Column(say("Year"))] + [
        Column(f"{quantity_name(quantity, lang)} ({column_unit(unit, lang)})", "right", share=1)
        for quantity, unit in units.items()
    ]
    years = sorted({year for rows in held.values() for year in rows})
    rows = []
    for year in years:
        note = "*" if year > frames.last_data_year else ""
        cells = [
            cell_with_interval(found[year], lang) if year in found else NOTHING for found in held.values()
        ]
        rows.append([f"{year}{note}", *cells])
    return Grid(
        say("All quantities by year, with the range that holds 9 chances in 10"),
        columns,
        rows,
        say(
            "* modelled beyond the last year with data. New BEVs sold: published, or recalled where marked so among the sources."
        ),
    )


def _years(table: pl.DataFrame) -> dict[int, dict[str, Any]]:
    return {row["year"]: row for row in table.iter_rows(named=True)}


def anchors(edition: Edition) -> Grid:
    """The white paper's figures beside ours."""
    lang, say, ja = edition.lang, edition.say, edition.lang == "ja"
    rows = []
    for row in edition.table("anchors").iter_rows(named=True):
        name = (
            say("Russia and New Zealand, share of 2023")
            if not row["figure"]
            else _figure(row["figure"], edition)
        )
        rows.append(
            [
                name,
                row["wording_ja" if ja else "wording"],
                with_interval(row, lang),
                _deviation(row["deviation"], 1),
                say("yes") if row["circular"] else say("no"),
                row["reason_ja" if ja else "reason"],
            ]
        )
    return Grid(
        say("Published figures of the white paper of 2025 beside this estimate"),
        [
            Column(say("Figure"), share=3),
            Column(say("Published"), share=3),
            Column(say("This estimate"), share=3),
            Column(say("Deviation"), "right"),
            Column(say("Circular")),
            Column(say("Reason"), share=6),
        ],
        rows,
        say("“Circular”: the published figure went into the estimate, so that agreement proves nothing."),
    )


def _figure(address: str, edition: Edition) -> str:
    return figure_name(address, edition.lang)


def statements(edition: Edition) -> Grid:
    """Every published statement about the exports beside what the draws make of it."""
    lang, say = edition.lang, edition.say
    rows = []
    for row in (
        edition.table("statements").sort("period_start", "period_end", "observation").iter_rows(named=True)
    ):
        unit = {"units": "vehicle", "share": "1"}.get(row["measure"], TIMES)
        drawn = f"{_short(row['p05'], unit, edition)}{DASH[lang]}{_short(row['p95'], unit, edition).removeprefix('× ')}"
        rows.append(
            [
                statement_name(row, lang),
                _published(row, unit, edition),
                drawn,
                percent(row["honoured"], lang),
                say("contradicts the rest") if row["contradicts"] else "",
            ]
        )
    return Grid(
        say("What was published about the exports, and what the draws make of it"),
        [
            Column(say("Statement"), share=1),
            Column(say("Published"), "right"),
            Column(say("Drawn"), "right"),
            Column(say("Honoured by"), "right"),
            Column(say("Remark")),
        ],
        rows,
    )


def _published(row: dict[str, Any], unit: str, edition: Edition) -> str:
    low, high = row["published_low"], row["published_high"]
    if row["published"] is not None and low == high:
        return (
            amount(low, unit, edition.lang, exact=True) if unit == "vehicle" else _short(low, unit, edition)
        )
    if high is None:
        return f"> {_short(low, unit, edition)}"
    return f"{_short(low or 0, unit, edition)}{DASH[edition.lang]}{_short(high, unit, edition).removeprefix('× ')}"


def _short(value: float, unit: str, edition: Edition) -> str:
    return f"× {value:.2f}" if unit == TIMES else compact(value, unit, edition.lang)


def band(edition: Edition) -> Grid:
    """The ratio that the public data allow."""
    lang, say = edition.lang, edition.say
    return Grid(
        say("The outflow ratio of 2024 that the public data allow, at the middle of everything else"),
        [
            Column(say("What is left open"), share=1),
            Column(say("Lowest"), "right"),
            Column(say("Highest"), "right"),
        ],
        [
            [
                row["title_ja" if lang == "ja" else "title_en"],
                percent(row["low"], lang),
                percent(row["high"], lang),
            ]
            for row in edition.table("band").iter_rows(named=True)
        ],
    )


def alternatives(edition: Edition) -> Grid:
    """How far each public content and price lands from the published tonnes and yen."""
    lang, say = edition.lang, edition.say
    kinds = {"content": say("content"), "price": say("price")}
    return Grid(
        say("Metals of 2017 to 2024 by each public alternative"),
        [
            Column(say("Alternative"), share=1),
            Column(say("Concerns")),
            Column("t", "right"),
            Column(say("t against the white paper"), "right"),
            Column(column_unit("JPY", lang), "right"),
            Column(say("yen against the white paper"), "right"),
        ],
        [
            [
                row["title_ja" if lang == "ja" else "title_en"],
                kinds[row["kind"]],
                cell(row["metal_t_2017_2024"], "t", lang),
                _deviation(row["metal_deviation"], 0),
                cell(row["value_jpy_2017_2024"], "JPY", lang),
                _deviation(row["value_deviation"], 0),
            ]
            for row in edition.table("alternatives").iter_rows(named=True)
        ],
    )


def stock(edition: Edition) -> Grid:
    """BEVs in use against sold less exported."""
    lang, say = edition.lang, edition.say
    between = "〜" if lang == "ja" else " to "
    rows = []
    for row in edition.table("stock").iter_rows(named=True):
        left = f"{_vehicles(row['p50'])}\n{_vehicles(row['p05'])}{between}{_vehicles(row['p95'])}"
        rows.append(
            [
                period(row["as_of"], row["as_of"], lang),
                f"{row['stock_units']:,}",
                _vehicles(row["sold_cum"]),
                _vehicles(row["exported_cum"]),
                left,
                row["verdict_ja" if lang == "ja" else "verdict"],
            ]
        )
    return Grid(
        say("Published counts of BEVs against sold less exported (vehicles)"),
        [
            Column(say("End of")),
            Column(say("Published"), "right"),
            Column(say("Sold"), "right"),
            Column(say("Exported"), "right"),
            Column(say("Left over"), "right"),
            Column(say("What it says"), share=1),
        ],
        rows,
    )


def _vehicles(value: float) -> str:
    return f"{round(value, -2) + 0.0:,.0f}".replace("-", "−")


def _deviation(part: float, decimals: int) -> str:
    """A relative deviation with its sign; `±` where it rounds to nothing."""
    rounded = round(part * 100, decimals)
    return f"{rounded:+.{decimals}f}%".replace("-", "−") if rounded else "±0%"


def subsidised(edition: Edition) -> Grid:
    """Subsidised BEVs as a lower bound of sales, by fiscal year."""
    say = edition.say
    return Grid(
        say("BEVs bought with a subsidy against yearly sales, by fiscal year (vehicles)"),
        [
            Column(say("Fiscal year")),
            Column(say("Subsidised"), "right"),
            Column(say("Sold"), "right"),
            Column(say("Subsidised so far"), "right"),
            Column(say("Sold so far"), "right"),
            Column(say("Not above sales so far")),
        ],
        [
            [
                str(row["fiscal_year"]),
                f"{row['subsidised_units']:,}",
                _vehicles(row["sales_units"]),
                f"{row['subsidised_cum']:,}",
                _vehicles(row["sales_cum_to_then"]),
                say("holds") if row["holds_cum"] else say("does not hold"),
            ]
            for row in edition.table("subsidy").iter_rows(named=True)
        ],
        say(
            "Sales of a fiscal year are spread from calendar years; the subsidy is granted when it is claimed, often later than the sale."
        ),
    )


def assumed(edition: Edition) -> Grid:
    """The assumptions in force, with their range."""
    lang, say = edition.lang, edition.say
    table = edition.statistics.table("outflow_assumptions").frame.sort("position")
    rows = []
    for name, chosen in assumptions(edition.statistics, edition.estimate.options).items():
        row = table.filter(pl.col("assumption") == name).row(0, named=True)
        ends = say("left open") if chosen is None else _range(chosen.low, chosen.mode, chosen.high, lang)
        rows.append([row["label_ja" if lang == "ja" else "label_en"], ends, chip(row["status"], lang)])
    return Grid(
        say("Assumptions in force: lowest, likeliest, highest"),
        [Column(say("Assumption"), share=1), Column(say("Range"), "right"), Column(say("Status"))],
        rows,
    )


def _range(low: float, mode: float, high: float, lang: str) -> str:
    if low == high:
        return f"{low:,.6g}"
    return " / ".join(f"{end:,.6g}".replace("-", "−") for end in (low, mode, high))


def sources(edition: Edition) -> Grid:
    """Every document behind the figures, with the rows taken from it."""
    say = edition.say
    named = _rows_by_source(edition)
    rows = []
    for source in files.sources_of(edition.statistics, edition.estimate.tables.values()):
        place = " · ".join(part for part in (source.publisher, source.date) if part)
        rows.append([f"{source.title}\n{place}", source.url, ", ".join(named.get(source.id, ()))])
    return Grid(
        say("Documents behind the figures, and the rows of the tables taken from them"),
        [Column(say("Document"), share=1), Column(say("Place"), share=1), Column(say("Rows"), share=1)],
        rows,
        say(
            "`meguri data show TABLE` shows a table; each row names its place in the document and its status."
        ),
    )


def _rows_by_source(edition: Edition) -> dict[str, Sequence[str]]:
    """Row ids, grouped by table, by the source they were taken from."""
    words = dict.fromkeys(
        word for table in edition.estimate.tables.values() for word in table["sources"].explode().drop_nulls()
    )
    keys: dict[str, dict[str, list[str]]] = {}
    for word in words:
        table, is_row, key = word.partition(":")
        for source in files.documents(edition.statistics, word):
            keys.setdefault(source.id, {}).setdefault(table, []).extend([key] if is_row else [])
    return {source: [_keys(table, held) for table, held in tables.items()] for source, tables in keys.items()}


def _keys(table: str, keys: Iterable[str]) -> str:
    held = sorted(set(keys))
    return f"{table}: {' '.join(held)}" if held else table


def places(edition: Edition) -> Grid:
    """Exports by destination in the last two years."""
    lang, say = edition.lang, edition.say
    held = edition.table("by_destination").filter(
        (pl.col("quantity") == "exports") & (pl.col("year") <= edition.year)
    )
    years = sorted(held["year"].unique())[-2:]
    order = held.filter(pl.col("year") == years[-1]).sort("p50", descending=True)["destination"].to_list()
    order.sort(key=lambda place: place == "other")
    rows = []
    for place in order:
        cells = [
            cell_with_interval(
                held.filter((pl.col("destination") == place) & (pl.col("year") == year)).row(0, named=True),
                lang,
            )
            for year in years
        ]
        rows.append([place_name(place, lang), *cells])
    return Grid(
        say("Used BEVs exported by destination (vehicles)"),
        [Column(say("Destination"), share=1), *(Column(str(year), "right") for year in years)],
        rows,
    )
