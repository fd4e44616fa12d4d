"""EPCIS events become our events: from our extension where they carry it, else from what EPCIS itself says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from meguri.battery import EVENTS, Corrected, Event, checked, decode_events
from meguri.errors import InputError
from meguri.ledger.exchange.epcis_foreign import tellings
from meguri.ledger.exchange.epcis_form import Declaration, Form, formed
from meguri.ledger.exchange.epcis_whole import kept
from meguri.ledger.exchange.epcis_words import NAMESPACE
from meguri.ledger.exchange.event_hash import event_hash
from meguri.ledger.exchange.event_values import Names
from meguri.ledger.values import microseconds

_SPACE = f"{{{NAMESPACE}}}"
_uuid = re.compile("urn:uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE).fullmatch


def read_event(event: Mapping[str, Any], names: Names) -> list[Event]:
    """What one EPCIS event tells in our words; `names` are those of its document. Raises InputError, faults placed by field.

    An event that is declared to be in error voids, by `corrected`, what it told before.
    """
    form, names = formed(event), names.within(event.get("@context"))
    told = _ours(event, form, names) or _foreign(event, form, names)
    return checked(_voided(told, form.error) if form.error else told)


def _ours(event: Mapping[str, Any], form: Form, names: Names) -> list[Event] | None:
    """The event that our extension holds; None where there is none, or only what was left for a reader without rights."""
    held = _own({**form.ilmd, **event}, names)
    if "type" not in held:
        return None
    hidden = held.pop("hidden", None)
    held |= {
        "id": _given_id(form) or _id_of(event_hash(event, names)),
        "time": form.time if form.time.utcoffset() else _time(form),
    }
    try:
        return decode_events(msgspec.json.encode([held]))
    except InputError:
        if hidden:
            return None
        raise


def _own(fields: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The fields of our namespace, without it, whatever prefix it has."""
    found = ((_local(name, names), value) for name, value in fields.items())
    return {name: _bare(value, names) for name, value in found if name}


def _local(name: str, names: Names) -> str:
    written = names.key(name)
    return written[len(_SPACE) :] if written.startswith(_SPACE) else ""


def _bare(value: Any, names: Names) -> Any:
    if isinstance(value, Mapping):
        return {_local(name, names) or name: _bare(held, names) for name, held in value.items()}
    return [_bare(held, names) for held in value] if isinstance(value, list) else value


def _foreign(event: Mapping[str, Any], form: Form, names: Names) -> list[Event]:
    hashed = event_hash(event, names)
    base = UUID(_given_id(form) or _id_of(hashed))
    told, found, whole = tellings(form, names, hashed), [], ""
    for one in told:
        moment = one.time or _time(form)
        name = base if len(told) == 1 else uuid5(base, f"{one.word} {one.battery} {microseconds(moment)}")
        fields = dict(one.fields)
        if one.word == "attested":
            ids = (hashed, f"urn:uuid:{base}")
            fields |= {"evidence": (f"urn:uuid:{whole}",)} if whole else kept(event, names, ids)
            whole = whole or str(name)
        found.append(EVENTS[one.word](id=str(name), battery=one.battery, time=moment, **fields))
    return found  # type: ignore[return-value]


def _voided(told: list[Event], error: Declaration) -> list[Event]:
    return [
        Corrected(
            id=str(uuid5(UUID(one.id), f"errorDeclaration {microseconds(error.time)}")),
            battery=one.battery,
            time=error.time,
            corrects=one.id,
            reason=(error.reason or "error declared")[:200],
        )
        for one in told
    ]


def _given_id(form: Form) -> str:
    """The UUID that an event gives itself, if any."""
    given = _uuid(form.id or "")
    return given[1].lower() if given else ""


def _id_of(hashed: str) -> str:
    """A UUID made of an event's hash, so that the same event has the same id."""
    return str(uuid5(NAMESPACE_URL, hashed))


def _time(form: Form) -> datetime:
    """When the event happened, by the clocks of the place."""
    hours, minutes = form.offset[1:].split(":")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        return form.time.astimezone(timezone(-offset if form.offset[0] == "-" else offset))
    except OverflowError:
        return form.time
