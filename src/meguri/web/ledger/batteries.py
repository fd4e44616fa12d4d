"""A battery over HTTP: its life told from its events, as of any time, and the events themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get
from litestar.params import PathParameter, QueryParameter

from meguri.battery import AccessClass, Happening, Life, Stage, fold
from meguri.errors import OptionError, Said
from meguri.ledger.family import told
from meguri.ledger.view import find_battery, may_see, visible, visible_event
from meguri.report import Language, in_language
from meguri.web.language import program_language
from meguri.web.ledger.access import reader_of
from meguri.web.ledger.answers import json_answer
from meguri.web.ledger.opened import ledger_of
from meguri.web.ledger.responses import READ

EVENTS = "/events"


class PlaceSeen(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event in a life as a reader sees it, after corrections; `because` says why it cannot have happened here."""

    index: int
    recorded: datetime
    event: dict[str, Any]
    before: Stage
    after: Stage
    late_s: float = 0.0
    corrected_by: tuple[str, ...] = ()
    void: str | None = None
    erased: bool = False
    seen_after_export: bool = False
    because: str = ""


class LifeSeen(msgspec.Struct, frozen=True):
    """A battery's life: its stage, and its events in the order stated. `version` counts its events so far."""

    battery: str
    stage: Stage
    version: int
    order: str
    as_of: datetime | None
    events: tuple[PlaceSeen, ...]


@get(
    "/api/v1/batteries/{battery:path}",
    sync_to_thread=True,
    operation_id="battery",
    summary="A battery's life told from its events, with its stage; or, with /events behind the name, the events as recorded",
    description="`battery` is an identifier in any form or an alias, percent-encoded.",
    tags=["ledger"],
    responses=READ,
)
def battery(
    request: Request[Any, Any, Any],
    battery: Annotated[str, PathParameter(description="Identifier or alias", max_length=500)],
    as_of: Annotated[
        datetime | None, QueryParameter(description="Only what was recorded by then (RFC 3339 with its zone)")
    ] = None,
    order: Annotated[Literal["event", "record"], QueryParameter(description="Order of time")] = "event",
) -> Response[bytes]:
    ledger, reader = ledger_of(request), reader_of(request)
    name = in_full(battery)
    if name.endswith(EVENTS):
        held = ledger.life(find_battery(ledger, name.removesuffix(EVENTS), reader))
        return json_answer(request, {"events": visible(held, reader)})
    if as_of is not None and as_of.tzinfo is None:
        raise OptionError(
            Said("“{time}” has no zone.", time=as_of.isoformat()),
            where="as_of",
            mend=Said("Write the time with its offset from UTC, such as 2026-04-01T09:00:00+09:00."),
        )
    named = find_battery(ledger, name, reader)
    held = ledger.life(named)
    life = fold(
        map(told, held),
        named,
        as_of=as_of,
        order="event time" if order == "event" else "record time",
    )
    version = max(one.version for one in held if one.battery == named)
    return json_answer(request, life_seen(life, version, reader, program_language(request)))


def life_seen(life: Life, version: int, reader: AccessClass, language: Language) -> LifeSeen:
    """A life as a reader sees it; events that name the battery in a field it may not see are left out."""
    return LifeSeen(
        life.battery,
        life.stage,
        version,
        life.order,
        life.as_of,
        tuple(
            PlaceSeen(
                place.index,
                place.recorded,
                visible_event(place.event, reader)
                if isinstance(place.event, Happening)
                else msgspec.to_builtins(place.event),
                place.before,
                place.after,
                place.late.total_seconds(),
                place.corrected_by,
                place.void,
                place.erased,
                place.seen_after_export,
                in_language(place.because, language) if place.because else "",
            )
            for place in life.places
            if place.event.battery == life.battery or may_see("parts", reader)
        ),
    )


def in_full(path: str) -> str:
    """The name that a path holds; a server may have made one of two slashes."""
    name = path.removeprefix("/")
    for scheme in ("https:/", "http:/"):
        if name.startswith(scheme) and not name.startswith(f"{scheme}/"):
            return f"{scheme}/{name.removeprefix(scheme)}"
    return name
