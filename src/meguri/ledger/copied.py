"""Recordings of another ledger, checked before they are kept: signatures, commitments, and what the ledger concluded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from meguri.battery import CLASSES, EVENTS, AccessClass, Event
from meguri.errors import Said
from meguri.ledger.derived import derived
from meguri.ledger.errors import NotVerified
from meguri.ledger.lines import STATEMENT, Closing, read_closing, read_statements, recorders_of
from meguri.ledger.recorders import Recorder, active, after_key_events
from meguri.ledger.seal import SALT_BYTES, commitment, event_of, signed_message
from meguri.ledger.share import Shared
from meguri.ledger.tree import leaf_hashes, root_of
from meguri.ledger.values import id_bytes, microseconds
from meguri.ledger.view import may_see

MEND = Said("Nothing of it was kept. Verify the other log, and ask its operator: meguri ledger verify.")


class _Statement(msgspec.Struct):
    commit: dict[AccessClass, str]
    event: str


_statement = msgspec.json.Decoder(_Statement)
_public = msgspec.json.Decoder(dict[str, Any])


@dataclass(slots=True)
class Copied:
    """Rows of the tables of the same names, the events that could be read with their index, and the recorders after them."""

    recorders: tuple[Recorder, ...]
    event: list[tuple[Any, ...]] = field(default_factory=list)
    seal: list[tuple[int, bytes]] = field(default_factory=list)
    link: list[tuple[Any, ...]] = field(default_factory=list)
    told: list[tuple[int, Event]] = field(default_factory=list)
    recorded_us: int = 0


def recordings(lines: Sequence[bytes], first: int) -> Iterator[tuple[int, Sequence[bytes], bytes]]:
    """Whole recordings in lines from index `first` on: the index of each, its statements, and its closing line."""
    start = 0
    for place, line in enumerate(lines):
        if not line.startswith(STATEMENT):
            yield first + start, lines[start:place], line
            start = place + 1


def copy_recording(
    copied: Copied,
    first: int,
    statements: Sequence[bytes],
    last: bytes,
    shared: Sequence[Shared],
    access: AccessClass,
    origin: str,
) -> None:
    """Add one recording to `copied`. Raises NotVerified and names the event, where something does not hold."""
    closing = _closing(statements, last, first, origin)
    recorded_us = microseconds(datetime.fromisoformat(closing.time))
    events, links, told = [], [], []
    for index, line, held in zip(range(first, first + len(statements)), statements, shared, strict=True):
        row, read = _opened(index, line, held, recorded_us)
        events.append(row)
        links += _links(held)
        if read is not None:
            told.append((index, read))
    _check_signature(copied, closing, first, told, origin)
    if _sees_all(shared, access) and derived(events, links) != closing.derived:
        raise _not(Said("What the ledger concluded of these events is not what its log says."), shared[0])
    copied.event += events
    copied.link += links
    copied.told += told
    copied.seal.append((first + len(statements), last))
    copied.recorded_us = recorded_us


def _closing(statements: Sequence[bytes], last: bytes, first: int, origin: str) -> Closing:
    closing = read_closing(last)
    _, spoilt = read_statements(statements)
    if (
        closing is None
        or spoilt is not None
        or closing.count != len(statements)
        or closing.root != root_of(leaf_hashes(statements))
        or recorders_of(statements) != {closing.recorder}
    ):
        raise NotVerified(
            Said("The recording of {origin} from line {index} on is not whole.", origin=origin, index=first),
            where=str(first),
            mend=MEND,
        )
    return closing


def _opened(index: int, line: bytes, held: Shared, recorded_us: int) -> tuple[tuple[Any, ...], Event | None]:
    """The row of an event, and what it says as far as it was shown."""
    statement = _statement.decode(line)
    opening = held.opening
    if held.index != index or opening.entry.encode() != line:
        raise _not(Said("What is given for line {index} belongs to another line.", index=index), held)
    salts, parts = [], {}
    for name in CLASSES:
        part, salt = opening.body.get(name), _salt(opening.salts.get(name, ""))
        if part is None:
            salts.append(bytes(SALT_BYTES))
            continue
        parts[name] = bytes(part)
        if len(salt) != SALT_BYTES or commitment(salt, parts[name]) != statement.commit[name]:
            raise _not(Said("The part “{access}” is not what was committed to.", access=name), held)
        salts.append(salt)
    if held.type not in EVENTS:
        raise _not(Said("“{word}” is no word for an event.", word=Said.of(held.type[:100])), held)
    body = _body(parts) if parts else None
    event = _event(parts["public"], body, held, statement.event) if body and "public" in parts else None
    row = (
        index,
        held.battery,
        held.version,
        held.type,
        held.time_us,
        recorded_us,
        held.stage,
        held.latest_us,
        held.flags,
        id_bytes(statement.event),
        line,
        b"".join(salts) if parts else None,
        body,
    )
    return row, event


def _event(public: bytes, body: bytes, held: Shared, event_id: str) -> Event | None:
    """The event that a body makes, None where too much is hidden; its public part must say what the row says."""
    try:
        said = _public.decode(public)
        time_us = microseconds(msgspec.convert(said["time"], datetime))
        named = (said["id"], said["battery"], said["type"], time_us)
    except (msgspec.MsgspecError, KeyError, TypeError) as fault:
        raise _not(Said("The public part of an event cannot be read."), held) from fault
    if named != (event_id, held.battery, held.type, held.time_us):
        raise _not(Said("A column does not say what the content says."), held)
    try:
        return event_of(body)
    except msgspec.ValidationError:
        return None


def _links(held: Shared) -> list[tuple[Any, ...]]:
    return [
        (
            one.battery,
            one.version,
            held.index,
            held.type,
            one.field,
            held.time_us,
            one.stage,
            one.latest_us,
            one.flags,
        )
        for one in held.links
    ]


def _check_signature(
    copied: Copied, closing: Closing, first: int, told: Sequence[tuple[int, Event]], origin: str
) -> None:
    """The recording is signed by a key that was enrolled before it, or, at the beginning of the log, by it."""
    before, copied.recorders = copied.recorders, after_key_events(copied.recorders, told)
    held = active(before or copied.recorders).get(closing.recorder)
    message = signed_message(origin, closing.count, closing.root)
    if held is None or not held.key.verify(message, closing.signature):
        raise NotVerified(
            Said("A recording is not signed by a key that was enrolled."), where=str(first), mend=MEND
        )


def _sees_all(shared: Sequence[Shared], access: AccessClass) -> bool:
    """Whether a reader of the class is given every link of these events."""
    return all(may_see(name, access) for held in shared for name in EVENTS[held.type].names)


def _salt(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _body(parts: dict[AccessClass, bytes]) -> bytes:
    return b"{" + b",".join(b'"%b":%b' % (name.encode(), part) for name, part in parts.items()) + b"}"


def _not(what: Said, held: Shared) -> NotVerified:
    return NotVerified(what, where=_name(held), mend=MEND)


def _name(held: Shared) -> str:
    try:
        return _statement.decode(held.opening.entry).event
    except msgspec.MsgspecError:
        return str(held.index)
