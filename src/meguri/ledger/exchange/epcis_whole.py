"""A foreign EPCIS event kept whole in an attestation: as a note where it is short, else packed into pieces of evidence."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from meguri.errors import InputError, Said
from meguri.ledger.exchange.epcis_document import check_size
from meguri.ledger.exchange.event_values import Names

LONGEST_NOTE = 2000
PIECE = "data:application/zlib;base64,"
LONGEST_PIECE = 400 - len(PIECE)
MOST_PIECES = 100
MOST_BYTES = 1 << 20
MOST_VALUES = 100_000

_OF_THE_COPY = frozenset({"recordTime", "@context", "errorDeclaration", "rdfs:comment", "comment"})
_encode = msgspec.json.Encoder(order="sorted").encode


def kept(event: Mapping[str, Any], names: Names, ids: Collection[str]) -> dict[str, Any]:
    """The fields of an attestation that hold an event, with what its prefixes stand for. Raises InputError if it is too long.

    What may differ from copy to copy of one event is left out: what does not count for its hash, and its id where it is one
    of `ids`, which the attestation has itself.
    """
    held = {
        name: value
        for name, value in event.items()
        if name not in _OF_THE_COPY and names.key(name) not in names.ignored
    }
    if not {str(held.get("eventID", "")), str(held.get("eventID", "")).lower()}.isdisjoint(ids):
        del held["eventID"]
    text = _encode(held)
    if used := {prefix: space for prefix, space in names.added.items() if f"{prefix}:".encode() in text}:
        text = _encode({**held, "@context": used})
    if len(text) <= LONGEST_NOTE:
        return {"note": text.decode()}
    packed = b64encode(zlib.compress(text, 9)).decode()
    pieces = tuple(
        PIECE + packed[start : start + LONGEST_PIECE] for start in range(0, len(packed), LONGEST_PIECE)
    )
    if len(pieces) > MOST_PIECES or len(text) > MOST_BYTES:
        raise InputError(
            Said("No word is known for the event, and it is too long to be kept as it is."),
            where="bizStep",
            mend=Said(
                "Say its step in a term of the Core Business Vocabulary, or split it into several events."
            ),
        )
    return {"evidence": pieces}


def restored(attestation: Mapping[str, Any]) -> dict[str, Any] | None:
    """The event that an attestation holds, or None where it holds none."""
    pieces = [held for held in attestation.get("evidence", ()) if held.startswith(PIECE)]
    text = attestation.get("note", "").encode()
    try:
        if pieces:
            packed = b64decode("".join(held.removeprefix(PIECE) for held in pieces), validate=True)
            text = zlib.decompressobj().decompress(packed, MOST_BYTES)
        held = msgspec.json.decode(text)
        check_size(held, MOST_VALUES, MOST_BYTES)
    except (ValueError, zlib.error, RecursionError, InputError):
        return None
    if not isinstance(held, dict):
        return None
    by_hash = attestation["id"] == str(uuid5(NAMESPACE_URL, attestation.get("value", "")))
    return {"eventID": attestation["value"] if by_hash else f"urn:uuid:{attestation['id']}", **held}
