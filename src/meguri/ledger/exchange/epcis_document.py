"""An EPCIS 2.0 document in JSON-LD as it arrives: bounded before anything is done with it, and the events in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from meguri.errors import InputError, Said

MOST_BYTES = 32 << 20
MOST_EVENTS = 100_000
MOST_DEPTH = 32
MOST_VALUES = 4_000_000
LARGEST_INTEGER = 1024
"""Bits."""


def parsed(data: bytes, file: str = "") -> Mapping[str, Any]:
    """A document of at most 32 MB. Raises InputError."""
    if len(data) > MOST_BYTES:
        raise InputError(
            Said("The file has more than {most} bytes.", most=MOST_BYTES),
            where=file,
            mend=Said("Send it in several parts."),
        )
    try:
        document = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as fault:
        raise InputError(
            Said("This is not JSON: {reason}", reason=Said.of(str(fault))),
            where=file,
            mend=Said("Send an EPCIS 2.0 document in JSON-LD."),
        ) from None
    return _as_document(document, file)


def check_document(document: Mapping[str, Any], file: str = "") -> None:
    """Raises InputError unless it is an EPCIS document, a query document, or one event with its context."""
    check_size(_as_document(document, file), MOST_VALUES, MOST_BYTES)
    kind = document.get("type")
    needed = _NEEDED.get(kind if isinstance(kind, str) else "", ("@context", "eventTime"))
    if missing := [name for name in needed if name not in document]:
        raise InputError(
            Said("The EPCIS document has no {missing}.", missing=tuple(missing)),
            where=file or missing[0],
            mend=Said("Send an EPCIS 2.0 document in JSON-LD."),
        )
    version = document.get("schemaVersion", "2.0")
    if not isinstance(version, str) or version.partition(".")[0] != "2":
        raise InputError(
            Said("EPCIS version {version} is not known here.", version=str(version)),
            where=file or "schemaVersion",
            mend=Said("Send an EPCIS 2.0 document in JSON-LD."),
        )


_NEEDED = {
    "EPCISDocument": ("@context", "schemaVersion", "creationDate", "epcisBody"),
    "EPCISQueryDocument": ("@context", "epcisBody"),
}


def _as_document(document: Any, file: str) -> Mapping[str, Any]:
    if not isinstance(document, Mapping):
        raise _without_events(file)
    return document


def _without_events(file: str = "") -> InputError:
    return InputError(
        Said("The EPCIS document holds no events."),
        where=file or "epcisBody",
        mend=Said("Send a document with epcisBody.eventList, as EPCIS 2.0 writes it in JSON-LD."),
    )


def events_in(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The events of a document or query document, or the one event that it is. Raises InputError where there is no list."""
    body = document.get("epcisBody", {"event": document} if "eventTime" in document else {})
    if isinstance(body, Mapping) and isinstance(results := body.get("queryResults"), Mapping):
        body = results.get("resultsBody")
    found = body.get("eventList", body.get("event")) if isinstance(body, Mapping) else None
    events = [found] if isinstance(found, Mapping) else found
    if not isinstance(events, list) or not all(isinstance(event, Mapping) for event in events):
        raise _without_events()
    return events


def check_count(count: int, file: str = "") -> None:
    """Raises InputError for more events than are taken at once."""
    if count > MOST_EVENTS:
        raise InputError(
            Said("The EPCIS document tells more than {most} events.", most=MOST_EVENTS),
            where=file or "epcisBody",
            mend=Said("Send it in several parts."),
        )


def check_size(document: Any, most_values: int, most_characters: int) -> None:
    """Raises InputError for what is nested deeper than 32, too large, or holds text or numbers that JSON cannot carry."""
    left, values, characters = [(document, 0)], 0, 0
    while left:
        held, depth = left.pop()
        values += 1
        if isinstance(held, str):
            characters += len(held)
            _check_text(held)
        elif isinstance(held, Mapping):
            characters += sum(map(len, held))
            left += [(inner, depth + 1) for inner in held.values()]
        elif isinstance(held, list):
            left += [(inner, depth + 1) for inner in held]
        huge = isinstance(held, int) and held.bit_length() > LARGEST_INTEGER
        if huge or depth > MOST_DEPTH or values > most_values or characters > most_characters:
            raise InputError(
                Said("The EPCIS document is too large or nested too deep."),
                mend=Said(
                    "Send at most {values} values of {characters} characters in all, nested {depth} deep.",
                    values=most_values,
                    characters=most_characters,
                    depth=MOST_DEPTH,
                ),
            )


def _check_text(text: str) -> None:
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        raise InputError(
            Said("The EPCIS document holds text that is not Unicode."),
            mend=Said("Send an EPCIS 2.0 document in JSON-LD."),
        ) from None
