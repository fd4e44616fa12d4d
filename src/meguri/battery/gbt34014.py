"""Chinese traction battery codes of 24 characters (GB/T 34014-2017, section 4).

Three characters of the maker, product type, battery type, two of the specification, seven of traceability,
three of the production date, seven of the serial number. Dates count 1 to 9, then letters without I, O, Q, U and Z; 0 is the 31st:
the order of the letters after T is custom in the trade and was not compared with the standard's own table.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from meguri.errors import InputError, Said

LENGTH = 24
SECOND_USE_LENGTH = 19

PRODUCTS: dict[str, Said] = {"P": Said("pack"), "M": Said("module"), "C": Said("cell")}
TYPES: dict[str, Said] = {
    "A": Said("nickel-metal hydride"),
    "B": Said("lithium iron phosphate"),
    "C": Said("lithium manganese oxide"),
    "D": Said("lithium cobalt oxide"),
    "E": Said("ternary (NMC or NCA)"),
    "F": Said("supercapacitor"),
    "G": Said("lithium titanate"),
    "Z": Said("other"),
}

_ORDER = "123456789ABCDEFGHJKLMNPRSTVWXY"
_YEARS = {code: year for year, code in enumerate(_ORDER, start=2011)}
_MONTHS = {code: month for month, code in enumerate("123456789ABC", start=1)}
_DAYS = {code: day for day, code in enumerate(_ORDER + "0", start=1)}

looks_like_code = re.compile(
    r"[0-9A-Z]{3}[PMC][A-GZ][0-9A-Z]{9}[1-9A-Y][1-9A-C][0-9A-Y][0-9A-Z]{7}"
).fullmatch


@dataclass(frozen=True, slots=True)
class BatteryCode:
    """A code taken apart; `made` is its production date, in the years 2011 to 2040."""

    maker: str
    product: str
    battery_type: str
    specification: str
    traceability: str
    made: date
    serial: str


def parse_code(text: str) -> tuple[str, BatteryCode]:
    """The code in capital letters, and its parts. Raises InputError that names the character at fault."""
    code = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()
    if len(code) == SECOND_USE_LENGTH:
        raise InputError(
            Said("{code} has 19 characters: it is a code for second use.", code=code),
            mend=Said(
                "Give the battery's first code of 24 characters, or record this one as serial:MAKER/{code}.",
                code=code,
            ),
        )
    if len(code) != LENGTH:
        raise InputError(
            Said("The battery code {code} has {count} characters.", code=code, count=len(code)),
            mend=Said("A code of GB/T 34014 has 24; put both lines of the label together."),
        )
    for place, character in enumerate(code, start=1):
        if not (character.isascii() and character.isalnum()):
            raise _fault(code, place, Said("Only letters and digits may stand there."))
    for place, allowed in ((4, PRODUCTS), (5, TYPES), (15, _YEARS), (16, _MONTHS), (17, _DAYS)):
        if code[place - 1] not in allowed:
            raise _fault(
                code, place, Said("One of these may stand there: {allowed}.", allowed=tuple(allowed))
            )
    year, month, day = _YEARS[code[14]], _MONTHS[code[15]], _DAYS[code[16]]
    try:
        made = date(year, month, day)
    except ValueError:
        raise _fault(
            code, 17, Said("Month {month} of {year} has no day {day}.", month=month, year=year, day=day)
        ) from None
    return code, BatteryCode(code[:3], code[3], code[4], code[5:7], code[7:14], made, code[17:])


def _fault(code: str, place: int, mend: Said) -> InputError:
    return InputError(
        Said(
            "“{character}” at place {place} of the battery code {code} is not allowed.",
            character=code[place - 1],
            place=place,
            code=code,
        ),
        mend=mend,
    )
