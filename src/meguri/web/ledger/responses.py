"""What the ledger's API answers with, as its description tells it."""

from __future__ import annotations

from typing import Any

from litestar.openapi import ResponseSpec

from meguri.web.api.responses import JSON, REFUSED, UNKNOWN
from meguri.web.problems import MEDIA_TYPE, Told


def problem(meaning: str) -> ResponseSpec:
    """A problem document with what, where and how to mend it."""
    return ResponseSpec(Told, description=meaning, media_type=MEDIA_TYPE, generate_examples=False)


TEXT = ResponseSpec(str, description="Plain text", media_type="text/plain", generate_examples=False)
NOTHING = ResponseSpec(None, description="Done", generate_examples=False)
BYTES = ResponseSpec(Any, description="The file", media_type="*/*", generate_examples=False)
TURNED_AWAY: dict[int, ResponseSpec] = {
    401: problem("The API key is not known, or there is none"),
    429: problem("Too many requests; wait as long as Retry-After says"),
    503: problem("The store or the intake is at its limit; send again after Retry-After"),
}
READ: dict[int, ResponseSpec] = {
    200: JSON,
    304: ResponseSpec(None, description="Nothing changed since", generate_examples=False),
    400: REFUSED,
    404: UNKNOWN,
    422: problem("A name that cannot be one"),
    **TURNED_AWAY,
}
WRITE: dict[int, ResponseSpec] = {
    400: REFUSED,
    403: problem("The recorder or the battery's life does not allow it"),
    409: problem("It contradicts what is recorded already"),
    413: problem("Too large"),
    422: problem("The input cannot be taken; `problems` name each row"),
    **TURNED_AWAY,
}
