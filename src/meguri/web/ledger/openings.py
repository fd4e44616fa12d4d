"""What a follower is given: events with their lines, and content and salts as far as the asker may read them."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import QueryParameter

from meguri.ledger.share import share
from meguri.web.ledger.access import reader_of
from meguri.web.ledger.answers import json_answer
from meguri.web.ledger.opened import ledger_of
from meguri.web.ledger.responses import READ


@get(
    "/api/v1/openings",
    sync_to_thread=True,
    operation_id="openings",
    summary="Events in the order of the log, each with all that is needed to check it, for a copy of this ledger",
    description="Made for `meguri ledger follow`. Each event comes with its line, its place and stage, and content and salt of "
    "the classes that the asker may read.",
    tags=["ledger"],
    responses=READ,
)
def openings(
    request: Request[Any, Any, Any],
    after: Annotated[int, QueryParameter(description="Index of the last event held", ge=-1, lt=2**53)] = -1,
    limit: Annotated[int, QueryParameter(description="Most events in the answer", ge=1, le=1000)] = 1000,
) -> Response[bytes]:
    return json_answer(request, share(ledger_of(request), after, limit, reader_of(request)))
