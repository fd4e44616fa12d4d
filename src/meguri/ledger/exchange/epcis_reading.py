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
from meguri.ledger.exchange.epcis_form import Form, formed
from meguri.ledger.exchange.epcis_whole import kept
from meguri.ledger.exchange.epcis_words import NAMESPACE
from meguri.ledger.exchange.event_hash import event_hash
from meguri.ledger.exchange.event_values import Names
from meguri.ledger.values import microseconds

_uuid = re.compile("urn:uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE).fullmatch


def read_event(event: Mapping[str, Any], names: Names) -> list[Event]:
    """What one EPCIS event tells in our words; `names` are those of its document. Raises InputError, faults placed by field.

    An event that is declared to be in error voids, by `corrected`, what it told before.
    """
    form, names = formed(event), names.within(event.get("@context"))
    told = _ours(event, form, names) or checked(_foreign(event, form, names))
    return _voided(told, form) if form.error else told


def _ours(event: Mapping[str, Any], form: Form, names: Names) -> list[Event] | None:
    """The event that our extension holds; None where there is none, or only what was left for a reader without rights."""
    held = _own({**form.ilmd, **event}, names)
    if "type" not in held:
        return None
    hidden = held.pop("hidden", None)
    held |= {"id": _id(event, form, names), "time": _time(form)}
    try:
        return decode_events(msgspec.json.encode([held]))
    except InputError:
        if hidden:
            return None
        raise


def _own(fields: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The fields of our namespace, without it, whatever prefix it has."""
    found = {}
    for name, value in fields.items():
        written = names.key(name)
        if written.startswith(f"{{{NAMESPACE}}}"):
            found[written[len(NAMESPACE) + 2 :]] = _bare(value, names)
    return found


def _bare(value: Any, names: Names) -> Any:
    if isinstance(value, Mapping):
        return _own(value, names)
    return [_bare(held, names) for held in value] if isinstance(value, list) else value


def _foreign(event: Mapping[str, Any], form: Form, names: Names) -> list[Event]:
    hashed, base = event_hash(event, names), UUID(_id(event, form, names))
    told, found, whole = tellings(form, names, hashed), [], ""
    for one in told:
        moment = one.time or _time(form)
        name = base if len(told) == 1 else uuid5(base, f"{one.word} {one.battery} {microseconds(moment)}")
        fields = dict(one.fields)
        if one.word == "attested":
            fields |= {"evidence": (f"urn:uuid:{whole}",)} if whole else kept(event, names)
            whole = whole or str(name)
        found.append(EVENTS[one.word](id=str(name), battery=one.battery, time=moment, **fields))
    return found  # type: ignore[return-value]


def _voided(told: list[Event], form: Form) -> list[Event]:
    assert form.error
    reason = (form.error.reason or "declared to be in error")[:200]
    return [
        Corrected(
            id=str(uuid5(UUID(one.id), f"errorDeclaration {microseconds(form.error.time)}")),
            battery=one.battery,
            time=form.error.time,
            corrects=one.id,
            reason=reason,
        )
        for one in told
    ]


def _id(event: Mapping[str, Any], form: Form, names: Names) -> str:
    """The UUID that an event gives itself, else one made of its hash, so that the same event has the same id."""
    given = _uuid(form.id or "")
    return given[1].lower() if given else str(uuid5(NAMESPACE_URL, event_hash(event, names)))


def _time(form: Form) -> datetime:
    """When the event happened, by the clocks of the place."""
    if form.time.utcoffset():
        return form.time
    hours, minutes = form.offset[1:].split(":")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        return form.time.astimezone(timezone(-offset if form.offset[0] == "-" else offset))
    except OverflowError:
        return form.time
