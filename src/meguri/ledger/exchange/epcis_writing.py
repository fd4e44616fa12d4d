"""Our events as EPCIS 2.0 events: what, when, where and why in the words of EPCIS, and every field of ours in our extension."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from meguri.battery import EVENTS, RULE
from meguri.ledger.exchange.epcis_words import MEASURES, NAMESPACE, PREFIX

_is_uri = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+"
    r"(?:#(?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?"
).fullmatch
_is_lot = re.compile(r"https://id\.gs1\.org/01/[0-9]{14}/10/").match

_MASTER = (
    "kind",
    "model",
    "maker",
    "chemistry",
    "energy_kwh",
    "capacity_ah",
    "voltage_v",
    "mass_kg",
    "elements_kg",
)
"""What belongs to a battery for life; it travels as instance or lot master data."""

_FURTHEST = timedelta(hours=14)


def written(
    fields: Mapping[str, Any], recorded: datetime | None = None, hidden: Sequence[str] = ()
) -> dict[str, Any]:
    """An EPCIS event of the plain values of one of ours, as much of it as there is; `hidden` are classes left out."""
    word, time = fields["type"], fields["time"]
    rule = RULE[word]
    kind, action = rule.epcis, rule.action
    if kind == "AssociationEvent" and not fields.get("vehicle"):
        kind, action = "ObjectEvent", "OBSERVE"
    described = _MASTER if word in ("manufactured", "assembled") else ()
    return {
        "type": kind,
        "eventID": f"urn:uuid:{fields['id']}",
        "eventTime": time,
        "eventTimeZoneOffset": _offset(time),
        **({"recordTime": _instant(recorded)} if recorded else {}),
        **({"action": action} if action else {}),
        **_what(kind, fields),
        "bizStep": rule.step,
        **({"disposition": rule.disposition} if rule.disposition else {}),
        **_where_and_who(fields),
        **_sensors(word, fields),
        **_master(fields, described),
        **_extension(fields, ("id", "time", *described)),
        **({f"{PREFIX}hidden": sorted(hidden)} if hidden else {}),
    }


def _instant(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


def _offset(time: str) -> str:
    """The offset of a time from UTC, or that of UTC where EPCIS has no such offset; the time keeps it all the same."""
    told = datetime.fromisoformat(time)
    offset = told.utcoffset()
    return time[-6:] if offset and abs(offset) <= _FURTHEST else "+00:00"


def _what(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    about = {"id": fields["battery"], "mass_kg": fields.get("mass_kg")}
    if kind == "ObjectEvent":
        return _listed("epcList", "quantityList", [about])
    if kind == "AssociationEvent":
        vehicle = f"vin:{quote(fields['vehicle'], safe='')}"
        return {"parentID": vehicle, **_listed("childEPCs", "childQuantityList", [about])}
    named = [part for name in EVENTS[fields["type"]].names for part in _each(fields.get(name, ()))]
    inputs, outputs = (named, [about]) if fields["type"] == "assembled" else ([about], named)
    listed = {
        **_listed("inputEPCList", "inputQuantityList", inputs),
        **_listed("outputEPCList", "outputQuantityList", outputs),
    }
    return listed if named else {**listed, "transformationID": f"urn:uuid:{fields['id']}"}


def _each(value: Any) -> Iterable[Mapping[str, Any]]:
    return [value] if isinstance(value, Mapping) else value


def _listed(epcs: str, quantities: str, things: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Items by their names, lots with their masses."""
    items: dict[str, None] = {}
    lots = []
    for thing in things:
        if _is_lot(thing["id"]):
            mass = thing.get("mass_kg")
            lots.append(
                {"epcClass": thing["id"], **({} if mass is None else {"quantity": mass, "uom": "KGM"})}
            )
        else:
            items[_uri(thing["id"]) or NAMESPACE + quote(thing["id"], safe="")] = None
    return {**({epcs: list(items)} if items else {}), **({quantities: lots} if lots else {})}


def _uri(text: str | None) -> str | None:
    return text if text and _is_uri(text) else None


def _where_and_who(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Place, parties and consignment, where they have URIs."""
    told: dict[str, Any] = {}
    if site := _uri(fields.get("site")):
        told["readPoint"] = {"id": site}
    if consignment := _uri(fields.get("consignment")):
        told["bizTransactionList"] = [{"type": "bol", "bizTransaction": consignment}]
    if giver := _uri(fields.get("source")):
        told["sourceList"] = [{"type": "possessing_party", "source": giver}]
    if taker := _uri(fields.get("to")):
        told["destinationList"] = [{"type": "possessing_party", "destination": taker}]
    return told


def _sensors(word: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    reports = [
        {
            "type": PREFIX + kind if kind == "StateOfHealth" else kind,
            "value": fields[measure.field],
            "uom": measure.unit,
        }
        for kind, measure in MEASURES.items()
        if word == "measured" and measure.field in fields
    ]
    metadata = {"time": fields["time"]}
    return {"sensorElementList": [{"sensorMetadata": metadata, "sensorReport": reports}]} if reports else {}


def _master(fields: Mapping[str, Any], described: Sequence[str]) -> dict[str, Any]:
    held = {PREFIX + name: _prefixed(fields[name]) for name in described if name in fields}
    return {"ilmd": held} if held else {}


def _extension(fields: Mapping[str, Any], told: Sequence[str]) -> dict[str, Any]:
    return {PREFIX + name: _prefixed(value) for name, value in fields.items() if name not in told}


def _prefixed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {PREFIX + name: _prefixed(held) for name, held in value.items()}
    return [_prefixed(held) for held in value] if isinstance(value, list | tuple) else value
