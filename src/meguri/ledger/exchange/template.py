"""Sheets to fill in: a workbook with a sheet for each word, or a CSV file for all, in the reader's language.

The first row has headings, the second the names of fields, the third an example that is not read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from meguri.battery import ROLES, RULE
from meguri.errors import OptionError, Said
from meguri.ledger.exchange.book import MOST_ROWS
from meguri.ledger.exchange.columns import COMMON, WORDS, Column, columns_of
from meguri.ledger.exchange.names import Language, label, names

__all__ = ["FORMATS", "template"]

FORMATS: Final = ("xlsx", "csv")
TYPE: Final = Column("type", "choice", needed=True, values=WORDS)
ROWS: Final = min(MOST_ROWS, 5_000)
"""Rows of a workbook that are prepared; more can be filled in."""

_LINK = "https://id.gs1.org/01/09520000000042/21/"
_EXAMPLES: Final[dict[str, Any]] = {
    "battery": _LINK + "B000001",
    "time": "2026-04-01 09:30",
    "country": "JP",
    "destination": "NZ",
    "origin": "NZ",
    "soh_percent": 87.5,
    "soh_low_percent": 85,
    "soh_high_percent": 90,
    "mass_kg": 303,
    "energy_kwh": 40,
    "odometer_km": 52_000,
    "corrects": "00000000-0000-7000-8000-000000000000",
    "replacement": "soh_percent=84",
    "parts": f"{_LINK}M000001 25.5; {_LINK}M000002 25.5",
    "into": "https://id.gs1.org/01/09520000000059/10/L000001 280",
    "outputs": "https://id.gs1.org/01/09520000000066/10/N000001 12.5",
    "elements_kg": "Li 1.2; Ni 8.5",
}


def template(what: str, form: str, language: Language) -> bytes:
    """A file to fill in: for `all`, for one word, or for the words that a role may record; `xlsx` or `csv`.

    Raises OptionError.
    """
    words = _words(what)
    if form not in FORMATS:
        raise OptionError(
            Said("There is no template in the form “{form}”.", form=form),
            where="form",
            mend=Said("Ask for one of: {forms}.", forms=FORMATS),
        )
    return _workbook(words, language) if form == "xlsx" else _csv(words, language)


def _words(what: str) -> tuple[str, ...]:
    if what == "all":
        return WORDS
    if what in WORDS:
        return (what,)
    words = tuple(word for word in WORDS if what in RULE[word].roles)
    if what not in ROLES or not words:
        raise OptionError(
            Said("There is no template for “{what}”.", what=what),
            where="word",
            mend=Said("Give “all”, what happened ({words}) or a role ({roles}).", words=WORDS, roles=ROLES),
        )
    return words


def heading(column: Column, language: Language) -> str:
    return label("field", column.field, language) + ("*" if column.needed else "")


def choices(column: Column, language: Language) -> list[str]:
    """What a cell is chosen from, each with its code, by which it is read back."""
    if column.form == "truth":
        return [label("text", "yes", language), label("text", "no", language)]
    kind = "event" if column is TYPE else column.field
    return [
        f"{label(kind, value, language)} [{value}]" if value in names().get(kind, {}) else value
        for value in column.values
    ]


def example(column: Column, language: Language) -> Any:
    """What the example row has in a column."""
    if column.field == "id":
        return label("text", "example", language)
    if column.field in _EXAMPLES:
        return _EXAMPLES[column.field]
    if column.form in ("choice", "truth"):
        return choices(column, language)[0]
    return label("text", "explanations", language) if column.needed else ""


def _csv(words: Sequence[str], language: Language) -> bytes:
    out = io.StringIO(newline="")
    write = csv.writer(out).writerow
    columns = [TYPE, *_all_columns(words)]
    write([heading(column, language) for column in columns])
    write([column.field for column in columns])
    for word in words:
        own = columns_of(word)
        write(
            [
                label("event", word, language)
                if column is TYPE
                else example(own[column.field], language)
                if column.field in own
                else ""
                for column in columns
            ]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _all_columns(words: Iterable[str]) -> list[Column]:
    """The columns of several words, each once, in the order of one word's sheet; needed where all words need it."""
    found: dict[str, list[Column]] = {}
    for word in words:
        for name, column in columns_of(word).items():
            found.setdefault(name, []).append(column)
    order = [*COMMON[:5], *(name for name in found if name not in COMMON), *COMMON[5:]]
    every = len(tuple(words))
    return [
        Column(
            name, found[name][0].form, len(found[name]) == every and all(one.needed for one in found[name])
        )
        for name in order
    ]


