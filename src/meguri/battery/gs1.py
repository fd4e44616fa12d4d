"""GS1 names in every form in which they are written: Digital Link, EPC URN, element string."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote, unquote, unquote_to_bytes

import msgspec

from meguri.battery.compressed_link import looks_compressed, packed, unpacked
from meguri.battery.elements import from_elements, looks_like_elements
from meguri.battery.epc import from_epc
from meguri.battery.gs1_keys import DOMAIN, KEYS, QUALIFIERS, Gs1, check, gs1
from meguri.errors import InputError, Said

__all__ = [
    "Gs1",
    "WebLink",
    "check",
    "compressed",
    "digital_link",
    "from_elements",
    "from_epc",
    "from_link",
    "looks_like_elements",
    "web_link",
]

_link = re.compile(r"(https?)://([^/?#\s]+)(/[^?#\s]*)?(\?[^#\s]*)?(#\S*)?", re.IGNORECASE).fullmatch
_escape = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*").fullmatch
LONGEST = 2000
"""Characters of a link that is read; a hostile path of many keys costs its square."""

_key_of = {key.ai: key.ai for key in KEYS} | {key.word: key.ai for key in KEYS}
_qualifier_of = {one.ai: one.ai for one in QUALIFIERS} | {one.word: one.ai for one in QUALIFIERS if one.word}


def digital_link(uri: object) -> str | None:
    """Canonical Digital Link of an EPC URN or a GS1 Digital Link of any domain; None of anything else.

    Check digits are taken as they stand: this is the form that CBV 2.0 hashes, not a judgement.
    """
    if not isinstance(uri, str) or len(uri) > LONGEST:
        return None
    try:
        if uri.startswith("urn:epc:"):
            return from_epc(uri).link
        found = _link(uri)
        return _in_path(_segments(found), uri)[1].link if found else None
    except InputError:
        return None


class WebLink(msgspec.Struct, frozen=True):
    """A Digital Link as it was found: the name, the `resolver` that was asked for it, attributes in their order."""

    name: Gs1
    resolver: str = DOMAIN
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def uri(self) -> str:
        """The link with all qualifiers and attributes, uncompressed, at its resolver."""
        pairs = ((self.name.ai, self.name.value), *self.name.qualifiers)
        path = "".join(f"/{ai}/{quote(value, safe='')}" for ai, value in pairs)
        return self.resolver + path + _query(self.attributes)


def web_link(uri: str) -> WebLink:
    """What a Digital Link of any resolver says, compressed or not; check digits as they stand. Raises InputError."""
    found = _link(uri) if len(uri) <= LONGEST else None
    if not found:
        raise _no_key(uri)
    root, segments, attributes = f"{found[1].lower()}://{found[2]}", _segments(found), _attributes(found[4])
    try:
        place, name = _in_path(segments, uri)
    except InputError:
        read = unpacked(segments) if segments and looks_compressed(segments[-1]) else None
        if not read:
            raise
        place, name, more = read
        attributes = (*more, *attributes)
    return WebLink(name, "/".join((root, *segments[:place])), attributes)


def from_link(uri: str) -> Gs1:
    """The name in a Digital Link. Raises InputError. GS1 Digital Link Standard, URI Syntax and Compression."""
    return web_link(uri).name


def compressed(link: WebLink) -> str:
    """A Digital Link in the compressed form, at its resolver; what cannot be packed stays in the query."""
    path, left = packed(link.name, link.attributes)
    return f"{link.resolver}/{path}{_query(left)}"


def _segments(found: re.Match[str]) -> list[str]:
    return (found[3] or "").rstrip("/").split("/")[1:]


def _in_path(segments: Sequence[str], uri: str) -> tuple[int, Gs1]:
    """Place of the key in a path and the name that begins there. Raises the InputError of the first key."""
    fault: InputError | None = None
    for place, segment in enumerate(segments):
        if segment in _key_of:
            try:
                return place, _from_segments(segments[place:])
            except InputError as refused:
                fault = fault or refused
    raise fault or _no_key(uri)


def _no_key(uri: str) -> InputError:
    return InputError(
        Said("“{text}” holds no GS1 key.", text=uri[:LONGEST]),
        mend=Said("A link has the form https://id.gs1.org/01/<GTIN>/21/<serial number>."),
    )


def _attributes(query: str | None) -> tuple[tuple[str, str], ...]:
    pairs = (pair.partition("=") for pair in re.split("[&;]", query[1:] if query else "") if pair)
    return tuple((unquote(name), unquote(value)) for name, _, value in pairs if name != "linkType")


def _query(attributes: Sequence[tuple[str, str]]) -> str:
    told = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in attributes)
    return f"?{told}" if told else ""


def _from_segments(segments: Sequence[str]) -> Gs1:
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
