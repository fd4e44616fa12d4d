"""Events as an EPCIS 2.0 document in JSON-LD and back: what is written can be read by any EPCIS system, and reads back as it was.

Our fields travel in the namespace `urn:meguri:`. Documents of others are read by their business steps, dispositions, sensor
reports and master data; an event that none of our words says is kept whole, as an attestation of its hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from meguri.battery import Event, Happening
from meguri.errors import InputError, Problem, Said
from meguri.ledger.content import Recorded
from meguri.ledger.exchange.epcis_document import MOST_EVENTS, check_count, check_document, events_in, parsed
from meguri.ledger.exchange.epcis_foreign import CLAIM
from meguri.ledger.exchange.epcis_form import named_in
from meguri.ledger.exchange.epcis_reading import read_event
from meguri.ledger.exchange.epcis_whole import restored
from meguri.ledger.exchange.epcis_words import CONTEXT, NAMESPACE, PREFIX
from meguri.ledger.exchange.epcis_writing import written
from meguri.ledger.exchange.event_hash import names_of
from meguri.ledger.view import Seen

__all__ = ["MOST_EVENTS", "epcis_event", "epcis_results", "from_epcis", "to_epcis"]

_HEAD = {"@context": [CONTEXT, {PREFIX.rstrip(":"): NAMESPACE}], "schemaVersion": "2.0"}


def to_epcis(events: Iterable[Event | Recorded | Seen], *, created: datetime | None = None) -> dict[str, Any]:
    """An EPCISDocument with one event for each of ours; `created` is now unless said otherwise."""
    return _document("EPCISDocument", {"eventList": list(map(epcis_event, events))}, created)


def epcis_results(
    events: Iterable[Event | Recorded | Seen],
    query: str = "SimpleEventQuery",
    *,
    created: datetime | None = None,
) -> dict[str, Any]:
    """An EPCISQueryDocument: the same events as the answer to the query of that name."""
    results = {"queryName": query, "resultsBody": {"eventList": list(map(epcis_event, events))}}
    return _document("EPCISQueryDocument", {"queryResults": results}, created)


def _document(kind: str, body: dict[str, Any], created: datetime | None) -> dict[str, Any]:
    written_at = (created or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {**_HEAD, "type": kind, "creationDate": written_at, "epcisBody": body}


def epcis_event(event: Event | Recorded | Seen) -> dict[str, Any]:
    """One event as EPCIS says it: as much of it as is there, or the foreign event that it attests, as it came."""
    if isinstance(event, Happening):
        fields, recorded, hidden = msgspec.to_builtins(event), None, ()
    else:
        header = {"id": event.id, "battery": event.battery, "type": event.type, "time": event.time}
        fields = msgspec.to_builtins(header if event.event is None else event.event)
        recorded, hidden = event.recorded, (*event.erased, *getattr(event, "hidden", ()))
    if fields["type"] == "attested" and fields.get("claim") == CLAIM and (whole := _as_it_came(fields)):
        return whole if recorded is None else {**whole, "recordTime": msgspec.to_builtins(recorded)}
    return written(fields, recorded, tuple(set(hidden)))


def _as_it_came(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """The foreign event in an attestation, if it says this and nothing else."""
    whole = restored(fields)
    if whole is None:
        return None
    try:
        again = read_event(whole, names_of(_HEAD))
    except InputError:
        return None
    return whole if msgspec.to_builtins(again) == [fields] else None


def from_epcis(document: bytes | Mapping[str, Any], *, file: str = "") -> list[Event]:
    """The events of an EPCIS document, query document or single event in JSON-LD, in our words.

    An event about several things becomes one of ours for each. Ids are those of `urn:uuid:` event ids, else UUIDv5 of the
    event hash: the same document gives the same ids, and an event that it holds twice is told once.

    Raises InputError with a `Problem` for each EPCIS event that cannot be taken; `row` counts them from 1, `column` is the
    field. At most 32 MB, 100,000 events, nested 32 deep.
    """
    held = parsed(document, file) if isinstance(document, bytes) else document
    check_document(held, file)
    events, names = events_in(held), names_of(held)
    found: dict[tuple[str, bytes], Event] = {}
    problems: list[Problem] = []
    check_count(len(events), file)
    for row, event in enumerate(events, start=1):
        try:
            found |= {(told.id, msgspec.json.encode(told)): told for told in read_event(event, names)}
        except InputError as fault:
            problems += _placed(fault, file, row)
        check_count(len(found), file)
    if problems:
        raise InputError(
            Said(
                "{count} of {all} events cannot be taken.",
                count=len({held.row for held in problems}),
                all=len(events),
            ),
            tuple(problems),
            where=file or "epcisBody",
            mend=Said("Mend the rows that are named; nothing was recorded."),
        )
    return list(found.values())


def _placed(fault: InputError, file: str, row: int) -> list[Problem]:
    """The problems of one event, or the one that it is, with the number of the event."""
    problems = fault.problems or (Problem(fault.what, fault.mend, column=fault.where),)
    return [
        Problem(
            held.what,
            held.mend,
            file=file,
            row=row,
            column=held.column or named_in(held.what),
            value=held.value,
        )
        for held in problems
    ]
