"""Reading events back: what was recorded, as it stands, and what is left of it after an erasure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, delete, literal, select, update

from meguri.battery import CLASSES, EVENTS, AccessClass, Event, Stage
from meguri.ledger import flags
from meguri.ledger.seal import SALT_BYTES, event_of
from meguri.ledger.tables import alias, event, link
from meguri.ledger.values import id_text, instant

AT_ONCE = 500

_parts = msgspec.json.Decoder(dict[AccessClass, msgspec.Raw])


class _Line(msgspec.Struct):
    recorder: str


_line = msgspec.json.Decoder(_Line)


class Recorded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event as the ledger holds it.

    `stage` and `version` are those of `battery` after it, as known when it was recorded. `named_in` is the field that names
    the battery where it is not the event's subject. `event` is None where what was erased leaves none.
    """

    id: str
    index: int
    recorded: datetime
    recorder: str
    battery: str
    version: int
    type: str
    time: datetime
    stage: Stage
    event: Event | None = None
    flags: tuple[str, ...] = ()
    erased: tuple[AccessClass, ...] = ()
    named_in: str = ""


def select_events(*where: Any) -> Select[Any]:
    """Rows of events that answer `where`, ready for `recorded`."""
    return select(
        event.c.event_id,
        event.c.idx,
        event.c.recorded_us,
        event.c.line,
        event.c.battery_id,
        event.c.version,
        event.c.type,
        event.c.time_us,
        event.c.stage,
        event.c.flags,
        event.c.body,
        literal("").label("field"),
    ).where(*where)


def read_links(connection: Connection, *where: Any) -> list[tuple[Any, ...]]:
    """Things that events name and that answer `where`, ready for `recorded`.

    Not one query but two: where `event` is parted by battery, a thing and the event that names it lie apart.
    """
    links = connection.execute(select(link).where(*where)).all()
    events: dict[int, Any] = {}
    indices = sorted({row.idx for row in links})
    for start in range(0, len(indices), AT_ONCE):
        asked = select(event.c.idx, event.c.event_id, event.c.recorded_us, event.c.line, event.c.body)
        for row in connection.execute(asked.where(event.c.idx.in_(indices[start : start + AT_ONCE]))):
            events[row.idx] = row
    return [
        (
            events[row.idx].event_id,
            row.idx,
            events[row.idx].recorded_us,
            events[row.idx].line,
            row.battery_id,
            row.version,
            row.type,
            row.time_us,
            row.stage,
            row.flags,
            events[row.idx].body,
            row.field,
        )
        for row in links
    ]


def recorded(rows: Iterable[Sequence[Any]], given: Collection[AccessClass] = CLASSES) -> tuple[Recorded, ...]:
    """Events from rows; parts of other classes than those `given` here are not there, which is no erasure."""
    return tuple(_recorded(given, *row) for row in rows)


def _recorded(
    given: Collection[AccessClass],
    key: bytes,
    index: int,
    recorded_us: int,
    line: bytes,
    battery: str,
    version: int,
    word: str,
    time_us: int,
    stage: Stage,
    odd: int,
    body: bytes | None,
    field: str,
) -> Recorded:
    held = _parts.decode(body) if body else {}
    told = _left(word, body, held) if body and "public" in held else None
    return Recorded(
        id=id_text(key),
        index=index,
        recorded=instant(recorded_us),
        recorder=_line.decode(line).recorder,
        battery=battery,
        version=version,
        type=word,
        time=told.time if told else instant(time_us),
        stage=stage,
        event=told,
        flags=flags.words(odd),
        erased=tuple(name for name in CLASSES if name in given and name not in held),
        named_in=field,
    )


def _left(word: str, body: bytes, held: dict[AccessClass, msgspec.Raw]) -> Event | None:
    """The event that parts make; where they name nothing any more, it names nothing. None where they make no event."""
    try:
        return event_of(body)
    except msgspec.ValidationError:
        empty = msgspec.Raw(msgspec.json.encode(dict.fromkeys(EVENTS[word].names, ())))
    try:
        return event_of(_written({"interest": empty, **held}))
    except msgspec.ValidationError:
        return None


def erase_content(connection: Connection, index: int, classes: Sequence[AccessClass]) -> None:
    """Remove content and salts of classes of an event, and the aliases that it gave; its line stays."""
    body, salts = connection.execute(select(event.c.body, event.c.salts).where(event.c.idx == index)).one()
    held = _parts.decode(body) if body else {}
    left = {name: part for name, part in held.items() if name not in classes}
    kept = b"".join(
        bytes(SALT_BYTES) if name not in left else salts[k * SALT_BYTES : (k + 1) * SALT_BYTES]
        for k, name in enumerate(CLASSES)
    )
    connection.execute(
        update(event)
        .where(event.c.idx == index)
        .values(body=_written(left) if left else None, salts=kept if left else None)
    )
    connection.execute(delete(alias).where(alias.c.idx == index))


def _written(parts: dict[AccessClass, msgspec.Raw]) -> bytes:
    return b"{" + b",".join(b'"%b":%b' % (name.encode(), bytes(part)) for name, part in parts.items()) + b"}"
