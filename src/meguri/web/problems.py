"""What went wrong, told in the asker's form: problem+json (RFC 9457) for programs, a page for people."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from meguri.errors import InputError, MeguriError, NotFound

log = logging.getLogger("meguri.web")
MEDIA_TYPE = "application/problem+json"


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem document: `what` happened, `where`, how to `mend` it; `problems` list each fault of an input."""

    title: str
    status: int
    what: str = ""
    where: str = ""
    mend: str = ""
    type: str = "about:blank"
    detail: str = ""
    instance: str = ""
    problems: tuple[str, ...] = ()

    def encoded(self) -> bytes:
        return msgspec.json.encode(self)


def told_of(fault: Exception, path: str) -> Told:
    """The problem document of any exception; nothing of the inside is shown for one that was not foreseen."""
    if isinstance(fault, MeguriError):
        return Told(
            title=fault.title,
            status=404 if isinstance(fault, NotFound) else 400,
            what=fault.what,
            where=fault.where,
            mend=fault.mend,
            detail=str(fault),
            instance=path,
            problems=tuple(map(str, fault.problems)) if isinstance(fault, InputError) else (),
        )
    if isinstance(fault, ValidationException):
        faults = fault.extra if isinstance(fault.extra, list) else []
        what = "; ".join(
            f"{one.get('key', '')}: {one.get('message', '')}" for one in faults if isinstance(one, dict)
        )
        return Told(
            title="An option is not valid",
            status=400,
            what=what or str(fault.detail),
            mend="See /api/openapi.json for what each word accepts.",
            detail=what or str(fault.detail),
            instance=path,
        )
    if isinstance(fault, HTTPException):
        if fault.status_code == 404:
            return Told(
                title="Not found",
                status=404,
                what="There is nothing at this address",
                where=path,
                mend="Start from / or from /api/openapi.json.",
                instance=path,
            )
        return Told(
            title=fault.detail or "Refused", status=fault.status_code, what=fault.detail, instance=path
        )
    return Told(
        title="Meguri could not answer",
        status=500,
        what="Something went wrong that was not foreseen",
        mend="Try again; if it stays, report the address.",
        instance=path,
    )


def answer_problem(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """The exception handler of the application."""
    told = told_of(fault, request.url.path)
    if told.status >= 500:
        log.error("unforeseen fault at %s", request.url.path, exc_info=fault)
    headers = dict(fault.headers or {}) if isinstance(fault, HTTPException) else {}
    headers["Cache-Control"] = "no-store"
    if not request.url.path.startswith("/api") and "text/html" in request.headers.get("accept", ""):
        from meguri.web.shell import problem_page

        return Response(
            problem_page(request, told),
            status_code=told.status,
            media_type="text/html",
            headers=headers,
        )
    return Response(told.encoded(), status_code=told.status, media_type=MEDIA_TYPE, headers=headers)
