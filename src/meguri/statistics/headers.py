"""Headers: which table a sheet holds and which of its columns is which, from what people write above them.

A heading is a column's name, title or alias in Japanese or English; width, case, spaces and a unit in brackets do
not matter. A heading such as 年度 declares fiscal years.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from meguri.statistics.cells import Period, folded
from meguri.statistics.files import Cells
from meguri.statistics.table import COMMON, Field, Table

_FISCAL = frozenset({"年度", "会計年度", "fiscalyear", "fy"})
_CALENDAR = frozenset({"暦年", "calendaryear", "cy"})
_YEARS = _FISCAL | _CALENDAR | {"年", "年次", "西暦", "year"}
_BRACKETS = re.compile(r"[(\[〔【<][^()\[\]〔〕【】<>]*[)\]〕】>]$")


@dataclass(frozen=True, slots=True)
class Match:
    """A header row read for one table: the field of each column, what is left over, missing or given twice.

    `headings` tells by field name what the file itself calls the column.
    """

    table: Table
    columns: Mapping[int, Field]
    headings: Mapping[str, str]
    ignored: tuple[str, ...]
    missing: tuple[Field, ...]
    twice: tuple[str, ...]
    declared: Period
    width: int

    @property
    def fits(self) -> bool:
        """Whether the header holds all that the table needs and at least one figure or name beyond the key."""
        told = {field.name for field in self.columns.values()}
        return not self.missing and bool(told - set(self.table.key) - set(COMMON))

    @property
    def score(self) -> int:
        """How many of the table's own columns the header names."""
        return sum(field.name not in COMMON for field in self.columns.values())


def match(header: Cells, table: Table) -> Match:
    """The header row read for the table."""
    names = _names(table.fields)
    columns: dict[int, Field] = {}
    headings: dict[str, str] = {}
    ignored: list[str] = []
    twice: list[str] = []
    declared: Period = ""
    for place, cell in enumerate(header):
        heading = spelling(cell)
        if heading in ("", "rowid"):
            continue
        field = _named(heading, table.fields, names)
        if field is None:
            ignored.append(str(cell).strip())
        elif field in columns.values():
            twice.append(str(cell).strip())
        else:
            columns[place] = field
            headings[field.name] = str(cell).strip()
            if field.period:
                declared = "fiscal" if heading in _FISCAL else "calendar" if heading in _CALENDAR else ""
    return Match(
        table,
        columns,
        headings,
        tuple(ignored),
        _missing(table, columns.values()),
        tuple(twice),
        declared,
        len(header),
    )


def best(header: Cells, tables: Sequence[Table]) -> tuple[Match, ...]:
    """The tables that the header fits best: one when it is clear, several when it is not, none when it fits none."""
    fitting = [found for table in tables if (found := match(header, table)).fits]
    top = max((found.score for found in fitting), default=0)
    return tuple(found for found in fitting if found.score == top)


def nearest(header: Cells, tables: Sequence[Table]) -> Match:
    """The table whose columns the header names most of, though it does not fit."""
    return max(
        (match(header, table) for table in tables), key=lambda found: (found.score, -len(found.missing))
    )


def spelling(heading: object) -> str:
    """A heading as it is compared: plain width, lower case, without spaces, underscores and hyphens."""
    return "" if heading is None else _spelling(str(heading))


@functools.lru_cache(maxsize=4096)
def _spelling(heading: str) -> str:
    return re.sub(r"[\s_\-]", "", folded(heading)).casefold()


def required(table: Table, field: Field) -> bool:
    """Whether a user's table must have the column: the key and what the schema requires, but not what is filled in."""
    if field.name in COMMON:
        return False
    if field.constraints.required is None:
        return field.name in table.key
    return field.constraints.required


def _missing(table: Table, told: Iterable[Field]) -> tuple[Field, ...]:
    names = {field.name for field in told}
    filled = {fill.field for fill in table.fills if fill.source in names}
    return tuple(
        field
        for field in table.fields
        if required(table, field) and field.name not in names and field.name not in filled
    )


def _names(fields: Sequence[Field]) -> Mapping[str, Field]:
    names: dict[str, Field] = {}
    for field in fields:
        names.setdefault(spelling(field.name), field)
    for field in fields:
        names.setdefault(spelling(field.title), field)
        names.setdefault(spelling(field.title_ja), field)
    for field in fields:
        for alias in field.aliases:
            names.setdefault(spelling(alias), field)
    return names


def _named(heading: str, fields: Sequence[Field], names: Mapping[str, Field]) -> Field | None:
    if heading in _YEARS:
        for field in fields:
            if field.period:
                return field
    return names.get(heading) or names.get(_BRACKETS.sub("", heading))
