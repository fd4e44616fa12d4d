"""GS1 element strings: every Application Identifier with its form; `(01)…(21)…` and the text of a barcode.

Source: GS1 General Specifications 3.2 (forms), 7.8.5 (predefined lengths), 7.8.6 (FNC1 as separator).
"""

from __future__ import annotations

import re
from functools import cache

from meguri.battery.gs1_keys import KEY, QUALIFIER, Gs1, gs1
from meguri.errors import InputError, Said

GS = "\x1d"
_separators = re.compile("␝|<GS>|\\{GS\\}|<FNC1>|\\{FNC1\\}")
_symbology = re.compile(r"\](?:C1|e0|d2|Q3|J1)")
MOST_CHARACTERS = 512

_FORMS: dict[str, tuple[str, ...]] = {
    ai: tuple(form.split("+"))
    for form, listed in {
        "N18": "00 8006 8017 8018 8026",
        "N14": "01 02 8001",
        "N13": "410 411 412 413 414 415 416 417 7001",
        "N17": "402",
        "N10": "7003",
        "N6": "11 12 13 15 16 17 7006 8005",
        "N4": "3940 3941 3942 3943 8111",
        "N3": "422 424 426",
        "N2": "20",
        "n4": "7004",
        "n6": "242",
        "n8": "30 37",
        "n10": "8019",
        "n12": "8011",
        "N3+n12": "423 425",
        "N6+n6": "7007",
        "N8+n4": "8008",
        "N13+n12": "255",
        "N3+x9": "421",
        "N13+x17": "253",
        "N14+x16": "8003",
        "x2": "7010",
        "x3": "427 7008",
        "x10": "7009",
        "x12": "7005",
        "x20": "10 21 22 243 254 420 710 711 712 713 714 7020 7021 7022 8002 8012",
        "x24": "8007",
        "x25": "8020",
        "x28": "235",
        "x30": "90 240 241 250 251 400 401 403 7002 7023 8004 8010 8013",
        "x50": "8009",
        "x70": "8110 8112 8200",
        "x90": "91 92 93 94 95 96 97 98 99",
    }.items()
    for ai in listed.split()
}
"""What each Application Identifier holds: N digits of a fixed number, n up to that number, x characters."""

_FAMILIES = (
    (re.compile(r"3[1-6]\d\d"), ("N6",)),
    (re.compile(r"39[02]\d"), ("n15",)),
    (re.compile(r"39[13]\d"), ("N3", "n15")),
    (re.compile(r"703\d"), ("N3", "x27")),
    (re.compile(r"723\d"), ("x30",)),
)
AI_LENGTHS = {
    prefix: length
    for length, listed in {
        2: "00 01 02 10 11 12 13 15 16 17 20 21 22 30 37 90 91 92 93 94 95 96 97 98 99",
        3: "23 24 25 40 41 42 71",
        4: "31 32 33 34 35 36 39 70 72 80 81 82",
    }.items()
    for prefix in listed.split()
}
_PREDEFINED = {"00": 20, "01": 16, "02": 16, "03": 16, "04": 18, "20": 4, "41": 16} | {
    f"{first}": length for span, length in ((range(11, 20), 8), (range(31, 37), 10)) for first in span
}
"""Characters of an element string, Application Identifier included, that need no separator after them."""


def form_of(ai: str) -> tuple[str, ...]:
    """The parts that an Application Identifier's value has; none for an unknown one."""
    return _FORMS.get(ai) or next((form for family, form in _FAMILIES if family.fullmatch(ai)), ())


def fits(ai: str, value: str) -> bool:
    """Whether a value has the form of its Application Identifier."""
    return bool(value and form_of(ai) and _pattern(form_of(ai)).fullmatch(value))


@cache
def _pattern(form: tuple[str, ...]) -> re.Pattern[str]:
    kinds = {"N": "[0-9]{%s}", "n": "[0-9]{0,%s}", "x": "[\\x00-\\x7f]{0,%s}"}
    return re.compile("".join(kinds[part[0]] % part[1:] for part in form), re.DOTALL)


def looks_like_elements(text: str) -> bool:
    """Whether a text is written as element strings: brackets, a symbology identifier, or separators."""
    return bool(
        re.match(r"\([0-9]{2,4}\)", text)
        or _symbology.match(text)
        or GS in text
        or _separators.search(text)
        or re.match(r"01[0-9]{14}(?:10|21|22|235|240|11|17)", text)
    )


def from_elements(text: str) -> Gs1:
    """The name in element strings; what else they say, such as a date, is left out. Raises InputError."""
    if len(text) > MOST_CHARACTERS:
        raise InputError(
            Said("The code has {count} characters.", count=len(text)),
            mend=Said("At most {most} are read.", most=MOST_CHARACTERS),
        )
    pairs = _bracketed(text) if text.startswith("(") else _plain(text)
    found = dict(pairs)
    if len(set(pairs)) > len(found):
        raise InputError(
            Said("The code “{text}” says the same thing twice, and differently.", text=text),
            mend=Said("Scan the code of one thing only, such as (01) with (21)."),
        )
    keys = [ai for ai in found if ai in KEY]
    if len(keys) != 1:
        raise InputError(
            Said("The code “{text}” holds {count} keys; one is wanted.", text=text, count=len(keys)),
            mend=Said("Scan the code of one thing only, such as (01) with (21)."),
        )
    order = KEY[keys[0]].qualifiers
    qualifiers = [pair for pair in found.items() if pair[0] in QUALIFIER]
    qualifiers.sort(key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))
    return gs1(keys[0], found[keys[0]], qualifiers)


def _bracketed(text: str) -> list[tuple[str, str]]:
    """Pairs of `(01)…(21)…`; brackets within a value stay where they hold no known identifier."""
    pairs: list[tuple[str, str]] = []
    pieces = re.split(r"\(([0-9]{2,4})\)", text)
    for ai, value in zip(pieces[1::2], pieces[2::2], strict=True):
        if form_of(ai):
            pairs.append((ai, value.strip()))
        elif pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]}({ai}){value}")
        else:
            raise _unknown(ai)
    return pairs


def _plain(text: str) -> list[tuple[str, str]]:
    """Pairs of a barcode's text, where a separator ends each value of no predefined length."""
    left = _separators.sub(GS, _symbology.sub("", text, count=1)).lstrip(GS)
    pairs = []
    while left:
        ai = left[: AI_LENGTHS.get(left[:2], 2)]
        if not form_of(ai):
            raise _unknown(ai)
        length = _PREDEFINED.get(ai[:2])
        element, left = (
            (left[:length], left[length:]) if length else (left.partition(GS)[0], left.partition(GS)[2])
        )
        pairs.append((ai, element[len(ai) :]))
        left = left.removeprefix(GS)
    return pairs


def _unknown(ai: str) -> InputError:
    return InputError(
        Said("({ai}) is not a GS1 Application Identifier.", ai=ai),
        mend=Said("Scan the code again; separators between its parts may be lost."),
    )
