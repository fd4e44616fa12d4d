"""The ledger itself over HTTP: its name, size, root and key, who signs its checkpoints, who records, and what is odd."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get
from litestar.params import QueryParameter

from meguri.errors import Said
from meguri.ledger import Ledger
from meguri.ledger.note import parse_note
from meguri.ledger.view import visible
from meguri.web.ledger.access import form_token, may_record_here, reader_of
from meguri.web.ledger.answers import json_answer
from meguri.web.ledger.opened import ledger_of, opened
from meguri.web.ledger.responses import READ, problem
from meguri.web.problems import TurnedAway

AnomalyKind = Literal["late", "impossible", "seen_after_export", "twice", "alias_clash", "foreign"]


class About(msgspec.Struct, frozen=True):
    """A ledger: `root` (base64) of its `size` lines, `vkey` of its checkpoints, and who else signed the newest.

    `witnesses` are the names of the others that signed it; `witness_key` is this server's own, for the logs it witnesses.
    """

    origin: str
    vkey: str
    size: int
    root: str
    checkpoint: str
    witnesses: tuple[str, ...]
    witness_key: str | None
    tiles: str = "/ledger/log/"


@get(
    "/api/v1/ledger",
    sync_to_thread=True,
    operation_id="ledger",
    summary="The ledger: name, size, root, key and witnesses",
    tags=["ledger"],
    responses=READ,
)
def about(request: Request[Any, Any, Any]) -> Response[bytes]:
    witness = opened(request).witness() if opened(request).is_begun() else None
    return json_answer(request, about_ledger(ledger_of(request), witness.vkey if witness else None))


def about_ledger(ledger: Ledger, witness_key: str | None) -> About:
    note = ledger.checkpoint
    text, signatures = parse_note(note)
    origin, size, root = text.split("\n")[:3]
    names = dict.fromkeys(signature.name for signature in signatures if signature.name != origin)
    return About(origin, ledger.vkey, int(size), root, note, tuple(names), witness_key)


@get(
    "/api/v1/anomalies",
    sync_to_thread=True,
    operation_id="anomalies",
    summary="Events with something odd about them, in the order of the log",
    tags=["ledger"],
    responses=READ,
)
def anomalies(
    request: Request[Any, Any, Any],
    kind: Annotated[AnomalyKind | None, QueryParameter(description="Only those with this flag")] = None,
    after: Annotated[int, QueryParameter(description="Index of the last event seen", ge=-1, lt=2**53)] = -1,
    limit: Annotated[int, QueryParameter(description="Most events in the answer", ge=1, le=1000)] = 100,
) -> Response[bytes]:
    found = ledger_of(request).anomalies(kind, after, limit)
    last = found[-1].index if found else after
    wanted = f"&kind={kind}" if kind else ""
    following = f"/api/v1/anomalies?after={last}&limit={limit}{wanted}"
    return json_answer(
        request,
        {"events": visible(found, reader_of(request)), "next": following, "more": len(found) == limit},
        headers={"Link": f'<{following}>; rel="next"'},
    )


@get(
    "/api/v1/recorders",
    sync_to_thread=True,
    operation_id="recorders",
    summary="Who may record: every key there ever was, from which line of the log until which",
    tags=["ledger"],
    responses=READ,
)
def recorders(request: Request[Any, Any, Any]) -> Response[bytes]:
    return json_answer(request, {"recorders": ledger_of(request).recorders()})


@get(
    "/api/v1/form",
    sync_to_thread=True,
    operation_id="form_token",
    summary="The token with which pages of a local server record, sent back as X-Form-Token",
    tags=["ledger"],
    responses={**READ, 403: problem("Pages do not record here")},
)
def form(request: Request[Any, Any, Any]) -> Response[bytes]:
    if not may_record_here(request):
        raise TurnedAway(
            403,
            Said("Pages of this server do not record."),
            mend=Said("Record with an API key, or start the server for this machine alone: meguri serve."),
        )
    token, cookies = form_token(request)
    reply: Response[bytes] = Response(
        msgspec.json.encode({"token": token}),
        headers={"Cache-Control": "no-store"},
        media_type="application/json",
    )
    for name, value in cookies.items():
        reply.set_cookie(name, value, samesite="strict", httponly=True, path="/")
    return reply
