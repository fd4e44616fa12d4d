"""Does the store still hold what it was given? Every row is compared with the log, and the log with its signed checkpoint.

Works through the ledger in constant memory. Each fault is named by table and event.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from meguri.battery import CLASSES, AccessClass, Erased, Event, alias_names
from meguri.errors import MeguriError, Said
from meguri.ledger.checkpoint import open_checkpoint
from meguri.ledger.conclusions import follows
from meguri.ledger.derived import derived
from meguri.ledger.flags import Flag
from meguri.ledger.recorders import Recorder, after_key_events, read_recorders
from meguri.ledger.seal import SALT_BYTES, commitment, event_of, signed_message
from meguri.ledger.signing import VerifyingKey
from meguri.ledger.store import Store
from meguri.ledger.stored_tiles import select_lines
from meguri.ledger.tables import alias, event, link, log, tile
from meguri.ledger.tree import Tile, Tree, leaf_hash, root_of
from meguri.ledger.values import id_text, microseconds, written

__all__ = ["Fault", "Soundness", "fsck"]

WINDOW = 4096
MOST_FAULTS = 100


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Something that does not hold: in which table, at which line of the log, of which event, and what."""

    table: str
    what: str
    index: int | None = None
    event: str | None = None


class Soundness(msgspec.Struct, frozen=True, kw_only=True):
    """Outcome of a check of the store: how many lines and events were read, and what does not hold."""

    origin: str
    size: int
    events: int
    faults: tuple[Fault, ...]

    @property
    def is_sound(self) -> bool:
        return not self.faults


class _Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    commit: dict[AccessClass, str]
    event: str
    recorder: str


class _Seal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    count: int
    derived: str
    recorder: str
    root: str
    signature: str
    time: str


_statement = msgspec.json.Decoder(_Statement)
_seal = msgspec.json.Decoder(_Seal)
_parts = msgspec.json.Decoder(dict[AccessClass, msgspec.Raw])


def fsck(
    store: Store,
    key: VerifyingKey,
    progress: Callable[[int, int], None] | None = None,
    *,
    erased: Mapping[str, Set[AccessClass]] | None = None,
) -> Soundness:
    """Check every table against the log, and the log against its signed checkpoint.

    `progress` is told lines done and in all. `erased` are classes of events that may be gone besides those whose erasure the
    log tells of. Never raises for what it finds; at most 100 faults are listed.
    """
    with store.reading() as connection:
        check = _Check(connection, key, progress)
        for name, classes in (erased or {}).items():
            check.erasures.setdefault(name, set()).update(classes)
        check.log()
        check.lines()
        check.tiles()
        check.aliases()
        check.recorders()
    return Soundness(
        origin=check.origin, size=check.size, events=check.events, faults=tuple(check.faults[:MOST_FAULTS])
    )


