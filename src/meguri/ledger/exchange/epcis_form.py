"""The form of an EPCIS 2.0 event: which fields an event of each type must have, and of what type they are.

Sources: EPCIS 2.0, section 7.4 (event types and their fields), and the JSON schema that belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from meguri.errors import InputError, Problem, Said

Uri = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$", max_length=2000)]
Instant = Annotated[datetime, Meta(tz=True)]
Term = Annotated[str, Meta(min_length=1, max_length=2000)]
Number = int | float


class Quantity(msgspec.Struct, frozen=True, rename={"epc_class": "epcClass"}):
    epc_class: Uri
    quantity: Number | None = None
    uom: Annotated[str, Meta(pattern="^[A-Z0-9]{2,3}$")] | None = None


class Place(msgspec.Struct, frozen=True):
    id: Uri


class Transaction(msgspec.Struct, frozen=True, rename={"transaction": "bizTransaction"}):
    transaction: Uri
    type: Term | None = None


class Source(msgspec.Struct, frozen=True, rename={"party": "source"}):
    type: Term
    party: Uri


class Destination(msgspec.Struct, frozen=True, rename={"party": "destination"}):
    type: Term
    party: Uri


class Metadata(msgspec.Struct, frozen=True, rename={"device": "deviceID", "method": "dataProcessingMethod"}):
    time: Instant | None = None
    device: Uri | None = None
    method: Uri | None = None


class Report(
    msgspec.Struct,
    frozen=True,
    rename={"device": "deviceID", "method": "dataProcessingMethod", "mean": "meanValue"},
):
    type: Term
    value: Number | None = None
    mean: Number | None = None
    uom: str | None = None
    time: Instant | None = None
    device: Uri | None = None
    method: Uri | None = None


class Sensor(msgspec.Struct, frozen=True, rename={"metadata": "sensorMetadata", "reports": "sensorReport"}):
    reports: Annotated[tuple[Report, ...], Meta(min_length=1)]
    metadata: Metadata = Metadata()


class Declaration(msgspec.Struct, frozen=True, rename={"time": "declarationTime"}):
    """That an event is in error."""

    time: Instant
    reason: Term | None = None


_NAMES = {
    "time": "eventTime",
    "offset": "eventTimeZoneOffset",
    "recorded": "recordTime",
    "id": "eventID",
    "error": "errorDeclaration",
    "step": "bizStep",
    "epcs": "epcList",
    "quantities": "quantityList",
    "parent": "parentID",
    "child_epcs": "childEPCs",
    "child_quantities": "childQuantityList",
    "input_epcs": "inputEPCList",
    "input_quantities": "inputQuantityList",
    "output_epcs": "outputEPCList",
    "output_quantities": "outputQuantityList",
    "transformation": "transformationID",
    "read_point": "readPoint",
    "location": "bizLocation",
    "transactions": "bizTransactionList",
    "sources": "sourceList",
    "destinations": "destinationList",
    "sensors": "sensorElementList",
    "certificates": "certificationInfo",
}


class Form(msgspec.Struct, frozen=True, rename=_NAMES):
    """What is read of an EPCIS event of any type, in the types that the standard gives it."""

    type: Term
    time: Instant
    offset: Annotated[str, Meta(pattern=r"^[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)$")]
    id: Uri | None = None
    recorded: Instant | None = None
    error: Declaration | None = None
    action: Literal["ADD", "OBSERVE", "DELETE"] | None = None
    step: Term | None = None
    disposition: Term | None = None
    epcs: tuple[Uri, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    parent: Uri | None = None
    child_epcs: tuple[Uri, ...] = ()
    child_quantities: tuple[Quantity, ...] = ()
    input_epcs: tuple[Uri, ...] = ()
    input_quantities: tuple[Quantity, ...] = ()
    output_epcs: tuple[Uri, ...] = ()
    output_quantities: tuple[Quantity, ...] = ()
    transformation: Uri | None = None
    read_point: Place | None = None
    location: Place | None = None
    transactions: tuple[Transaction, ...] = ()
    sources: tuple[Source, ...] = ()
    destinations: tuple[Destination, ...] = ()
    sensors: tuple[Sensor, ...] = ()
    ilmd: dict[str, Any] = {}
    certificates: Uri | tuple[Uri, ...] = ()


def formed(event: Mapping[str, Any]) -> Form:
    """An event in its form. Raises InputError with a `Problem` for each fault, its field in `column`."""
    try:
        form = msgspec.convert(event, Form)
    except msgspec.ValidationError as fault:
        told, _, path = str(fault).partition(" - at `$")
        raise _faulty([(Said.of(told), path.rstrip("`").lstrip(".") or named_in(told))]) from None
    if faults := list(_misfits(form, event)):
        raise _faulty(faults)
    return form


def named_in(fault: str) -> str:
    """The field that a fault names in its words, where it is placed nowhere else."""
    return fault.split("`")[1] if fault.count("`") > 1 else "type"


def _faulty(faults: list[tuple[str, str]]) -> InputError:
    mend = Said("See EPCIS 2.0, section 7.4, for what an event of this type holds.")
    problems = tuple(Problem(what, mend, column=column) for what, column in faults)
    return InputError(faults[0][0], problems, where=faults[0][1], mend=mend)


def _misfits(form: Form, event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if form.type not in _FIELDS and ":" not in form.type:
        yield Said("The field is not a type of event."), "type"
    for name in _NEEDED.get(form.type, ()):
        if event.get(name) is None:
            yield Said("The field is missing."), name
    for name in event.keys() - _COMMON - _FIELDS.get(form.type, _ALL):
        if ":" not in name:
            yield Said("An event of this type has no such field."), name
    if not _says_what(form, event):
        yield Said("The event does not say what it happened to."), min(_FIELDS[form.type] & _WHAT)
    if form.ilmd and form.type == "ObjectEvent" and form.action != "ADD":
        yield Said("Only an event that adds an object can describe its making."), "ilmd"


_NEEDED = {
    "ObjectEvent": ("action",),
    "AggregationEvent": ("action",),
    "AssociationEvent": ("action", "parentID"),
    "TransactionEvent": ("action", "bizTransactionList"),
}
_COMMON = frozenset(
    {
        *(
            "@context",
            "type",
            "eventTime",
            "eventTimeZoneOffset",
            "recordTime",
            "eventID",
            "errorDeclaration",
        ),
        *("certificationInfo", "bizStep", "disposition", "persistentDisposition", "readPoint", "bizLocation"),
        *("bizTransactionList", "sourceList", "destinationList", "sensorElementList"),
    }
)
_WHOLE = frozenset({"action", "parentID", "childEPCs", "childQuantityList"})
_CHANGE = frozenset({"inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList"})
_FIELDS: dict[str, frozenset[str]] = {
    "ObjectEvent": frozenset({"action", "epcList", "quantityList", "ilmd"}),
    "TransactionEvent": frozenset({"action", "parentID", "epcList", "quantityList"}),
    "AggregationEvent": _WHOLE,
    "AssociationEvent": _WHOLE,
    "TransformationEvent": _CHANGE | {"transformationID", "ilmd"},
}
_ALL = frozenset().union(*_FIELDS.values())
_WHAT = _CHANGE | {"epcList", "childEPCs"}


def _says_what(form: Form, event: Mapping[str, Any]) -> bool:
    if form.type == "TransformationEvent":
        inputs = bool(form.input_epcs or form.input_quantities)
        outputs = bool(form.output_epcs or form.output_quantities)
        return (inputs and outputs) or ((inputs or outputs) and form.transformation is not None)
    if form.type in ("AggregationEvent", "AssociationEvent"):
        return bool(form.child_epcs or form.child_quantities) or form.action == "DELETE"
    if form.type == "TransactionEvent" and form.action == "DELETE":
        return True
    by_sensor = form.type == "ObjectEvent" and form.sensors and form.read_point
    return form.type not in _FIELDS or "epcList" in event or bool(form.quantities) or bool(by_sensor)
