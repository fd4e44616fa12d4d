"""Files that people hand in: CSV in the usual encodings, or a workbook, as sheets of plain cells.

The kind is told from the contents, not from the name. What is not a table, or is too large, cut off or made to
exhaust the reader is refused with one `InputError`; nothing of it is used.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from meguri.errors import InputError, NotFound, Problem, Said
from meguri.statistics import limits

Cells = tuple[object, ...]
_DELIMITERS = ",\t;"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of one sheet that hold anything, each with its number as a spreadsheet shows it."""

    name: str
    rows: Iterable[tuple[int, Cells]]


@dataclass(frozen=True, slots=True)
class Contents:
    """A file as read: its name, SHA-256, how it was written (`utf-8`, `cp932`, …, `xlsx`) and its sheets."""

    file: str
    sha256: str
    encoding: str
    sheets: tuple[Sheet, ...]


def read_file(path: Path) -> Contents:
    """The sheets of a CSV or XLSX file. Raises `NotFound` or `InputError`."""
    if not path.is_file():
        raise NotFound(Said("There is no such file"), where=str(path), mend=Said("Check the path."))
    size = path.stat().st_size
    if size > limits.MAX_FILE_BYTES:
        raise refused(
            path.name,
            Said("the file is larger than {most} MB", most=limits.MAX_FILE_BYTES // 2**20),
            Said("Give the table alone."),
        )
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    if data.startswith(b"PK"):
        from meguri.statistics.workbook import read_workbook

        return Contents(path.name, sha256, "xlsx", read_workbook(path.name, data))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise refused(
            path.name,
            Said("this is an old workbook (.xls) or one locked by a password"),
            Said("Save it as .xlsx or CSV, unlocked."),
        )
    text, encoding = decoded(path.name, data)
    return Contents(path.name, sha256, encoding, (Sheet("", _records(path.name, text)),))


def refused(file: str, what: str, mend: str, *, sheet: str = "", row: int | None = None) -> InputError:
    """The error for a file that is not read at all."""
    return InputError(
        Said("{file} was not read: {what}", file=file, what=what),
        (Problem(what, mend, file=file, sheet=sheet, row=row),),
        where=file,
        mend=mend,
    )


def decoded(file: str, data: bytes) -> tuple[str, str]:
    """Text and encoding of a CSV file: UTF-8 (with or without BOM), UTF-16 with BOM, or cp932. Raises `InputError`."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates: tuple[str, ...] = ("utf-16",)
    elif b"\x00" in data:
        raise refused(
            file,
            Said("this is not a table: the file holds NUL bytes"),
            Said("Save the table as CSV or XLSX."),
        )
    else:
        candidates = ("utf-8-sig", "cp932")
    for encoding in candidates:
        try:
            return data.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError as fault:
            reached = fault.start
    raise refused(
        file,
        Said("the text is neither UTF-8 nor cp932 (Shift JIS), from byte {reached} on", reached=reached),
        Said("Save it as “CSV UTF-8”, and check that the download is complete."),
    )


def _records(file: str, text: str) -> Iterator[tuple[int, Cells]]:
    lines = list(io.StringIO(text, newline=""))
    longest = max(map(len, lines), default=0)
    if longest > limits.MAX_LINE_BYTES:
        row = next(number for number, line in enumerate(lines, 1) if len(line) > limits.MAX_LINE_BYTES)
        raise refused(
            file,
            Said("a line is far too long for a table"),
            Said("Check that the file is a CSV table."),
            row=row,
        )
    reader = csv.reader(lines, delimiter=_delimiter(lines), strict=True)
    held = 0
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            held += len(cells)
            check_size(file, number, len(cells), held)
            if any(cell.strip() for cell in cells):
                yield number, tuple(cells)
    except csv.Error as fault:
        raise refused(
            file,
            Said("the file breaks off or its quotes do not match ({fault})", fault=str(fault)),
            Said("Export it anew; a cell that holds quotes must double them."),
            row=number + 1,
        ) from fault


def _delimiter(lines: list[str]) -> str:
    marked = (line for line in lines if any(mark in line for mark in _DELIMITERS))
    head = next(marked, "")
    return max(_DELIMITERS, key=head.count)


def check_size(file: str, row: int, columns: int, cells: int, sheet: str = "") -> None:
    """Raises `InputError` when a sheet grows beyond the limits."""
    if columns > limits.MAX_COLUMNS:
        raise refused(
            file,
            Said(
                "the row has {columns:,} columns, more than {most:,}",
                columns=columns,
                most=limits.MAX_COLUMNS,
            ),
            Said("Give the table alone."),
            sheet=sheet,
            row=row,
        )
    if row > limits.MAX_ROWS or cells > limits.MAX_CELLS:
        raise refused(
            file,
            Said(
                "the table has more than {rows:,} rows or {cells:,} cells",
                rows=limits.MAX_ROWS,
                cells=limits.MAX_CELLS,
            ),
            Said("Split the file."),
            sheet=sheet,
            row=row,
        )
