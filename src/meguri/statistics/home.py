"""Home: the tables that a user has added for good.

Each added table is one file under `<home>/tables`, written whole or not at all. They are laid over the shipped
tables in the order in which they were added; adding the same file again changes nothing.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import msgspec
import polars as pl

from meguri.errors import MeguriError, NotFound, Said
from meguri.statistics.intake import Report
from meguri.statistics.rows import retyped
from meguri.statistics.sources import Source, of_file
from meguri.statistics.table import Table

_FORMAT = 1


class Kept(msgspec.Struct, frozen=True):
    """A table added for good: from which file, when, and its rows in the columns of the table."""

    id: str
    sequence: int
    table: str
    file: str
    sha256: str
    added_on: date
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | bool | None, ...], ...]
    format: int = _FORMAT

    @property
    def source(self) -> Source:
        """The user's file as a source."""
        return of_file(self.file, self.sha256, self.added_on)

    def frame(self, table: Table) -> pl.DataFrame:
        """The rows by the table's schema. Raises `InputError` when the schema has changed and they no longer fit."""
        return retyped(table, self.columns, self.rows, self.file)


def default_home(environment: Mapping[str, str] | None = None) -> Path:
    """`MEGURI_HOME`, or `.meguri` in the user's home."""
    told = (os.environ if environment is None else environment).get("MEGURI_HOME")
    return Path(told) if told else Path.home() / ".meguri"


def kept(home: Path) -> tuple[Kept, ...]:
    """The tables added for good, in order. Raises `MeguriError` for one that cannot be read."""
    return tuple(sorted(_held(home), key=lambda one: (one.sequence, one.id)))


def keep(report: Report, home: Path, added_on: date) -> Kept:
    """Add the rows of an accepted report for good. Raises `InputError` for a report with problems."""
    report.accepted()
    held = kept(home)
    told = f"{report.sha256} {report.sheet} {report.period}"
    identity = f"{report.table}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"
    for one in held:
        if one.id == identity:
            return one
    rows = report.rows.with_columns(pl.col(pl.Date).cast(pl.String))
    added = Kept(
        id=identity,
        sequence=max((one.sequence for one in held), default=0) + 1,
        table=report.table,
        file=report.file,
        sha256=report.sha256,
        added_on=added_on,
        columns=tuple(rows.columns),
        rows=tuple(rows.rows()),
    )
    _write(_place(home, identity), msgspec.json.encode(added))
    return added


def remove(identity: str, home: Path) -> Kept:
    """Take a kept table away. Raises `NotFound`."""
    for one in kept(home):
        if one.id == identity:
            _place(home, identity).unlink()
            return one
    known = tuple(one.id for one in kept(home)) or Said("none")
    raise NotFound(
        Said("No table “{identity}” was added", identity=identity),
        where=str(home),
        mend=Said("Added tables: {known}", known=known),
    )


def _held(home: Path) -> Iterator[Kept]:
    for path in sorted((home / "tables").glob("*.json")):
        try:
            yield msgspec.json.decode(path.read_bytes(), type=Kept)
        except (OSError, msgspec.MsgspecError) as fault:
            raise MeguriError(
                Said("A table added earlier cannot be read: {fault}", fault=str(fault)),
                where=str(path),
                mend=Said("Delete the file, and add the table anew."),
            ) from fault


def _place(home: Path, identity: str) -> Path:
    return home / "tables" / f"{identity}.json"


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
    except OSError as fault:
        raise MeguriError(
            Said("The table cannot be kept"),
            where=str(path.parent),
            mend=Said("{reason}; choose another MEGURI_HOME.", reason=Said.of(fault.strerror or "")),
        ) from fault
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
