"""What went wrong, told in the asker's form: problem+json (RFC 9457) for programs, a page for people."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from meguri.errors import InputError, MeguriError, NotFound, Problem, Said
from meguri.ledger import Conflict, NotVerified, Refused, StoreUnavailable
from meguri.report import Language, in_language, problem_in_language
from meguri.web.language import language_of, program_language

log = logging.getLogger("meguri.web")
MEDIA_TYPE = "application/problem+json"
STATUS: Mapping[type[MeguriError], int] = {
    NotFound: 404,
    Conflict: 409,
    Refused: 403,
    NotVerified: 422,
    InputError: 422,
    StoreUnavailable: 503,
}
PROGRAMS = ("/api", "/epcis", "/ledger/log")
"""Where programs ask: they are answered with problem documents, in English where they name no language."""


class TurnedAway(MeguriError):
    """A request that is not served, with its HTTP status and headers that say more."""

    title = Said("The request was turned away")

    def __init__(
        self,
        status: int,
        what: str,
        *,
        where: str = "",
        mend: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(what, where=where, mend=mend)
        self.status, self.headers = status, dict(headers or {})


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


def told_of(fault: Exception, path: str, language: Language = "en") -> Told:
    """The problem document of any exception; nothing of the inside is shown for one that was not foreseen."""
    if isinstance(fault, MeguriError):
        return _told(
            fault.title,
            status_of(fault),
            fault.what,
            where=fault.where,
            mend=fault.mend,
            path=path,
            language=language,
            problems=fault.problems if isinstance(fault, InputError) else (),
            kind=getattr(fault, "type", "about:blank"),
        )
    if isinstance(fault, ValidationException):
        faults = fault.extra if isinstance(fault.extra, list) else []
        what = "; ".join(
            f"{one.get('key', '')}: {one.get('message', '')}" for one in faults if isinstance(one, dict)
        )
        return _told(
            Said("An option is not valid"),
            400,
            what or str(fault.detail),
            mend=Said("See /api/openapi.json for what each word accepts."),
            path=path,
            language=language,
        )
    if isinstance(fault, HTTPException):
        if fault.status_code == 404:
            return _told(
                Said("Not found"),
                404,
                Said("There is nothing at this address"),
                where=path,
                mend=Said("Start from / or from /api/openapi.json."),
                path=path,
                language=language,
            )
        what = Said.of(fault.detail) if fault.detail else Said("Refused")
        return _told(what, fault.status_code, what, path=path, language=language)
    return _told(
        Said("Meguri could not answer"),
        500,
        Said("Something went wrong that was not foreseen"),
        mend=Said("Try again; if it stays, report the address."),
        path=path,
        language=language,
    )


def status_of(fault: MeguriError) -> int:
    """The HTTP status of a failure that was foreseen."""
    if isinstance(fault, TurnedAway):
        return fault.status
    return next((status for kind, status in STATUS.items() if isinstance(fault, kind)), 400)


def _told(
    title: str,
    status: int,
    what: str,
    *,
    path: str,
    language: Language,
    where: str = "",
    mend: str = "",
    problems: Sequence[Problem] = (),
    kind: str = "about:blank",
) -> Told:
    parts = [in_language(part, language) for part in (what, where, mend)]
    return Told(
        title=in_language(title, language),
        status=status,
        what=parts[0],
        where=parts[1],
        mend=parts[2],
        type=kind,
        detail=" — ".join(filter(None, parts)),
        instance=path,
        problems=tuple(problem_in_language(problem, language) for problem in problems),
    )


def answer_problem(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """The exception handler of the application."""
    path = request.url.path
    asks_program = path.startswith(PROGRAMS)
    told = told_of(fault, path, (program_language if asks_program else language_of)(request))
    if told.status >= 500:
        log.error("fault at %s", path, exc_info=fault)
    headers = dict(fault.headers or {}) if isinstance(fault, HTTPException | TurnedAway) else {}
    headers["Cache-Control"] = "no-store"
    if told.status == 503:
        headers.setdefault("Retry-After", "5")
    if not asks_program and "text/html" in request.headers.get("accept", ""):
        from meguri.web.shell import problem_page

        return Response(
            problem_page(request, told),
            status_code=told.status,
            media_type="text/html",
            headers=headers,
        )
    return Response(told.encoded(), status_code=told.status, media_type=MEDIA_TYPE, headers=headers)
