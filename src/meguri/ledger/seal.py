"""Sealing: what leaves a recorder's hands. Each event becomes one line with a salted commitment for each access class.

A `Recording` is a batch of events under one Ed25519 signature over the root of their lines. Readers who are shown the part of
one class, with its salt, can check it against the line, and learn nothing about the other parts.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import attrgetter
from typing import Any, Protocol

import msgspec
from msgspec import inspect

from meguri.battery import CLASSES, EVENTS, FIELDS, AccessClass, Corrected, Event, Happening, checked
from meguri.errors import InputError, Said
from meguri.ledger.canonical import canonical, canonical_lines, plain_lines
from meguri.ledger.errors import NotVerified
from meguri.ledger.signing import from_base64
from meguri.ledger.tree import leaf_hashes, root_of
from meguri.ledger.values import EPOCH, MICROSECOND, id_bytes

WORD = {kind: word for word, kind in EVENTS.items()}
Parts = tuple[bytes, bytes, bytes]
SALT_BYTES = 16
MOST_EVENTS = 100_000


class Signer(Protocol):
    """A recorder's key: `signer` is written as `<name>+<key id>`."""

    @property
    def name(self) -> str: ...
    @property
    def key_id(self) -> bytes: ...

    def sign(self, message: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Recording:
    """Events of one recorder under one signature, in columns: all have one place for each event, in order.

    `keys` are the events' ids as 16 bytes, `times_us` microseconds since 1970 UTC. `entries` are the lines of the log, `bodies` the content by access class as
    JSON, `salts` 16 bytes for each of `CLASSES`, `leaves` the hashes of the lines under `root`.
    """

    recorder: str
    keys: Sequence[bytes]
    batteries: Sequence[str]
    words: Sequence[str]
    times_us: Sequence[int]
    entries: Sequence[bytes]
    bodies: Sequence[bytes]
    salts: Sequence[bytes]
    leaves: Sequence[bytes]
    root: bytes
    signature: bytes

    def __len__(self) -> int:
        return len(self.keys)

    def event(self, place: int) -> Event:
        return event_of(self.bodies[place])


class Opening(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event as it travels sealed: its line, the content by access class, and the salts (hex) of the classes shown."""

    entry: str
    body: dict[AccessClass, msgspec.Raw]
    salts: dict[AccessClass, str]


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A recording on the wire."""

    recorder: str
    signature: str
    root: str
    events: tuple[Opening, ...]


def seal(events: Sequence[Event], key: Signer, origin: str) -> Recording:
    """Commit to events with fresh salts and sign their root for the log named `origin`. Raises InputError for too many."""
    check_count(len(events))
    width = SALT_BYTES * len(CLASSES)
    drawn = os.urandom(width * len(events))
    salts = [drawn[start : start + width] for start in range(0, len(drawn), width)]
    parts = parts_of_each(events)
    recorder = signer(key)
    entries = [
        line_of(event.id, held, salt, recorder)
        for event, held, salt in zip(events, parts, salts, strict=True)
    ]
    leaves = leaf_hashes(entries)
    root = root_of(leaves)
    signature = key.sign(signed_message(origin, len(events), root))
    return _recording(
        events, recorder, entries, [joined(held) for held in parts], salts, leaves, root, signature
    )


def check_count(count: int) -> None:
    """Raises InputError for more events than a recording may hold."""
    if count > MOST_EVENTS:
        raise InputError(
            Said("{count} events are too many for one recording.", count=count),
            where="events",
            mend=Said("Send at most {most} at once.", most=MOST_EVENTS),
        )


def _recording(
    events: Sequence[Event],
    recorder: str,
    entries: Sequence[bytes],
    bodies: Sequence[bytes],
    salts: Sequence[bytes],
    leaves: Sequence[bytes],
    root: bytes,
    signature: bytes,
) -> Recording:
    return Recording(
        recorder,
        _keys([event.id for event in events]),
        [event.battery for event in events],
        [WORD[type(event)] for event in events],
        [(event.time - EPOCH) // MICROSECOND for event in events],
        entries,
        bodies,
        salts,
        leaves,
        root,
        signature,
    )


def _keys(ids: Sequence[str]) -> list[bytes]:
    """Event ids as 16 bytes each."""
    held = id_bytes("".join(ids))
    return [held[start : start + 16] for start in range(0, len(held), 16)]


def signer(key: Signer) -> str:
    return f"{key.name}+{key.key_id.hex()}"


def signed_message(origin: str, count: int, root: bytes) -> bytes:
    return b"meguri/recording/v1\n%b\n%d\n%b\n" % (origin.encode(), count, b64encode(root))


def closing(recording: Recording, time: str, derived: str) -> bytes:
    """The log's line that closes a recording.

    `time` is when it was taken in, RFC 3339 UTC; `derived` the digest (hex) of what the ledger concluded from the events.
    """
    return b'{"count":%d,"derived":"%b","recorder":"%b","root":"%b","signature":"%b","time":"%b"}' % (
        len(recording.entries),
        derived.encode(),
        recording.recorder.encode(),
        b64encode(recording.root),
        b64encode(recording.signature),
        time.encode(),
    )


def parts_of(event: Event) -> Parts:
    """RFC 8785 bytes of what each class of `CLASSES` adds."""
    return parts_of_each([event])[0]


def parts_of_each(events: Sequence[Event]) -> list[Parts]:
    """The same for each of many events, which costs less together."""
    alike: dict[type, list[Event]] = {}
    for event in events:
        alike.setdefault(type(event), []).append(event)
    parts = {kind: zip(*(write(held) for write in _SPLIT[kind]), strict=True) for kind, held in alike.items()}
    return [next(parts[type(event)]) for event in events]


def commitment(salt: bytes, part: bytes) -> str:
    return sha256(salt + part).hexdigest()


def event_of(body: bytes) -> Event:
    """The event whose parts a body holds; parts that were erased leave their fields at the defaults.

    Raises msgspec.ValidationError where what is left cannot be an event.
    """
    held = _body.decode(body)
    inside = [bytes(part)[1:-1] for part in held.values()]
    return _event.decode(b"{" + b",".join(part for part in inside if part) + b"}")


def sealed_form(recording: Recording) -> Sealed:
    """A recording as it travels."""
    return Sealed(
        recorder=recording.recorder,
        signature=b64encode(recording.signature).decode(),
        root=b64encode(recording.root).decode(),
        events=tuple(
            Opening(
                entry=entry.decode(),
                body=_body.decode(body),
                salts={name: salt[k * 16 : k * 16 + 16].hex() for k, name in enumerate(CLASSES)},
            )
            for entry, body, salt in zip(recording.entries, recording.bodies, recording.salts, strict=True)
        ),
    )


def unseal(sealed: Sealed) -> Recording:
    """A travelling recording, each line recomputed from content and salts; its signature is still to be checked.

    Raises NotVerified where a line does not commit to the content, InputError where the content is no event.
    """
    root, signature = from_base64(sealed.root), from_base64(sealed.signature)
    if root is None or signature is None:
        raise InputError(
            Said("The root or signature of a recording is not base64."), mend=Said("Seal the events again.")
        )
    events, entries, bodies, salts = [], [], [], []
    for row, opening in enumerate(sealed.events, start=1):
        event, parts, salt = _opened(opening, row)
        line = line_of(event.id, parts, salt, sealed.recorder)
        if line != opening.entry.encode():
            raise NotVerified(
                Said("The line of event {event} does not commit to its content.", event=event.id),
                where=f"events[{row}]",
                mend=Said("Seal the event again from its content."),
            )
        events.append(event)
        entries.append(line)
        bodies.append(joined(parts))
        salts.append(salt)
    if checked(events) != events:
        raise InputError(
            Said("A sealed event names something in a form that is not canonical."),
            where="events",
            mend=Said("Write identifiers in canonical form before sealing."),
        )
    leaves = leaf_hashes(entries)
    if root_of(leaves) != root:
        raise NotVerified(
            Said("The root of a recording is not the root of its {count} events.", count=len(events)),
            where="root",
            mend=Said("Send the events in the order in which they were signed, all of them."),
        )
    return _recording(events, sealed.recorder, entries, bodies, salts, leaves, root, signature)


def _opened(opening: Opening, row: int) -> tuple[Event, tuple[bytes, ...], bytes]:
    """Event, parts as they were committed to, and salts of one opening. Raises InputError."""
    try:
        salt = b"".join(bytes.fromhex(opening.salts[name]) for name in CLASSES)
        parts = tuple(bytes(opening.body[name]) for name in CLASSES)
        event = event_of(joined(parts))
        is_in_place = len(salt) == SALT_BYTES * len(CLASSES) and _is_in_place(event, parts)
    except (KeyError, ValueError, msgspec.MsgspecError, RecursionError) as fault:
        raise InputError(
            Said("Event {row} of a recording is not whole: {reason}", row=row, reason=Said.of(str(fault))),
            where=f"events[{row}]",
            mend=Said(
                "Send content and a salt of 16 bytes (hex) for each of the classes: {classes}.",
                classes=CLASSES,
            ),
        ) from fault
    if not is_in_place:
        raise InputError(
            Said("Event {row} of a recording is not in canonical form by class.", row=row),
            where=f"events[{row}]",
            mend=Said(
                "Write each class as RFC 8785 JSON with its own fields only, and draw 16 bytes of salt for each."
            ),
        )
    return event, parts, salt


def _is_in_place(event: Event, parts: tuple[bytes, ...]) -> bool:
    """Whether each part is canonical and holds fields of its own class only."""
    if parts_of(event) == parts:
        return True
    for access, part in zip(CLASSES, parts, strict=True):
        held = msgspec.json.decode(part, type=dict[str, Any])
        if canonical(held) != part or any(
            name not in FIELDS or FIELDS[name].access != access for name in held
        ):
            return False
    return True


def line_of(event_id: str, parts: Sequence[bytes], salt: bytes, recorder: str) -> bytes:
    """The log's line of an event: RFC 8785 JSON of its id, its recorder and one commitment for each class."""
    authority, interest, public = parts
    return (
        f'{{"commit":{{"authority":"{sha256(salt[:16] + authority).hexdigest()}",'
        f'"interest":"{sha256(salt[16:32] + interest).hexdigest()}",'
        f'"public":"{sha256(salt[32:] + public).hexdigest()}"}},'
        f'"event":"{event_id}","recorder":"{recorder}"}}'
    ).encode()


def joined(parts: Sequence[bytes]) -> bytes:
    return b'{"authority":%b,"interest":%b,"public":%b}' % tuple(parts)


def _part(kind: type[Happening], access: AccessClass) -> Callable[[Sequence[Event]], list[bytes]]:
    """A function that gives the canonical bytes of events' fields of one class."""
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    names = sorted(name for name in fields if FIELDS[name].access == access)
    if not names:
        return lambda events: [b"{}"] * len(events)
    if access == "public":
        names = sorted([*names, "type"])
    shape = msgspec.defstruct(
        f"{kind.__name__}_{access}", [_optional(name, fields.get(name)) for name in names], omit_defaults=True
    )
    read = attrgetter(*names)
    write = (
        _canonical_each
        if kind is Corrected
        else canonical_lines
        if any(map(_holds_numbers, _types(kind, names)))
        else plain_lines
    )
    if len(names) == 1:
        return lambda events: write([shape(read(event)) for event in events])
    return lambda events: write([shape(*read(event)) for event in events])


def _canonical_each(values: Sequence[Any]) -> list[bytes]:
    return [canonical(value) for value in values]


def _types(kind: type[Happening], names: Sequence[str]) -> list[inspect.Type]:
    told = inspect.type_info(kind)
    assert isinstance(told, inspect.StructType)
    return [field.type for field in told.fields if field.name in names]


def _holds_numbers(told: inspect.Type) -> bool:
    """Whether a value of the type may hold a number that is not whole, which RFC 8785 writes in a way of its own."""
    if isinstance(told, inspect.UnionType):
        return any(map(_holds_numbers, told.types))
    return not isinstance(
        told,
        inspect.StrType | inspect.BoolType | inspect.NoneType | inspect.DateTimeType | inspect.LiteralType,
    ) and not (isinstance(told, inspect.VarTupleType) and not _holds_numbers(told.item_type))


def _optional(name: str, field: msgspec.structs.FieldInfo | None) -> tuple[str, Any, Any]:
    """A field of the same name that may be left out; what the event must have is never left out."""
    default = msgspec.UNSET if field is None or field.default is msgspec.NODEFAULT else field.default
    return name, Any, default


_SPLIT: dict[type, tuple[Callable[[Sequence[Event]], list[bytes]], ...]] = {
    kind: tuple(_part(kind, access) for access in CLASSES) for kind in EVENTS.values()
}
_body = msgspec.json.Decoder(dict[AccessClass, msgspec.Raw])
_event: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
