"""The public log as files that anybody may fetch and keep (C2SP tlog-tiles), and the door for other logs' checkpoints.

The log's prefix is `/ledger/log/`. A tile or bundle never changes under its address; the checkpoint does.
"""

from __future__ import annotations

import time
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import PathParameter, RawBody

from meguri.errors import NotFound, Said
from meguri.web.answers import FOREVER
from meguri.web.api.responses import FILE, UNKNOWN
from meguri.web.ledger.answers import OPEN
from meguri.web.ledger.opened import ledger_of, opened

BRIEFLY = "public, max-age=1"
TEXT = "text/plain"


@get(
    "/ledger/log/checkpoint",
    sync_to_thread=True,
    operation_id="log_checkpoint",
    summary="The newest signed checkpoint (C2SP tlog-checkpoint)",
    tags=["log"],
    responses={200: FILE, 404: UNKNOWN},
)
def checkpoint(request: Request[Any, Any, Any]) -> Response[bytes]:
    return Response(
        ledger_of(request).tiles.read("checkpoint"),
        headers={"Cache-Control": BRIEFLY, **OPEN},
        media_type=TEXT,
    )


@get(
    "/ledger/log/tile/{path:path}",
    sync_to_thread=True,
    operation_id="log_tile",
    summary="A tile of hashes or a bundle of entries (C2SP tlog-tiles)",
    description="`<level>/<number>[.p/<width>]` for hashes, `entries/<number>[.p/<width>]` for entries.",
    tags=["log"],
    responses={200: FILE, 404: UNKNOWN},
)
def tile(
    request: Request[Any, Any, Any],
    path: Annotated[str, PathParameter(description="Path of the file, such as 0/x001/x234/067.p/17")],
) -> Response[bytes]:
    return Response(
        ledger_of(request).tiles.read(f"tile/{path.removeprefix('/')}"),
        headers={"Cache-Control": FOREVER, **OPEN},
        media_type="application/octet-stream",
    )


@post(
    "/ledger/log/add-checkpoint",
    sync_to_thread=True,
    status_code=200,
    operation_id="add_checkpoint",
    summary="Ask this server to sign another log's checkpoint as its witness (C2SP tlog-witness)",
    tags=["log"],
    responses={
        200: FILE,
        404: UNKNOWN,
    },
)
def cosigned(request: Request[Any, Any, Any], body: RawBody) -> Response[bytes]:
    witness = opened(request).witness()
    if witness is None:
        raise NotFound(
            Said("This server witnesses no other log."),
            mend=Said("Its operator names the logs' keys: meguri serve --witness VKEY."),
        )
    told = witness.answer(body, int(time.time()))
    return Response(told.body.encode(), status_code=told.status, media_type=told.content_type)
