"""Events over HTTP: recorded in batches, read as a feed in the order of the log, each with its receipt and proof."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import HeaderParameter, PathParameter, QueryParameter, RawBody

from meguri.battery import decode_events
from meguri.errors import InputError, Said
from meguri.ledger import Ledger, Receipt, Recorded, Sealed
from meguri.ledger.view import opening, visible
from meguri.web.api.responses import JSON
from meguri.web.language import program_language
from meguri.web.ledger.access import reader_of, writer_of
from meguri.web.ledger.answers import json_answer, made
from meguri.web.ledger.opened import ledger_of, ledger_to_write, opened
from meguri.web.ledger.pressure import recording
from meguri.web.ledger.responses import READ, TEXT, WRITE
from meguri.web.ledger.sent import Sent, read_sent
from meguri.web.ledger.verdicts import verdicts

LOOK_AGAIN_S = 0.25
MOST_WAITING = 200

EventId = Annotated[str, PathParameter(description="The event's id, a UUID", max_length=36)]


@post(
    "/api/v1/events",
    sync_to_thread=True,
    status_code=201,
    operation_id="record_events",
    summary="Record events: all of them or none, each once",
    description="A JSON array, one event a line (NDJSON), an envelope {events, expected}, or a sealed recording. "
    "Sending an event again gives its first receipt.",
    tags=["ledger"],
    responses={200: JSON, 201: JSON, **WRITE},
)
def record_events(
    request: Request[Any, Any, Any],
    body: RawBody,
    dry_run: Annotated[bool, QueryParameter(description="Say what would be answered; write nothing")] = False,
    elsewhere: Annotated[
        bool,
        QueryParameter(
            description="The events come from another record: flag what cannot be, refuse nothing"
        ),
    ] = False,
    expected: Annotated[
        str,
        HeaderParameter(
            name="Expected-Versions",
            description="JSON object: the version that each battery must be at",
            max_length=100_000,
        ),
    ] = "",
) -> Response[bytes]:
    recorder = writer_of(request).recorder
    sent = read_sent(body, expected)
    if dry_run:
        return _rehearsed(request, sent, recorder, elsewhere)
    with recording(request):
        ledger = ledger_to_write(request)
        if isinstance(sent.events, Sealed):
            receipts = ledger.append_sealed(sent.events, expected=sent.expected, elsewhere=elsewhere)
        else:
            receipts = ledger.append(
                sent.events, recorder=recorder, expected=sent.expected, elsewhere=elsewhere
            )
    return made({"receipts": list(receipts), "checkpoint": "/ledger/log/checkpoint"})


def _rehearsed(
    request: Request[Any, Any, Any], sent: Sent, recorder: str | None, elsewhere: bool
) -> Response[bytes]:
    if isinstance(sent.events, Sealed):
        raise InputError(
            Said("A sealed recording is taken whole or not at all; it is not rehearsed."),
            where="dry_run",
            mend=Said("Rehearse its events before they are sealed."),
        )
    given = decode_events(sent.events)
    told = ledger_to_write(request).dry_run(given, recorder=recorder, elsewhere=elsewhere)
    return made({"verdicts": verdicts(given, told, program_language(request))}, 200)


@get(
    "/api/v1/events",
    operation_id="event_feed",
    summary="The change feed: events in the order of the log",
    description="Follow `next` for ever; with `wait` the answer comes when there is something new.",
    tags=["ledger"],
    responses=READ,
)
async def event_feed(
    request: Request[Any, Any, Any],
    after: Annotated[int, QueryParameter(description="Index of the last event seen", ge=-1, lt=2**53)] = -1,
    limit: Annotated[int, QueryParameter(description="Most events in the answer", ge=1, le=1000)] = 100,
    wait: Annotated[int, QueryParameter(description="Seconds to wait for a new event", ge=0, le=30)] = 0,
) -> Response[bytes]:
    ledger = await sync_to_thread(ledger_of, request)
    reader = await sync_to_thread(reader_of, request)
    found = await _awaited(request, ledger, after, limit, wait)

    def answered() -> Response[bytes]:
        last = found[-1].index if found else after
        following = f"/api/v1/events?after={last}&limit={limit}"
        return json_answer(
            request,
            {"events": visible(found, reader), "next": following, "more": len(found) == limit},
            headers={"Link": f'<{following}>; rel="next"'},
        )

    return await sync_to_thread(answered)


async def _awaited(
    request: Request[Any, Any, Any], ledger: Ledger, after: int, limit: int, wait: int
) -> tuple[Recorded, ...]:
    """Events behind `after`; where there are none, looked for again until the time is over."""
    held, loop = opened(request), asyncio.get_running_loop()
    until = loop.time() + (wait if held.waiting < MOST_WAITING else 0)
    held.waiting += 1
    try:
        while True:
            found = await sync_to_thread(ledger.read, after, limit)
            if found or loop.time() >= until:
                return found
            await asyncio.sleep(LOOK_AGAIN_S)
    finally:
        held.waiting -= 1


@get(
    "/api/v1/events/{event:str}",
    sync_to_thread=True,
    operation_id="event",
    summary="One event, as far as the asker may read it",
    tags=["ledger"],
    responses=READ,
)
def event(request: Request[Any, Any, Any], event: EventId) -> Response[bytes]:
    (seen,) = visible([ledger_of(request).event(event)], reader_of(request))
    return json_answer(request, seen)


@get(
    "/api/v1/events/{event:str}/receipt",
    sync_to_thread=True,
    operation_id="event_receipt",
    summary="The receipt of an event: its place in the log and the line that commits to it",
    tags=["ledger"],
    responses=READ,
)
def receipt(request: Request[Any, Any, Any], event: EventId) -> Response[bytes]:
    held: Receipt = ledger_of(request).receipt(event)
    return json_answer(request, held)


@get(
    "/api/v1/events/{event:str}/opening",
    sync_to_thread=True,
    operation_id="event_opening",
    summary="Content and salt of the parts that the asker may read, to check them against the line",
    tags=["ledger"],
    responses=READ,
)
def event_opening(request: Request[Any, Any, Any], event: EventId) -> Response[bytes]:
    return json_answer(request, opening(ledger_of(request), event, reader_of(request)))


@get(
    "/api/v1/events/{event:str}/proof",
    sync_to_thread=True,
    operation_id="event_proof",
    summary="An offline proof that an event is in the log (C2SP tlog-proof)",
    tags=["ledger"],
    responses={**READ, 200: TEXT},
)
def proof(request: Request[Any, Any, Any], event: EventId) -> Response[bytes]:
    return json_answer(
        request,
        ledger_of(request).prove(event).encode(),
        media_type="text/plain",
        headers={"Content-Disposition": f'attachment; filename="{event}.tlog-proof"'},
    )
