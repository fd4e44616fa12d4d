"""GS1 keys that can name a battery, a lot, a place or a party: their shapes, check digits and finer qualifiers.

Source: GS1 General Specifications, section 3 (application identifiers), 7.9.1 (check digit), 7.11 (character sets);
GS1 Digital Link Standard, URI Syntax (short names, qualifiers, percent-encoding).
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

import msgspec

from meguri.errors import InputError, Said

DOMAIN = "https://id.gs1.org"
DIGITS = frozenset("0123456789")
SET_82 = DIGITS | frozenset("!\"%&'()*+,-./:;<=>?_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
SET_39 = DIGITS | frozenset("#-/ABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Key(msgspec.Struct, frozen=True):
    """A key by its application identifier: `fixed` digits, then up to `more` characters of `allowed`.

    The last of the first `checked` digits is a check digit (0: there is none); `least` of the further characters must be there.
    """

    ai: str
    word: str
    title: str
    fixed: int
    checked: int = 0
    more: int = 0
    least: int = 0
    allowed: frozenset[str] = SET_82
    qualifiers: tuple[str, ...] = ()


class Qualifier(msgspec.Struct, frozen=True):
    """What stands behind a key and names a finer thing: 1 to `most` characters of `allowed`."""

    ai: str
    title: str
    most: int
    word: str = ""
    allowed: frozenset[str] = SET_82


KEYS: tuple[Key, ...] = (
    Key("00", "sscc", "SSCC", 18, 18),
    Key("01", "gtin", "GTIN", 14, 14, qualifiers=("22", "10", "21", "235")),
    Key("253", "gdti", "GDTI", 13, 13, more=17),
    Key("255", "gcn", "GCN", 13, 13, more=12, allowed=DIGITS),
    Key("401", "ginc", "GINC", 4, more=26, least=1),
    Key("402", "gsin", "GSIN", 17, 17),
    Key("414", "gln", "GLN", 13, 13, qualifiers=("254",)),
    Key("417", "party", Said("party GLN"), 13, 13),
    Key("8003", "grai", "GRAI", 14, 14, more=16),
    Key("8004", "giai", "GIAI", 4, more=26, least=1),
    Key("8006", "itip", "ITIP", 18, 14, qualifiers=("22", "10", "21")),
    Key("8010", "cpid", "CPID", 4, more=26, least=1, allowed=SET_39, qualifiers=("8011",)),
    Key("8017", "gsrnp", Said("GSRN of a provider"), 18, 18),
    Key("8018", "gsrn", "GSRN", 18, 18),
)
QUALIFIERS: tuple[Qualifier, ...] = (
    Qualifier("10", Said("lot number"), 20, "lot"),
    Qualifier("21", Said("serial number"), 20, "ser"),
    Qualifier("22", Said("variant"), 20, "cpv"),
    Qualifier("235", Said("third-party serial number"), 28, "tpx"),
    Qualifier("254", Said("extension of a GLN"), 20, "glnx"),
    Qualifier("8011", Said("serial number of a component"), 12, "cpsn", DIGITS),
)
KEY = {key.ai: key for key in KEYS}
QUALIFIER = {qualifier.ai: qualifier for qualifier in QUALIFIERS}
GTIN_LENGTHS = (8, 12, 13, 14)
_unescaped = "';="


class Gs1(msgspec.Struct, frozen=True):
    """A key with its value and qualifiers, decoded; a GTIN has 14 digits."""

    ai: str
    value: str
    qualifiers: tuple[tuple[str, str], ...] = ()

    @property
    def finest(self) -> tuple[str, str] | None:
        """The one qualifier that names the finest thing: a serial number before a lot; a variant never."""
        kept = [pair for pair in self.qualifiers if pair[0] != "22"]
        return kept[-1] if kept else None

    @property
    def link(self) -> str:
        """Canonical GS1 Digital Link of the finest thing named, as CBV 2.0 wants it in event hashes."""
        base = f"{DOMAIN}/{self.ai}/{quote(self.value, safe=_unescaped)}"
        return (
            base
            if self.finest is None
            else f"{base}/{self.finest[0]}/{quote(self.finest[1], safe=_unescaped)}"
        )


def check_digit(digits: str) -> str:
    """The digit that completes ASCII `digits`. GS1 General Specifications 7.9.1."""
    code = digits.encode("ascii")
    weighed = 3 * sum(code[::-2]) + sum(code[-2::-2])
    return str((48 * (2 * ((len(code) + 1) // 2) + len(code)) - weighed) % 10)


def gs1(ai: str, value: str, qualifiers: Iterable[tuple[str, str]] = ()) -> Gs1:
    """A name of decoded parts, with shapes and character sets checked, check digits not. Raises InputError."""
    key = KEY[ai]
    held = value.rjust(14, "0") if ai == "01" and len(value) in GTIN_LENGTHS else value
    _check_value(key, held)
    pairs = tuple(qualifiers)
    places = [_place(key, qualifier) for qualifier, _ in pairs]
    if sorted(set(places)) != places:
        raise InputError(
            Said("The parts after the {key} stand in the wrong order.", key=key.title),
            mend=Said("The order is: {order}.", order=key.qualifiers),
        )
    for qualifier, told in pairs:
        _check_qualifier(QUALIFIER[qualifier], told)
    return Gs1(ai, held, pairs)


def check(name: Gs1) -> Gs1:
    """The same name, if its check digit is right. Raises InputError with the right one."""
    key = KEY[name.ai]
    digits = name.value[: key.checked]
    if digits and (right := check_digit(digits[:-1])) != digits[-1]:
        raise InputError(
            Said(
                "The check digit of {key} {digits} is {digit}; it must be {right}.",
                key=key.title,
                digits=digits,
                digit=digits[-1],
                right=right,
            ),
            mend=Said("Read the code again: one of its digits is wrong."),
        )
    return name


def _place(key: Key, qualifier: str) -> int:
    if qualifier not in key.qualifiers:
        raise InputError(
            Said("({ai}) cannot stand after the {key}.", ai=qualifier, key=key.title),
            mend=Said("Leave it out, or read the whole code again."),
        )
    return key.qualifiers.index(qualifier)


def _check_value(key: Key, value: str) -> None:
    head, tail = value[: key.fixed], value[key.fixed :]
    if len(head) < key.fixed or not key.least <= len(tail) <= key.more:
        raise InputError(
            Said(
                "“{value}” has {count} characters and is no {key}.",
                value=value,
                count=len(value),
                key=key.title,
            ),
            mend=_lengths(key),
        )
    _check_characters(key.title, head, DIGITS, 0)
    _check_characters(key.title, tail, key.allowed, key.fixed)
    if key.ai == "8003" and value[0] != "0":
        raise InputError(
            Said("A GRAI begins with 0, not with {digit}.", digit=value[0]),
            mend=Said("Write a 0 before the 13 digits of the asset type."),
        )


def _lengths(key: Key) -> Said:
    if key.ai == "01":
        return Said("A GTIN has 8, 12, 13 or 14 digits.")
    least, most = key.fixed + key.least, key.fixed + key.more
    if least == most:
        return Said("The {key} has {count} digits.", key=key.title, count=most)
    return Said("The {key} has {least} to {most} characters.", key=key.title, least=least, most=most)


def _check_qualifier(qualifier: Qualifier, value: str) -> None:
    if not 1 <= len(value) <= qualifier.most:
        raise InputError(
            Said(
                "The {title} “{value}” has {count} characters.",
                title=qualifier.title,
                value=value,
                count=len(value),
            ),
            mend=Said("It must have 1 to {most}.", most=qualifier.most),
        )
    _check_characters(qualifier.title, value, qualifier.allowed, 0)


def _check_characters(title: str, value: str, allowed: frozenset[str], before: int) -> None:
    for place, character in enumerate(value, start=before + 1):
        if character not in allowed:
            raise InputError(
                Said(
                    "Character {place} of the {title}, “{character}”, is not allowed.",
                    place=place,
                    title=title,
                    character=character,
                ),
                mend=_characters(allowed),
            )


def _characters(allowed: frozenset[str]) -> Said:
    if allowed == DIGITS:
        return Said("Only the digits 0 to 9 are allowed there.")
    if allowed == SET_39:
        return Said("Allowed are 0 to 9, capital letters and # - /.")
    return Said(
        "Allowed are 0 to 9, the letters A to Z and a to z, and ! \" % & ' ( ) * + , - . / : ; < = > ? _"
    )
