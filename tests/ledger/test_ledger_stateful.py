"""Whatever is done to a ledger in whatever order, it tells what a list in memory tells."""

import shutil
import tempfile
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from meguri.battery import STEPS, Event
from meguri.errors import MeguriError
from meguri.ledger import Conflict, Ledger
from meguri.ledger.fsck import fsck
from meguri.ledger.tree import leaf_hash, root_of
from tests.ledger.events import battery, told

WORDS = (
    "manufactured",
    "placed_on_market",
    "measured",
    "exported",
    "imported",
    "collected",
    "stored",
    "sorted",
    "recycled",
)


class LedgerAgainstList(RuleBasedStateMachine):
    """`model` holds, for each battery, its events and stage; `lines` the log."""

    place: ClassVar = None

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.where = self.place(self.folder)
        self.ledger = Ledger.open(self.where, origin="test/stateful", keys=self.folder / "keys")
        self.events: list[Event] = []
        self.lives: dict[str, list[str]] = {}
        self.stages: dict[str, str] = {}
        self.days: dict[str, float] = {}
        self.before = self.ledger.size

    @rule(
        numbers=st.lists(st.integers(1, 3), min_size=1, max_size=4),
        words=st.lists(st.sampled_from(WORDS), min_size=4, max_size=4),
        elsewhere=st.booleans(),
    )
    def record(self, numbers: list[int], words: list[str], elsewhere: bool) -> None:
        """A batch is taken as the table of stages says: all, or nothing."""
        stages, events, allowed = dict(self.stages), [], True
        for number, word in zip(numbers, words, strict=False):
            name = battery(number)
            self.days[name] = self.days.get(name, 0) + 1
            events.append(told(word, self.days[name], number))
            follows = STEPS.get((stages.get(name, "none"), word))
            allowed &= follows is not None
            stages[name] = follows or stages.get(name, "none")
        try:
            receipts = self.ledger.append(events, elsewhere=elsewhere)
        except MeguriError:
            assert not allowed
            assert not elsewhere
            return
        assert allowed or elsewhere
        assert [held.event for held in receipts] == [event.id for event in events]
        for event in events:
            self.events.append(event)
            self.lives.setdefault(event.battery, []).append(event.id)
        self.stages = {name: self.ledger.life(name)[-1].stage for name in self.lives}
        if allowed:
            assert self.stages == {name: stages[name] for name in self.lives}

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def record_again(self, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(self.events))
        before = self.ledger.size
        assert self.ledger.append([event], elsewhere=True)[0].event == event.id
        assert self.ledger.size == before

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def say_otherwise(self, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(self.events))
        with pytest.raises(Conflict):
            self.ledger.append([msgspec.structs.replace(event, by="somebody else")], elsewhere=True)

    @precondition(lambda self: self.events)
    @rule(data=st.data(), off=st.integers(-1, 1))
    def expect(self, data: st.DataObject, off: int) -> None:
        name = data.draw(st.sampled_from(sorted(self.lives)))
        event = msgspec.structs.replace(told("attested", self.days[name], claim="seen"), battery=name)
        try:
            self.ledger.append([event], expected={name: len(self.lives[name]) + off})
        except Conflict:
            assert off
            return
        assert not off
        self.events.append(event)
        self.lives[name].append(event.id)

    @rule()
    def open_again(self) -> None:
        self.ledger.close()
        self.ledger = Ledger.open(self.where, keys=self.folder / "keys")

    @invariant()
    def tells_the_same(self) -> None:
        if not hasattr(self, "ledger"):
            return
        assert {name: [held.id for held in self.ledger.life(name)] for name in self.lives} == self.lives
        assert [held.id for held in self.ledger.read(after=1)] == [event.id for event in self.events]
        assert all(
            held.event == event for held, event in zip(self.ledger.read(after=1), self.events, strict=True)
        )

    @invariant()
    def only_grows(self) -> None:
        if not hasattr(self, "ledger"):
            return
        assert self.ledger.size >= self.before
        self.before = self.ledger.size

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            assert fsck(self.ledger.store, self.ledger.key.verifying).faults == ()
            from meguri.ledger.stored_tiles import read_lines

            with self.ledger.store.reading() as connection:
                lines = read_lines(connection, 0, self.ledger.size)
            assert root_of([leaf_hash(line) for line in lines]) == self.ledger.root
            self.ledger.close()
            shutil.rmtree(self.folder)


def test_sqlite_tells_what_a_list_tells() -> None:
    LedgerAgainstList.place = staticmethod(lambda folder: str(folder / "ledger.db"))
    run_state_machine_as_test(LedgerAgainstList, settings=settings(max_examples=15, stateful_step_count=12))


def test_postgresql_tells_what_a_list_tells(postgres) -> None:
    LedgerAgainstList.place = staticmethod(lambda folder: postgres())
    run_state_machine_as_test(LedgerAgainstList, settings=settings(max_examples=6, stateful_step_count=12))
