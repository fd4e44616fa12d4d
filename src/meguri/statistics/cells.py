"""Cells: what people write in a cell, read as the value it means.

Full-width digits, `1,234`, `▲5`, units after a number, Japanese era years (令和6年, R6, 平成元年), fiscal years
(2023年度, FY2023) and the common ways to write a date are understood. A blank is nothing, never zero; a formula,
a spreadsheet error or a dash is refused, because nobody can say what it stands for.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from meguri.errors import Said
from meguri.statistics.limits import MAX_CELL_CHARACTERS
from meguri.statistics.table import Field

Value = str | int | float | bool | date | None
Period = Literal["", "calendar", "fiscal"]

# The first and last Gregorian year of each era (元号法 and the calendar of 1873).
ERAS: Final[Mapping[str, tuple[int, int]]] = {
    "令和": (2019, 2118),
    "平成": (1989, 2019),
    "昭和": (1926, 1989),
    "大正": (1912, 1926),
    "明治": (1868, 1912),
}
LETTERS: Final[Mapping[str, str]] = {"R": "令和", "H": "平成", "S": "昭和", "T": "大正", "M": "明治"}

_ERA = r"(?P<era>令和|平成|昭和|大正|明治|[RHSTM])\.?(?P<nth>元|[0-9]{1,3})"
_YEAR = re.compile(
    rf"(?P<before>FY|CY)?(?:(?P<year>[0-9]{{4}})|{_ERA})(?P<after>年度|年|FY|CY)?", re.IGNORECASE
)
_MONTH = re.compile(r"(?P<month>[0-9]{1,2})月?")
_DAY = re.compile(
    rf"(?:(?P<year>[0-9]{{4}})|{_ERA})(?:年|[-/.])(?P<month>[0-9]{{1,2}})(?:月|[-/.])(?P<day>[0-9]{{1,2}})日?(?:T?00:00:00)?",
    re.IGNORECASE,
)
_YEARMONTH = re.compile(
    rf"(?:(?P<year>[0-9]{{4}})|{_ERA})(?:年|[-/.])(?P<month>[0-9]{{1,2}})月?|(?P<packed>[0-9]{{6}})",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:[, ][0-9]{3})+)(?:\.[0-9]+)?(?:E[+-]?[0-9]{1,3})?", re.IGNORECASE
)
_DASHES = frozenset(
    {
        "-",
        "--",
        "―",
        "—",
        "‐",
        "–",
        "ー",
        "…",
        "...",
        "･･･",
        "・・・",
        "*",
        "***",
        "X",
        "NA",
        "N/A",
        "N.A.",
        "不明",
    }
)
_TRUTH: Final[Mapping[str, bool]] = {"true": True, "yes": True, "1": True, "はい": True, "有": True} | {
    "false": False, "no": False, "0": False, "いいえ": False, "無": False
}  # fmt: skip
_INT64 = 2**63
_LONG = 30


class CellFault(Exception):
    """A cell that cannot be read: what is wrong and how to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


class Formula(str):
    """A cell of a workbook that holds a formula."""


class ErrorValue(str):
    """A cell of a workbook that holds an error such as #N/A."""


def folded(text: str) -> str:
    """`text` with full-width letters and digits made plain and the ends stripped."""
    return unicodedata.normalize("NFKC", text).strip()


