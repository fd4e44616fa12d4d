"""RFC 8785 (JSON Canonicalization Scheme): one way only to write a value, so that a digest of it means the value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec
import rfc8785

from meguri.errors import InputError, Said

MOST_EXACT = 2**53
_encode_sorted = msgspec.json.Encoder(order="sorted").encode
_encode_lines = msgspec.json.Encoder(order="deterministic").encode_lines
_small = re.compile(rb"e-[0-9]{1,3}[,}\]]").search
_whole_ends = (b".0,", b".0}", b".0]")


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


def canonical_lines(values: Sequence[Any]) -> list[bytes]:
    """The same bytes for each of many values, faster.

    For structs whose fields stand in RFC 8785 order, whose mappings have ASCII keys, and whose numbers are below 10^16.
    """
    written = plain_lines(values)
    if not _is_unlike(b"\n".join(written)):
        return written
    return [
        _canonical_numbers(value) if _is_unlike(line) else line
        for value, line in zip(values, written, strict=True)
    ]


def plain_lines(values: Sequence[Any]) -> list[bytes]:
    """The same bytes for values without numbers that are not whole."""
    return _encode_lines(values).split(b"\n")[:-1]


def _canonical_numbers(value: Any) -> bytes:
    plain = _whole(msgspec.to_builtins(value))
    written = _encode_sorted(plain)
    return canonical(plain) if _is_unlike(written) else written


def _is_unlike(written: bytes) -> bool:
    """Whether there may be a number below 10^16 that RFC 8785 writes otherwise, such as 84.0 or 1e-6; text may look like one."""
    return any(end in written for end in _whole_ends) or _small(written) is not None


def _whole(value: Any) -> Any:
    """The same data with numbers such as 84.0 as whole numbers."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < MOST_EXACT else value
    if isinstance(value, dict):
        return {name: _whole(held) for name, held in value.items()}
    return [_whole(held) for held in value] if isinstance(value, list | tuple) else value
