"""Which EPCIS events answer a query, and among which of our words they are."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from meguri.battery import RULES
from meguri.battery.gs1 import digital_link
from meguri.errors import Said
from meguri.ledger.exchange.epcis_query import (
    COMPANY,
    NAMES,
    Condition,
    Query,
    QueryTooLargeException,
    Span,
)
from meguri.ledger.exchange.epcis_words import local
from meguri.ledger.exchange.event_values import Names, identity, plain, term

__all__ = ["answers", "matches", "words"]

_EPCS = ("epcList", "childEPCs")
_CLASSES = ("quantityList", "childQuantityList")
_NAMED: dict[str, tuple[str, ...]] = {
    "epc": _EPCS,
    "parentID": ("parentID",),
    "inputEPC": ("inputEPCList",),
    "outputEPC": ("outputEPCList",),
    "anyEPC": (*_EPCS, "parentID", "inputEPCList", "outputEPCList"),
    "epcClass": _CLASSES,
    "inputEPCClass": ("inputQuantityList",),
    "outputEPCClass": ("outputQuantityList",),
    "anyEPCClass": (*_CLASSES, "inputQuantityList", "outputQuantityList"),
}
_PATHS: dict[str, tuple[str, ...]] = {
    "persistentDisposition_set": ("persistentDisposition", "set"),
    "persistentDisposition_unset": ("persistentDisposition", "unset"),
    "readPoint": ("readPoint", "id"),
    "bizLocation": ("bizLocation", "id"),
    "errorReason": ("errorDeclaration", "reason"),
    "correctiveEventID": ("errorDeclaration", "correctiveEventIDs"),
    "type": ("sensorElementList", "sensorReport", "type"),
}
_OF_SENSORS = {
    name: tuple(("sensorElementList", inner, name) for inner in ("sensorReport", "sensorMetadata"))
    for name in ("deviceID", "dataProcessingMethod")
}
_VOCABULARIES = {
    "bizStep": "BizStep",
    "disposition": "Disp",
    "persistentDisposition_set": "Disp",
    "persistentDisposition_unset": "Disp",
    "errorReason": "ER",
    "type": "gs1",
}
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": operator.eq,
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
}


def answers(query: Query, events: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The EPCIS events that answer a query, in the order and number it asks for. Raises QueryTooLargeException."""
    found = [event for event in events if matches(query, event)]
    if query.max_event_count is not None and len(found) > query.max_event_count:
        raise QueryTooLargeException(
            Said("{count} events answer the query.", count=len(found)),
            where="maxEventCount",
            mend=Said("Ask for less, or leave maxEventCount out."),
        )
    if key := query.order_by:
        found.sort(
            key=lambda event: datetime.fromisoformat(event.get(key) or event["eventTime"]),
            reverse=query.descending,
        )
    return found[: query.event_count_limit]


def matches(query: Query, event: Mapping[str, Any]) -> bool:
    """Whether an EPCIS event, as `epcis_event` writes it, answers a query."""
    if query.event_types and event.get("type") not in query.event_types:
        return False
    for span, name in ((query.happened, "eventTime"), (query.recorded, "recordTime")):
        if span != Span() and not (name in event and span.holds(datetime.fromisoformat(event[name]))):
            return False
    names = NAMES.within(event.get("@context"))
    return all(_fits(condition, event, names) for condition in query.conditions)


def words(query: Query) -> frozenset[str]:
    """Our words among whose events the answers are: what a store can look for before each event is matched.

    `attested` is always among them, for it may hold a foreign event of any kind.
    """
    actions, steps, dispositions = (query.asked(name) for name in ("action", "bizStep", "disposition"))
    found = {"attested"}
    for rule in RULES:
        forms = [(rule.epcis, rule.action)]
        if rule.epcis == "AssociationEvent":
            forms.append(("ObjectEvent", "OBSERVE"))
        if (
            (steps is None or rule.step in {local(step, "BizStep") for step in steps})
            and (dispositions is None or rule.disposition in {local(one, "Disp") for one in dispositions})
            and any(
                (not query.event_types or kind in query.event_types)
                and (actions is None or action in actions)
                for kind, action in forms
            )
        ):
            found.add(rule.event)
    return frozenset(found)


