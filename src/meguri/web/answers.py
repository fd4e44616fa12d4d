"""Answers that a browser or cache can keep: a tag from all that fixes the content, and 304 when it is unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response

FOLDER = Path(__file__).parent
REVALIDATE = "no-cache"
FOREVER = "public, max-age=31536000, immutable"


@cache
def assets_tag() -> str:
    """SHA-256 over the page templates, styles, scripts and the code that fills them."""
    digest = hashlib.sha256()
    for room in ("web", "report"):
        for path in sorted((FOLDER.parent / room).rglob("*")):
            if path.suffix in (".html", ".css", ".js", ".svg", ".py", ".po", ".csv"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def answer(
    request: Request[Any, Any, Any],
    tag: str,
    make: Callable[[], bytes],
    media_type: str,
    *,
    language: str = "",
    filename: str = "",
    cookies: dict[str, str] | None = None,
) -> Response[bytes]:
    """The content that `make` gives, unless the asker has it already.

    `tag` fixes the content together with the address, the language and the code.
    """
    told = "\n".join((tag, assets_tag(), str(request.url.path), str(request.url.query), language, media_type))
    entity = f'W/"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'
    headers = {"ETag": entity, "Cache-Control": REVALIDATE}
    if language:
        headers |= {"Content-Language": language, "Vary": "Accept-Language, Cookie, Accept-Encoding"}
    if filename:
        headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    if entity in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers, media_type=media_type)
    reply = Response(make(), headers=headers, media_type=media_type)
    for name, value in (cookies or {}).items():
        reply.set_cookie(name, value, max_age=31_536_000, samesite="lax", httponly=True, path="/")
    return reply
