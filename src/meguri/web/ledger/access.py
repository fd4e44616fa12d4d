"""Who asks: the bearer of an API key, a page in a local browser, or anybody.

Anybody reads what is public and writes nothing. A machine sends its key as `Authorization: Bearer`. Pages of a local server
record without one: their form carries a token that only a page of this server could give, beside a cookie that no other
site can send.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from litestar import Request

from meguri.battery import AccessClass
from meguri.errors import Said
from meguri.ledger.api_keys import ApiKey, find_key
from meguri.web.ledger.opened import has_ledger, ledger_of
from meguri.web.problems import TurnedAway
from meguri.web.settings import Settings, is_loopback

COOKIE = "form"
TOKEN_HEADER = "X-Form-Token"
_secret = secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Writer:
    """Who records: as the recorder of that name; None is the house's own."""

    recorder: str | None


def key_of(request: Request[Any, Any, Any]) -> ApiKey | None:
    """The API key that comes with a request. Raises TurnedAway (401) for one that does not hold."""
    if "api_key" not in request.state:
        request.state["api_key"] = _key(request)
    held: ApiKey | None = request.state["api_key"]
    return held


def reader_of(request: Request[Any, Any, Any]) -> AccessClass:
    """What the asker may read."""
    key = key_of(request)
    return key.access if key else "public"


def writer_of(request: Request[Any, Any, Any], token: str = "") -> Writer:
    """As whom the asker may record; `token` is what a form brought. Raises TurnedAway (401, 403)."""
    key = key_of(request)
    if key is not None:
        if key.recorder is None:
            raise TurnedAway(
                403,
                Said("This API key may read, not record."),
                mend=Said("Make one that names a recorder: meguri ledger key new --recorder NAME."),
            )
        return Writer(key.recorder)
    if may_record_here(request):
        if _is_own_form(request, token or request.headers.get(TOKEN_HEADER, "")):
            return Writer(None)
        raise TurnedAway(
            403,
            Said("This form did not come from a page of this server, or the server began anew since."),
            mend=Said("Load the page again and send it once more."),
        )
    raise _unknown(Said("Nobody records here without a key."))


def may_record_here(request: Request[Any, Any, Any]) -> bool:
    """Whether pages may record: on a local server that is reached by an address of its own."""
    settings = settings_of(request)
    return settings.local and _is_own_name(request.url.hostname or "", settings)


def form_token(request: Request[Any, Any, Any]) -> tuple[str, dict[str, str]]:
    """The token that a form of this page carries, and the cookies that its answer has to set."""
    held = request.cookies.get(COOKIE, "")
    cookie = held if len(held) == 64 else secrets.token_hex(32)
    return _token(cookie), {} if cookie == held else {COOKIE: cookie}


def settings_of(request: Request[Any, Any, Any]) -> Settings:
    held = request.app.state.results.settings
    assert isinstance(held, Settings)
    return held


def _key(request: Request[Any, Any, Any]) -> ApiKey | None:
    told = request.headers.get("authorization")
    if told is None:
        return None
    scheme, _, text = told.partition(" ")
    found = (
        find_key(ledger_of(request).store, text.strip())
        if scheme.lower() == "bearer" and has_ledger(request)
        else None
    )
    if found is None:
        raise _unknown(Said("The API key is not known, or was revoked."))
    return found


def _unknown(what: Said) -> TurnedAway:
    return TurnedAway(
        401,
        what,
        where="Authorization",
        mend=Said("Send “Authorization: Bearer KEY” with a key made by: meguri ledger key new."),
        headers={"WWW-Authenticate": 'Bearer realm="meguri"'},
    )


def _is_own_form(request: Request[Any, Any, Any], token: str) -> bool:
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host", ""):
        return False
    cookie = request.cookies.get(COOKIE, "")
    return len(cookie) == 64 and hmac.compare_digest(token.encode(), _token(cookie).encode())


def _is_own_name(host: str, settings: Settings) -> bool:
    """Whether a host name cannot be one that a stranger made point here: an address, this machine's, or the one served."""
    if is_loopback(host) or host == settings.host:
        return True
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def _token(cookie: str) -> str:
    return hmac.digest(_secret, cookie.encode(), sha256).hex()
