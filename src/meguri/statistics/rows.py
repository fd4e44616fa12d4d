"""Rows: the cells of a matched sheet, read by the table's schema and made complete.

What a user's row does not say is filled in: a country's code from its name, the place of the row in the file, the
status, and the day from which it was known. All problems are collected with their place; with any of them there
are no rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from meguri.errors import InputError, Problem, Said
from meguri.statistics import limits
from meguri.statistics.cells import CellFault, Period, Value, is_blank, read_cell, read_year
from meguri.statistics.files import Cells
from meguri.statistics.headers import Match, match, required
from meguri.statistics.sources import Source
from meguri.statistics.table import POLARS, Field, Table

Numbered = tuple[int, dict[str, Value]]

PERIODS = {"fiscal": Said("fiscal"), "calendar": Said("calendar")}

# From when a row counts as known when neither its file nor its period nor the day of adding tells.
ALWAYS = date(1, 1, 1)


class Problems:
    """The problems of one file: all are counted, the first ones are kept."""

    def __init__(self, file: str, sheet: str = "") -> None:
        self.file, self.sheet = file, sheet
        self.held: list[Problem] = []
        self.count = 0

    def note(
        self, what: str, mend: str, *, row: int | None = None, column: str = "", value: object = ""
    ) -> None:
        self.count += 1
        if self.count <= limits.MAX_PROBLEMS:
            self.held.append(Problem(what, mend, self.file, self.sheet, row, column, _shown(value)))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a user's rows come from: the file as a source, the sheet, and the day they were added (if told)."""

    source: Source
    sheet: str = ""
    added_on: date | None = None


def declared_period(found: Match, told: Period, problems: Problems) -> Period:
    """The period that the file's years have, as declared by its reader or its header; never guessed."""
    for name in found.twice:
        problems.note(Said("the column is given twice"), Said("Remove one of the two."), column=name)
    if told and found.declared and told != found.declared:
        problems.note(
            Said(
                "the header says {declared} years, but {told} years were declared",
                declared=PERIODS[found.declared],
                told=PERIODS[told],
            ),
            Said("Declare the period that the figures have, or mend the header."),
        )
    declared = told or found.declared
    wanted = _year_field(found.table)
    if wanted is not None and declared and declared != wanted.period:
        problems.note(
            Said(
                "the table {name} counts {period} years, and these are {declared} years",
                name=found.table.name,
                period=PERIODS[wanted.period],
                declared=PERIODS[declared],
            ),
            Said("Give figures of calendar years, or monthly ones where there is a monthly table.")
            if wanted.period == "calendar"
            else Said("Give figures of fiscal years (April to March)."),
            column=found.headings.get(wanted.name, wanted.name),
        )
    return declared


def typed_rows(
    found: Match, rows: Iterable[tuple[int, Cells]], declared: Period, problems: Problems, *, exact: bool
) -> Iterator[Numbered]:
    """Each row's values by column. With `exact`, a row must have as many cells as the header (CSV)."""
    undeclared: list[int] = []
    for number, cells in rows:
        if exact and len(cells) < found.width:
            problems.note(
                Said("the row has {count} cells and the header {width}", count=len(cells), width=found.width),
                Said("Check that the file is complete and every comma is there."),
                row=number,
            )
            continue
        if any(not is_blank(cell) for cell in cells[found.width :]):
            problems.note(
                Said("a cell lies beyond the header"),
                Said("Head its column, clear it, or quote a text that holds a comma."),
                row=number,
            )
        values: dict[str, Value] = {}
        for place, field in found.columns.items():
            cell = cells[place] if place < len(cells) else None
            try:
                values[field.name] = read_cell(cell, field)
                if field.period and not is_blank(cell) and not _in_period(cell, field, declared):
                    undeclared.append(number)
            except CellFault as fault:
                problems.note(
                    fault.what, fault.mend, row=number, column=found.headings[field.name], value=cell
                )
                values[field.name] = _UNREAD
        yield number, values
    if undeclared:
        problems.note(
            Said(
                "the table {name} counts fiscal years, and the file does not say that its years are fiscal",
                name=found.table.name,
            ),
            Said("Head the column 年度 or “fiscal year”, or declare fiscal years (--period fiscal)."),
            row=undeclared[0],
        )


def completed(
    found: Match, rows: Sequence[Numbered], tables: Mapping[str, Table], origin: Origin, problems: Problems
) -> pl.DataFrame:
    """The rows with what they leave out filled in; an empty frame when there are problems."""
    table = found.table
    _fill(found, rows, tables, problems)
    _check_required(found, rows, problems)
    _check_keys(table, rows, problems)
    if not rows:
        problems.note(Said("there is a header and no row of data"), Said("Add the data below the header."))
    if problems.count:
        return _frame(table, [])
    for number, values in rows:
        place = f"row {number}" if not origin.sheet else f"sheet {origin.sheet}, row {number}"
        values["source_id"] = origin.source.id
        values["locator"] = values.get("locator") or place
        values["status"] = values.get("status") or "published"
        values["known_from"] = values.get("known_from") or _known_from(table, values, origin.added_on)
    return _frame(table, [values for _, values in rows])


