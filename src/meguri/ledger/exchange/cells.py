"""Cells as people fill them in, read as what they mean: full-width digits, 1,234, 87.5 %, 令和6年4月1日, はい.

A blank is nothing, never zero. A formula or a spreadsheet's error is refused, as nobody can say what it stands for.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from meguri.battery import FIELDS
from meguri.errors import Said
from meguri.ledger.exchange.columns import Column, Form, column_of
from meguri.ledger.exchange.moments import JAPAN, moment
from meguri.ledger.exchange.names import code_of

MOST_CHARACTERS = 32_767
MOST_EXACT = 10**15

_YES = frozenset({"yes", "y", "true", "1", "はい", "有", "有り", "あり", "○", "〇", "適合", "合格"})
_NO = frozenset({"no", "n", "false", "0", "いいえ", "無", "無し", "なし", "×", "不適合", "不合格"})
_UNITS: Final[Mapping[str, tuple[str, ...]]] = {"JPY": ("円", "yen"), "%": ("%", "パーセント")}

_NUMBER = re.compile(
    r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?(?:e[+-]?[0-9]{1,3})?", re.IGNORECASE
)
_CODE = re.compile(r".*\[([A-Za-z0-9_]+)\]").fullmatch
_PART = re.compile(r"(\S+)(?:\s+([0-9][0-9,.]*)\s*(?:kg)?)?", re.IGNORECASE).fullmatch
_MASS = re.compile(r"([A-Za-z]{1,2})\s*[=:\s]\s*([0-9][0-9,.]*)\s*(?:kg)?", re.IGNORECASE).fullmatch
_PAIR = re.compile(r"([A-Za-z_]+)\s*=\s*(.*)").fullmatch


class CellFault(Exception):
    """A cell that cannot be read: what is wrong, and how to mend it."""

    def __init__(self, what: Said, mend: Said) -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


class Unread(str):
    """A cell of a workbook with a formula or an error in it, as written."""

    __slots__ = ()


def is_blank(cell: object) -> bool:
    """Whether a cell holds nothing; spaces count as nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def plain(text: str) -> str:
    """Text with full-width letters and digits made plain, without spaces around it."""
    return unicodedata.normalize("NFKC", text).strip().removeprefix("'")


def read_cell(cell: object, column: Column, zone: tzinfo = JAPAN) -> Any:
    """What a cell means in a column, as JSON would say it; None for a blank. Times without an offset are of `zone`.

    Raises CellFault.
    """
    if isinstance(cell, Unread) or (isinstance(cell, str) and cell.lstrip().startswith("=")):
        raise CellFault(
            Said("the cell holds a formula or an error"), Said("Copy the cells and paste them as values.")
        )
    if is_blank(cell):
        return None
    if isinstance(cell, str) and "\x00" in cell:
        raise CellFault(Said("the text holds a NUL character"), Said("Save the file anew as CSV or XLSX."))
    if isinstance(cell, str) and len(cell) > MOST_CHARACTERS:
        raise CellFault(
            Said("the text is longer than {most:,} characters", most=MOST_CHARACTERS), Said("Shorten it.")
        )
    return _READERS[column.form](cell, column, zone)


def _text(cell: object, column: Column, zone: tzinfo) -> str:
    if isinstance(cell, date | time | timedelta | bool):
        raise CellFault(
            Said("the spreadsheet has made a date or truth value of this text"),
            Said("Format the column as text and type the value anew."),
        )
    if isinstance(cell, int | float):
        if not abs(cell) < MOST_EXACT:
            raise CellFault(
                Said("the spreadsheet has rounded this number, which is a name"),
                Said("Format the column as text and type the value anew."),
            )
        return str(int(cell) if cell == int(cell) else cell)
    return str(cell).strip().removeprefix("'")


def _name(cell: object, column: Column, zone: tzinfo) -> str:
    return plain(_text(cell, column, zone))


def _number(cell: object, column: Column, zone: tzinfo) -> int | float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _whole_if_so(cell)
    if not isinstance(cell, str):
        raise CellFault(Said("a number is expected"), Said("Format the cell as a number."))
    written = plain(cell).replace("−", "-").replace("，", ",")
    unit = FIELDS[column.field].unit
    for ending in (unit, plain(unit), *_UNITS.get(unit, ())):
        if ending and written.casefold().endswith(ending.casefold()):
            written = written[: -len(ending)].rstrip()
            break
    if _NUMBER.fullmatch(written) is None:
        raise CellFault(Said("this is not a number"), Said("Write digits only, such as 1234 or 1,234.5."))
    digits = written.replace(",", "")
    return int(digits) if digits.lstrip("+-").isdigit() and len(digits) < 16 else _whole_if_so(float(digits))


