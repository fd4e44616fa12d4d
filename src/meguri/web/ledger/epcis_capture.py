"""EPCIS 2.0 capture interface (clause 12.6): documents and single events are recorded; what became of each is told by its job."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import uuid4

import msgspec
from litestar import Request, Response, get, post
from litestar.params import HeaderParameter, PathParameter, QueryParameter, RawBody

from meguri.battery import Event
from meguri.errors import InputError, MeguriError, NotFound, Said
from meguri.ledger.exchange import from_epcis
from meguri.report import Language
from meguri.web.api.responses import JSON
from meguri.web.language import program_language
from meguri.web.ledger.access import writer_of
from meguri.web.ledger.epcis_terms import TERMS
from meguri.web.ledger.opened import ledger_to_write
from meguri.web.ledger.pressure import recording
from meguri.web.ledger.responses import NOTHING, READ, WRITE
from meguri.web.problems import Told, status_of, told_of

Behaviour = Literal["rollback", "proceed"]
MOST_JOBS = 1000


class Job(msgspec.Struct, frozen=True, rename="camel"):
    """What became of a capture: EPCISCaptureJob."""

    capture_id: str = msgspec.field(name="captureID")
    created_at: datetime
    finished_at: datetime
    running: bool
    success: bool
    capture_error_behaviour: Behaviour
    errors: tuple[Told, ...]


class Jobs:
    """The newest jobs of a server, by id."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, tuple[str | None, Job]] = OrderedDict()
        self._lock = Lock()

    def add(self, job: Job, recorder: str | None) -> None:
        with self._lock:
            self._held[job.capture_id] = (recorder, job)
            while len(self._held) > MOST_JOBS:
                self._held.popitem(last=False)

    def of(self, recorder: str | None) -> list[Job]:
        """Jobs of a recorder, the newest first."""
        with self._lock:
            return [job for owner, job in reversed(self._held.values()) if owner == recorder]


@post(
    "/epcis/capture",
    sync_to_thread=True,
    status_code=202,
    operation_id="epcis_capture",
    summary="Record the events of an EPCIS document",
    description="The answer names a job that tells what became of it. `rollback` records all events or none, "
    "`proceed` those that can be.",
    tags=["epcis"],
    responses={202: NOTHING, **WRITE},
)
def capture(
    request: Request[Any, Any, Any],
    body: RawBody,
    behaviour: Annotated[
        Behaviour,
        HeaderParameter(
            name="GS1-EPCIS-Capture-Error-Behaviour", description="What happens where an event is refused"
        ),
    ] = "rollback",
) -> Response[None]:
    recorder, language = writer_of(request).recorder, program_language(request)
    created = datetime.now(UTC)
    with recording(request):
        faults = _captured(request, from_epcis(body), recorder, behaviour)
    job = Job(
        capture_id=uuid4().hex,
        created_at=created,
        finished_at=datetime.now(UTC),
        running=False,
        success=not faults,
        capture_error_behaviour=behaviour,
        errors=tuple(epcis_problem(fault, "/epcis/capture", language) for fault in faults),
    )
    jobs_of(request).add(job, recorder)
    headers = {**TERMS, "Location": f"/epcis/capture/{job.capture_id}", "Cache-Control": "no-store"}
    return Response(None, status_code=202, headers=headers)


def _captured(
    request: Request[Any, Any, Any], events: Sequence[Event], recorder: str | None, behaviour: Behaviour
) -> list[MeguriError]:
    """Record events; the faults that kept some of them out."""
    ledger, faults = ledger_to_write(request), []
    for batch in [events] if behaviour == "rollback" else [[event] for event in events]:
        try:
            ledger.append(batch, recorder=recorder)
        except MeguriError as fault:
            if status_of(fault) >= 500:
                raise
            faults.append(fault)
    return faults


@get(
    "/epcis/capture",
    sync_to_thread=True,
    operation_id="epcis_jobs",
    summary="The newest capture jobs of the asker",
    tags=["epcis"],
    responses={**READ, 403: WRITE[403]},
)
def capture_jobs(
    request: Request[Any, Any, Any],
    most: Annotated[int, QueryParameter(name="perPage", description="Most jobs", ge=1, le=1000)] = 30,
) -> Response[bytes]:
    return _told([*jobs_of(request).of(writer_of(request).recorder)][:most])


@get(
    "/epcis/capture/{job:str}",
    sync_to_thread=True,
    operation_id="epcis_job",
    summary="What became of a capture",
    tags=["epcis"],
    responses={**READ, 403: WRITE[403]},
)
def capture_job(
    request: Request[Any, Any, Any],
    job: Annotated[str, PathParameter(description="The job's id", max_length=64)],
) -> Response[bytes]:
    for held in jobs_of(request).of(writer_of(request).recorder):
        if held.capture_id == job:
            return _told(held)
    raise NotFound(
        Said("There is no capture job “{job}” of yours.", job=Said.of(job)),
        where=job,
        mend=Said("Send the document again: an event is taken once."),
    )


@post(
    "/epcis/events",
    sync_to_thread=True,
    status_code=201,
    operation_id="epcis_capture_event",
    summary="Record one EPCIS event",
    tags=["epcis"],
    responses={201: JSON, **WRITE},
)
def capture_event(request: Request[Any, Any, Any], body: RawBody) -> Response[bytes]:
    recorder = writer_of(request).recorder
    with recording(request):
        events = from_epcis(body)
        if len({event.id for event in events}) == 0:
            raise InputError(
                Said("The EPCIS document holds no events."),
                where="epcisBody",
                mend=Said("Send one event with its @context."),
            )
        receipts = ledger_to_write(request).append(events, recorder=recorder)
    place = f"/epcis/events/{quote(f'urn:uuid:{events[0].id}', safe='')}"
    return Response(
        msgspec.json.encode({"receipts": list(receipts)}),
        status_code=201,
        headers={**TERMS, "Location": place, "Cache-Control": "no-store"},
        media_type="application/json",
    )


def epcis_problem(fault: MeguriError, path: str, language: Language) -> Told:
    """A problem with the type that the standard gives it."""
    kind = "ValidationException" if isinstance(fault, InputError) else "ImplementationException"
    return msgspec.structs.replace(told_of(fault, path, language), type=f"epcisException:{kind}")


def jobs_of(request: Request[Any, Any, Any]) -> Jobs:
    held = request.app.state.epcis_jobs
    assert isinstance(held, Jobs)
    return held


def _told(document: Job | list[Job]) -> Response[bytes]:
    return Response(
        msgspec.json.encode(document),
        headers={**TERMS, "Cache-Control": "no-store"},
        media_type="application/json",
    )
