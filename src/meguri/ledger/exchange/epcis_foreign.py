"""EPCIS events of others, without our extension, in our words as well as can be; what no word says is attested."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from meguri.battery import EVENTS, Part, identify, subject
from meguri.battery.gs1 import digital_link
from meguri.errors import InputError
from meguri.ledger.exchange.epcis_document import check_count
from meguri.ledger.exchange.epcis_form import Destination, Form, Quantity, Sensor, Source
from meguri.ledger.exchange.epcis_words import MASS, MEASURING, described, local, measure_of, word_of
from meguri.ledger.exchange.event_values import Names, term

CLAIM = "epcis"
_parting = re.compile("[/#:]")


@dataclass(frozen=True, slots=True)
class Telling:
    """One of our events without its id; `time` where it is not that of the EPCIS event."""

    word: str
    battery: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Thing:
    """What an event names; `known` if its identifier names one battery or lot, else `battery` stands in for it."""

    battery: str
    known: bool
    mass_kg: float | None = None

    @property
    def is_lot(self) -> bool:
        return "/10/" in self.battery

    def part(self, *, with_mass: bool = True) -> Part:
        return Part(id=self.battery, mass_kg=self.mass_kg if with_mass else None)


def tellings(form: Form, names: Names, hashed: str) -> list[Telling]:
    """What an event tells, one for each thing it is about and each moment of a measurement; `hashed` is its event hash."""
    step = local(term(form.step, "BizStep", names), "BizStep") if form.step else ""
    disposition = local(term(form.disposition, "Disp", names), "Disp") if form.disposition else ""
    if made := _made(form, step, hashed):
        return made
    word = word_of(form.type, form.action, step, disposition)
    measured = list(_measured(form.sensors)) if form.type != "TransformationEvent" else []
    things = _things(form) or [_stand_in(hashed)]
    check_count(len(things) * (1 + len(measured)))
    told: list[Telling] = []
    for thing in things:
        if word and thing.known:
            told.append(Telling(word, thing.battery, _fields(word, form, hashed, thing)))
        elif not (measured and thing.known and step in MEASURING):
            told.append(Telling("attested", thing.battery, {"claim": CLAIM, "value": hashed}))
        if thing.known:
            told += [
                Telling("measured", thing.battery, {**_fields("measured", form, hashed), **values}, time)
                for time, values in measured
            ]
    return told


def _made(form: Form, step: str, hashed: str) -> list[Telling]:
    """What was made of what, where our words can say it and everything has an identifier here; else nothing."""
    if form.type == "TransformationEvent":
        inputs = _named(form.input_epcs, form.input_quantities)
        outputs = _named(form.output_epcs, form.output_quantities)
    elif form.type == "AssociationEvent" and form.parent:
        whole, parts = [_thing(form.parent)], _named(form.child_epcs, form.child_quantities)
        inputs, outputs = (parts, whole) if form.action == "ADD" else (whole, parts)
    else:
        return []
    if not inputs or not outputs or not all(thing.known for thing in (*inputs, *outputs)):
        return []
    return [
        Telling(word, about.battery, {**_fields(word, form, hashed, about), **fields})
        for word, about, fields in _said(step, inputs, outputs)
    ]


def _said(
    step: str, inputs: list[Thing], outputs: list[Thing]
) -> Iterator[tuple[str, Thing, dict[str, Any]]]:
    given, got = tuple(thing.part() for thing in inputs), tuple(thing.part() for thing in outputs)
    if len(outputs) == 1 and step == "assembling":
        yield "assembled", outputs[0], {"parts": given}
    elif len(outputs) == 1 and step == "commissioning":
        parts = tuple(thing.part() for thing in inputs if not thing.is_lot)
        materials = tuple(thing.part() for thing in inputs if thing.is_lot)
        yield "manufactured", outputs[0], {"parts": parts, "materials": materials}
    elif len(outputs) == 1 and step == "destroying":
        into = outputs[0].part(with_mass=len(inputs) == 1)
        yield from (("shredded", thing, {"into": into}) for thing in inputs)
    elif len(inputs) == 1 and step in ("unpacking", "disassembling"):
        yield "split" if step == "unpacking" else "dismantled", inputs[0], {"parts": got}
    elif len(inputs) == 1 and step == "creating_class_instance":
        yield "refined", inputs[0], {"outputs": got}


def _things(form: Form) -> list[Thing]:
    """What an event is about; the whole only where it names no parts."""
    found = _named(
        (*form.epcs, *form.child_epcs, *form.input_epcs, *form.output_epcs),
        (*form.quantities, *form.child_quantities, *form.input_quantities, *form.output_quantities),
    )
    return found or ([_thing(form.parent)] if form.parent else [])


def _named(epcs: Iterable[str], quantities: Iterable[Quantity]) -> list[Thing]:
    found = [_thing(epc) for epc in epcs]
    for held in quantities:
        mass = None if held.quantity is None else MASS.value(held.quantity, held.uom or "")
        found.append(_thing(held.epc_class, mass))
    return list({thing.battery: thing for thing in reversed(found)}.values())[::-1]


def _thing(uri: str, mass_kg: float | None = None) -> Thing:
    try:
        return Thing(subject(uri), True, mass_kg)
    except InputError:
        return _stand_in(digital_link(uri) or uri)


def _stand_in(uri: str) -> Thing:
    """A thing without an identifier here, such as a pallet: always the same one for the same URI."""
    return Thing(f"urn:uuid:{uuid5(NAMESPACE_URL, uri)}", False)


def _measured(sensors: Iterable[Sensor]) -> Iterator[tuple[datetime | None, dict[str, Any]]]:
    """Values by the moment at which they were measured; of several of one field at one moment, the first."""
    found: dict[datetime | None, dict[str, Any]] = {}
    for sensor in sensors:
        for report in sensor.reports:
            measure, value = measure_of(report.type), report.mean if report.value is None else report.value
            told = None if measure is None or value is None else measure.value(value, report.uom or "")
            if measure is None or told is None:
                continue
            values = found.setdefault(report.time or sensor.metadata.time, {})
            values.setdefault(measure.field, told)
            values.setdefault("instrument", report.device or sensor.metadata.device)
            values.setdefault("method", report.method or sensor.metadata.method)
    for time, values in found.items():
        kept = _valid("measured", values)
        if kept.keys() - {"instrument", "method"}:
            yield time, kept


def _fields(word: str, form: Form, hashed: str, thing: Thing | None = None) -> dict[str, Any]:
    """What an event says beside its word, in the fields of that word; its hash leads back to the document."""
    place = form.read_point or form.location
    certificates = (form.certificates,) if isinstance(form.certificates, str) else form.certificates
    first = "owning_party" if word == "transferred" else "possessing_party"
    giver, taker = _party(form.sources, first), _party(form.destinations, first)
    told = {
        "site": _text(place.id if place else None),
        "evidence": (hashed, *certificates)[:100],
        "mass_kg": thing.mass_kg if thing else None,
        "kind": "lot" if thing and thing.is_lot else None,
        "to": taker,
        "source": giver,
        "by": giver if "to" in EVENTS[word].__struct_fields__ else None,
        "consignment": _consignment(form),
        "vehicle": _vehicle(form.parent),
    }
    if "source" in EVENTS[word].__struct_fields__:
        told["by"] = taker
    if "model" in EVENTS[word].__struct_fields__:
        told |= dict(_described(form.ilmd))
    return _valid(word, told)


def _party(parties: Iterable[Source | Destination], first: str) -> str | None:
    """Who gives or takes: the `first` kind of party, another party, or at least the place."""
    order = (first, "possessing_party", "owning_party", "location")
    known = {local(_parting.split(held.type)[-1].removeprefix("SDT-"), "SDT"): held for held in parties}
    return next((_text(known[kind].party) for kind in order if kind in known), None)


def _consignment(form: Form) -> str | None:
    kinds = ("bol", "desadv", "recadv")
    papers = (held for held in form.transactions if (held.type or "").endswith(kinds))
    found = next((held.transaction for held in papers), None)
    return _text(found or (form.parent if form.type == "AggregationEvent" else None))


def _vehicle(uri: str | None) -> str | None:
    number = (uri or "").partition("#")[0]
    try:
        return identify(f"vin:{_parting.split(number)[-1]}").parts["vehicle"] if number else None
    except InputError:
        return None


def _text(uri: str | None) -> str | None:
    return (digital_link(uri) or uri) if uri else None


def _described(ilmd: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Our fields in instance or lot master data; a quantity may stand there as a value with the code of its unit."""
    for name, held in ilmd.items():
        unit = None
        if isinstance(held, Mapping):
            inner = {_parting.split(key)[-1].lower(): value for key, value in held.items()}
            unit, held = inner.get("unitcode", inner.get("uom")), inner.get("value")
        if found := described(name, held, unit if isinstance(unit, str) else None):
            yield found


@lru_cache
def _types(word: str) -> Mapping[str, Any]:
    return {held.name: held.type for held in msgspec.structs.fields(EVENTS[word])}


def _valid(word: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that the word has, with a value that it takes."""
    types, kept = _types(word), {}
    for name, value in told.items():
        if value is None or name not in types:
            continue
        try:
            kept[name] = msgspec.convert(value, types[name])
        except msgspec.ValidationError:
            continue
    return kept
