"""The database killed under load, the machine lost: what was acknowledged is there, and sent again it is taken once."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from meguri.ledger import Ledger, StoreUnavailable
from meguri.ledger.fsck import fsck
from meguri.ledger.store import open_store
from meguri.ledger.stored_tiles import StoredTiles
from meguri.ledger.tables import event
from meguri.ledger.values import id_text
from meguri.ledger.verify import verify_log
from meguri.ledger.witnesses import add_witness
from tests.faults.postgres import Server, address, until
from tests.ledger.events import to_market, told

ORIGIN = "test/faults"


NUMBERS = count()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="meguri-pg-") as folder:
        one = Server.new(Path(folder), 5501)
        one.start()
        yield one
        one.stop()


@pytest.fixture
def database(server) -> str:
    """The name of an empty database."""
    name = f"ledger_{next(NUMBERS)}"
    server.execute(f"CREATE DATABASE {name}")
    return name


@dataclass
class Load:
    """Threads that record without end; each sends a batch again until it is acknowledged. `failures` met on the way."""

    ledger: Ledger
    acknowledged: set[str] = field(default_factory=set)
    failures: int = 0
    faults: list[BaseException] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def record(self, thread: int) -> None:
        try:
            for number in count(thread * 1_000_000 + 1):
                if self.ended.is_set():
                    return
                self._acknowledge(number)
        except BaseException as fault:  # noqa: BLE001
            self.faults.append(fault)

    def _acknowledge(self, number: int) -> None:
        events = to_market(number)
        while True:
            try:
                receipts = self.ledger.append(events)
            except StoreUnavailable:
                self.failures += 1
                time.sleep(0.02)
                continue
            self.acknowledged.update(receipt.event for receipt in receipts)
            return


@contextmanager
def loaded(*ledgers: Ledger) -> Iterator[list[Load]]:
    """The ledgers under load from two threads each, until the block ends and all that was sent is acknowledged."""
    loads = [Load(ledger) for ledger in ledgers]
    threads = [
        threading.Thread(target=load.record, args=(2 * place + k,), daemon=True)
        for place, load in enumerate(loads)
        for k in (1, 2)
    ]
    for thread in threads:
        thread.start()
    try:
        yield loads
    finally:
        for load in loads:
            load.ended.set()
        for thread in threads:
            thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert [load.faults for load in loads] == [[] for _ in loads]


def kept(ledger: Ledger) -> set[str]:
    """Ids of all events, without that of the house's key."""
    with ledger.store.reading() as connection:
        rows = connection.execute(select(event.c.event_id).where(event.c.type != "enrolled")).scalars()
        return {id_text(key) for key in rows}


def test_postgresql_killed_under_load_loses_nothing_and_takes_nothing_twice(server, database, tmp_path, full):
    draw = Random(11)
    with Ledger.open(server.url(database), keys=tmp_path / "keys", origin=ORIGIN) as ledger:
        with loaded(ledger) as (load,):
            for _ in range(100 if full else 2):
                before = len(load.acknowledged)
                until(lambda before=before: len(load.acknowledged) > before)
                time.sleep(draw.random() * 0.3)
                server.kill()
                server.start()
        assert load.failures
        assert kept(ledger) == load.acknowledged
        assert fsck(ledger.store, ledger.key.verifying).faults == ()


def test_two_writers_on_one_database_share_it(server, database, tmp_path, full):
    with (
        Ledger.open(server.url(database), keys=tmp_path / "keys", origin=ORIGIN) as one,
        Ledger.open(server.url(database), keys=tmp_path / "keys") as other,
    ):
        with loaded(one, other) as loads:
            time.sleep(30 if full else 1)
        assert min(len(load.acknowledged) for load in loads) > 2
        assert kept(one) == loads[0].acknowledged | loads[1].acknowledged
        assert fsck(other.store, other.key.verifying).faults == ()
        assert one.root == other.root


@pytest.fixture(scope="module")
def pair(server) -> Iterator[tuple[Server, Server]]:
    """A primary and its synchronous standby: nothing is acknowledged that is not on the disks of both."""
    standby = server.standby(5502)
    server.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
    server.execute("SELECT pg_reload_conf()")
    until(lambda: server.execute("SELECT sync_state FROM pg_stat_replication") == [("sync",)])
    yield server, standby
    standby.stop()


def test_a_standby_that_is_behind_shows_an_older_whole_log_and_takes_nothing(pair, database, tmp_path):
    primary, standby = pair
    with Ledger.open(primary.url(database), keys=tmp_path / "keys", origin=ORIGIN) as ledger:
        ledger.append(to_market(1))
        old = ledger.size
        behind = open_store(standby.url(database))
        until(lambda: seen(behind, ledger) == old)
        standby.execute("SELECT pg_wal_replay_pause()")
        until(lambda: standby.execute("SELECT pg_get_wal_replay_pause_state()") == [("paused",)])
        ledger.append(to_market(2))
        assert seen(behind, ledger) == old < ledger.size
        with pytest.raises(StoreUnavailable, match="read-only"):
            add_witness(behind, "https://witness.example", ledger.vkey)
        standby.execute("SELECT pg_wal_replay_resume()")
        until(lambda: seen(behind, ledger) == ledger.size)
        behind.close()


def seen(store, ledger: Ledger) -> int:
    """The size of the log in a store, which verifies whatever it is."""
    verdict = verify_log(StoredTiles(store), ledger.key.verifying)
    assert verdict.holds
    return verdict.size


def test_a_primary_destroyed_is_replaced_by_its_standby_without_loss(pair, database, tmp_path, full):
    primary, standby = pair
    place = address(database, pair)
    with Ledger.open(place, keys=tmp_path / "keys", origin=ORIGIN) as ledger:
        with loaded(ledger) as (load,):
            time.sleep(20 if full else 1)
            until(lambda: len(load.acknowledged) > 10)
            primary.destroy()
            before = set(load.acknowledged)
            standby.promote()
            until(lambda: len(load.acknowledged) > len(before))
        assert load.failures
        assert kept(ledger) == load.acknowledged >= before
        assert fsck(ledger.store, ledger.key.verifying).faults == ()
        keys = {held.signer: held.key for held in ledger.recorders()}
        assert verify_log(ledger.tiles, ledger.key.verifying, recorder_keys=keys).holds
        ledger.append([told("manufactured", 0, 9_999_999)])
