"""Pages about the ledger: made from what it holds now, and saying on each whether it is simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from litestar import Request, Response

from meguri.battery import AccessClass
from meguri.report import Language
from meguri.web.language import COOKIE, language_of, told_language
from meguri.web.ledger.opened import has_ledger, ledger_of
from meguri.web.shell import HTML, page, render

__all__ = ["SIMULATED", "form_page", "ledger_page"]

SIMULATED = "simulated/"
"""How the origin of a ledger begins that holds invented lives."""

Shown = Callable[[Language], Mapping[str, Any]]


def ledger_page(
    request: Request[Any, Any, Any],
    template: str,
    make: Shown,
    *,
    title: str,
    reader: AccessClass = "public",
) -> Response[bytes]:
    """A page that stays the same while the ledger does, for one class of readers."""
    head = _head(request)
    reply = page(
        request,
        template,
        lambda language: {**head, **make(language)},
        title=title,
        tag=f"{head['ledger_origin']} {head['ledger_checkpoint']} {reader}",
    )
    reply.headers["Cache-Control"] = "private, no-cache"
    return reply


def form_page(
    request: Request[Any, Any, Any],
    template: str,
    shown: Mapping[str, Any],
    *,
    title: str,
    status: int = 200,
    cookies: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """A page with a form: never kept, and its answer tells the browser which page a sending comes from."""
    language, named = language_of(request), told_language(request)
    reply = Response(
        render(request, template, language, title=title, **_head(request), **shown),
        status_code=status,
        media_type=HTML,
        headers={
            "Cache-Control": "no-store",
            "Content-Language": language,
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
        },
    )
    for name, value in (cookies or {}).items():
        reply.set_cookie(name, value, samesite="strict", httponly=True, path="/")
    if named:
        reply.set_cookie(COOKIE, named, max_age=31_536_000, samesite="lax", httponly=True, path="/")
    return reply


def _head(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """What every page about the ledger knows of it; empty where none was begun."""
    if not has_ledger(request):
        return {"ledger_origin": "", "ledger_checkpoint": "", "simulated": False, "verifying": None}
    ledger = ledger_of(request)
    return {
        "verifying": {"vkey": ledger.vkey, "recorders": [held.vkey for held in ledger.recorders()]},
        "ledger_origin": ledger.origin,
        "ledger_checkpoint": ledger.checkpoint,
        "simulated": ledger.origin.startswith(SIMULATED),
    }
