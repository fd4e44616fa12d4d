"""What a battery is called: one canonical identifier for each thing, from any form in which it is written or scanned.

The identifier of ISO/IEC 15459 is a GS1 Digital Link, to the model (01), the batch (01 and 10) or the item (01 and 21, 8004, 8003,
8010 and 8011). `urn:uuid:` and `did:` are identifiers of last resort, `recorder:` names who records. GB/T 34014 codes, places in
vehicles and makers' serial numbers are aliases: other names of a thing that has an identifier, or hopes for one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import msgspec

from meguri.battery.gbt34014 import looks_like_code, parse_code
from meguri.battery.gs1 import Gs1, check, from_elements, from_epc, from_link, looks_like_elements
from meguri.battery.gs1_keys import check_digit, gs1
from meguri.battery.vin import looks_like_chassis, looks_like_vin, vehicle_number
from meguri.errors import InputError, Said

LONGEST = 400
"""Characters of an identifier; what is scanned, such as a link with attributes, may have `LONGEST_READ`."""

LONGEST_READ = 2000

_uuid = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE).fullmatch
_did = re.compile(r"did:[a-z0-9]+:(?:[A-Za-z0-9._-]|:(?!$)|%[0-9A-Fa-f]{2})+").fullmatch
_escapes = re.compile("%[0-9A-Fa-f]{2}")
_item = re.compile(r"https://id\.gs1\.org/01/([0-9]{13})([0-9])/21/(?:[A-Za-z0-9._-]|[';=]){1,20}").fullmatch
_gtin = re.compile("[0-9]{8}|[0-9]{12,14}").fullmatch
_scheme = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.+)", re.DOTALL).fullmatch


class Identifier(msgspec.Struct, frozen=True):
    """A name that was read: `canonical` is what is recorded; `scheme` how it is made; `level` what it names; `parts` what it says."""

    canonical: str
    scheme: str
    level: str
    parts: dict[str, str]


def identify(text: str) -> Identifier:
    """What a text names. Raises InputError that says what is wrong with it and how to mend it."""
    held = (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()
    if held and len(held) <= LONGEST_READ:
        found = _read(held)
        if len(found.canonical) <= LONGEST:
            return found
    raise InputError(
        Said("An identifier has 1 to {most} characters.", most=LONGEST),
        mend=Said("Scan or type the code of the battery."),
    )


def _read(held: str) -> Identifier:
    if (found := _scheme(held)) and (read := _READ.get(found[1].lower())):
        return read(held, found[2])
    if looks_like_elements(held):
        return _from_elements(held, held)
    bare = "".join(held.split()).upper()
    for looks_like, read in _BARE:
        if looks_like(bare):
            return read(held, bare)
    raise InputError(
        Said("“{text}” is not an identifier that is known here.", text=held),
        mend=Said(
            "Give a GS1 Digital Link, a GB/T 34014 code, or a name that begins with urn:uuid:, did:, vin: or serial:."
        ),
    )


def _is_plain_item(text: str) -> bool:
    """Whether a text is the canonical link to an item, as nearly all are."""
    item = _item(text)
    return item is not None and check_digit(item[1]) == item[2]


@lru_cache(maxsize=1 << 17)
def canonical(text: str) -> str:
    """The one form of an identifier in which it is recorded. Raises InputError."""
    return text if _is_plain_item(text) else identify(text).canonical


@lru_cache(maxsize=1 << 17)
def subject(text: str) -> str:
    """The one form of what an event can be about: a battery, module, cell, lot or recorder. Raises InputError."""
    if _is_plain_item(text):
        return text
    found = identify(text)
    if found.level not in ("item", "batch", "recorder") or found.scheme in ("gbt34014", "serial"):
        raise InputError(
            Said("“{text}” does not identify one battery or lot.", text=text),
            mend=Said("Give its unique identifier, such as a GS1 Digital Link with a serial or lot number."),
        )
    return found.canonical


@lru_cache(maxsize=1 << 15)
def alias(text: str) -> str:
    """The one form of another name of a battery. Raises InputError, also for names that many batteries share."""
    found = identify(text)
    if found.level not in ("item", "batch", "position"):
        raise InputError(
            Said("“{text}” does not name one battery alone.", text=text),
            mend=Said("Give a name that no other battery bears."),
        )
    return found.canonical


def _from_web(text: str, _: str) -> Identifier:
    return _of_gs1(check(from_link(text)))


def _from_elements(text: str, _: str) -> Identifier:
    return _of_gs1(check(from_elements(text)))


def _from_gtin(_: str, digits: str) -> Identifier:
    return _of_gs1(check(gs1("01", digits)))


_LEVELS = {
    "00": "shipment",
    "01": "model",
    "253": "document",
    "255": "document",
    "401": "shipment",
    "402": "shipment",
    "414": "place",
    "417": "party",
    "8003": "model",
    "8006": "model",
    "8010": "model",
    "8017": "party",
    "8018": "party",
}
"""What a key names without a serial number; all others name one item."""


def _of_gs1(name: Gs1) -> Identifier:
    level = _LEVELS.get(name.ai, "item")
    if name.finest and level == "model":
        level = "batch" if name.finest[0] == "10" else "item"
    if name.ai == "8003" and len(name.value) > 14:
        level = "item"
    return Identifier(name.link, f"gs1-{level}", level, {name.ai: name.value, **dict(name.qualifiers)})


def _from_urn(text: str, rest: str) -> Identifier:
    kind, _, value = rest.partition(":")
    if kind.lower() == "epc":
        return _of_gs1(check(from_epc(f"urn:epc:{value}")))
    if kind.lower() == "uuid" and _uuid(value):
        return _from_uuid(text, value)
    raise InputError(
        Said("“{text}” is not a URN that is known here.", text=text),
        mend=Said(
            "Known are urn:epc: and urn:uuid: with 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12."
        ),
    )


def _from_uuid(_: str, value: str) -> Identifier:
    return Identifier(f"urn:uuid:{value.lower()}", "uuid", "item", {"uuid": value.lower()})


def _from_did(text: str, rest: str) -> Identifier:
    named = "did:" + _escapes.sub(lambda escape: escape[0].upper(), rest)
    if not _did(named):
        raise InputError(
            Said("“{text}” is not a DID.", text=text),
            mend=Said("A DID has the form did:method:name, without path, query and fragment."),
        )
    return Identifier(named, "did", "item", {"did": named})


def _from_recorder(text: str, rest: str) -> Identifier:
    if "+" in rest or any(character.isspace() or not character.isprintable() for character in rest):
        raise InputError(
            Said("“{text}” is not the name of a recorder.", text=text),
            mend=Said("The name after recorder: has no spaces and no +."),
        )
    return Identifier(f"recorder:{rest}", "recorder", "recorder", {"name": rest})


def _from_vin(_: str, rest: str) -> Identifier:
    number, _, position = rest.partition("#")
    vehicle, place = vehicle_number(number), _folded(_printable(position)) or "main"
    return Identifier(f"vin:{vehicle}#{place}", "vin", "position", {"vehicle": vehicle, "position": place})


def _from_gbt(_: str, rest: str) -> Identifier:
    code, parts = parse_code(rest)
    return Identifier(
        f"gbt:{code}",
        "gbt34014",
        "item",
        {
            "maker": parts.maker,
            "product": parts.product,
            "type": parts.battery_type,
            "made": parts.made.isoformat(),
            "serial": parts.serial,
        },
    )


def _from_serial(text: str, rest: str) -> Identifier:
    maker, _, serial = map(str.strip, _printable(rest).partition("/"))
    if not maker or not serial:
        raise InputError(
            Said("“{text}” does not name a maker and a serial number.", text=text),
            mend=Said("Write serial:<maker>/<serial number>."),
        )
    maker = _folded(maker)
    return Identifier(f"serial:{maker}/{serial}", "serial", "item", {"maker": maker, "serial": serial})


def _printable(text: str) -> str:
    """Free text with single spaces and full-width letters made plain. Raises InputError on control characters."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if not plain.isprintable():
        raise InputError(
            Said("“{text}” holds characters that cannot be printed.", text=text),
            mend=Said("Type it instead of copying it."),
        )
    return plain


def _folded(text: str) -> str:
    """Without a difference between capital and small letters, stable under repetition."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


_READ = {
    "http": _from_web,
    "https": _from_web,
    "urn": _from_urn,
    "did": _from_did,
    "recorder": _from_recorder,
    "vin": _from_vin,
    "gbt": _from_gbt,
    "serial": _from_serial,
}
_BARE = (
    (_uuid, _from_uuid),
    (looks_like_code, _from_gbt),
    (_gtin, _from_gtin),
    (looks_like_vin, _from_vin),
    (looks_like_chassis, _from_vin),
)
