"""What a program sends to be recorded: events as a JSON array, one a line, in an envelope, or sealed by their recorder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from meguri.battery import subject
from meguri.errors import InputError, MeguriError, Said
from meguri.ledger import Sealed

Form = TypeVar("Form")
MOST_EXPECTED = 1000


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events together with the version that each battery is expected to be at."""

    events: msgspec.Raw
    expected: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class Sent:
    """Events as JSON bytes, or a sealed recording; `expected` versions by battery."""

    events: bytes | Sealed
    expected: Mapping[str, int] = field(default_factory=dict)


def read_sent(body: bytes, expected: str = "") -> Sent:
    """What a body holds; `expected` is the JSON object of a header, and adds to that of an envelope. Raises InputError."""
    versions = _versions(_decoded(expected.encode(), dict[str, int], "Expected-Versions")) if expected else {}
    names = _names(body)
    if "signature" in names and "root" in names:
        return Sent(_decoded(body, Sealed, "body"), versions)
    if "events" in names:
        held = _decoded(body, Envelope, "body")
        return Sent(bytes(held.events), {**_versions(held.expected), **versions})
    return Sent(body, versions)


def _names(body: bytes) -> frozenset[str]:
    """Names at the top of a body that is one JSON object; none for any other."""
    if body.lstrip()[:1] != b"{":
        return frozenset()
    try:
        return frozenset(msgspec.json.decode(body, type=dict[str, msgspec.Raw]))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return frozenset()


def _decoded(body: bytes, form: type[Form], where: str) -> Form:
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError(
            Said("What was sent cannot be read: {reason}", reason=Said.of(str(fault))),
            where=where,
            mend=Said("See /api/openapi.json for its form."),
        ) from fault


def _versions(told: Mapping[str, int]) -> dict[str, int]:
    if len(told) > MOST_EXPECTED:
        raise InputError(
            Said("{count} expected versions are too many.", count=len(told)),
            where="expected",
            mend=Said("Name at most {most} batteries.", most=MOST_EXPECTED),
        )
    found = {}
    for name, version in told.items():
        try:
            found[subject(name)] = version
        except MeguriError as fault:
            raise InputError(fault.what, where="expected", mend=fault.mend) from fault
    return found
