"""Compressed GS1 Digital Links: key, qualifiers and attributes as bits in URI-safe base64, both ways.

Source: GS1 Digital Link: Compression 1.0 (tables F, P and Opt; character encodings 0 to 4).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log2

from meguri.battery.elements import AI_LENGTHS, fits, form_of
from meguri.battery.gs1_keys import KEY, QUALIFIER, Gs1, check, gs1
from meguri.errors import InputError

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_HEX = "0123456789ABCDEF"
_ASCII = "".join(map(chr, range(128)))
_ORDER = ("22", "10", "21", "235", "254", "8011")
MOST_CHARACTERS = 1024
FEWEST_CHARACTERS = 10

looks_compressed = re.compile(rf"[A-Za-z0-9_-]{{{FEWEST_CHARACTERS},{MOST_CHARACTERS}}}").fullmatch

_SEQUENCES: dict[str, tuple[str, ...]] = {
    "0A": ("01", "22"),
    "0B": ("01", "10"),
    "0C": ("01", "21"),
    "0D": ("01", "17"),
    "0E": ("01", "7003"),
    "0F": ("01", "30"),
    "1A": ("01", "10", "17", "21"),
    "1B": ("01", "15"),
    "1C": ("01", "11"),
    "1D": ("01", "16"),
    "1E": ("01", "91"),
    "1F": ("01", "10", "15"),
    **{f"2{_HEX[10 + n]}": ("01", f"310{n}") for n in range(6)},
    **{f"3{_HEX[10 + n]}": ("01", f"320{n}") for n in range(6)},
    "9A": ("8010", "8011"),
    "9B": ("8017", "8019"),
    "9C": ("8018", "8019"),
    "9D": ("254", "414"),
    **{f"A{n}": ("01", f"392{n}") for n in range(10)},
    **{f"C{n}": ("255", f"390{n}") for n in range(10)},
    **{f"C{_HEX[10 + n]}": ("255", f"394{n}") for n in range(4)},
}
"""Codes for sequences of Application Identifiers that often come together."""

_ENCODINGS = (
    (0, re.compile(r"\d+")),
    (2, re.compile(r"[0-9A-F]+")),
    (1, re.compile(r"[0-9a-f]+")),
    (3, re.compile(r"[\w-]+", re.ASCII)),
)
_ALPHABETS = {1: (_HEX.lower(), 4), 2: (_HEX, 4), 3: (_BASE64, 6), 4: (_ASCII, 7)}


def unpacked(segments: list[str]) -> tuple[int, Gs1, tuple[tuple[str, str], ...]] | None:
    """What a path says whose last segment is compressed, in whole or all but its key; None where it says nothing.

    Where the name begins in the path, the name, and further pairs.
    """
    place = len(segments) - 1
    try:
        found = _pairs_of(segments[-1])
        if place > 1 and segments[place - 2] in KEY:
            found = {segments[place - 2]: segments[place - 1], **found}
            place -= 2
        key, *others = [ai for ai in found if ai in KEY]
        if others:
            return None
        qualifiers = [pair for pair in found.items() if pair[0] in QUALIFIER]
        name = check(gs1(key, found[key], sorted(qualifiers, key=lambda pair: _ORDER.index(pair[0]))))
    except (ValueError, KeyError, InputError):
        return None
    return place, name, tuple(pair for pair in found.items() if pair[0] not in KEY | QUALIFIER)


def packed(name: Gs1, attributes: Sequence[tuple[str, str]] = ()) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A name and its attributes in one segment of a path, and the attributes that cannot be packed."""
    found = {name.ai: name.value, **dict(name.qualifiers)}
    found |= {ai: value for ai, value in attributes if fits(ai, value)}
    free = [pair for pair in attributes if pair[0] not in found and _packs(*pair)]
    known, bits = sorted(found), ""
    while fitting := {code: ais for code, ais in _SEQUENCES.items() if set(ais) <= set(known)}:
        code = max(fitting, key=lambda code: sum(map(len, fitting[code])))
        bits += _code_bits(code) + "".join(_value_bits(ai, found[ai]) for ai in fitting[code])
        known = [ai for ai in known if ai not in fitting[code]]
    bits += "".join(_code_bits(ai) + _value_bits(ai, found[ai]) for ai in known)
    for word, value in free:
        bits += "1111" + _as_bits(len(word), 7) + _text_bits(word, _BASE64, 6) + _encoded_bits(value, 7)
    bits += "0" * (-len(bits) % 6)
    segment = "".join(_BASE64[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))
    return segment, tuple(pair for pair in attributes if found.get(pair[0]) != pair[1] and pair not in free)


