"""The hash that names an EPCIS 2.0 event by its content, whoever wrote it down (CBV 2.0, 8.9: EPCIS Event Hash ID).

An event is laid out as one text, fields in a fixed order and values in canonical form, and hashed with SHA-256. Transactions,
sources, destinations, instance data and extensions follow at the end, sorted: so do the hashes published by the
standard's authors, though their table of properties lists the first three earlier.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from meguri.errors import InputError, Said
from meguri.ledger.exchange.epcis_document import MOST_DEPTH, check_size, events_in
from meguri.ledger.exchange.event_values import EPCIS, Names, instant, plain, term

__all__ = ["MOST_DEPTH", "event_hash", "event_hashes", "names_of", "prehash"]

MOST_VALUES = 200_000
MOST_CHARACTERS = 8 << 20

_QUANTITY = ("quantityElement", ("epcClass", "quantity", "uom"))
_METADATA = (
    "time",
    "startTime",
    "endTime",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
)
_REPORT = (
    *(
        "type",
        "exception",
        "deviceID",
        "deviceMetadata",
        "rawData",
        "dataProcessingMethod",
        "time",
        "microorganism",
    ),
    *("chemicalSubstance", "value", "component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue"),
    *(
        "minValue",
        "maxValue",
        "meanValue",
        "sDev",
        "percRank",
        "percValue",
        "uom",
        "coordinateReferenceSystem",
    ),
)
_EVENT = (
    *(
        "eventTime",
        "eventTimeZoneOffset",
        "certificationInfo",
        "parentID",
        "epcList",
        "inputEPCList",
        "childEPCs",
    ),
    *("quantityList", "childQuantityList", "inputQuantityList", "outputEPCList", "outputQuantityList"),
    *(
        "action",
        "transformationID",
        "bizStep",
        "disposition",
        "persistentDisposition",
        "readPoint",
        "bizLocation",
    ),
    "sensorElementList",
)
_LISTED: dict[str, tuple[str, tuple[str, ...]]] = {
    **dict.fromkeys(("epcList", "inputEPCList", "outputEPCList", "childEPCs"), ("epc", ())),
    **dict.fromkeys(
        ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), _QUANTITY
    ),
    "sensorElementList": ("sensorElement", ("sensorMetadata", "sensorReport")),
}
"""What the elements of a list are called, and the order of their fields."""

_INNER: dict[str, tuple[str, ...]] = {
    "persistentDisposition": ("set", "unset"),
    "readPoint": ("id",),
    "bizLocation": ("id",),
    "sensorMetadata": _METADATA,
    "sensorReport": _REPORT,
}
_PAIRS = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}
"""Lists whose elements are a type and a name."""

_TIMES = frozenset({"eventTime", "time", "startTime", "endTime"})
_VOCABULARIES = {
    "bizStep": "BizStep",
    "disposition": "Disp",
    "set": "Disp",
    "unset": "Disp",
    "component": "Comp",
    "bizTransaction": "BTT",
    "source": "SDT",
    "destination": "SDT",
    "type": "gs1",
    "exception": "gs1",
}
"""Where a bare word stands for a term of the Core Business Vocabulary or of GS1's web vocabulary."""

_OUTSIDE = frozenset({"recordTime", "eventID", "type", "errorDeclaration", "@context"})
"""Fields of an event that its hash leaves out: they do not say what happened."""

_REMARKS = frozenset({"rdfs:comment", "comment"})


def event_hashes(document: Mapping[str, Any]) -> list[str]:
    """Hash IDs `ni:///sha-256;…?ver=CBV2.0` of a document's events, in their order.

    `document` is a parsed EPCIS document or query document in JSON-LD, or one event with its `@context`. Raises InputError.
    """
    check_size(document, MOST_VALUES, MOST_CHARACTERS)
    names = names_of(document)
    return [event_hash(event, names) for event in events_in(document)]


def names_of(document: Mapping[str, Any]) -> Names:
    """What the prefixes of a document stand for, and which extension fields it leaves out of its events' hashes."""
    return Names.of(document.get("@context"), _ignored(document))


