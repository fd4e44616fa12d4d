"""Answers about the ledger: JSON that depends on who asks, and files of the public log that anybody may keep."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from litestar import Request, Response

from meguri.web.answers import answer

JSON_TYPE = "application/json"
OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Whoever verifies may do so from a page of another site."""


def json_answer(
    request: Request[Any, Any, Any],
    document: Any,
    *,
    media_type: str = JSON_TYPE,
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    """A document that the asker may see; 304 where it has it already."""
    content = document if isinstance(document, bytes) else msgspec.json.encode(document)
    reply = answer(request, hashlib.sha256(content).hexdigest(), lambda: content, media_type)
    reply.headers["Vary"] = "Authorization, Accept-Encoding"
    reply.headers["Cache-Control"] = "private, no-cache"
    reply.headers.update(headers or {})
    return reply


def made(document: Any, status: int = 201, headers: dict[str, str] | None = None) -> Response[bytes]:
    """The answer to something that was recorded; never kept by a cache."""
    return Response(
        msgspec.json.encode(document),
        status_code=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type=JSON_TYPE,
    )
