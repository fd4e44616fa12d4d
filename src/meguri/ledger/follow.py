"""Following another Meguri: its log and what one may see of its events, copied and checked (a back-up service, EN 18221).

Nothing is kept that was not checked: every step is proven to be part of the signed checkpoint, every event is held against its line.
A step is kept whole or not at all, so that following goes on where it was killed. A source that rewrote its history is refused, and
the evidence is kept beside the copy.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, select, update

from meguri.battery import CLASSES, READABLE, AccessClass, Erased, alias_names
from meguri.errors import InputError, Said
from meguri.ledger.checkpoint import Checkpoint, open_cosigned
from meguri.ledger.content import erase_content
from meguri.ledger.copied import MEND, Copied, copy_recording, recordings
from meguri.ledger.errors import Conflict, NotVerified
from meguri.ledger.files import write_whole
from meguri.ledger.heads import find_event
from meguri.ledger.lines import STATEMENT
from meguri.ledger.note import parse_note
from meguri.ledger.proofs import consistency_proof, verify_consistency
from meguri.ledger.recorders import Recorder, read_recorders, write_recorders
from meguri.ledger.replica import Lag, read_lag
from meguri.ledger.resolve import leave_vehicle
from meguri.ledger.schema import prepare
from meguri.ledger.share import MOST_EVENTS, EventSource, Shared, Source, open_source
from meguri.ledger.signing import VerifyingKey
from meguri.ledger.store import AlreadyThere, Store, insert_rows, open_store
from meguri.ledger.stored_tiles import read_tree, write_tiles
from meguri.ledger.tables import alias, event, link, log, seal
from meguri.ledger.tables import source as table
from meguri.ledger.tiles import CHECKPOINT, ENTRIES, TileSource, read_entries, width_of
from meguri.ledger.tree import TILE_WIDTH, Tree, leaf_hashes
from meguri.ledger.watch import compare
from meguri.ledger.witness_state import Witnessed

__all__ = ["follow"]

STEP = 4096
"""Lines that a step has at least, up to the end of a recording."""


def follow(
    source: Source | str,
    key: VerifyingKey,
    into: Path,
    *,
    api_key: str | None = None,
    origin: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Lag:
    """Copy what is new at a source (or an http address) into a SQLite file, and say how far the copy is.

    Raises NotVerified for what does not hold, with the evidence kept where history was rewritten; Unreachable; Conflict if another
    process follows into the same file; StoreUnavailable. What was kept before stays.
    """
    held = open_source(source, api_key) if isinstance(source, str) else source
    with closing(open_store(into)) as store:
        target = _look(store, held, key, into, origin)
        _catch_up(store, held, key, target, progress or (lambda done, size: None))
        found = read_lag(store)
    assert found is not None
    return found


def _look(store: Store, source: Source, key: VerifyingKey, into: Path, origin: str | None) -> Checkpoint:
    """The source's newest checkpoint, which continues the newest that was seen before; it is kept as the one to come to."""
    now_us = time.time_ns() // 1000
    note = source.tiles.read(CHECKPOINT).decode(errors="replace")
    checkpoint, opened = open_cosigned(note, key, (), origin=origin)
    by_log = f"{opened.text}\n" + "".join(signature.line for signature in opened.verified)
    with store.writing() as connection:
        prepare(connection)
        before = connection.execute(select(table)).first()
        _check_is_copy(connection, before is not None, checkpoint.origin)
    seen = _witnessed(before.target) if before else None
    evidence = compare(source.tiles, checkpoint, by_log, seen, now_us // 1_000_000)
    if evidence:
        file = Path(f"{into}.evidence") / f"{evidence.name}.json"
        write_whole(file, evidence.text.encode())
        raise NotVerified(
            evidence.sentence,
            where=str(file),
            mend=Said("The copy stays as it was. Show the evidence to whoever relies on this log."),
        )
    with store.writing() as connection:
        told = {"url": source.url, "target": note, "seen_us": now_us}
        if before is None:
            connection.execute(table.insert().values(id=1, access=CLASSES[0], lines=0, **told))
        else:
            connection.execute(update(table).values(**told))
    return checkpoint


def _check_is_copy(connection: Connection, begun: bool, origin: str) -> None:
    held = connection.execute(select(log.c.origin)).scalar()
    if held is not None and (not begun or held != origin):
        raise InputError(
            Said(
                "This file holds the ledger “{found}”, not a copy of “{origin}”.", found=held, origin=origin
            ),
            where="into",
            mend=Said("Give each log that is followed a file of its own."),
        )


def _witnessed(note: str) -> Witnessed:
    held = Checkpoint.parse(parse_note(note)[0])
    return Witnessed(held.size, held.root, note)


def _catch_up(
    store: Store, source: Source, key: VerifyingKey, target: Checkpoint, progress: Callable[[int, int], None]
) -> None:
    with store.reading() as connection:
        row = connection.execute(select(table)).one()
        done, access = row.lines, row.access
        tree, recorders = read_tree(connection, done), read_recorders(connection)
    feed = _Feed(source.events, done - 1, access)
    while done < target.size:
        lines = _read_step(source.tiles, done, target.size)
        grown = tree.copy()
        full = grown.extend(leaf_hashes(lines))
        _check_prefix(source.tiles, grown, target)
        copied = Copied(recorders)
        for first, statements, last in recordings(lines, done):
            shared = feed.take(len(statements), first)
            copy_recording(copied, first, statements, last, shared, feed.access, target.origin)
        try:
            with store.writing() as connection:
                _keep(connection, copied, recorders, feed.access, (done, grown.size))
                write_tiles(connection, full, tree, grown)
                if grown.size == target.size:
                    _arrive(connection, key, target, copied.recorded_us)
        except AlreadyThere as fault:
            raise NotVerified(
                Said("An event occurs twice in the lines from {index} on.", index=done),
                where=str(done),
                mend=MEND,
            ) from fault
        tree, recorders, done = grown, copied.recorders, grown.size
        progress(done, target.size)
    with store.writing() as connection:
        connection.execute(update(table).where(table.c.lines == target.size).values(whole_us=table.c.seen_us))


def _read_step(tiles: TileSource, start: int, size: int) -> list[bytes]:
    """Lines from `start` on: at least a step of them, or all there are, up to the end of a recording."""
    lines: list[bytes] = []
    n = start // TILE_WIDTH
    while start + len(lines) < size:
        bundle = read_entries(tiles, n, width_of(size, ENTRIES, n))
        lines += bundle[start % TILE_WIDTH if not lines else 0 :]
        n += 1
        if len(lines) >= STEP:
            end = _end_of_last(lines)
            if end:
                return lines[:end]
    if not lines or _end_of_last(lines) != len(lines):
        raise NotVerified(
            Said("The last {count} entries belong to no recording that was closed.", count=len(lines)),
            where=str(start),
            mend=MEND,
        )
    return lines


def _end_of_last(lines: list[bytes]) -> int:
    """How many lines belong to recordings that are closed."""
    return next((k + 1 for k in reversed(range(len(lines))) if not lines[k].startswith(STATEMENT)), 0)


def _check_prefix(tiles: TileSource, grown: Tree, target: Checkpoint) -> None:
    """The lines so far are the first ones of the signed log."""
    proof = consistency_proof(tiles, grown.size, target.size)
    if not verify_consistency(grown.size, target.size, proof, grown.root(), target.root):
        raise NotVerified(
            Said(
                "The lines up to {size} do not lead to the root that {origin} has signed.",
                size=grown.size,
                origin=target.origin,
            ),
            where=str(grown.size),
            mend=MEND,
        )


class _Feed:
    """The source's events one after the other; `access` is the least class that any of them was given for."""

    def __init__(self, events: EventSource, after: int, access: AccessClass) -> None:
        self._events, self._after, self.access = events, after, access
        self._waiting: Iterator[Shared] = self._all()

    def _all(self) -> Iterator[Shared]:
        while True:
            told = self._events.share(self._after, MOST_EVENTS)
            if not told.events:
                return
            if READABLE[told.access] < READABLE[self.access]:
                self.access = told.access
            self._after = max(told.events[-1].index, self._after + 1)
            yield from told.events

    def take(self, count: int, first: int) -> list[Shared]:
        """The next events, for the lines from `first` on."""
        found = list(islice(self._waiting, count))
        if len(found) < count:
            raise NotVerified(
                Said("The source does not give the event of line {index}.", index=first + len(found)),
                where=str(first + len(found)),
                mend=Said("Follow again; if it stays so, ask its operator."),
            )
        return found


def _keep(
    connection: Connection,
    copied: Copied,
    recorders: tuple[Recorder, ...],
    access: AccessClass,
    step: tuple[int, int],
) -> None:
    start, end = step
    moved = connection.execute(update(table).where(table.c.lines == start).values(lines=end, access=access))
    if moved.rowcount != 1:
        raise Conflict(
            Said("Another process follows into the same copy."),
            where=str(start),
            mend=Said("Let one of them do it."),
        )
    insert_rows(connection, event, copied.event)
    insert_rows(connection, seal, copied.seal)
    insert_rows(connection, link, copied.link)
    write_recorders(connection, recorders, copied.recorders)
    for index, told in copied.told:
        given, leaves_vehicle = alias_names(told)
        if leaves_vehicle:
            leave_vehicle(connection, told.battery, index)
        for name in given:
            _name(connection, name, told.battery, index)
        if isinstance(told, Erased):
            erased = find_event(connection, told.erases)
            if erased is not None:
                erase_content(connection, erased, told.classes)


def _name(connection: Connection, name: str, battery: str, index: int) -> None:
    """Let a battery bear a name, unless one bears it now."""
    borne = select(alias.c.idx).where(alias.c.alias == name, alias.c.until_idx.is_(None))
    if connection.execute(borne).first() is None:
        insert_rows(connection, alias, [(name, index, battery, None)])


def _arrive(connection: Connection, key: VerifyingKey, target: Checkpoint, recorded_us: int) -> None:
    """Show the copy under the checkpoint that it has come to."""
    note = connection.execute(select(table.c.target)).scalar()
    told = {"vkey": key.vkey, "size": target.size, "recorded_us": recorded_us, "checkpoint": note}
    if connection.execute(update(log).values(**told)).rowcount == 0:
        connection.execute(log.insert().values(id=1, origin=target.origin, **told))
