"""Killed at any moment, out of room, failing to write: what was acknowledged is there, nothing is there by half."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import event as on
from sqlalchemy import select

from meguri.ledger import Ledger, StoreUnavailable
from meguri.ledger.fsck import fsck
from meguri.ledger.tables import event
from meguri.ledger.values import id_text
from tests.ledger.events import to_market, told

ROOT = Path(__file__).parents[2]


def kept(ledger: Ledger) -> set[str]:
    with ledger.store.reading() as connection:
        return {id_text(key) for key in connection.execute(select(event.c.event_id)).scalars()}


def written(folder: Path, round_: int, seconds: float, **environment: str) -> list[str]:
    """Lines of a writer that is killed so long after its first: ids that were acknowledged, empty where the store failed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.writer", str(folder), str(round_)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    assert process.stdout
    first = process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    lines = (first + process.stdout.read()).split("\n")
    process.wait()
    return lines[:-1]


def killed_after(folder: Path, round_: int, seconds: float) -> set[str]:
    return {name for line in written(folder, round_, seconds) for name in line.split()}


def test_a_writer_killed_at_any_moment_loses_nothing_it_acknowledged(tmp_path, full):
    draw, acknowledged = Random(4), set()
    for round_ in range(1000 if full else 6):
        acknowledged |= killed_after(tmp_path, round_, draw.random() * 0.3)
        if full and round_ % 20:
            continue
        with Ledger.open(tmp_path / "ledger.db", keys=tmp_path / "keys") as ledger:
            there = kept(ledger)
            assert acknowledged <= there
            assert fsck(ledger.store, ledger.key.verifying).faults == ()
            assert (len(there) - 1) % 2 == 0
    assert acknowledged


FAILURES = ("INSERT INTO event", "INSERT INTO seal", "INSERT INTO tile", "UPDATE log", "COMMIT")


@pytest.mark.parametrize("failing", FAILURES)
def test_a_write_that_fails_leaves_nothing_behind(tmp_path, failing):
    with Ledger.open(tmp_path / "ledger.db", keys=tmp_path / "keys") as ledger:
        ledger.append([event for number in range(200) for event in to_market(number + 10)])
        before, armed = kept(ledger), [True]

        def fail(*arguments: object) -> None:
            if armed[0] and (failing == "COMMIT" or str(arguments[2]).startswith(failing)):
                armed[0] = False
                raise sqlite3.OperationalError("disk I/O error")

        where = "commit" if failing == "COMMIT" else "before_cursor_execute"
        on.listen(ledger.store.writer, where, fail)
        with pytest.raises((StoreUnavailable, sqlite3.OperationalError)):
            ledger.append([event for number in range(200) for event in to_market(number + 1000)])
        on.remove(ledger.store.writer, where, fail)
        assert kept(ledger) == before
        ledger.append(to_market(1))
        assert fsck(ledger.store, ledger.key.verifying).faults == ()


def test_a_full_disk_is_said_and_passes(tmp_path):
    with Ledger.open(tmp_path / "ledger.db", keys=tmp_path / "keys") as ledger:
        ledger.append(to_market(1))
        with ledger.store.writing() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 8}")
        with pytest.raises(StoreUnavailable, match="full") as full_disk:
            ledger.append([event for number in range(2, 4000) for event in to_market(number)])
        assert "room" in full_disk.value.mend
        assert fsck(ledger.store, ledger.key.verifying).faults == ()
        with ledger.store.writing() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        ledger.append(to_market(3))
        assert fsck(ledger.store, ledger.key.verifying).faults == ()


@pytest.fixture(scope="session")
def shim(tmp_path_factory) -> Path:
    """A library that lets system calls on the ledger's files fail."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler here to build the failing system calls with")
    built = tmp_path_factory.mktemp("shim") / "failing.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", built, Path(__file__).parent / "failing.c", "-ldl"], check=True
    )
    return built


@pytest.mark.parametrize("failing", ["fsync:5", "fsync:2", "write:150", "write:61"])
def test_a_failing_disk_costs_no_acknowledged_event(tmp_path, shim, failing, full):
    Ledger.open(tmp_path / "ledger.db", keys=tmp_path / "keys", origin="test/faults").close()
    lines: list[str] = []
    for round_ in range(20 if full else 1):
        lines += written(tmp_path, round_, 0.6, LD_PRELOAD=str(shim), FAIL=failing)
    assert "" in lines, "no failure was met"
    with Ledger.open(tmp_path / "ledger.db", keys=tmp_path / "keys") as ledger:
        assert {name for line in lines for name in line.split()} <= kept(ledger)
        assert fsck(ledger.store, ledger.key.verifying).faults == ()
        ledger.append(to_market(9_000_001))


def together(*works: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as fault:  # noqa: BLE001
            failures.append(fault)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def test_two_writers_on_one_file_share_it(tmp_path):
    with (
        Ledger.open(tmp_path / "ledger.db", keys=tmp_path / "keys") as one,
        Ledger.open(tmp_path / "ledger.db", keys=tmp_path / "keys") as other,
    ):

        def record(ledger: Ledger, start: int) -> Callable[[], None]:
            return lambda: [ledger.append(to_market(start + k)) for k in range(40)] and None  # type: ignore[func-returns-value]

        together(record(one, 1000), record(other, 2000), record(one, 3000), record(other, 4000))
        assert one.count() == 1 + 4 * 40 * 2
        assert fsck(one.store, one.key.verifying).faults == ()
        assert one.root == other.root


def test_a_clock_that_goes_back_does_not_disturb_the_order(tmp_path, monkeypatch):
    with Ledger.open(tmp_path / "ledger.db", keys=tmp_path / "keys") as ledger:
        ledger.append(to_market(1))
        monkeypatch.setattr("meguri.ledger.append.time.time_ns", lambda: 1)
        ledger.append([told("measured", 2)])
        first, _, last = ledger.life(told("measured").battery)
        assert last.recorded >= first.recorded
        assert fsck(ledger.store, ledger.key.verifying).faults == ()