def _fits(condition: Condition, event: Mapping[str, Any], names: Names) -> bool:
    kind, field, values = condition.operator, condition.field, condition.values
    if kind == "MATCH":
        found = [identity(name, names) for held in _NAMED[field] for name in _identifiers(event.get(held))]
        return any(_pattern(value)(name) for value in values for name in found)
    held = list(_held(event, field, names))
    if kind == "EXISTS":
        return bool(held)
    if kind == "WD":
        return any(name == value or name.startswith(f"{value}/") for name in held for value in values)
    if kind == "EQ" and not field.startswith(("value_", "quantity_")):
        return not {plain(one, names) for one in held}.isdisjoint(values)
    numbers = [one for one in held if isinstance(one, int | float) and not isinstance(one, bool)]
    return any(_COMPARED[kind](number, float(value)) for number in numbers for value in values)


def _identifiers(held: Any) -> Iterator[str]:
    for name in _each(held):
        yield str(name.get("epcClass", "")) if isinstance(name, Mapping) else str(name)


_COMPANIES = {
    "sgtin": "01/[0-9]{prefix}[0-9]{{{rest}}}(?:/.*)?",
    "grai": "8003/0{prefix}.*",
    "giai": "8004/{prefix}.*",
}


@lru_cache(maxsize=4096)
def _pattern(value: str) -> Callable[[str], Any]:
    """What a value of MATCH fits: itself; where it is a pattern, all of its class or of its company."""
    if found := COMPANY(value):
        told = _COMPANIES[found[1]].format(prefix=found[2], rest=13 - len(found[2]))
        return re.compile(f"https://id\\.gs1\\.org/{told}").fullmatch
    if value.startswith("urn:epc:idpat:"):
        stem = digital_link(value) or value
        return lambda name: name.startswith(stem)
    return value.__eq__


def _held(event: Mapping[str, Any], field: str, names: Names) -> Iterator[Any]:
    """Values of an event under the name that a parameter gives them: texts in canonical form, numbers as they are."""
    kind, _, more = field.partition("_")
    if kind == "value" and more:
        return _with_unit(_found(event, ("sensorElementList", "sensorReport")), kind, more)
    if kind == "quantity" and more:
        lists = (*_CLASSES, "inputQuantityList", "outputQuantityList")
        return _with_unit((one for name in lists for one in _each(event.get(name))), kind, more)
    if kind in ("bizTransaction", "source", "destination") and more:
        return _paired(event, kind, more, names)
    if ":" in field:
        return _extended(event, field, names)
    paths = _OF_SENSORS.get(field) or (_PATHS.get(field, (field,)),)
    found = (value for path in paths for value in _found(event, path))
    vocabulary = _VOCABULARIES.get(field)
    return (term(one, vocabulary, names) if vocabulary else identity(one, names) for one in found)


def _with_unit(held: Iterable[Any], name: str, unit: str) -> Iterator[Any]:
    for one in held:
        if isinstance(one, Mapping) and one.get("uom") == unit and name in one:
            yield one[name]


def _paired(event: Mapping[str, Any], kind: str, asked: str, names: Names) -> Iterator[str]:
    """Transactions or parties of the type that is asked for."""
    vocabulary = "BTT" if kind == "bizTransaction" else "SDT"
    for pair in _each(event.get(f"{kind}List")):
        if local(term(pair.get("type"), vocabulary, names), vocabulary) == asked:
            yield identity(pair.get(kind), names)


def _extended(event: Mapping[str, Any], field: str, names: Names) -> Iterator[Any]:
    """Values of an extension field, of the event or of its master data."""
    fields = event.get("ilmd", {}) if field.startswith("ILMD_") else event
    wanted = NAMES.key(field.removeprefix("ILMD_"))
    for name, value in fields.items():
        if names.key(name) == wanted:
            yield from _each(value)


def _found(held: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """What stands at the end of a path, through all lists on its way."""
    for one in _each(held):
        if not path:
            yield one
        elif isinstance(one, Mapping) and path[0] in one:
            yield from _found(one[path[0]], path[1:])


def _each(held: Any) -> Iterator[Any]:
    if isinstance(held, list | tuple):
        yield from held
    elif held is not None:
        yield held
