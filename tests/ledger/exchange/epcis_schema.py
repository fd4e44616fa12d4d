"""What EPCIS 2.0 asks of a document in JSON-LD (section 7.4 and the CBV's lists), as a schema to hold our documents to."""

from typing import Any

import jsonschema_rs

URI: dict[str, Any] = {"type": "string", "format": "uri"}
TIME = {"type": "string", "format": "date-time"}
OTHER = {**URI, "pattern": "^(?!urn:epcglobal:cbv)"}
"""A term of someone else's vocabulary."""

STEPS = """accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting installing killing
loading other packing picking receiving removing repackaging repairing replacing reserving retail_selling sampling
sensor_reporting shipping staging_outbound stock_taking stocking storing transporting unloading unpacking void_shipping"""
DISPOSITIONS = """active available completeness_inferred completeness_verified conformant container_closed container_open
damaged destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance
mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled reserved
retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown"""
MEASUREMENTS = "Angle Count Dimensionless ElectricCharge Energy Length Mass RelativeHumidity Resistance Temperature Voltage"


def term(words: str) -> dict[str, Any]:
    return {"anyOf": [OTHER, {"enum": words.split()}]}


def record(needed: str = "", *, closed: bool = True, extended: bool = False, **fields: Any) -> dict[str, Any]:
    """An object with these fields; no others where it is `closed`, or else only such as have a prefix."""
    others = {"additionalProperties": False} if closed and not extended else {}
    names = {"propertyNames": {"anyOf": [{"enum": list(fields)}, URI]}} if extended else {}
    return {"type": "object", "properties": fields, "required": needed.split(), **others, **names}


def listed(of: Any, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": of, "minItems": least}


QUANTITY = record(
    "epcClass",
    epcClass=URI,
    quantity={"type": "number"},
    uom={"type": "string", "pattern": "^[A-Z0-9]{2,3}$"},
)
REPORT = record(
    "type",
    extended=True,
    type=term(MEASUREMENTS),
    **{name: {"type": "number"} for name in ("value", "minValue", "maxValue", "meanValue")},
    **dict.fromkeys(("deviceID", "dataProcessingMethod", "coordinateReferenceSystem"), URI),
    uom={"type": "string"},
    stringValue={"type": "string"},
    component=term("latitude longitude altitude x y z"),
    time=TIME,
)
SENSOR = record(
    "sensorReport",
    extended=True,
    sensorMetadata=record(extended=True, time=TIME, deviceID=URI, dataProcessingMethod=URI),
    sensorReport=listed(REPORT, 1),
)
PLACE = record("id", closed=False, id=URI)
PARTY = term("owning_party possessing_party location")
COMMON = {
    "@context": {},
    "eventID": URI,
    "eventTime": TIME,
    "recordTime": TIME,
    "eventTimeZoneOffset": {"type": "string", "pattern": r"^[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)$"},
    "bizStep": term(STEPS),
    "disposition": term(DISPOSITIONS),
    "readPoint": PLACE,
    "bizLocation": PLACE,
    "bizTransactionList": listed(
        record("bizTransaction", type=term("bol cert desadv inv po recadv"), bizTransaction=URI)
    ),
    "sourceList": listed(record("type source", type=PARTY, source=URI)),
    "destinationList": listed(record("type destination", type=PARTY, destination=URI)),
    "sensorElementList": listed(SENSOR),
}
ILMD = {"type": "object", "propertyNames": URI}
ACTION = {"enum": ["ADD", "OBSERVE", "DELETE"]}
EPCS = {**listed(URI), "uniqueItems": True}
SOME_EPCS, SOME_QUANTITIES = listed({}, 1), listed({}, 1)


def event(kind: str, needed: str, *rules: Any, **fields: Any) -> dict[str, Any]:
    form = record(
        f"type eventTime eventTimeZoneOffset {needed}",
        extended=True,
        type={"const": kind},
        **COMMON,
        **fields,
    )
    return {"allOf": [form, *rules]}


def some(*names: str) -> dict[str, Any]:
    return {"anyOf": [{"properties": {name: listed({}, 1)}, "required": [name]} for name in names]}


def either(*rules: Any) -> dict[str, Any]:
    return {"anyOf": rules}


ADDS = {"properties": {"action": {"const": "ADD"}}}
DELETES = {"properties": {"action": {"const": "DELETE"}}}
IN, OUT = some("inputEPCList", "inputQuantityList"), some("outputEPCList", "outputQuantityList")
WHOLE = {"action": ACTION, "parentID": URI, "childEPCs": listed(URI), "childQuantityList": listed(QUANTITY)}
EVENTS = [
    event(
        "ObjectEvent",
        "action",
        either(
            {"properties": {"epcList": listed({})}, "required": ["epcList"]},
            some("quantityList"),
            {"required": ["sensorElementList", "readPoint"]},
        ),
        either({"not": {"required": ["ilmd"]}}, ADDS),
        action=ACTION,
        epcList=EPCS,
        quantityList=listed(QUANTITY),
        ilmd=ILMD,
    ),
    event("AggregationEvent", "action", either(some("childEPCs", "childQuantityList"), DELETES), **WHOLE),
    event(
        "AssociationEvent",
        "action parentID",
        either(some("childEPCs", "childQuantityList"), DELETES),
        **WHOLE,
    ),
    event(
        "TransactionEvent",
        "action bizTransactionList",
        action=ACTION,
        parentID=URI,
        epcList=EPCS,
        quantityList=listed(QUANTITY),
    ),
    event(
        "TransformationEvent",
        "",
        either({"allOf": [IN, OUT]}, {"allOf": [either(IN, OUT), {"required": ["transformationID"]}]}),
        inputEPCList=EPCS,
        inputQuantityList=listed(QUANTITY),
        outputEPCList=EPCS,
        outputQuantityList=listed(QUANTITY),
        transformationID=URI,
        ilmd=ILMD,
    ),
]
BODY = record("eventList", eventList=listed({"anyOf": EVENTS}))
VERSION = {"type": "string", "pattern": r"^2(\.[0-9]+)*$"}
HEAD = {"@context": {}, "schemaVersion": VERSION, "creationDate": TIME}
RESULTS = record("queryName resultsBody", queryName={"type": "string"}, resultsBody=BODY)
SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "anyOf": [
        record(
            "@context type schemaVersion creationDate epcisBody",
            type={"const": "EPCISDocument"},
            epcisBody=BODY,
            **HEAD,
        ),
        record(
            "@context type epcisBody",
            type={"const": "EPCISQueryDocument"},
            epcisBody=record("queryResults", queryResults=RESULTS),
            **HEAD,
        ),
    ],
}
_validator = jsonschema_rs.Draft7Validator(SCHEMA, validate_formats=True)


def is_valid(document: Any) -> bool:
    return _validator.is_valid(document)
