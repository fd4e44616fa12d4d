"""GS1 names in every form in which they are written: Digital Link, EPC URN, element string."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from meguri.battery.gs1_keys import KEYS, QUALIFIERS, Gs1, check, gs1
from meguri.errors import InputError, Said

__all__ = ["Gs1", "check", "digital_link", "from_link"]

_link = re.compile(r"(https?)://([^/?#\s]+)(/[^?#\s]*)?(\?[^#\s]*)?(#\S*)?", re.IGNORECASE).fullmatch
_escape = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*").fullmatch
_key_of = {key.ai: key.ai for key in KEYS} | {key.word: key.ai for key in KEYS}
_qualifier_of = {one.ai: one.ai for one in QUALIFIERS} | {one.word: one.ai for one in QUALIFIERS if one.word}


def digital_link(uri: object) -> str | None:
    """Canonical Digital Link of an EPC URN or a GS1 Digital Link of any domain; None of anything else.

    Check digits are taken as they stand: this is the form that CBV 2.0 hashes, not a judgement.
    """
    if not isinstance(uri, str):
        return None
    try:
        return from_link(uri).link
    except InputError:
        return None


def from_link(uri: str) -> Gs1:
    """The name in an uncompressed Digital Link. Raises InputError. GS1 Digital Link Standard, URI Syntax."""
    found = _link(uri)
    segments = (found[3] or "").rstrip("/").split("/")[1:] if found else []
    fault: InputError | None = None
    for place, segment in enumerate(segments):
        if segment in _key_of:
            try:
                return _from_segments(segments[place:])
            except InputError as refused:
                fault = fault or refused
    raise fault or InputError(
        Said("“{text}” holds no GS1 key.", text=uri),
        mend=Said("A link has the form https://id.gs1.org/01/<GTIN>/21/<serial number>."),
    )


def _from_segments(segments: list[str]) -> Gs1:
    names, values = segments[::2], segments[1::2]
    if len(names) != len(values):
        raise InputError(
            Said("Nothing stands after “{name}” in the link.", name=names[-1]),
            mend=Said("Read the whole code again: its end is missing."),
        )
    pairs = [(_qualifier(name), decoded(value)) for name, value in zip(names[1:], values[1:], strict=True)]
    return gs1(_key_of[names[0]], decoded(values[0]), pairs)


def _qualifier(name: str) -> str:
    if name not in _qualifier_of:
        raise InputError(
            Said("“{name}” is not a part of a GS1 name that can stand in a link.", name=name),
            mend=Said("Known are 10 (lot), 21 (serial number), 22, 235, 254 and 8011."),
        )
    return _qualifier_of[name]


def decoded(text: str) -> str:
    """Percent-encoded ASCII text as it was. Raises InputError on a broken escape or one beyond ASCII."""
    try:
        if _escape(text):
            return unquote_to_bytes(text).decode("ascii") if "%" in text else text
    except UnicodeDecodeError:
        pass
    raise InputError(
        Said("“{text}” is not percent-encoded as a link must be.", text=text),
        mend=Said("Write each % as %25; an escape is % and two of 0–9, A–F."),
    )
