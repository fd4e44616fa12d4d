"""Bodies of requests to the ledger in the API's own description, and the second address of a battery."""

from __future__ import annotations

from copy import copy
from typing import Any

import msgspec
from litestar.openapi.spec import (
    OpenAPI,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    Parameter,
    RequestBody,
    Schema,
)

from meguri.battery import Event
from meguri.ledger import Sealed
from meguri.web.ledger.epcis_terms import JSON_LD
from meguri.web.ledger.sent import Envelope
from meguri.web.ledger.uploads import PART_TYPE

REFERENCE = "#/components/schemas/{name}"
EPCIS_TYPES = ("application/json", JSON_LD)
EPCIS = {"type": "object", "description": "JSON-LD as EPCIS 2.0 (clause 10) describes it"}
BINARY = {"type": "string", "format": "binary"}
BATTERY = "/api/v1/batteries/{battery}"


QUERIED = {
    "eventType": "Types of events, parted by |",
    "GE_eventTime": "Happened at this time or later (RFC 3339)",
    "LT_eventTime": "Happened before this time",
    "GE_recordTime": "Recorded at this time or later",
    "LT_recordTime": "Recorded before this time",
    "EQ_action": "ADD, OBSERVE or DELETE",
    "EQ_bizStep": "Business steps, parted by |",
    "EQ_disposition": "Dispositions, parted by |",
    "EQ_eventID": "Ids of events, parted by |",
    "MATCH_anyEPC": "Things by their identifiers, in whatever part, parted by |",
    "orderBy": "eventTime or recordTime",
    "orderDirection": "ASC or DESC",
    "perPage": "Most events on a page",
    "nextPageToken": "As the link to the next page tells",
}
"""Parameters of SimpleEventQuery that are asked for most; the others of EPCIS 2.0 are understood too."""


def describe_bodies(document: OpenAPI) -> None:
    """Add to the operations that take a body what it may hold, with a schema for every word of an event."""
    (events, envelope, sealed), parts = msgspec.json.schema_components(
        (list[Event], Envelope, Sealed), ref_template=REFERENCE
    )
    parts["Envelope"]["properties"]["events"] = events
    described: dict[str, RequestBody] = {
        "record_events": _body(
            "Events, all to be recorded or none",
            {
                "application/json": {"anyOf": [events, envelope, sealed]},
                "application/x-ndjson": {"type": "string"},
            },
        ),
        "add_checkpoint": _body(
            "`old <size>`, hashes, an empty line, a checkpoint", {"text/plain": {"type": "string"}}
        ),
        "epcis_capture": _body("An EPCIS 2.0 document", dict.fromkeys(EPCIS_TYPES, EPCIS)),
        "epcis_capture_event": _body("One EPCIS 2.0 event", dict.fromkeys(EPCIS_TYPES, EPCIS)),
        "continue_upload": _body("The next bytes of the file", {PART_TYPE: BINARY}),
    }
    if document.components.schemas is not None:
        for name, part in parts.items():
            document.components.schemas.setdefault(name, part)
    paths = document.paths or {}
    for item in paths.values():
        for operation in (item.get, item.post, item.patch):
            if operation is not None and operation.operation_id in described:
                operation.request_body = described[operation.operation_id]
            if (
                operation is not None
                and str(operation.operation_id).endswith("_events")
                and operation.tags == ["epcis"]
            ):
                operation.parameters = [*(operation.parameters or []), *map(_queried, QUERIED.items())]
    told = paths.get(BATTERY)
    if told is not None and told.get is not None:
        paths[f"{BATTERY}/events"] = copy(told)
        paths[f"{BATTERY}/events"].get = _events_of(told.get)


def _events_of(operation: Operation) -> Operation:
    """The operation that gives the events of a battery as recorded, like the one that tells its life."""
    made = copy(operation)
    made.operation_id, made.summary = "battery_events", "The events of a battery as recorded"
    made.parameters = [
        one for one in operation.parameters or () if not isinstance(one, Parameter) or one.param_in == "path"
    ]
    return made


def _queried(told: tuple[str, str]) -> Parameter:
    name, meaning = told
    schema = Schema(type=OpenAPIType.STRING, max_length=500)
    return Parameter(name=name, param_in="query", description=meaning, schema=schema, required=False)


def _body(meaning: str, schemas: dict[str, Any]) -> RequestBody:
    return RequestBody(
        description=meaning,
        required=True,
        content={kind: OpenAPIMediaType(schema=schema) for kind, schema in schemas.items()},
    )