def is_blank(cell: object) -> bool:
    """Whether a cell holds nothing (spaces count as nothing)."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def read_cell(cell: object, field: Field) -> Value:
    """The value that a cell means in a column; `None` for a blank. Raises `CellFault`."""
    if isinstance(cell, ErrorValue):
        raise CellFault(
            Said("the cell holds a spreadsheet error"), Said("Mend the calculation, or leave the cell blank.")
        )
    if isinstance(cell, Formula) or (isinstance(cell, str) and cell.lstrip().startswith("=")):
        raise CellFault(Said("the cell holds a formula"), Said("Copy the cells and paste them as values."))
    if is_blank(cell):
        return None
    if isinstance(cell, str) and len(cell) > MAX_CELL_CHARACTERS:
        raise CellFault(
            Said(
                "the text is longer than {most:,} characters",
                most=MAX_CELL_CHARACTERS,
            ),
            Said("Shorten it."),
        )
    if isinstance(cell, str) and "\x00" in cell:
        raise CellFault(Said("the text holds a NUL character"), Said("Save the file anew as CSV or XLSX."))
    if field.period:
        return _bounded(read_year(cell)[0], field)
    return _bounded(_READERS[field.type](cell, field), field)


def read_year(cell: object) -> tuple[int, Period]:
    """A year, western or of an era, and the period that the cell itself declares (`FY2023`, `2023年度`). Raises `CellFault`."""
    if isinstance(cell, bool | date | time | timedelta):
        raise CellFault(
            Said("a date or truth value stands where a year is expected"),
            Said("Write the year as a number, such as 2024."),
        )
    if isinstance(cell, int | float):
        return _integer(cell), ""
    written = folded(str(cell)).replace(" ", "")
    found = _YEAR.fullmatch(written)
    if found is None:
        raise CellFault(Said("this is not a year"), Said("Write it as 2024, 令和6年 or R6."))
    marks = {(found["before"] or "").upper(), (found["after"] or "").upper()}
    period: Period = "fiscal" if marks & {"FY", "年度"} else "calendar" if "CY" in marks else ""
    return _gregorian(found), period


def _gregorian(found: re.Match[str]) -> int:
    if found["year"]:
        return int(found["year"])
    era = LETTERS.get(found["era"].upper(), found["era"])
    first, last = ERAS[era]
    nth = 1 if found["nth"] == "元" else int(found["nth"])
    year = first + nth - 1
    if nth < 1 or year > last:
        raise CellFault(
            Said("{era} has no year {nth}", era=era, nth=nth),
            Said("{era} is {first} to {last}; check the era.", era=era, first=first, last=last),
        )
    return year


def _integer(cell: object, field: Field | None = None) -> int:
    number = _number(cell, field)
    if number != int(number):
        raise CellFault(
            Said("a whole number is expected"), Said("Round it, or check the unit of the column.")
        )
    if abs(number) >= _INT64:
        raise CellFault(Said("the number is too large"), Said("Check the digits and the unit."))
    return int(number)


def _number(cell: object, field: Field | None = None) -> int | float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if isinstance(cell, float) and not math.isfinite(cell):
            raise CellFault(
                Said("this is not a number"), Said("Leave the cell blank when the figure is not known.")
            )
        return cell
    if not isinstance(cell, str):
        raise CellFault(Said("a number is expected"), Said("Format the cell as a number."))
    written = folded(cell).replace("−", "-").replace("▲", "-").replace("△", "-")
    if written.upper() in _DASHES:
        raise CellFault(
            Said("a dash or mark may mean none or not known"),
            Said("Write 0 for none, and leave the cell blank for not known."),
        )
    percent = field is not None and field.unit in ("share", "1") and written.endswith("%")
    for unit in ("%",) if percent else (field.unit_ja, field.unit) if field is not None else ():
        written = written.removesuffix(unit).rstrip()
    if _NUMBER.fullmatch(written) is None:
        raise CellFault(Said("this is not a number"), Said("Write digits only, such as 1234 or 1,234.5."))
    plain = written.replace(",", "").replace(" ", "")
    short = len(plain) < _LONG and plain.lstrip("+-").isdigit()
    number = int(plain) if short else float(plain)
    if not math.isfinite(number):
        raise CellFault(Said("the number is too large"), Said("Check the digits and the unit."))
    return number / 100 if percent else number


def _real(cell: object, field: Field) -> float:
    try:
        return float(_number(cell, field))
    except OverflowError as fault:
        raise CellFault(Said("the number is too large"), Said("Check the digits and the unit.")) from fault


def _whole(cell: object, field: Field) -> int:
    if isinstance(cell, str) and field.unit == "month" and (found := _MONTH.fullmatch(folded(cell))):
        return int(found["month"])
    return _integer(cell, field)


def _text(cell: object, field: Field) -> str:
    if isinstance(cell, date | time | timedelta):
        raise CellFault(
            Said("the spreadsheet has made a date of this text"),
            Said("Format the column as text and type the value anew."),
        )
    if isinstance(cell, bool):
        raise CellFault(
            Said("a truth value stands where text is expected"),
            Said("Format the column as text and type the value anew."),
        )
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    written = str(cell).strip()
    coded = bool(field.labels or field.constraints.enum or field.constraints.pattern)
    if coded:
        written = folded(written).removeprefix("'").strip()
    if field.zero_padded and written.isdigit():
        written = written.zfill(field.zero_padded)
    return _labelled(written, field)


def _labelled(written: str, field: Field) -> str:
    if not field.labels:
        return written
    wanted = _spelling(written)
    for value, others in field.labels.items():
        if wanted in {_spelling(value), *map(_spelling, others)}:
            return value
    return written


def _spelling(text: str) -> str:
    return re.sub(r"\s", "", folded(text)).casefold()


def _truth(cell: object, _: Field) -> bool:
    if isinstance(cell, bool):
        return cell
    written = folded(str(cell)).casefold()
    if written not in _TRUTH:
        raise CellFault(Said("true or false is expected"), Said("Write true or false."))
    return _TRUTH[written]


def _day(cell: object, _: Field) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = _DAY.fullmatch(folded(str(cell)).replace(" ", ""))
    if found is None:
        raise CellFault(Said("this is not a date"), Said("Write it as 2024-03-31 or 令和6年3月31日."))
    try:
        return date(_gregorian(found), int(found["month"]), int(found["day"]))
    except ValueError as fault:
        raise CellFault(Said("there is no such day"), Said("Check month and day.")) from fault


def _yearmonth(cell: object, _: Field) -> str:
    if isinstance(cell, date):
        return f"{cell.year:04}-{cell.month:02}"
    found = _YEARMONTH.fullmatch(folded(str(cell)).replace(" ", "")) if isinstance(cell, str) else None
    if found is None:
        raise CellFault(Said("this is not a month"), Said("Write it as 2024-03 or 令和6年3月."))
    year, month = (
        divmod(int(found["packed"]), 100) if found["packed"] else (_gregorian(found), int(found["month"]))
    )
    if not 1 <= month <= 12:
        raise CellFault(Said("there is no such month"), Said("Months run from 1 to 12."))
    return f"{year:04}-{month:02}"


_READERS: Final[Mapping[str, Callable[[object, Field], Value]]] = {
    "string": _text,
    "integer": _whole,
    "number": _real,
    "boolean": _truth,
    "date": _day,
    "yearmonth": _yearmonth,
}


def _bounded(value: Value, field: Field) -> Value:
    limits = field.constraints
    if isinstance(value, str):
        if limits.enum and value not in limits.enum:
            raise CellFault(
                Said("this value is not one of those allowed"),
                Said("Allowed: {allowed}.", allowed=limits.enum),
            )
        if limits.pattern and re.fullmatch(limits.pattern, value) is None:
            raise CellFault(
                Said("the code does not have its form"),
                Said("{form}.", form=field.description, form_ja=field.description_ja),
            )
    elif isinstance(value, int | float):
        if limits.minimum is not None and value < limits.minimum:
            raise CellFault(
                Said("the value is below {minimum:g}", minimum=limits.minimum),
                Said("Check sign, digits and unit."),
            )
        if limits.maximum is not None and value > limits.maximum:
            raise CellFault(
                Said("the value is above {maximum:g}", maximum=limits.maximum), Said("Check digits and unit.")
            )
    return value
