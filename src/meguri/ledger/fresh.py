"""An empty database for a ledger that exists already: it is filled whole, or left as empty as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.engine import make_url

from meguri.errors import InputError, Said
from meguri.ledger.errors import StoreUnavailable
from meguri.ledger.files import sync_folder
from meguri.ledger.schema import prepare
from meguri.ledger.store import Store, open_store
from meguri.ledger.tables import event, log, metadata


@contextmanager
def empty_store(db: str | Path) -> Iterator[Store]:
    """A database without a ledger, to be filled; empty again if filling it fails."""
    store = open_store(db)
    if store.is_sqlite:
        file = Path(make_url(store.url).database or "")
        store.close()
        try:
            with _new_file(file) as part:
                yield part
        except OSError as fault:
            raise StoreUnavailable(
                Said(
                    "The database cannot be written: {reason}", reason=Said.of(fault.strerror or str(fault))
                ),
                where=str(file),
                mend=Said("Name a new file in a folder that you may write to, with room for the ledger."),
            ) from fault
        return
    try:
        with store.writing() as connection:
            prepare(connection)
            if (
                connection.execute(select(log.c.id)).first()
                or connection.execute(select(event.c.idx)).first()
            ):
                raise _not_empty(store.url)
        try:
            yield store
        except BaseException:
            with store.writing() as connection:
                names = ", ".join(table.name for table in metadata.sorted_tables)
                connection.execute(text(f"TRUNCATE {names}"))
            raise
    finally:
        store.close()


@contextmanager
def _new_file(file: Path) -> Iterator[Store]:
    """A SQLite database that has its name only once it is filled and durable."""
    if file.exists() and file.stat().st_size:
        raise _not_empty(str(file))
    part = file.with_name(f".{file.name}.restored")
    for leftover in (part, *(Path(f"{file}{end}") for end in ("-wal", "-shm"))):
        leftover.unlink(missing_ok=True)
    store = open_store(part)
    try:
        raw: Any = store.writer.raw_connection().driver_connection
        for pragma in ("journal_mode=OFF", "synchronous=OFF"):
            raw.execute(f"PRAGMA {pragma}")
        with store.writing() as connection:
            prepare(connection)
        yield store
        store.close()
        handle = os.open(part, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        part.replace(file)
        sync_folder(file.parent)
    finally:
        store.close()
        for leftover in (part, *(Path(f"{part}{end}") for end in ("-wal", "-shm"))):
            leftover.unlink(missing_ok=True)


def _not_empty(where: str) -> InputError:
    return InputError(
        Said("There is something in this database already; a ledger is restored into an empty one."),
        where=where,
        mend=Said("Name a new database with --db."),
    )
