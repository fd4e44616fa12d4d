"""EPCIS 2.0 query interface (clause 12.7): events by the words of SimpleEventQuery, page by page, and what there is to ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from litestar import Request, Response, get
from litestar.concurrency import sync_to_thread
from litestar.openapi import ResponseSpec
from litestar.params import PathParameter

from meguri.battery import RULES, AccessClass
from meguri.errors import NotFound, Said
from meguri.ledger import Ledger, Recorded
from meguri.ledger.exchange import (
    Query,
    QueryParameterException,
    QueryTooLargeException,
    answers,
    epcis_event,
    epcis_results,
    matches,
    parse_query,
    words,
)
from meguri.ledger.view import find_battery, visible
from meguri.web.ledger.access import reader_of
from meguri.web.ledger.answers import json_answer
from meguri.web.ledger.batteries import in_full
from meguri.web.ledger.epcis_terms import JSON_LD, TERMS
from meguri.web.ledger.opened import ledger_of
from meguri.web.ledger.responses import READ

A_TIME = 1000
MOST_READ = 20_000
EVENTS = "/events"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COLLECTIONS: Mapping[str, tuple[str, ...]] = {
    "eventTypes": (
        "AggregationEvent",
        "AssociationEvent",
        "ObjectEvent",
        "TransactionEvent",
        "TransformationEvent",
    ),
    "bizSteps": tuple(sorted({rule.step for rule in RULES})),
    "dispositions": tuple(sorted({rule.disposition for rule in RULES if rule.disposition})),
}
PARAMETER = {
    "eventTypes": "eventType",
    "bizSteps": "EQ_bizStep",
    "dispositions": "EQ_disposition",
    "epcs": "MATCH_anyEPC",
    "bizLocations": "EQ_bizLocation",
    "readPoints": "EQ_readPoint",
}
"""The parameter that says the same as a place below `/epcis/`."""

TOLD = {**READ, 200: ResponseSpec(dict[str, Any], media_type=JSON_LD, generate_examples=False)}
Places = Annotated[str, PathParameter(description="A value, then /events", max_length=500)]


@get(
    "/epcis/events",
    sync_to_thread=True,
    operation_id="epcis_events",
    summary="Events as EPCIS tells them, by the words of SimpleEventQuery",
    description="Parameters as in EPCIS 2.0, clause 8.2.7.1; `perPage` and `nextPageToken` turn the pages.",
    tags=["epcis"],
    responses=TOLD,
)
def epcis_events(request: Request[Any, Any, Any]) -> Response[bytes]:
    return _answered(request, ())


@get(
    "/epcis/events/{event:path}",
    sync_to_thread=True,
    operation_id="epcis_event",
    summary="One event as EPCIS tells it",
    tags=["epcis"],
    responses=TOLD,
)
def epcis_one_event(
    request: Request[Any, Any, Any],
    event: Annotated[str, PathParameter(description="The event's eventID", max_length=200)],
) -> Response[bytes]:
    name = event.removeprefix("/")
    found = visible([ledger_of(request).event(name.removeprefix("urn:uuid:"))], reader_of(request))
    return json_answer(
        request,
        {"@context": _context(), **epcis_event(found[0])},
        media_type=JSON_LD,
        headers=TERMS,
    )


@get(
    [f"/epcis/{place}" for place in COLLECTIONS],
    sync_to_thread=False,
    operation_id=lambda handler, method, parts: f"epcis_{parts[-1]}",
    summary="What there is to ask for",
    tags=["epcis"],
    responses=TOLD,
)
def epcis_collection(request: Request[Any, Any, Any]) -> Response[bytes]:
    held = COLLECTIONS[request.url.path.rstrip("/").rpartition("/")[2]]
    return json_answer(
        request,
        {"@context": _context(), "type": "Collection", "member": held},
        media_type=JSON_LD,
        headers=TERMS,
    )


@get(
    [f"/epcis/{place}/{{value:path}}" for place in PARAMETER],
    operation_id=lambda handler, method, parts: f"epcis_{parts[1]}_events",
    summary="Events of one type, thing, step or place",
    tags=["epcis"],
    responses=TOLD,
)
async def epcis_events_of(request: Request[Any, Any, Any], value: Places) -> Response[bytes]:
    name = in_full(value)
    if not name.endswith(EVENTS):
        raise NotFound(
            Said("There is nothing at this address"),
            where=request.url.path,
            mend=Said("End it with /events."),
        )
    place = request.url.path.split("/")[2]
    return await sync_to_thread(_answered, request, ((PARAMETER[place], name.removesuffix(EVENTS)),))


def _answered(request: Request[Any, Any, Any], more: tuple[tuple[str, str], ...]) -> Response[bytes]:
    """The page of events that answer the parameters of the address and `more`."""
    given = [pair for pair in request.query_params.multi_items() if pair[0] != "lang"]
    query = parse_query([*given, *more])
    found, following = _page(ledger_of(request), reader_of(request), query)
    headers = dict(TERMS)
    if following:
        kept = [pair for pair in given if pair[0] != "nextPageToken"]
        address = f"{quote(request.url.path)}?{urlencode([*kept, ('nextPageToken', following)])}"
        headers["Link"] = f'<{address}>; rel="next"'
    newest = max((datetime.fromisoformat(event["recordTime"]) for event in found), default=EPOCH)
    document = epcis_results((), created=newest)
    document["epcisBody"]["queryResults"]["resultsBody"]["eventList"] = found
    return json_answer(request, document, media_type=JSON_LD, headers=headers)


def _page(ledger: Ledger, reader: AccessClass, query: Query) -> tuple[list[Mapping[str, Any]], str]:
    """The events of a page, and the token of the page after it; empty at the end.

    Raises QueryParameterException for a token that is none, QueryTooLargeException.
    """
    token = _number(query.next_page_token)
    if query.order_by or query.max_event_count is not None or query.event_count_limit is not None:
        held = answers(query, _all(ledger, reader, query))
        end = token + query.per_page
        return held[token:end], str(end) if end < len(held) else ""
    found: list[Mapping[str, Any]] = []
    for read, (index, event) in enumerate(_looked_at(ledger, reader, query, token - 1), start=1):
        if event is not None:
            found.append(event)
        if len(found) == query.per_page or read == MOST_READ:
            return found, str(index + 1)
    return found, ""


def _all(ledger: Ledger, reader: AccessClass, query: Query) -> list[Mapping[str, Any]]:
    """Everything that answers a query that must be seen whole. Raises QueryTooLargeException."""
    found = []
    for read, (_, event) in enumerate(_looked_at(ledger, reader, query, -1)):
        if read == MOST_READ:
            raise QueryTooLargeException(
                Said("More than {most} events would have to be put in order.", most=MOST_READ),
                mend=Said("Ask for a shorter time or fewer things, or leave orderBy and the limits out."),
            )
        if event is not None:
            found.append(event)
    return found


def _looked_at(
    ledger: Ledger, reader: AccessClass, query: Query, after: int
) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    """Events behind an index in the order of the log, each as EPCIS tells it where it answers the query, else None."""
    wanted = words(query)
    for held in _candidates(ledger, reader, query, after):
        event = None
        if held.type in wanted and (seen := visible([held], reader)):
            event = epcis_event(seen[0])
        yield held.index, event if event is not None and matches(query, event) else None


def _candidates(ledger: Ledger, reader: AccessClass, query: Query, after: int) -> Iterator[Recorded]:
    """Events that may answer: those of the things that are asked for where all are known, else all there are."""
    things = query.asked("anyEPC", "MATCH") or query.asked("epc", "MATCH")
    named = _named(ledger, reader, things) if things else None
    if named is not None:
        yield from (held for held in named if held.index > after)
        return
    while found := ledger.read(after, A_TIME):
        yield from found
        after = found[-1].index


def _named(ledger: Ledger, reader: AccessClass, things: tuple[str, ...]) -> list[Recorded] | None:
    """The lives of things, each event once; None where one is not known here by its name."""
    found: dict[int, Recorded] = {}
    for name in things:
        try:
            life = ledger.life(find_battery(ledger, name, reader))
        except NotFound:
            return None
        found |= {held.index: held for held in life if visible([held], reader)}
    return [found[index] for index in sorted(found)]


def _number(token: str) -> int:
    if token and not (token.isascii() and token.isdigit() and len(token) < 16):
        raise QueryParameterException(
            Said("“{token}” is no page of this query.", token=Said.of(token[:64])),
            where="nextPageToken",
            mend=Said("Follow the link of the page before, or begin without a token."),
        )
    return int(token or 0)


def _context() -> Any:
    return epcis_results(())["@context"]