def event_hash(event: Mapping[str, Any], names: Names) -> str:
    """Hash ID of an event whose size was checked. Raises InputError for text that is not Unicode."""
    try:
        text = _laid_out(event, names).encode()
    except UnicodeEncodeError as fault:
        raise InputError(
            Said("A text of an EPCIS event holds half of a surrogate pair."),
            where="epcisBody",
            mend=Said("Take it out; type the text instead of copying it."),
        ) from fault
    return f"ni:///sha-256;{sha256(text).hexdigest()}?ver=CBV2.0"


def prehash(event: Mapping[str, Any], context: Any = None) -> str:
    """The text of an event that is hashed; `context` is the `@context` of its document. Raises InputError."""
    check_size(event, MOST_VALUES, MOST_CHARACTERS)
    return _laid_out(event, Names.of(context))


def _ignored(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Extension fields that a document names as not belonging to its events, under `…:ignoreFields`."""
    lists = [value for name, value in document.items() if name.partition(":")[2] == "ignoreFields"]
    return tuple(str(field) for listed in lists for field in _each(listed))


def _laid_out(event: Mapping[str, Any], names: Names) -> str:
    names = names.within(event.get("@context"))
    inside = {name: value for name, value in event.items() if name not in _OUTSIDE}
    kind = plain(event.get("type"), names).removeprefix(EPCIS)
    return f"eventType={kind}{_ordered(inside, _EVENT, names)}"


def _ordered(fields: Mapping[str, Any], order: tuple[str, ...], names: Names) -> str:
    """Fields in their order, and behind them the others, sorted."""
    known = "".join(_known(name, fields[name], names) for name in order if name in fields)
    others = {name: value for name, value in fields.items() if name not in order}
    return known + _sorted(_others(others, names))


def _known(name: str, value: Any, names: Names) -> str:
    if name in _LISTED:
        element, order = _LISTED[name]
        inner = _sorted(_element(element, held, order, names) for held in _each(value))
        return name + inner if inner else ""
    if name in _INNER:
        return _sorted(_element(name, held, _INNER[name], names) for held in _each(value))
    return _sorted(_element(name, held, (), names) for held in _each(value))


def _element(name: str, value: Any, order: tuple[str, ...], names: Names) -> str:
    if isinstance(value, Mapping):
        inner = _ordered(value, order, names)
        return name + inner if inner else ""
    if name in _TIMES:
        text = instant(value)
    elif name in _VOCABULARIES:
        text = term(value, _VOCABULARIES[name], names)
    else:
        text = plain(value, names)
    return f"{name}={text}" if text else ""


def _others(fields: Mapping[str, Any], names: Names) -> Iterator[str]:
    """Fields that have no order of their own, each as one text."""
    for name, value in fields.items():
        written = names.key(name)
        if name in _REMARKS or written in names.ignored or value is None:
            continue
        if name in _PAIRS:
            if inner := _sorted(_pair(held, _PAIRS[name], names) for held in _each(value)):
                yield name + inner
        elif written.endswith("List"):
            yield written + _sorted(
                _other(written.removesuffix("List"), held, names) for held in _each(value)
            )
        else:
            yield from (_other(written, held, names) for held in _each(value))


def _other(written: str, value: Any, names: Names) -> str:
    if isinstance(value, Mapping):
        text = plain(value.get("#text"), names)
        inner = _sorted(_others({name: held for name, held in value.items() if name != "#text"}, names))
        return written + (f"={text}" if text else "") + inner
    text = plain(value, names)
    return f"{written}={text}" if text else written


def _pair(value: Any, name: str, names: Names) -> str:
    """A transaction, source or destination with its type before it."""
    if not isinstance(value, Mapping):
        return _other(name, value, names)
    kind = term(value.get("type"), _VOCABULARIES[name], names)
    others = {held: told for held, told in value.items() if held not in ("type", name)}
    told = plain(value.get(name), names)
    return (
        (f"type={kind}" if kind else "")
        + (f"{name}={told}" if told else "")
        + _sorted(_others(others, names))
    )


def _each(value: Any) -> Iterator[Any]:
    """The elements of a list, of lists within it, or the one value."""
    if isinstance(value, list):
        for held in value:
            yield from _each(held)
    elif value is not None:
        yield value


def _sorted(texts: Iterator[str]) -> str:
    return "".join(sorted(texts))
