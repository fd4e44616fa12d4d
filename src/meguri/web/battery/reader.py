"""Who reads a page: on a local server its operator, who has the database anyway; elsewhere whoever the request shows."""

from __future__ import annotations

from typing import Any

from litestar import Request

from meguri.battery import AccessClass
from meguri.web.ledger.access import may_record_here, reader_of

__all__ = ["page_reader"]

PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Headers of a request that a proxy passed on: it comes from another machine."""


def page_reader(request: Request[Any, Any, Any]) -> AccessClass:
    """What the reader of a page may see."""
    if may_record_here(request) and not any(name in request.headers for name in PASSED_ON):
        return "authority"
    return reader_of(request)