def _whole_if_so(number: float) -> int | float:
    if not math.isfinite(number):
        raise CellFault(Said("this is not a number"), Said("Leave the cell blank when it is not known."))
    return int(number) if number == int(number) and abs(number) < MOST_EXACT else number


def _truth(cell: object, column: Column, zone: tzinfo) -> bool:
    written = plain(str(cell)).casefold().removesuffix(".0")
    if written in _YES or written in _NO:
        return written in _YES
    raise CellFault(Said("yes or no is expected"), Said("Write yes or no."))


def _instant(cell: object, column: Column, zone: tzinfo) -> str:
    """RFC 3339."""
    try:
        found = cell if isinstance(cell, date) else moment(plain(str(cell)))
    except ValueError as fault:
        raise CellFault(Said("there is no such day"), Said("Check year, month and day.")) from fault
    if found is None:
        raise CellFault(
            Said("this is not a date"), Said("Write it as 2026-04-01 09:30, 2026/4/1 or 令和8年4月1日.")
        )
    if not isinstance(found, datetime):
        found = datetime.combine(found, time())
    return (found if found.tzinfo else found.replace(tzinfo=zone)).isoformat()


def _country(cell: object, column: Column, zone: tzinfo) -> str:
    written = _name(cell, column, zone)
    code = code_of("country", written) or written.upper()
    if re.fullmatch("[A-Z]{2}", code) is None:
        raise CellFault(
            Said("this is not a country"), Said("Write its two letters (ISO 3166-1), such as JP.")
        )
    return code


def _choice(cell: object, column: Column, zone: tzinfo) -> str:
    written = _name(cell, column, zone)
    told = (found[1] if (found := _CODE(written)) else written).casefold()
    by_case = {value.casefold(): value for value in column.values}
    code = by_case.get(told) or code_of(column.field, written)
    if code in column.values:
        return str(code)
    raise CellFault(
        Said("this value is not one of those allowed"), Said("Allowed: {allowed}.", allowed=column.values)
    )


def _items(cell: object, column: Column, zone: tzinfo) -> list[str]:
    written = _text(cell, column, zone)
    return [item for item in map(plain, re.split(r"[;；\r\n]+", written)) if item]


def _parts(cell: object, column: Column, zone: tzinfo) -> list[dict[str, Any]]:
    return [_part_of(item) for item in _items(cell, column, zone)]


def _part(cell: object, column: Column, zone: tzinfo) -> dict[str, Any]:
    items = _items(cell, column, zone)
    if len(items) != 1:
        raise CellFault(Said("one identifier is expected"), Said("Give one identifier here."))
    return _part_of(items[0])


def _part_of(item: str) -> dict[str, Any]:
    found = _PART(item)
    if found is None:
        raise CellFault(
            Said("“{item}” is not an identifier, with or without its mass", item=item),
            Said("Write the identifier, a space and its mass in kg; put a semicolon between parts."),
        )
    name, mass = found.groups()
    return {"id": name} if mass is None else {"id": name, "mass_kg": _amount(mass)}


def _masses(cell: object, column: Column, zone: tzinfo) -> dict[str, int | float]:
    found: dict[str, int | float] = {}
    for item in _items(cell, column, zone):
        told = _MASS(item)
        if told is None or told[1].capitalize() in found:
            raise CellFault(
                Said("“{item}” is not an element with its mass", item=item),
                Said("Write each element once, such as Li 1.2; Ni 8.5."),
            )
        found[told[1].capitalize()] = _amount(told[2])
    return found


def _amount(written: str) -> int | float:
    if _NUMBER.fullmatch(written) is None:
        raise CellFault(Said("this is not a number"), Said("Write digits only, such as 1234 or 1,234.5."))
    return _whole_if_so(float(written.replace(",", "")))


def _pairs(cell: object, column: Column, zone: tzinfo) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in _items(cell, column, zone):
        told = _PAIR(item)
        target = column_of(told[1]) if told else None
        if told is None or target is None:
            raise CellFault(
                Said("“{item}” is not a field with its value", item=item),
                Said("Write fields as soh_percent=84; put a semicolon between them."),
            )
        found[told[1]] = read_cell(told[2], target, zone)
    return found


_READERS: Final[Mapping[Form, Callable[[object, Column, tzinfo], Any]]] = {
    "text": _text,
    "name": _name,
    "number": _number,
    "truth": _truth,
    "instant": _instant,
    "country": _country,
    "choice": _choice,
    "texts": _items,
    "part": _part,
    "parts": _parts,
    "masses": _masses,
    "pairs": _pairs,
}
