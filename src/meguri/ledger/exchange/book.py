"""CSV and XLSX files as sheets of plain cells, in bounded time and memory; nothing in them is evaluated or fetched.

What a file is, is told from its contents, not from its name.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from meguri.errors import InputError, Said
from meguri.ledger.exchange.cells import Unread, is_blank

MOST_BYTES: Final = 64 << 20
MOST_ROWS: Final = 200_000
MOST_COLUMNS: Final = 500
MOST_CELLS: Final = 20_000_000
MOST_SHEETS: Final = 100
MOST_UNZIPPED: Final = 256 << 20
MOST_MEMBERS: Final = 1000
RATIO: Final = 100
MOST_AT_ONCE: Final = 8 << 20
SMALL: Final = 4 << 20
"""Bytes up to which it does not matter how well a workbook is packed."""

_ROW_END = re.compile(rb"</(?:\w+:)?row>")
_STREAMED = ("xl/sharedStrings.xml",)

Cells = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows that hold anything, each with its number as a spreadsheet shows it."""

    name: str
    rows: tuple[tuple[int, Cells], ...]


def read_sheets(data: bytes, file: str) -> tuple[Sheet, ...]:
    """The visible sheets of a workbook, or the one of a CSV file (UTF-8, UTF-16 or cp932). Raises InputError."""
    if len(data) > MOST_BYTES:
        raise _refused(
            file, Said("it has more than {most} MB", most=MOST_BYTES >> 20), Said("Send it in several parts.")
        )
    if data.startswith(b"PK"):
        return _workbook(data, file)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refused(
            file,
            Said("it is an old workbook (.xls) or one with a password"),
            Said("Save it as .xlsx or CSV, without a password."),
        )
    return (Sheet("", tuple(_records(_decoded(data, file), file))),)


def _decoded(data: bytes, file: str) -> str:
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if utf16 or b"\0" not in data:
        for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp932"):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise _refused(
        file,
        Said("its text is neither UTF-8 nor Shift JIS"),
        Said("Save it as “CSV UTF-8”, or as a workbook (.xlsx)."),
    )


def _records(text: str, file: str) -> Iterator[tuple[int, Cells]]:
    lines = io.StringIO(text, newline="").readlines()
    head = next((line for line in lines if any(mark in line for mark in ",\t;")), "")
    size = _Size(file)
    number = 0
    try:
        reader = csv.reader(lines, delimiter=max(",\t;", key=head.count), strict=True)
        for number, cells in enumerate(reader, start=1):
            if row := size.add(number, cells):
                yield row
    except csv.Error as fault:
        raise _refused(
            file,
            Said("it breaks off or its quotes do not match in row {row}", row=number + 1),
            Said("Export it anew; a cell that holds quotes must double them."),
        ) from fault


def _workbook(data: bytes, file: str) -> tuple[Sheet, ...]:
    from defusedxml.common import DefusedXmlException
    from openpyxl import load_workbook

    _check_archive(data, file)
    size = _Size(file)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if len(sheets) > MOST_SHEETS:
            raise _refused(
                file, Said("it has more than {most} sheets", most=MOST_SHEETS), Said("Send the tables alone.")
            )
        return tuple(Sheet(sheet.title, tuple(_rows(sheet, size))) for sheet in sheets)
    except InputError:
        raise
    except Exception as fault:
        hostile = isinstance(fault, DefusedXmlException) or isinstance(fault.__cause__, DefusedXmlException)
        raise _refused(
            file,
            Said("it declares XML entities") if hostile else Said("it is not a sound workbook"),
            Said("Open it in a spreadsheet program and save it anew."),
        ) from fault


def _check_archive(data: bytes, file: str) -> None:
    """Refuse what is far larger inside than a table of that many rows can be."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if any(_is_endless(archive, member) for member in members):
                raise _refused(
                    file, Said("a part of it is far too large for a table"), Said("Send the tables alone.")
                )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as fault:
        raise _refused(
            file,
            Said("the workbook is cut off, damaged or has a password"),
            Said("Save it anew, without a password."),
        ) from fault
    inside = sum(member.file_size for member in members)
    is_bomb = inside > SMALL and inside > RATIO * len(data)
    if len(members) > MOST_MEMBERS or inside > MOST_UNZIPPED or is_bomb:
        raise _refused(
            file,
            Said("it unpacks to {size:,} MB, more than is read", size=inside >> 20),
            Said("Send the tables alone, or as CSV."),
        )
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise _refused(
            file, Said("it is a zip file, not a workbook"), Said("Unpack it and send the table inside.")
        )


def _is_endless(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Whether a part would take far more memory to read than it has bytes: a sheet by one row, any other as a whole."""
    name = member.filename
    if member.file_size <= MOST_AT_ONCE or not name.endswith((".xml", ".rels")) or name in _STREAMED:
        return False
    if not name.startswith("xl/worksheets/"):
        return True
    quiet = 0
    with archive.open(member) as part:
        while quiet <= MOST_AT_ONCE and (chunk := part.read(1 << 20)):
            quiet = 0 if _ROW_END.search(chunk) else quiet + len(chunk)
    return quiet > MOST_AT_ONCE


def _rows(sheet: Any, size: _Size) -> Iterator[tuple[int, Cells]]:
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [Unread(cell.value) if cell.data_type in ("f", "e") else cell.value for cell in row]
        if held := size.add(number, cells):
            yield held


@dataclass(slots=True)
class _Size:
    """How much was read so far, of all sheets. Raises InputError where it is too much."""

    file: str
    rows: int = 0
    cells: int = 0

    def add(self, number: int, cells: list[Any]) -> tuple[int, Cells] | None:
        """A row without the blanks at its end, or None if it is blank."""
        self.cells += len(cells) + 1
        while cells and is_blank(cells[-1]):
            cells.pop()
        self.rows += bool(cells)
        if self.rows > MOST_ROWS or self.cells > MOST_CELLS or len(cells) > MOST_COLUMNS:
            raise _refused(
                self.file,
                Said(
                    "it has more than {rows:,} rows or {columns:,} columns",
                    rows=MOST_ROWS,
                    columns=MOST_COLUMNS,
                ),
                Said("Send it in several parts, or as Parquet."),
            )
        return (number, tuple(cells)) if cells else None


def _refused(file: str, what: Said, mend: Said) -> InputError:
    return InputError(Said("The file was not read: {what}.", what=what), where=file, mend=mend)
