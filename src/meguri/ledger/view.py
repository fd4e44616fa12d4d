"""Who sees what: the one place where access classes are applied to what is read from a ledger.

Every face shows events through `visible` or `visible_event`; `Field.access` in the vocabulary of fields decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select

from meguri.battery import (
    CLASSES,
    FIELDS,
    READABLE,
    AccessClass,
    Happening,
    Stage,
    alias,
    canonical,
)
from meguri.errors import InputError, NotFound, Said
from meguri.ledger.content import Recorded
from meguri.ledger.find import Found, find
from meguri.ledger.ledger import Ledger
from meguri.ledger.seal import SALT_BYTES, Opening
from meguri.ledger.tables import event as table
from meguri.ledger.values import id_bytes

__all__ = [
    "Seen",
    "find_battery",
    "may_see",
    "opened",
    "opening",
    "search",
    "visible",
    "visible_event",
]

_parts = msgspec.json.Decoder(dict[AccessClass, msgspec.Raw])


class Seen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A `Recorded` as a reader sees it: `event` holds the fields that it may read, None where nothing public is left.

    `hidden` are the classes that it may not read; `erased` those that nobody reads any more.
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
    event: dict[str, Any] | None = None
    flags: tuple[str, ...] = ()
    erased: tuple[AccessClass, ...] = ()
    hidden: tuple[AccessClass, ...] = ()
    named_in: str = ""


def may_see(field: str, reader: AccessClass) -> bool:
    """Whether a reader may see a field of an event."""
    return FIELDS[field].access in READABLE[reader]


def visible_event(event: Happening, reader: AccessClass) -> dict[str, Any]:
    """The fields of an event that a reader may see, as plain values."""
    held: dict[str, Any] = msgspec.to_builtins(event)
    return {name: value for name, value in held.items() if may_see(name, reader)}


def visible(events: Iterable[Recorded], reader: AccessClass) -> tuple[Seen, ...]:
    """Events as a reader sees them. One that names a battery in a field which the reader may not see is left out."""
    hidden = tuple(name for name in CLASSES if name not in READABLE[reader])
    return tuple(
        Seen(
            id=held.id,
            index=held.index,
            recorded=held.recorded,
            recorder=held.recorder,
            battery=held.battery,
            version=held.version,
            type=held.type,
            time=held.time,
            stage=held.stage,
            event=None if held.event is None else visible_event(held.event, reader),
            flags=held.flags,
            erased=held.erased,
            hidden=hidden,
            named_in=held.named_in,
        )
        for held in events
        if not held.named_in or may_see(held.named_in, reader)
    )


def find_battery(ledger: Ledger, name: str, reader: AccessClass) -> str:
    """The identifier of the battery that a name belongs to, if the reader may see that they belong together.

    Raises NotFound.
    """
    found = ledger.resolve(name)
    if found == _read(canonical, name) or _may_see_name(_read(alias, name) or "", reader):
        return found
    raise NotFound(
        Said("No battery “{name}” is recorded here.", name=name),
        where=name,
        mend=Said(
            "Scan its code again, or give its identifier, its GB/T code, its serial number or its vehicle."
        ),
    )


def search(ledger: Ledger, text: str, reader: AccessClass, limit: int = 50) -> tuple[Found, ...]:
    """Batteries with `text` in their identifier or in an alias that the reader may see; the one so called comes first."""
    asked, found = text.strip().casefold(), []
    for one in find(ledger, text, limit):
        shown = tuple(name for name in one.aliases if _may_see_name(name, reader))
        if (
            reader == "authority"
            or any(asked in name.casefold() for name in (one.battery, *shown))
            or one.battery == _read(canonical, text.strip())
        ):
            found.append(msgspec.structs.replace(one, aliases=shown))
    return tuple(found)


def opening(ledger: Ledger, event_id: str, reader: AccessClass) -> Opening:
    """The line of an event, with content and salt of the classes that a reader may see, to check one against the other.

    Raises NotFound.
    """
    line = ledger.receipt(event_id).entry
    with ledger.store.reading() as connection:
        body, salts = connection.execute(
            select(table.c.body, table.c.salts).where(table.c.event_id == id_bytes(event_id))
        ).one()
    return opened(line.encode(), body, salts, reader)


def opened(line: bytes, body: bytes | None, salts: bytes | None, reader: AccessClass) -> Opening:
    """A line as the store holds it with its content and salts, opened as far as a reader may see."""
    parts = _parts.decode(body) if body else {}
    shown = {name: part for name, part in parts.items() if name in READABLE[reader]}
    places = {name: place * SALT_BYTES for place, name in enumerate(CLASSES)}
    return Opening(
        entry=line.decode(),
        body=shown,
        salts={name: (salts or b"")[places[name] : places[name] + SALT_BYTES].hex() for name in shown},
    )


def _may_see_name(name: str, reader: AccessClass) -> bool:
    return may_see("vehicle" if name.startswith("vin:") else "aliases", reader)


def _read(form: Any, name: str) -> str | None:
    try:
        return str(form(name))
    except InputError:
        return None
