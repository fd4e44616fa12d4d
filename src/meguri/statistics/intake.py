"""Intake: a table that somebody hands in, read as rows of one of the tables here.

`read_table` finds the header, tells which table is meant, reads every cell by the schema and collects all problems
with their place and mend. A file with a problem gives no rows at all. Rows read this way cite the file as their
source; unless the file says otherwise they count as published, and as known from the end of their period plus the
table's publication lag, or from the day they were added.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from meguri.errors import InputError, NotFound, Problem, Said
from meguri.statistics import estat, limits
from meguri.statistics.cells import Period
from meguri.statistics.files import Cells, Contents, Sheet, read_file, refused
from meguri.statistics.headers import Match, best, match, nearest
from meguri.statistics.rows import Origin, Problems, completed, declared_period, typed_rows
from meguri.statistics.sources import Source, of_file
from meguri.statistics.table import Table

_Choice = tuple[Match, str, Iterator[tuple[int, Cells]]]


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file to read, with what its reader has to be told: the table, whether its years are fiscal, and the sheet."""

    path: Path
    table: str | None = None
    period: Period = ""
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a file holds. `rows` has the columns of the table's schema, and is empty when there are problems.

    `problems` holds the first of them, `problem_count` how many there are; `ignored` names columns that are not used.
    """

    file: str
    sha256: str
    encoding: str
    sheet: str
    table: str
    period: Period
    row_count: int
    rows: pl.DataFrame
    source: Source
    ignored: tuple[str, ...]
    problems: tuple[Problem, ...]
    problem_count: int

    @property
    def ok(self) -> bool:
        """Whether the file can be used."""
        return not self.problem_count

    def accepted(self) -> Report:
        """The report itself. Raises `InputError` with the problems when there are any."""
        if self.ok:
            return self
        more = self.problem_count - len(self.problems)
        raise InputError(
            Said("{file} has 1 problem; nothing of it was used", file=self.file)
            if self.problem_count == 1
            else Said(
                "{file} has {count:,} problems; nothing of it was used",
                file=self.file,
                count=self.problem_count,
            ),
            self.problems,
            where=self.file,
            mend=Said(
                "{mend} ({more:,} more problems are not listed.)", mend=self.problems[0].mend, more=more
            )
            if more
            else self.problems[0].mend,
        )


def read_table(file: DataFile, tables: Mapping[str, Table], added_on: date | None = None) -> Report:
    """The rows of a file. Content that cannot be read is told in the report's problems.

    Raises `NotFound` for a missing file or unknown table, and `InputError` for a file that is refused as a whole.
    """
    if file.table is not None and file.table not in tables:
        raise NotFound(
            Said("There is no table “{table}”", table=file.table),
            mend=Said("Tables: {tables}", tables=tuple(tables)),
        )
    contents = read_file(file.path)
    source = of_file(contents.file, contents.sha256, added_on)
    found, sheet, rows = _recognised(file, contents, tables)
    problems = Problems(contents.file, sheet)
    period = declared_period(found, file.period, problems)
    exact = contents.encoding != "xlsx"
    read = typed_rows(found, rows, period, problems, exact=exact)
    typed = list(itertools.islice(read, limits.MAX_TABLE_ROWS + 1))
    if len(typed) > limits.MAX_TABLE_ROWS:
        raise refused(
            contents.file,
            Said("the table has more than {rows:,} rows", rows=limits.MAX_TABLE_ROWS),
            Said("Split the file."),
        )
    frame = completed(found, typed, tables, Origin(source, sheet, added_on), problems)
    return Report(
        file=contents.file,
        sha256=contents.sha256,
        encoding=contents.encoding,
        sheet=sheet,
        table=found.table.name,
        period=period,
        row_count=len(typed),
        rows=frame,
        source=source,
        ignored=found.ignored,
        problems=tuple(problems.held),
        problem_count=problems.count,
    )


def _recognised(file: DataFile, contents: Contents, tables: Mapping[str, Table]) -> _Choice:
    sheets = [sheet for sheet in contents.sheets if file.sheet in (None, sheet.name)]
    if not sheets:
        names = tuple(sheet.name for sheet in contents.sheets)
        raise NotFound(
            Said("{file} has no sheet “{sheet}”", file=contents.file, sheet=file.sheet),
            mend=Said("Sheets: {names}", names=names),
        )
    wanted = [tables[file.table]] if file.table else list(tables.values())
    choices = [choice for sheet in sheets for choice in _headed(contents.file, sheet, wanted, tables)]
    fitting = [choice for choice in choices if choice[0].fits]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise _ambiguous(contents.file, fitting)
    raise _unrecognised(
        contents.file, max(choices, key=lambda choice: choice[0].score), named=file.table is not None
    )


def _headed(file: str, sheet: Sheet, wanted: Sequence[Table], tables: Mapping[str, Table]) -> list[_Choice]:
    rows = iter(sheet.rows)
    top = list(itertools.islice(rows, limits.HEADER_WITHIN_ROWS))
    if not top:
        raise refused(file, Said("the file is empty"), Said("Give a file with a header row and data."))
    for place, (_, cells) in enumerate(top):
        rest = itertools.chain(top[place + 1 :], rows)
        if estat.recognises(cells) and any(table.name == estat.TABLE for table in wanted):
            header, turned = estat.customs_rows(file, cells, rest, tables)
            return [(match(header, tables[estat.TABLE]), sheet.name, turned)]
        found = best(cells, wanted)
        if found:
            return [(one, sheet.name, rest) for one in found]
    closest = max((nearest(cells, wanted) for _, cells in top), key=lambda one: one.score)
    return [(closest, sheet.name, iter(()))]


def _ambiguous(file: str, fitting: Sequence[_Choice]) -> InputError:
    names = sorted({found.table.name for found, _, _ in fitting})
    sheets = sorted({sheet for _, sheet, _ in fitting})
    if len(sheets) > 1:
        what, mend = (
            Said("several sheets hold a table: {sheets}", sheets=tuple(sheets)),
            Said("Name the sheet, or give the sheet alone."),
        )
    else:
        what, mend = (
            Said("the headers fit several tables: {tables}", tables=tuple(names)),
            Said("Name the table, such as --table {table}.", table=names[0]),
        )
    return InputError(
        Said("{file} was not read: {what}", file=file, what=what),
        (Problem(what, mend, file=file),),
        where=file,
        mend=mend,
    )


def _unrecognised(file: str, closest: _Choice, *, named: bool) -> InputError:
    found, sheet, _ = closest
    lacking = tuple(f"{field.name}（{field.title_ja}）" for field in found.missing)
    if not named and not found.score:
        what, mend = (
            Said("the headers fit no table"),
            Said("Name the table, and give its columns as `meguri data show TABLE` lists them."),
        )
    elif found.missing:
        table = found.table.name
        what = Said(
            "for the table {table} these columns are missing: {lacking}", table=table, lacking=lacking
        )
        mend = Said("Add them, or name the headers as `meguri data show {table}` lists them.", table=table)
    else:
        what = Said("the header names only the key of {table}", table=found.table.name)
        mend = Said("Add a column with figures.")
    return InputError(
        Said("{file} was not read: {what}", file=file, what=what),
        (Problem(what, mend, file=file, sheet=sheet),),
        where=file,
        mend=mend,
    )
