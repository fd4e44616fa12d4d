"""Where a ledger is kept: one SQLite file or a PostgreSQL database, behind the same few functions.

Writers take turns: a transaction of `writing` excludes every other, in this process or elsewhere. It is durable when the block
ends: SQLite runs with `synchronous=FULL`, PostgreSQL with `synchronous_commit=on`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.pool import StaticPool

from meguri.errors import InputError, Said
from meguri.ledger.errors import StoreUnavailable

BUSY_MS = 60_000
CACHE_KIB = 256 * 1024
PAGE_BYTES = 16384
LOCK_KEY = 0x6D656775


class AlreadyThere(Exception):
    """A row with the same key is there; the transaction wrote nothing."""


@dataclass(slots=True)
class Store:
    """An open database. `url` never shows a password."""

    url: str
    writer: Engine
    reader: Engine
    turn: threading.RLock = field(default_factory=threading.RLock)

    @property
    def is_sqlite(self) -> bool:
        return self.writer.dialect.name == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One durable transaction, alone. Raises AlreadyThere, or StoreUnavailable: then nothing was written, or it cannot be known."""
        with self.turn, _translated(self.url), self.writer.begin() as connection:
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the ledger and changes nothing."""
        with _translated(self.url), self.reader.begin() as connection:
            yield connection

    def close(self) -> None:
        self.writer.dispose()
        self.reader.dispose()


def open_store(where: str | Path) -> Store:
    """Open (and, for SQLite, create) the database. Raises InputError for an address that cannot be one."""
    url = _url(where)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    if url.get_backend_name() == "postgresql":
        return _postgresql(url.set(drivername="postgresql+psycopg"))
    raise InputError(
        Said("No ledger can be kept in “{kind}”.", kind=url.get_backend_name()),
        where="--db",
        mend=Said("Give sqlite:///FILE or postgresql://USER@HOST/DATABASE."),
    )


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Add rows, each with a value for every column of the table in its order, in the fastest way the database has."""
    if not rows:
        return
    names = ", ".join(table.c.keys())
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(table.c))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({places})", list(rows))  # noqa: S608
        return
    raw: Any = connection.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _url(where: str | Path) -> URL:
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(Path(where).expanduser().resolve()))
    try:
        return make_url(where)
    except ArgumentError as fault:
        raise InputError(
            Said("“{url}” is not the address of a database.", url=where.split("@")[-1]),
            where="--db",
            mend=Said("Give sqlite:///FILE or postgresql://USER@HOST/DATABASE."),
        ) from fault


def _sqlite(url: URL) -> Store:
    if url.database and url.database != ":memory:":
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise StoreUnavailable(
                Said(
                    "The folder of the ledger cannot be made: {reason}", reason=Said.of(fault.strerror or "")
                ),
                where=url.database,
                mend=Said("Name a file in a folder that you may write to: --db FILE."),
            ) from fault
    writer = create_engine(
        url.set(drivername="sqlite+pysqlite"), poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    reader = create_engine(url.set(drivername="sqlite+pysqlite"), connect_args={"check_same_thread": False})
    for engine, begin in ((writer, "BEGIN IMMEDIATE"), (reader, "BEGIN")):
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", lambda connection, begin=begin: connection.exec_driver_sql(begin))
    return Store(str(url), writer, reader)


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        f"page_size={PAGE_BYTES}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "wal_autocheckpoint=1000",
        f"busy_timeout={BUSY_MS}",
        f"cache_size=-{CACHE_KIB}",
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _postgresql(url: URL) -> Store:
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=24,
        connect_args={"options": "-c synchronous_commit=on -c timezone=UTC", "connect_timeout": 10},
    )
    return Store(
        url.render_as_string(hide_password=True),
        engine,
        engine.execution_options(isolation_level="REPEATABLE READ"),
    )


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except (IntegrityError, psycopg.errors.IntegrityError) as fault:
        raise AlreadyThere from fault
    except (DBAPIError, psycopg.Error) as fault:
        told = fault.orig if isinstance(fault, DBAPIError) else fault
        raise StoreUnavailable(
            Said("The database cannot be used: {reason}", reason=Said.of(str(told).strip().split("\n")[0])),
            where=url,
            mend=Said(
                "See that it runs, is reachable and has room on its disk; then send the events again: an event is taken once."
            ),
        ) from fault
