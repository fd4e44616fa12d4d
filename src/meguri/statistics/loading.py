"""Loading: the shipped tables with a user's own laid over them, and the ways to check and keep such tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from meguri.errors import MeguriError, NotFound, Said
from meguri.statistics.cells import Period
from meguri.statistics.collection import Statistics
from meguri.statistics.home import Kept, default_home, keep, kept
from meguri.statistics.intake import DataFile, Report, read_table
from meguri.statistics.package import shipped
from meguri.statistics.sources import merged
from meguri.statistics.table import Table, known_by, overlaid


def load(
    *,
    extra: Sequence[Path | DataFile] = (),
    home: Path | None = None,
    as_of: date | None = None,
    added_on: date | None = None,
) -> Statistics:
    """All tables: those shipped, under those kept in `home`, under the files of `extra` for this one run.

    A row of a later layer takes the place of the row with the same key. With `as_of`, each layer holds only what was
    public on that day. `added_on` is the day to count rows of `extra` as known from when nothing earlier is told.
    Raises `InputError` for a file with problems.
    """
    tables: dict[str, Table] = {}
    for package in shipped():
        for table in package.tables:
            if table.name in tables:
                raise MeguriError(
                    Said("Two packages hold a table {name}", name=table.name),
                    mend=Said("Rename one of them."),
                )
            tables[table.name] = replace(table, frame=known_by(table.frame, as_of)) if as_of else table
    sources = dict(merged(package.sources for package in shipped()))
    for one in kept(default_home() if home is None else home):
        if one.table not in tables:
            raise NotFound(
                Said("The added table {id} belongs to no table here", id=one.id),
                mend=Said("Take it away: meguri data remove {id}", id=one.id),
            )
        shipped_table = tables[one.table]
        tables[one.table] = overlaid(shipped_table, known_by(one.frame(shipped_table), as_of))
        sources[one.source.id] = one.source
    for file in extra:
        report = read_table(
            file if isinstance(file, DataFile) else DataFile(file), tables, added_on
        ).accepted()
        tables[report.table] = overlaid(tables[report.table], known_by(report.rows, as_of))
        sources.setdefault(report.source.id, report.source)
    return Statistics(tables, sources)


def check(
    path: Path,
    *,
    table: str | None = None,
    period: Period = "",
    sheet: str | None = None,
    home: Path | None = None,
    added_on: date | None = None,
) -> Report:
    """What a file holds and what is wrong with it, using nothing of it. Raises as `read_table` does."""
    return read_table(DataFile(path, table, period, sheet), load(home=home).tables, added_on)


def add(
    path: Path,
    *,
    added_on: date,
    home: Path | None = None,
    table: str | None = None,
    period: Period = "",
    sheet: str | None = None,
) -> Kept:
    """Add a file's rows for good. Raises `InputError` when it has problems; then nothing is kept."""
    place = default_home() if home is None else home
    report = check(path, table=table, period=period, sheet=sheet, home=place, added_on=added_on)
    return keep(report, place, added_on)
