"""Ids as a reader sees them: a row in a line, and the figures that rest on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from meguri.errors import NotFound
from meguri.flows import OutflowEstimate
from meguri.report import Language
from meguri.statistics import Field, Row, Source, Statistics, Table
from meguri.web.found import look_up

SHOWN_FIGURES = 40
COMMON = ("source_id", "locator", "status", "known_from", "note")


@dataclass(frozen=True, slots=True)
class TableRow:
    """What a line about an id says: its address, its values in words, its document and status."""

    id: str
    title: str
    values: str
    source: Source | None
    status: str


def told_rows(statistics: Statistics, ids: Iterable[str], language: Language) -> list[TableRow]:
    """A line for each id that stands for something."""
    lines = []
    for told in ids:
        try:
            lines.append(_line(look_up(statistics, told), told, statistics, language))
        except NotFound:
            continue
    return lines


def _line(held: Row | Source | Table, told: str, statistics: Statistics, language: Language) -> TableRow:
    if isinstance(held, Table):
        return TableRow(told, held.title(language), held.description(language), None, "")
    if isinstance(held, Source):
        return TableRow(told, held.title, held.publisher, held, "")
    return TableRow(
        told,
        statistics.table(held.table).title(language),
        row_values(held, language),
        held.source,
        held.status,
    )


def row_values(row: Row, language: Language) -> str:
    """The values of a row in a line, each with its heading and unit."""
    between, after = ("：", "、") if language == "ja" else (": ", ", ")
    return after.join(
        f"{field.label(language)}{between}{value_text(row.values[field.name], field, language)}"
        for field in row.fields
        if field.name not in COMMON
        and row.values[field.name] is not None
        and not _of_other_language(field.name, language)
    )


def _of_other_language(name: str, language: Language) -> bool:
    return name.endswith("_en" if language == "ja" else "_ja")


def value_text(value: object, field: Field, language: Language) -> str:
    """A cell as text, with thousands apart where it is a quantity, and its unit."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return ("はい" if value else "いいえ") if language == "ja" else ("yes" if value else "no")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float) and not field.period and field.name not in ("year", "model_year"):
        unit = field.unit_label(language)
        text = f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"
        gap = "" if language == "ja" or not unit else " "
        return text if unit in ("", "1") else f"{text}{gap}{unit}"
    return str(value)


def figures_using(estimate: OutflowEstimate, told: str) -> tuple[list[str], int]:
    """Addresses of the figures that rest on a row or table, latest first, and how many there are in all."""
    table = told.partition(":")[0]
    found: list[tuple[int, str]] = []
    for frame in estimate.tables.values():
        sources = pl.col("sources").list
        held = frame.filter(sources.contains(told) | sources.contains(table))
        found += list(zip(held["year"], held["figure"], strict=True))
    found.sort(key=lambda pair: (-min(pair[0], estimate.last_data_year), pair[0] != estimate.last_data_year))
    return [figure for _, figure in found[:SHOWN_FIGURES]], len(found)