def _workbook(words: Sequence[str], language: Language) -> bytes:
    from xlsxwriter import Workbook

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": "Meguri", "created": datetime(2026, 1, 1)})  # noqa: DTZ001
        looks = _Looks(book)
        lists = _Lists(book)
        for word in words:
            _sheet(book.add_worksheet(label("event", word, language)), word, language, looks, lists)
        _explanations(book.add_worksheet(label("text", "explanations", language)), words, language, looks)
        lists.write()
    return out.getvalue()


class _Looks:
    """How cells look."""

    def __init__(self, book: Any) -> None:
        self.heading = book.add_format(
            {"bold": True, "bg_color": "#E7F0EA", "text_wrap": True, "valign": "top"}
        )
        self.code = book.add_format({"font_color": "#6B6B6B", "italic": True})
        self.example = book.add_format({"font_color": "#6B6B6B", "bg_color": "#F5F5F5", "num_format": "@"})
        self.text = book.add_format({"num_format": "@"})
        self.any = book.add_format({})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})


class _Lists:
    """Values to choose from, on a hidden sheet: a cell's own list may have 255 characters only."""

    NAME = "lists"

    def __init__(self, book: Any) -> None:
        self.book = book
        self.held: dict[tuple[str, ...], int] = {}

    def range(self, values: Sequence[str]) -> str:
        place = self.held.setdefault(tuple(values), len(self.held))
        column = _letters(place)
        return f"={self.NAME}!${column}$1:${column}${len(values)}"

    def write(self) -> None:
        sheet = self.book.add_worksheet(self.NAME)
        sheet.hide()
        for values, place in self.held.items():
            sheet.write_column(0, place, values)


def _letters(place: int) -> str:
    return (chr(64 + place // 26) if place >= 26 else "") + chr(65 + place % 26)


def _sheet(sheet: Any, word: str, language: Language, looks: _Looks, lists: _Lists) -> None:
    sheet.freeze_panes(2, 2)
    for place, column in enumerate(columns_of(word).values()):
        is_number = column.form in ("number", "instant")
        sheet.set_column(
            place, place, 44 if column.field == "battery" else 20, looks.any if is_number else looks.text
        )
        sheet.write_string(0, place, heading(column, language), looks.heading)
        sheet.write_string(1, place, column.field, looks.code)
        sheet.write(2, place, example(column, language), looks.example)
        rule: dict[str, Any] = {"validate": "any"}
        if offered := choices(column, language):
            rule = {"validate": "list", "source": lists.range(offered)}
        told = label("text", f"form_{column.form}", language)
        sheet.data_validation(3, place, 2 + ROWS, place, {**rule, "input_message": told})


def _explanations(sheet: Any, words: Sequence[str], language: Language, looks: _Looks) -> None:
    sheet.set_column(0, 1, 26)
    sheet.set_column(2, 2, 8)
    sheet.set_column(3, 5, 60)
    sheet.write_string(0, 0, label("text", "about", language))
    heads = ("column", "field", "needed", "form", "values", "sheets")
    for place, head in enumerate(heads):
        sheet.write_string(2, place, label("text", head, language), looks.heading)
    for row, column in enumerate(_all_columns(words), start=3):
        users = [word for word in words if column.field in columns_of(word)]
        own = [columns_of(word)[column.field] for word in users]
        offered = dict.fromkeys(value for one in own for value in choices(one, language))
        told = (
            label("field", column.field, language),
            column.field,
            label("text", "yes", language) if any(one.needed for one in own) else "",
            label("text", f"form_{column.form}", language),
            "\n".join(offered),
            "" if column.field in COMMON else ", ".join(label("event", word, language) for word in users),
        )
        for place, text in enumerate(told):
            sheet.write_string(row, place, text, looks.wrapped)
