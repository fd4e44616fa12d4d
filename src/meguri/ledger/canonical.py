"""RFC 8785 (JSON Canonicalization Scheme): one way only to write a value, so that a digest of it means the value."""

from __future__ import annotations

from typing import Any

import msgspec
import rfc8785

from meguri.errors import InputError, Said

MOST_EXACT = 2**53
_encode_sorted = msgspec.json.Encoder(order="sorted").encode
_encode = msgspec.json.Encoder(order="deterministic").encode
_UNLIKE_ECMASCRIPT = (b".0,", b".0}", b".0]", b"e-")
"""How numbers below 10^16 look where RFC 8785 would write them otherwise: 84.0, 1e-7."""


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of plain JSON data or of a struct. Raises InputError for numbers or text that JSON cannot carry."""
    try:
        return rfc8785.dumps(msgspec.to_builtins(value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as fault:
        raise InputError(
            Said(
                "A value cannot be written as canonical JSON (RFC 8785): {reason}", reason=Said.of(str(fault))
            ),
            mend=Said("Use text that is valid Unicode, and whole numbers within ±(2⁵³ − 1)."),
        ) from fault


def canonical_of_ordered(value: Any) -> bytes:
    """The same bytes, faster.

    For a struct whose fields stand in RFC 8785 order, whose mappings have ASCII keys, and whose numbers are below 10^16.
    """
    written = _encode(value)
    if not _is_unlike(written):
        return written
    plain = _whole(msgspec.to_builtins(value))
    written = _encode_sorted(plain)
    return canonical(plain) if _is_unlike(written) else written


def _is_unlike(written: bytes) -> bool:
    return any(sign in written for sign in _UNLIKE_ECMASCRIPT)


def _whole(value: Any) -> Any:
    """The same data with numbers such as 84.0 as whole numbers."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < MOST_EXACT else value
    if isinstance(value, dict):
        return {name: _whole(held) for name, held in value.items()}
    return [_whole(held) for held in value] if isinstance(value, list | tuple) else value
