"""What every answer carries and no request may exceed: nothing from outside, no inline script, bounded size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from litestar.datastructures import MutableScopeHeaders
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from meguri.errors import Said
from meguri.report import Language, best_language, in_language

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
MOST_ADDRESS = 4096


async def secured(message: Message, scope: Scope) -> None:
    """Add the headers of safety to an answer about to be sent."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)


def bounded(app: ASGIApp, most_of: Callable[[str], int]) -> ASGIApp:
    """Refuse addresses and bodies beyond the limits; answer HEAD as GET without its content.

    `most_of` gives the most bytes of a body sent to a path.
    """

    async def guarded(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        told = dict(scope["headers"])
        length, most_bytes = told.get(b"content-length", b"0"), most_of(scope["path"])
        if not length.isdigit() or int(length) > most_bytes or b"transfer-encoding" in told:
            mend = Said("Send at most {most:,} bytes.", most=most_bytes)
            await _refuse(send, 413, Said("The request is too large"), mend, _language(told))
        elif len(scope["query_string"]) + len(scope["path"]) > MOST_ADDRESS:
            mend = Said("Use at most {most:,} characters.", most=MOST_ADDRESS)
            await _refuse(send, 414, Said("The address is too long"), mend, _language(told))
        elif scope["method"] == "HEAD":
            await app(_as_get(scope), receive, _without_content(send))
        else:
            await app(scope, receive, send)

    return guarded


def _as_get(scope: Scope) -> Scope:
    changed: MutableMapping[str, Any] = dict(scope)
    changed["method"] = "GET"
    return changed  # type: ignore[return-value]


def _without_content(send: Send) -> Send:
    async def forward(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {
                "type": "http.response.body",
                "body": b"",
                "more_body": message.get("more_body", False),
            }
        await send(message)

    return forward


def _language(headers: Mapping[bytes, bytes]) -> Language:
    wanted = headers.get(b"accept-language", b"").decode("latin-1")
    return best_language(f"{wanted[:380]},en;q=0.001")


async def _refuse(send: Send, status: int, what: str, mend: str, language: Language) -> None:
    from meguri.web.problems import Told

    what, mend = in_language(what, language), in_language(mend, language)
    body = Told(title=what, status=status, what=what, mend=mend).encoded()
    headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
    headers += [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