def _packs(name: str, value: str) -> bool:
    """Whether a pair that is no element string can be packed."""
    return (
        0 < len(name) < 128
        and 0 < len(value) < 128
        and set(name) <= set(_BASE64)
        and value.isascii()
        and not form_of(name)
    )


@dataclass(slots=True)
class _Bits:
    """Bits read from the front."""

    held: str
    at: int = 0

    def number(self, count: int) -> int:
        taken = self.held[self.at : self.at + count]
        if len(taken) != count:
            raise ValueError("too few bits")
        self.at += count
        return int(taken, 2) if count else 0

    def text(self, count: int, alphabet: str, width: int) -> str:
        return "".join(alphabet[self.number(width)] for _ in range(count))

    @property
    def left(self) -> int:
        return len(self.held) - self.at


def _pairs_of(segment: str) -> dict[str, str]:
    bits = _Bits("".join(_as_bits(_BASE64.index(held), 6) for held in segment))
    found: dict[str, str] = {}
    while bits.left > 8:
        code = bits.text(2, _HEX, 4)
        if code.isdecimal():
            ai = code + bits.text(AI_LENGTHS[code] - 2, _HEX, 4)
            found[ai] = _read_value(ai, bits)
        elif code[0] == "F":
            bits.at -= 4
            name = bits.text(bits.number(7), _BASE64, 6)
            found[name] = _read_encoded(bits, 7)
        else:
            found.update({ai: _read_value(ai, bits) for ai in _SEQUENCES[code]})
    return found


def _read_value(ai: str, bits: _Bits) -> str:
    value = ""
    for part in form_of(ai):
        most = int(part[1:])
        if part[0] == "N":
            value += _padded(bits.number(_value_width(most)), most)
        elif part[0] == "n":
            count = bits.number(_length_width(most))
            value += _padded(bits.number(_value_width(count)), count) if count else ""
        else:
            value += _read_encoded(bits, _length_width(most))
    if not value:
        raise ValueError(ai)
    return value


def _padded(number: int, count: int) -> str:
    text = str(number).zfill(count)
    if len(text) > count:
        raise ValueError("more digits than told")
    return text


def _read_encoded(bits: _Bits, length_width: int) -> str:
    encoding, count = bits.number(3), bits.number(length_width)
    if encoding == 0:
        return _padded(bits.number(_value_width(count)), count) if count else ""
    return bits.text(count, *_ALPHABETS[encoding])


def _value_bits(ai: str, value: str) -> str:
    bits = ""
    for part in form_of(ai):
        most = int(part[1:])
        held, value = (value[:most], value[most:]) if part[0] == "N" else (value, "")
        if part[0] == "x":
            bits += _encoded_bits(held, _length_width(most))
            continue
        if part[0] == "n":
            bits += _as_bits(len(held), _length_width(most))
        bits += _as_bits(int(held), _value_width(len(held))) if held else ""
    return bits


def _encoded_bits(value: str, length_width: int) -> str:
    encoding = next((number for number, form in _ENCODINGS if form.fullmatch(value)), 4)
    front = _as_bits(encoding, 3) + _as_bits(len(value), length_width)
    if encoding == 0:
        return front + _as_bits(int(value), _value_width(len(value)))
    return front + _text_bits(value, *_ALPHABETS[encoding])


def _text_bits(value: str, alphabet: str, width: int) -> str:
    return "".join(_as_bits(alphabet.index(held), width) for held in value)


def _code_bits(code: str) -> str:
    return "".join(_as_bits(int(digit, 16), 4) for digit in code)


def _as_bits(number: int, width: int) -> str:
    return f"{number:0{width}b}" if width else ""


def _length_width(most: int) -> int:
    return ceil(log2(most) + 0.01)


def _value_width(count: int) -> int:
    return ceil(count * log2(10) + 0.01)