class _Check:
    """One pass over a ledger; what does not hold gathers in `faults`."""

    def __init__(
        self, connection: Connection, key: VerifyingKey, progress: Callable[[int, int], None] | None
    ) -> None:
        self.connection, self.key, self.progress = connection, key, progress
        self.faults: list[Fault] = []
        self.origin, self.size, self.events = key.name, 0, 0
        self.root, self.recorded_us = b"", 0
        self.tree = Tree()
        self.known: tuple[Recorder, ...] = ()
        self.erasures = self._erasures()
        self.next_us = 0

    def fault(self, table: str, what: Said, index: int | None = None, event_id: str | None = None) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(table=table, what=what, index=index, event=event_id))

    def _erasures(self) -> dict[str, set[AccessClass]]:
        """Classes that erasures name, by event."""
        found: dict[str, set[AccessClass]] = {}
        for body in self.connection.execute(select(event.c.body).where(event.c.type == "erased")).scalars():
            held = _event(body)
            if isinstance(held, Erased):
                found.setdefault(held.erases, set()).update(held.classes)
        return found

    def log(self) -> None:
        row = self.connection.execute(select(log)).first()
        if row is None:
            return self.fault("log", Said("The row that names the ledger is missing."))
        self.size, self.recorded_us = row.size, row.recorded_us
        if row.origin != self.key.name or row.vkey != self.key.vkey:
            self.fault("log", Said("The ledger's name or key is not that of its key file."))
        try:
            signed = open_checkpoint(row.checkpoint, self.key)
        except MeguriError as fault:
            return self.fault(
                "log", Said("The checkpoint does not verify: {reason}", reason=Said.of(fault.what))
            )
        self.root = signed.root
        if signed.size != row.size:
            self.fault("log", Said("The checkpoint is for another size than the log has."))
        return None

    def lines(self) -> None:
        """Every line: in its place, under the root, its recording signed, its content as committed to."""
        held: list[tuple[int, bytes | None, bytes]] = []
        leaves: list[bytes] = []
        expected = 0
        for start in range(0, self.size, WINDOW):
            rows = self.connection.execute(select_lines(start, start + WINDOW))
            for index, event_id, line in rows:
                if index != expected:
                    self.fault("log", Said("Line {index} is missing.", index=expected), expected)
                expected = index + 1
                leaves.append(leaf_hash(line))
                if event_id is not None:
                    held.append((index, event_id, line))
                    continue
                self._recording(held, index, line)
                held = []
            self._grow(leaves)
            leaves = []
            if self.progress:
                self.progress(min(start + WINDOW, self.size), self.size)
        if held:
            self.fault("log", Said("The last recording is not closed."), held[0][0])
        beyond = self.connection.execute(select_lines(self.size, self.size + WINDOW)).first()
        if expected != self.size or beyond is not None:
            self.fault("log", Said("The log has not as many lines as its checkpoint says."), expected)
        if self.root and self.tree.root() != self.root:
            self.fault("log", Said("The lines do not give the root that the checkpoint signs."))
        if self.next_us and self.next_us != self.recorded_us:
            self.fault("log", Said("The time of the newest recording is not that of its line."))

    def _grow(self, leaves: list[bytes]) -> None:
        for made in self.tree.extend(leaves):
            self._tile(made)

    def _tile(self, made: Tile) -> None:
        stored = self.connection.execute(
            select(tile.c.hashes).where(tile.c.level == made.level, tile.c.n == made.n)
        ).scalar()
        if stored == made.hashes:
            return None
        place = f"{made.level}/{made.n}"
        if stored is None or made.level or len(stored) != len(made.hashes):
            return self.fault("tile", Said("Tile {tile} does not hold the hashes of the lines.", tile=place))
        for k in range(made.width):
            if stored[k * 32 : k * 32 + 32] != made.hashes[k * 32 : k * 32 + 32]:
                index = made.n * 256 + k
                self.fault(
                    "tile",
                    Said("Tile {tile} and line {index} differ.", tile=place, index=index),
                    index,
                    self._id(index),
                )
        return None

    def _id(self, index: int) -> str | None:
        held = self.connection.execute(select(event.c.event_id).where(event.c.idx == index)).scalar()
        return id_text(held) if held else None

    def tiles(self) -> None:
        """The tiles at the right edge above level 0, and none that do not belong."""
        for made in self.tree.edges():
            if made.level:
                self._tile(made)
        expected = sum(self.size >> (8 * (level + 1)) for level in range(8)) + sum(
            1 for made in self.tree.edges() if made.level
        )
        stored = len(self.connection.execute(select(tile.c.n)).scalars().all())
        if stored != expected:
            self.fault(
                "tile",
                Said("There are {stored} tiles where {expected} belong.", stored=stored, expected=expected),
            )

    def _recording(self, held: Sequence[tuple[int, bytes | None, bytes]], index: int, line: bytes) -> None:
        """One recording: its closing line, then each event."""
        try:
            closing = _seal.decode(line)
        except msgspec.MsgspecError:
            return self.fault("log", Said("Line {index} is not the end of a recording.", index=index), index)
        first = index - len(held)
        events = self.connection.execute(
            select(event).where(event.c.idx >= first, event.c.idx <= index).order_by(event.c.idx)
        ).all()
        links = self.connection.execute(select(link).where(link.c.idx >= first, link.c.idx <= index)).all()
        self.events += len(events)
        before = len(self.faults)
        told = self._contents(held, events, closing)
        self._signature(held, closing, index, told)
        self._times(events, closing, index)
        concluded = derived((tuple(row) for row in events), (tuple(row) for row in links))
        if concluded != closing.derived and len(self.faults) == before:
            self._name_changed(events, links, first, index)
        return None

    def _times(self, events: Sequence[Any], closing: _Seal, index: int) -> None:
        """The time of recording: that of the closing line in every row, and never before the one before."""
        for row in events:
            if written(row.recorded_us) != closing.time or row.recorded_us % 1000:
                self.fault(
                    "event",
                    Said("The time of recording is not that of the closing line."),
                    row.idx,
                    self._id(row.idx),
                )
        when = max((row.recorded_us for row in events), default=self.next_us)
        if when < self.next_us:
            self.fault("log", Said("A recording is older than the one before it."), index)
        self.next_us = when

    def _contents(
        self, held: Sequence[tuple[int, bytes | None, bytes]], events: Sequence[Any], closing: _Seal
    ) -> dict[int, Event]:
        told: dict[int, Event] = {}
        by_index = {row.idx: row for row in events}
        for index, event_id, line in held:
            row = by_index.pop(index, None)
            name = id_text(event_id or b"")
            if row is None:
                self.fault("event", Said("The content of an event is missing."), index, name)
                continue
            found = self._content(row, name, line, closing)
            if found is not None:
                told[index] = found
        for index in by_index:
            self.fault("event", Said("There is content for a line that is no event."), index)
        return told

    def _content(self, row: Any, name: str, line: bytes, closing: _Seal) -> Event | None:
        """An event's content against its line, and its columns against its content."""
        try:
            statement = _statement.decode(line)
            parts = _parts.decode(row.body) if row.body else {}
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self.fault("event", Said("The line or the content of an event cannot be read."), row.idx, name)
            return None
        if statement.event != name or statement.recorder != closing.recorder:
            self.fault("log", Said("The line of an event names another event or recorder."), row.idx, name)
        erased = self.erasures.get(name, set())
        for k, access in enumerate(CLASSES):
            salt = (row.salts or b"")[k * SALT_BYTES : (k + 1) * SALT_BYTES]
            if access not in parts:
                if access not in erased or salt.strip(b"\0"):
                    self.fault(
                        "event",
                        Said("The part “{access}” is gone, and nobody erased it.", access=access),
                        row.idx,
                        name,
                    )
            elif commitment(salt, bytes(parts[access])) != statement.commit.get(access):
                self.fault(
                    "event",
                    Said("The part “{access}” is not what was committed to.", access=access),
                    row.idx,
                    name,
                )
        if "public" not in parts:
            return None
        found = _event(row.body)
        if found is None or (found.id, found.battery, found.type, microseconds(found.time)) != (
            name,
            row.battery_id,
            row.type,
            row.time_us,
        ):
            self.fault("event", Said("A column does not say what the content says."), row.idx, name)
        return found

    def _signature(
        self,
        held: Sequence[tuple[int, bytes | None, bytes]],
        closing: _Seal,
        index: int,
        told: dict[int, Event],
    ) -> None:
        try:
            root, signature = binascii.a2b_base64(closing.root), binascii.a2b_base64(closing.signature)
        except binascii.Error:
            return self.fault("log", Said("The closing line of a recording cannot be read."), index)
        if root_of([leaf_hash(line) for _, _, line in held]) != root or closing.count != len(held):
            self.fault(
                "log",
                Said("The closing line is not over the events before it."),
                index,
                self._id(index - 1),
            )
        key = next(
            (one for one in self.known if one.signer == closing.recorder and one.until_idx is None), None
        )
        try:
            self.known = after_key_events(self.known, sorted(told.items()))
        except MeguriError as fault:
            self.fault(
                "event",
                Said("A key was changed that could not be: {reason}", reason=Said.of(fault.what)),
                index,
            )
        if key is None:
            key = next(
                (one for one in self.known if one.signer == closing.recorder and index == len(held)), None
            )
        if key is None or not key.key.verify(signed_message(self.origin, len(held), root), signature):
            self.fault(
                "log",
                Said("A recording is not signed by a key that was enrolled."),
                index,
                self._id(index - 1),
            )
        return None

    def _name_changed(self, events: Sequence[Any], links: Sequence[Any], first: int, index: int) -> None:
        """Name the rows whose version or stage does not follow from the row before; else the recording."""
        named = False
        foreign = sum(1 if row.flags & Flag.FOREIGN else -1 for row in events) > 0
        for row in (*events, *links):
            if bool(row.flags & Flag.FOREIGN) != foreign or not follows(self.connection, row):
                named = True
                self.fault(
                    "event" if hasattr(row, "body") else "link",
                    Said("A conclusion was changed."),
                    row.idx,
                    self._id(row.idx),
                )
        if not named:
            self.fault(
                "event",
                Said(
                    "A conclusion of the recording of lines {first}–{last} was changed.",
                    first=first,
                    last=index - 1,
                ),
                first,
                self._id(first),
            )

    def aliases(self) -> None:
        """Other names against the events that gave them."""
        for row in self.connection.execute(
            select(alias, event.c.body).join(event, event.c.idx == alias.c.idx, isouter=True)
        ):
            held = _event(row.body) if row.body else None
            given = alias_names(held)[0] if held else ()
            if row.alias not in given or held is None or held.battery != row.battery_id:
                self.fault(
                    "alias",
                    Said("No event gave the name {alias}.", alias=row.alias),
                    row.idx,
                    self._id(row.idx),
                )
            elif row.until_idx is not None:
                end = self.connection.execute(
                    select(event.c.type, event.c.battery_id).where(event.c.idx == row.until_idx)
                ).first()
                if end is None or tuple(end) != ("removed", row.battery_id):
                    self.fault(
                        "alias",
                        Said("No event took the name {alias} away.", alias=row.alias),
                        row.idx,
                        self._id(row.idx),
                    )

    def recorders(self) -> None:
        """The keys against the events that enrolled, replaced and revoked them."""
        if set(read_recorders(self.connection)) != set(self.known):
            self.fault("recorder", Said("The keys are not those that events enrolled, replaced and revoked."))


def _event(body: bytes | None) -> Event | None:
    try:
        return event_of(body) if body else None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