def retyped(
    table: Table, columns: Sequence[str], rows: Iterable[Sequence[object]], file: str
) -> pl.DataFrame:
    """Rows kept earlier, read again by the table's present schema. Raises `InputError` when they no longer fit."""
    found = match(tuple(columns), table)
    problems = Problems(file)
    wanted = _year_field(table)
    numbered = enumerate((tuple(row) for row in rows), 1)
    typed = list(typed_rows(found, numbered, wanted.period if wanted else "", problems, exact=True))
    _check_required(found, typed, problems)
    if problems.count or found.missing or found.ignored:
        raise InputError(
            Said("The kept rows of {name} no longer fit its columns", name=table.name),
            tuple(problems.held),
            where=file,
            mend=Said("Remove them with `meguri data remove`, and add the table anew."),
        )
    return _frame(table, [values for _, values in typed])


# Stands for a cell whose problem has been noted, so that it is not called missing as well.
_UNREAD = "\x00unread"


def _in_period(cell: object, field: Field, declared: Period) -> bool:
    told = read_year(cell)[1]
    if told and told != field.period:
        raise CellFault(
            Said(
                "the cell says {told} year, and the table counts {period} years",
                told=PERIODS[told],
                period=PERIODS[field.period],
            ),
            Said("Give figures of that period."),
        )
    return field.period == "calendar" or "fiscal" in (told, declared)


def _fill(found: Match, rows: Sequence[Numbered], tables: Mapping[str, Table], problems: Problems) -> None:
    for fill in found.table.fills:
        other = tables[fill.table].frame
        known = dict(zip(other[fill.match or fill.source], other[fill.take or fill.field], strict=True))
        for number, values in rows:
            source, told = values.get(fill.source), values.get(fill.field)
            if source is None or _UNREAD in (source, told):
                continue
            meant = known.get(source, fill.otherwise or None)
            if told is None or (fill.otherwise and told == fill.otherwise):
                values[fill.field] = meant
            elif source in known and told != meant:
                problems.note(
                    Said("“{source}” does not belong to “{told}”", source=source, told=told),
                    Said(
                        "{column} “{told}” goes with {other} “{meant}”; mend one of them.",
                        column=fill.source,
                        told=source,
                        other=fill.field,
                        meant=meant,
                    ),
                    row=number,
                    column=found.headings.get(fill.field, fill.field),
                    value=told,
                )


def _check_required(found: Match, rows: Sequence[Numbered], problems: Problems) -> None:
    table = found.table
    needed = [field for field in table.fields if required(table, field)]
    sources = {fill.field: fill.source for fill in table.fills}
    for number, values in rows:
        for field in needed:
            if values.get(field.name) is not None:
                continue
            source = sources.get(field.name, "")
            if values.get(source) not in (None, _UNREAD):
                problems.note(
                    Said(
                        "“{value}” is not known, so {name} cannot be filled in",
                        value=values[source],
                        name=field.name,
                    ),
                    Said("Give {name}, or check the spelling.", name=field.name),
                    row=number,
                    column=found.headings.get(source, source),
                    value=values[source],
                )
            else:
                problems.note(
                    Said("the cell is blank"),
                    Said("Give the value; write 0 only when there were none."),
                    row=number,
                    column=found.headings.get(field.name, field.name),
                )


def _check_keys(table: Table, rows: Sequence[Numbered], problems: Problems) -> None:
    seen: dict[tuple[Value, ...], int] = {}
    for number, values in rows:
        key = tuple(values.get(part) for part in table.key)
        if _UNREAD in key:
            continue
        first = seen.setdefault(key, number)
        if first != number:
            problems.note(
                Said("the row has the same {key} as row {first}", key=table.key, first=first),
                Said("Keep one of the two."),
                row=number,
                value="/".join("-" if part is None else str(part) for part in key),
            )


def _known_from(table: Table, values: Mapping[str, Value], added_on: date | None) -> date:
    end = _period_end(table, values)
    lag = table.publication_lag_days
    public = None if end is None or lag is None else end + timedelta(days=lag)
    told = [day for day in (public, added_on) if day is not None]
    return min(told, default=ALWAYS)


def _period_end(table: Table, values: Mapping[str, Value]) -> date | None:
    field = _year_field(table)
    year = None if field is None else values.get(field.name)
    if field is None or not isinstance(year, int):
        return None
    month = values.get("month")
    if field.period == "fiscal":
        year, month = year + 1, 3
    last = month if isinstance(month, int) else 12
    return date(year + last // 12, last % 12 + 1, 1) - timedelta(days=1)


def _year_field(table: Table) -> Field | None:
    return next((field for field in table.fields if field.period), None)


def _frame(table: Table, rows: Sequence[Mapping[str, Value]]) -> pl.DataFrame:
    columns = {field.name: [values.get(field.name) for values in rows] for field in table.fields}
    schema = {field.name: POLARS[field.type] for field in table.fields}
    return pl.DataFrame(columns, schema=schema, strict=True)


def _shown(value: object) -> str:
    shown = "" if value is None else str(value)
    return shown if len(shown) <= limits.MAX_SHOWN_CHARACTERS else shown[: limits.MAX_SHOWN_CHARACTERS] + "…"
