"""The commands of the ledger at 10⁷ events, each in a process of its own: how long, and how much memory.

Beside each stands the same at a tenth of the size: time should be ten times as much, memory the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.ledger import LIBRARIES, bare_sqlite, opened, workers
from benchmarks.ledger_load import batches, write_load
from benchmarks.registry import Measured, benchmark, seconds

EVENTS = 10_000_000
TENTH = 10
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


def linear(name: str, does: str, command: Callable[[Grown], tuple[float, float]]) -> None:
    """A row for the time of a command."""

    def measure(events: int = EVENTS) -> Measured:
        many, few = command(grown(events)), command(grown(events // TENTH))
        return Measured(ours=many[0], floor=TENTH * few[0])

    measure.__doc__ = does
    benchmark(
        f"ledger-scale-{name}",
        issue=4,
        unit="s",
        goal="ratio <= 1.25",
        floor_name="ten times the same for a tenth of the events",
        libraries=LIBRARIES,
        tiny=TINY,
    )(measure)


linear("fsck", "`meguri ledger fsck`: every row of every table against the log.", Grown.check)
linear("parquet", "`meguri ledger export --parquet`: all events into one file.", Grown.to_parquet)
linear("backup", "`meguri ledger backup`: all that the ledger holds into one file.", Grown.back_up)
linear(
    "restore",
    "`meguri ledger restore`: an empty database filled from the backup, and verified whole.",
    Grown.restore,
)


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
        max(memory_mb for _, memory_mb in (held.check(), held.to_parquet(), held.back_up(), held.restore()))
        for held in (grown(events // TENTH), grown(events))
    )
    return Measured(ours=many, floor=few)
