"""Taking recordings in, one after the other, each whole or not at all.

Callers that come at the same time are taken together: one transaction, one checkpoint, one wait for the disk. When `take`
returns, the events are durable and inside the tree of the newest signed checkpoint.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from meguri.errors import MeguriError, Said
from meguri.ledger.checkpoint import Checkpoint, sign_checkpoint
from meguri.ledger.content import erase_content
from meguri.ledger.derived import derived
from meguri.ledger.errors import Conflict, NotVerified
from meguri.ledger.heads import Heads
from meguri.ledger.plan import Planner, Rows, check_expected
from meguri.ledger.recorders import (
    KEY_WORDS,
    Recorder,
    active,
    after_key_events,
    check_may,
    check_words,
    find_active,
    read_recorders,
    write_recorders,
)
from meguri.ledger.resolve import leave_vehicle
from meguri.ledger.schema import refuses_twice
from meguri.ledger.seal import Recording, closing, seal
from meguri.ledger.signing import SigningKey
from meguri.ledger.store import AlreadyThere, Store, insert_rows
from meguri.ledger.stored_tiles import read_tree, write_tiles
from meguri.ledger.tables import alias, event, link, log
from meguri.ledger.tables import seal as seal_table
from meguri.ledger.tree import Tree, leaf_hash
from meguri.ledger.turns import Turns
from meguri.ledger.values import id_text, written

AT_ONCE = 500
_READ_LOG = select(log.c.size, log.c.recorded_us, log.c.vkey)
_WRITE_LOG = update(log).values({name: bindparam(name) for name in ("size", "recorded_us", "checkpoint")})


@dataclass(slots=True)
class Request:
    """A recording that waits to be taken, and what became of it: its `rows` of the table `event`, or `failure`.

    `by_house` is what may change keys and erase content. `key` is at hand where the ledger itself seals; then events that are known already are left out and sealed anew.
    """

    recording: Recording
    key: SigningKey | None
    expected: Mapping[str, int]
    elsewhere: bool
    by_house: bool = False
    failure: BaseException | None = None
    rows: Sequence[tuple[Any, ...]] = ()
    known: dict[str, int] = field(default_factory=dict)
    asked: Sequence[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.asked = self.recording.keys


class Intake:
    """The one door into a ledger's tables. Safe to use from several threads, and beside other processes."""

    def __init__(self, store: Store, key: SigningKey, origin: str) -> None:
        self.store, self.key, self.origin = store, key, origin
        self._turns: Turns[Request] = Turns(self._serve)
        self._refuses_twice: bool | None = None
        self._forget()

    def _forget(self) -> None:
        self._tree: Tree | None = None
        self._heads = Heads()
        self._recorders: tuple[Recorder, ...] = ()
        self._active: Mapping[str, Recorder] = {}
        self._recorded_us = 0

    def take(self, requests: Sequence[Request]) -> None:
        """Take requests in; where one could not be taken, its `failure` says why."""
        self._turns.take(requests)

    def _serve(self, together: list[Request]) -> None:
        try:
            self._commit(together)
        except BaseException as fault:
            self._forget()
            for request in together:
                request.failure = fault
            raise

    def _commit(self, requests: list[Request]) -> None:
        try:
            with self.store.writing() as connection:
                self._take_all(connection, requests, careful=False)
        except AlreadyThere:
            self._forget()
            with self.store.writing() as connection:
                self._take_all(connection, requests, careful=True)

    def _take_all(self, connection: Connection, requests: list[Request], *, careful: bool) -> None:
        if self._refuses_twice is None:
            self._refuses_twice = refuses_twice(connection)
        careful = careful or not self._refuses_twice
        tree = self._current(connection)
        now_us = max(time.time_ns() // 1000, self._recorded_us)
        batch = Batch(tree.size, now_us - now_us % 1000, self._recorders, self._active)
        self._heads.fetch(connection, chain.from_iterable(one.recording.batteries for one in requests))
        for request in requests:
            request.failure, request.rows, request.known = None, (), {}
            try:
                self._take_one(connection, request, batch, careful=careful)
            except MeguriError:
                self._take_again(connection, request, batch)
        if batch.leaves:
            self._write(connection, batch, tree)

    def _take_again(self, connection: Connection, request: Request, batch: Batch) -> None:
        """Once more without what is here already; what still fails is the request's failure."""
        try:
            self._take_one(connection, request, batch, careful=True)
        except MeguriError as fault:
            request.failure = fault

    def _take_one(self, connection: Connection, request: Request, batch: Batch, *, careful: bool) -> None:
        recording = request.recording
        if careful:
            recording = self._without_known(connection, request, batch)
            request.recording = recording
        if not recording.keys:
            return
        first = batch.first + len(batch.leaves)
        words = set(recording.words)
        check_words(words, by_house=request.by_house)
        after = batch.recorders
        if words & KEY_WORDS:
            told = ((first + place, recording.event(place)) for place in range(len(recording)))
            after = after_key_events(batch.recorders, told)
        by = batch.active.get(recording.recorder)
        check_may(by or find_active(batch.recorders or after, recording.recorder), words)
        planner = Planner(connection, self._heads, batch.rows, batch.recorded_us, request.elsewhere)
        check_expected(request.expected, planner.head)
        planner.add(recording, first)
        if after is not batch.recorders:
            batch.recorders, batch.active = after, active(after)
        request.rows = planner.rows.event
        batch.rows.absorb(planner.rows)
        batch.add(recording, first, derived(planner.rows.event, planner.rows.link))

    def _without_known(self, connection: Connection, request: Request, batch: Batch) -> Recording:
        """The recording without events that are here already, sealed anew; itself where none is.

        Raises Conflict where an event of the same id says something else, or a signed batch is here in part.
        """
        recording = request.recording
        keys = recording.keys
        planned = batch.planned()
        found = {held: planned[held][0] for held in keys if held in planned}
        for start in range(0, len(keys), AT_ONCE):
            asked = select(event.c.event_id, event.c.idx).where(
                event.c.event_id.in_(keys[start : start + AT_ONCE])
            )
            found.update((held, index) for held, index in connection.execute(asked))
        fresh: dict[str, int] = {}
        for place, key in enumerate(keys):
            index, name = found.get(key), id_text(key)
            if index is None:
                if name in fresh:
                    raise _says_otherwise(name)
                fresh[name] = place
                continue
            held = planned[key][12] if key in planned else _stored_body(connection, index)
            if held != recording.bodies[place]:
                raise _says_otherwise(name)
            request.known[name] = index
        if not request.known:
            return recording
        if request.key is None and fresh:
            raise Conflict(
                Said("{count} events of this signed recording are here already.", count=len(request.known)),
                where=next(iter(request.known)),
                mend=Said("Sign and send the others alone."),
            )
        events = [recording.event(place) for place in fresh.values()]
        return (
            seal(events, request.key, self.origin) if request.key and events else replace(recording, keys=())
        )

    def _current(self, connection: Connection) -> Tree:
        """The tree as it is stored now; what is at hand is kept where nobody else has written."""
        size, recorded_us, vkey = connection.execute(_READ_LOG).one()
        if vkey != self.key.vkey:
            raise NotVerified(
                Said("The key of this ledger was replaced while it was open here."),
                where=self.origin,
                mend=Said("Open the ledger again, or start the server again."),
            )
        if self._tree is None or self._tree.size != size:
            self._forget()
            self._tree = read_tree(connection, size)
            self._recorders = read_recorders(connection)
            self._active = active(self._recorders)
        self._recorded_us = recorded_us
        return self._tree

    def _write(self, connection: Connection, batch: Batch, tree: Tree) -> None:
        grown = tree.copy()
        full = grown.extend(batch.leaves)
        insert_rows(connection, event, batch.rows.event)
        insert_rows(connection, seal_table, batch.seals)
        insert_rows(connection, link, batch.rows.link)
        for battery, index in batch.rows.freed.items():
            leave_vehicle(connection, battery, index)
        insert_rows(connection, alias, batch.rows.alias)
        for index, erasure in batch.rows.erased:
            erase_content(connection, index, erasure.classes)
        write_recorders(connection, self._recorders, batch.recorders)
        write_tiles(connection, full, tree, grown)
        note = sign_checkpoint(Checkpoint(self.origin, grown.size, grown.root()), self.key)
        told = {"size": grown.size, "recorded_us": batch.recorded_us, "checkpoint": note}
        connection.execute(_WRITE_LOG, told)
        self._tree, self._recorded_us = grown, batch.recorded_us
        self._recorders, self._active = batch.recorders, batch.active
        self._heads.update(batch.rows.heads)


@dataclass(slots=True)
class Batch:
    """All that one transaction adds: rows, closing lines with their index, and the leaf hashes of all lines."""

    first: int
    recorded_us: int
    recorders: tuple[Recorder, ...]
    active: Mapping[str, Recorder]
    rows: Rows = field(default_factory=Rows)
    seals: list[tuple[int, bytes]] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    time: str = field(init=False)
    _by_key: dict[bytes, tuple[Any, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.time = written(self.recorded_us)

    def planned(self) -> Mapping[bytes, tuple[Any, ...]]:
        """The rows of events so far, by the ids of the events."""
        self._by_key.update((row[9], row) for row in self.rows.event[len(self._by_key) :])
        return self._by_key

    def add(self, recording: Recording, first: int, concluded: str) -> None:
        last = closing(recording, self.time, concluded)
        self.seals.append((first + len(recording), last))
        self.leaves += recording.leaves
        self.leaves.append(leaf_hash(last))


def _stored_body(connection: Connection, index: int) -> bytes | None:
    return connection.execute(select(event.c.body).where(event.c.idx == index)).scalar()


def _says_otherwise(event_id: str) -> Conflict:
    return Conflict(
        Said("Event {event} is recorded already and says something else.", event=event_id),
        where=event_id,
        mend=Said("Give a new event a new id; to change an earlier one, record a correction that names it."),
    )
