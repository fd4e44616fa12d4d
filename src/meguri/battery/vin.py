"""Vehicles' numbers: VIN of 17 characters (ISO 3779, ISO 3780) and Japanese chassis numbers such as ZE0-123456."""

from __future__ import annotations

import re
import unicodedata

from meguri.errors import InputError, Said

LENGTH = 17
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VALUES = dict(
    zip(
        "ABCDEFGHJKLMNPRSTUVWXYZ0123456789",
        (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10), *range(10)),
        strict=True,
    )
)
_WITH_CHECK = frozenset("123457L")
"""First characters of makers in North America (49 CFR 565.15) and China (GB 16735), where place 9 is a check digit."""

_hyphens = re.compile("[‐-―−ー]")
looks_like_vin = re.compile(r"[A-HJ-NPR-Z0-9]{17}").fullmatch
looks_like_chassis = re.compile(r"(?=[0-9]*[A-Z])[A-Z0-9]{2,8}-[0-9]{5,7}").fullmatch


def vehicle_number(text: str) -> str:
    """A VIN or chassis number in its one form. Raises InputError that names the character at fault."""
    typed = unicodedata.normalize("NFKC", text)
    number = re.sub(r"\s", "", _hyphens.sub("-", typed)).upper()
    if looks_like_chassis(number):
        return number
    vin = number.replace("-", "")
    if len(vin) != LENGTH:
        raise InputError(
            Said("“{number}” is neither a VIN nor a chassis number.", number=text),
            mend=Said("A VIN has 17 characters; a Japanese chassis number looks like ZE0-123456."),
        )
    for place, character in enumerate(vin, start=1):
        if character not in _VALUES:
            raise InputError(
                Said(
                    "“{character}” at place {place} of the VIN {vin} is not allowed.",
                    character=character,
                    place=place,
                    vin=vin,
                ),
                mend=Said("A VIN has digits and capital letters without I, O and Q; read 1 or 0 instead."),
            )
    if vin[0] in _WITH_CHECK and vin[8] != check_character(vin):
        raise InputError(
            Said("The check digit {found} at place 9 of the VIN {vin} is wrong.", found=vin[8], vin=vin),
            mend=Said("It should be {right}; look for a mistyped character.", right=check_character(vin)),
        )
    return vin


def check_character(vin: str) -> str:
    """The character that place 9 holds where the market uses it (49 CFR 565.15, GB 16735)."""
    total = sum(_VALUES[held] * weight for held, weight in zip(vin, _WEIGHTS, strict=True))
    return "0123456789X"[total % 11]
