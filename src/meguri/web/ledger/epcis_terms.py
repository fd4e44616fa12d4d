"""What this server speaks of EPCIS, told in the headers of every EPCIS answer (EPCIS 2.0, clause 12.2)."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, route
from litestar.enums import HttpMethod

from meguri import __version__

JSON_LD = "application/ld+json"
TERMS = {
    "GS1-EPCIS-Version": "2.0.0",
    "GS1-EPCIS-Min": "2.0.0",
    "GS1-EPCIS-Max": "2.0.0",
    "GS1-CBV-Version": "2.0.0",
    "GS1-Vendor-Version": __version__,
    "GS1-Extensions": "meguri=urn:meguri:",
}
PLACES = (
    "/epcis",
    "/epcis/capture",
    "/epcis/events",
    "/epcis/eventTypes",
    "/epcis/bizSteps",
    "/epcis/dispositions",
)


@route(list(PLACES), http_method=[HttpMethod.OPTIONS], sync_to_thread=False, include_in_schema=False)
def epcis_terms(request: Request[Any, Any, Any]) -> Response[None]:
    return Response(None, status_code=204, headers=TERMS)
