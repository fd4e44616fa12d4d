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

from meguri.battery.gs1 import Gs1, check, from_link
from meguri.errors import InputError, Said

LONGEST = 400

_uuid = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE).fullmatch
_did = re.compile(r"did:[a-z0-9]+:(?:[A-Za-z0-9._-]|:(?!$)|%[0-9A-Fa-f]{2})+").fullmatch
_scheme = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.+)", re.DOTALL).fullmatch


class Identifier(msgspec.Struct, frozen=True):
    """A name that was read: `canonical` is what is recorded; `scheme` how it is made; `level` what it names; `parts` what it says."""

    canonical: str
    scheme: str
    level: str
    parts: dict[str, str]


def identify(text: str) -> Identifier:
    """What a text names. Raises InputError that says what is wrong with it and how to mend it."""
    held = text.strip()
    if not held or len(held) > LONGEST:
        raise InputError(
            Said("An identifier has 1 to {most} characters.", most=LONGEST),
            mend=Said("Scan or type the code of the battery."),
        )
    if found := _scheme(held):
        read = _READ.get(found[1].lower())
        if read:
            return read(held, found[2])
    raise InputError(
        Said("“{text}” is not an identifier that is known here.", text=held),
        mend=Said(
            "Give a GS1 Digital Link, a GB/T 34014 code, or a name that begins with urn:uuid:, did:, vin: or serial:."
        ),
    )


@lru_cache(maxsize=1 << 17)
def canonical(text: str) -> str:
    """The one form of an identifier in which it is recorded. Raises InputError."""
    return identify(text).canonical


@lru_cache(maxsize=1 << 15)
def alias(text: str) -> str:
    """The one form of another name of a battery. Raises InputError, also for names that many batteries share."""
    found = identify(text)
    if found.level in ("model", "recorder"):
        raise InputError(
            Said("“{text}” does not name one battery alone.", text=text),
            mend=Said("Give a name that no other battery bears."),
        )
    return found.canonical


def _from_web(text: str, _: str) -> Identifier:
    return _of_gs1(check(from_link(text)))


def _of_gs1(name: Gs1) -> Identifier:
    finest = name.finest
    level = (
        "item"
        if finest and finest[0] != "10"
        else "batch"
        if finest
        else "model"
        if name.ai in ("01", "8006")
        else "item"
    )
    return Identifier(name.link, f"gs1-{level}", level, {name.ai: name.value, **dict(name.qualifiers)})


def _from_urn(text: str, rest: str) -> Identifier:
    kind, _, value = rest.partition(":")
    if kind.lower() == "uuid" and _uuid(value):
        return Identifier(f"urn:uuid:{value.lower()}", "uuid", "item", {"uuid": value.lower()})
    raise InputError(
        Said("“{text}” is not a URN that is known here.", text=text),
        mend=Said(
            "Known are urn:epc: and urn:uuid: with 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12."
        ),
    )


def _from_did(text: str, rest: str) -> Identifier:
    named = f"did:{rest}"
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
    vehicle, place = number.strip().upper(), position.strip().lower() or "main"
    return Identifier(f"vin:{vehicle}#{place}", "vin", "position", {"vehicle": vehicle, "position": place})


def _from_gbt(_: str, rest: str) -> Identifier:
    code = rest.strip().upper()
    return Identifier(f"gbt:{code}", "gbt34014", "item", {"code": code})


def _from_serial(text: str, rest: str) -> Identifier:
    maker, slash, serial = (
        " ".join(part.split()) for part in unicodedata.normalize("NFKC", rest).partition("/")
    )
    if not maker or not serial:
        raise InputError(
            Said("“{text}” does not name a maker and a serial number.", text=text),
            mend=Said("Write serial:<maker>/<serial number>."),
        )
    maker = maker.casefold()
    return Identifier(f"serial:{maker}{slash}{serial}", "serial", "item", {"maker": maker, "serial": serial})


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
