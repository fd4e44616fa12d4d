"""The table beside a chart: one line per figure, with interval, status and the address of its explanation."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from meguri.report import (
    Language,
    chip,
    element_name,
    interval,
    middle,
    place_name,
    process_name,
    quantity_name,
)

MOST_LINES = 120


@dataclass(frozen=True, slots=True)
class Line:
    """`name` and `year` head the line; `figure` is empty where there is no explanation."""

    year: str
    name: str
    value: str
    interval: str
    status: str
    figure: str


def lines(table: pl.DataFrame, language: Language) -> list[Line]:
    """Lines of a long-form table, the latest year first; none for a table of another shape."""
    if "p50" not in table.columns:
        return []
    if "year" in table.columns:
        table = table.sort("year", descending=True, maintain_order=True)
    return [
        Line(
            year=str(row.get("year", "")),
            name=_name(row, language),
            value=middle(row, language).text,
            interval=interval(row, language),
            status=chip(row["status"], language),
            figure=str(row.get("figure") or ""),
        )
        for row in table.head(MOST_LINES).iter_rows(named=True)
    ]


def _name(row: dict[str, str], language: Language) -> str:
    if "process_from" in row:
        way = f"{process_name(row['process_from'], language)} → {process_name(row['process_to'], language)}"
        return way if row["good"] == "vehicle" else f"{way}（{element_name(row['good'], language)}）"
    if row.get("destination"):
        return place_name(row["destination"], language)
    if row.get("element"):
        return element_name(row["element"], language)
    return quantity_name(row["quantity"], language)
