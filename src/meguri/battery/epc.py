"""EPC URNs, of things, classes and patterns, as GS1 keys (GS1 EPC Tag Data Standard 2.0, 6 to 8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from meguri.battery.gs1_keys import Gs1, check_digit, gs1
from meguri.errors import InputError, Said

__all__ = ["from_epc"]

_urn = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):([0-9]{6,12})\.(.*)").fullmatch
_part = re.compile(r"(?:%[0-9A-Fa-f]{2}|[!'()*+,.0-9:;=A-Za-z_-])*").fullmatch
_numeric = re.compile("[0-9]*").fullmatch
_ANY = "*"
_SERIAL_INSIDE = ("253", "255", "8003")
"""Keys that hold their serial number within."""


def from_epc(urn: str) -> Gs1:
    """The key that an EPC URN names, with the check digit that the URN leaves out. Raises InputError."""
    found = _urn(urn)
    build = _SCHEMES.get((found[1], found[2])) if found else None
    if not found or not build or not _part(found[4]):
        raise _malformed(urn)
    try:
        key, value, qualifier = build(found[3], found[4])
        if found[1] == "idpat":
            value, qualifier = _class_of(key, value, qualifier)
    except ValueError:
        raise _malformed(urn) from None
    return gs1(key, value, () if qualifier is None else (qualifier,))


_Parts = tuple[str, str, tuple[str, str] | None]
_Build = Callable[[str, str], _Parts]


def _class_of(key: str, value: str, qualifier: tuple[str, str] | None) -> tuple[str, tuple[str, str] | None]:
    """What a pattern `….*` stands for: the key without its serial number."""
    if qualifier and qualifier[1] == _ANY:
        return value, None
    if key in _SERIAL_INSIDE and value.endswith(_ANY):
        return value.removesuffix(_ANY), None
    raise ValueError(value)


def _split(rest: str, count: int) -> list[str]:
    """The parts between the first dots, decoded; the last may hold further dots."""
    parts = rest.split(".", count - 1)
    if len(parts) != count:
        raise ValueError(rest)
    return [unquote(part, errors="strict") for part in parts]


def _joined(prefix: str, reference: str, length: int) -> str:
    """Company prefix and reference, together of a fixed number of digits."""
    joined = prefix + reference
    if len(joined) != length or not _numeric(joined):
        raise ValueError(joined)
    return joined


def _checked(digits: str) -> str:
    return digits + check_digit(digits)


def _gtin(prefix: str, item: str) -> str:
    """A GTIN-14: the first digit of the item reference, the indicator, goes in front."""
    _joined(prefix, item, 13)
    return _checked(item[0] + prefix + item[1:])


def _item(ai: str) -> _Build:
    def build(prefix: str, rest: str) -> _Parts:
        item, serial = _split(rest, 2)
        return "01", _gtin(prefix, item), (ai, serial)

    return build


def _piece(prefix: str, rest: str) -> _Parts:
    item, piece, total, serial = _split(rest, 4)
    if (len(piece), len(total)) != (2, 2):
        raise ValueError(rest)
    return "8006", _gtin(prefix, item) + piece + total, ("21", serial)


def _unit(prefix: str, serial: str) -> _Parts:
    _joined(prefix, serial, 17)
    return "00", _checked(serial[0] + prefix + serial[1:]), None


def _place(prefix: str, rest: str) -> _Parts:
    reference, extension = _split(rest, 2)
    gln = _checked(_joined(prefix, reference, 12))
    return "414", gln, None if extension == "0" else ("254", extension)


def _serial_inside(key: str, filler: str = "") -> _Build:
    def build(prefix: str, rest: str) -> _Parts:
        reference, serial = _split(rest, 2)
        if not serial:
            raise ValueError(rest)
        return key, _checked(filler + _joined(prefix, reference, 12)) + serial, None

    return build


def _fixed(key: str, length: int) -> _Build:
    def build(prefix: str, reference: str) -> _Parts:
        return key, _checked(_joined(prefix, reference, length)), None

    return build


def _free(key: str) -> _Build:
    def build(prefix: str, reference: str) -> _Parts:
        return key, prefix + unquote(reference, errors="strict"), None

    return build


def _component(prefix: str, rest: str) -> _Parts:
    reference, _, serial = rest.rpartition(".")
    if not reference:
        raise ValueError(rest)
    return "8010", prefix + unquote(reference, errors="strict"), ("8011", serial)


def _malformed(urn: str) -> InputError:
    return InputError(
        Said("“{urn}” is not an EPC as its scheme wants.", urn=urn),
        mend=Said(
            "It holds a company prefix of 6 to 12 digits, a reference that fills it up, and a serial; "
            "known schemes are: {schemes}.",
            schemes=tuple(sorted({name for _, name in _SCHEMES})),
        ),
    )


_THINGS: dict[str, _Build] = {
    "sgtin": _item("21"),
    "upui": _item("235"),
    "itip": _piece,
    "sscc": _unit,
    "sgln": _place,
    "pgln": _fixed("417", 12),
    "grai": _serial_inside("8003", "0"),
    "gdti": _serial_inside("253"),
    "sgcn": _serial_inside("255"),
    "giai": _free("8004"),
    "ginc": _free("401"),
    "gsin": _fixed("402", 16),
    "gsrn": _fixed("8018", 17),
    "gsrnp": _fixed("8017", 17),
    "cpi": _component,
}
_SCHEMES: dict[tuple[str, str], _Build] = {
    **{("id", name): build for name, build in _THINGS.items()},
    **{("idpat", name): _THINGS[name] for name in ("sgtin", "upui", "itip", "grai", "gdti", "sgcn", "cpi")},
    ("class", "lgtin"): _item("10"),
}
