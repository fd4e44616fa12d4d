"""The commands of the ledger at 10⁷ events, each in a process of its own: how long, and how much memory.

Beside each stands the same at a tenth of the size: time should be ten times as much, memory the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.ledger import LIBRARIES, bare_sqlite, opened, workers
from benchmarks.ledger_load import batches, write_load
from benchmarks.registry import Measured, benchmark, seconds

EVENTS = 10_000_000
TENTH = 10
LINEAR = "ratio <= 1.25"
FLOOR = "ten times the same for a tenth of the events"
TINY = {"events": 2_000}


@dataclass(frozen=True)
class Grown:
    """A ledger in a folder that goes with the process, and how many events a second it was filled with."""

    folder: TemporaryDirectory[str]
    per_second: float

    @property
    def place(self) -> Path:
        return Path(self.folder.name)

    @cache  # noqa: B019
    def run(self, *command: str) -> tuple[float, float]:
        """Seconds that a `meguri ledger …` command takes, and the most memory (MB resident) that its process held."""
        started = time.perf_counter()
        process = subprocess.Popen(
            [
                Path(sys.executable).with_name("meguri"),
                "ledger",
                *command,
                "--keys",
                str(self.place / "keys"),
                "--json",
            ],
            cwd=self.place,
            stdout=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(process.pid, 0)
        if os.waitstatus_to_exitcode(status):
            raise AssertionError(f"meguri ledger {' '.join(command)} failed")
        return time.perf_counter() - started, used.ru_maxrss / 1024

    def check(self) -> tuple[float, float]:
        return self.run("fsck", "--db", "ledger.db")

    def to_parquet(self) -> tuple[float, float]:
        return self.run("export", "--parquet", "events.parquet", "--db", "ledger.db")

    def back_up(self) -> tuple[float, float]:
        return self.run("backup", "ledger.backup", "--db", "ledger.db")

    def restore(self) -> tuple[float, float]:
        self.back_up()
        return self.run("restore", "ledger.backup", "--db", "restored.db")


@cache
def grown(events: int) -> Grown:
    folder = TemporaryDirectory(prefix="meguri-bench-")
    place = Path(folder.name)
    load = write_load(place / "load.ndjson", events)
    with opened(place / "ledger.db", place) as ledger:
        waiting = iter(ledger.append_many(batches(load), workers=workers()))
        first = len(next(waiting))
        per_second = (events - first) / seconds(lambda: [len(receipts) for receipts in waiting])
    load.unlink()
    return Grown(folder, per_second)


@benchmark(
    "ledger-append-batches",
    issue=4,
    unit="events/s",
    goal="ours >= 70000",
    floor_name="bare SQLite rows, 1,000 a transaction",
    libraries=LIBRARIES,
    tiny=TINY,
)
def append_batches(events: int = EVENTS) -> Measured:
    """Signed batches of 1,000 into SQLite: read, validated, committed to, durable and in the signed tree when told."""
    held = grown(events)
    return Measured(ours=held.per_second, floor=bare_sqlite(held.place / "bare.db"))


@benchmark(
    "ledger-scale-fsck", issue=4, unit="s", goal=LINEAR, floor_name=FLOOR, libraries=LIBRARIES, tiny=TINY
)
def check(events: int = EVENTS) -> Measured:
    """`meguri ledger fsck`: every row of every table against the log."""
    return Measured(ours=grown(events).check()[0], floor=TENTH * grown(events // TENTH).check()[0])


@benchmark(
    "ledger-scale-parquet", issue=4, unit="s", goal=LINEAR, floor_name=FLOOR, libraries=LIBRARIES, tiny=TINY
)
def to_parquet(events: int = EVENTS) -> Measured:
    """`meguri ledger export --parquet`: all events into one file."""
    return Measured(ours=grown(events).to_parquet()[0], floor=TENTH * grown(events // TENTH).to_parquet()[0])


@benchmark(
    "ledger-scale-backup", issue=4, unit="s", goal=LINEAR, floor_name=FLOOR, libraries=LIBRARIES, tiny=TINY
)
def back_up(events: int = EVENTS) -> Measured:
    """`meguri ledger backup`: all that the ledger holds into one file."""
    return Measured(ours=grown(events).back_up()[0], floor=TENTH * grown(events // TENTH).back_up()[0])


@benchmark(
    "ledger-scale-restore", issue=4, unit="s", goal=LINEAR, floor_name=FLOOR, libraries=LIBRARIES, tiny=TINY
)
def restore(events: int = EVENTS) -> Measured:
    """`meguri ledger restore`: an empty database filled from the backup, and verified whole."""
    return Measured(ours=grown(events).restore()[0], floor=TENTH * grown(events // TENTH).restore()[0])


@benchmark(
    "ledger-scale-memory",
    issue=4,
    unit="MB",
    goal="ratio <= 1.25",
    floor_name="the same for a tenth of the events",
    libraries=LIBRARIES,
    tiny=TINY,
)
def memory(events: int = EVENTS) -> Measured:
    """The most memory that any of these four commands held."""
    few, many = (
        max(held.check()[1], held.to_parquet()[1], held.back_up()[1], held.restore()[1])
        for held in (grown(events // TENTH), grown(events))
    )
    return Measured(ours=many, floor=few)
