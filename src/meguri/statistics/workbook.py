"""Workbooks: the cells of an XLSX file, read in bounded time and memory.

An XLSX file is a zip of XML, so it can be far larger inside than it looks. The archive is measured before anything
is parsed; entities in its XML are refused by defusedxml, which openpyxl uses when it is installed.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

from meguri.errors import InputError, Said
from meguri.statistics import limits
from meguri.statistics.cells import ErrorValue, Formula
from meguri.statistics.files import Cells, Sheet, check_size, refused

_ROW_END = re.compile(rb"</(?:\w+:)?row>")
_CHUNK = 2**20


def read_workbook(file: str, data: bytes) -> tuple[Sheet, ...]:
    """The visible sheets that hold anything. Raises `InputError` for what is not a sound workbook of bearable size."""
    _check_archive(file, data)
    from defusedxml.common import DefusedXmlException
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if len(sheets) > limits.MAX_SHEETS:
            raise refused(
                file,
                Said("the workbook has {count:,} sheets", count=len(sheets)),
                Said("Give the sheet with the table alone."),
            )
        held = tuple(Sheet(sheet.title, tuple(_rows(file, sheet))) for sheet in sheets)
    except InputError:
        raise
    except Exception as fault:
        if any(isinstance(cause, DefusedXmlException) for cause in _causes(fault)):
            raise refused(
                file,
                Said("the workbook declares XML entities"),
                Said("Save it anew from a spreadsheet program."),
            ) from fault
        raise refused(
            file,
            Said("this is not a sound workbook ({kind})", kind=type(fault).__name__),
            Said("Open it in a spreadsheet program and save it anew."),
        ) from fault
    filled = tuple(sheet for sheet in held if sheet.rows)
    if not filled:
        raise refused(
            file,
            Said("the workbook has no cell with contents"),
            Said("Give a sheet with a header row and data."),
        )
    return filled


def _causes(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__ or fault.__context__


def _check_archive(file: str, data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check_members(file, members)
            if not any(member.filename == "xl/workbook.xml" for member in members):
                raise refused(
                    file,
                    Said("this is a zip file, not a workbook"),
                    Said("Unpack it and give the table inside."),
                )
            for member in members:
                if (
                    member.filename.startswith("xl/worksheets/")
                    and member.file_size > limits.MAX_WORKBOOK_ROW_BYTES
                ):
                    with archive.open(member) as part:
                        _check_rows(file, part)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as fault:
        raise refused(
            file,
            Said("the workbook is cut off, damaged or locked"),
            Said("Download or save it anew, without a password."),
        ) from fault


def _check_members(file: str, members: list[zipfile.ZipInfo]) -> None:
    unzipped = sum(member.file_size for member in members)
    zipped = sum(member.compress_size for member in members) or 1
    if len(members) > limits.MAX_MEMBERS or unzipped > limits.MAX_UNZIPPED_BYTES:
        raise refused(
            file,
            Said(
                "the workbook unpacks to {size:,.0f} MB in {count:,} parts, more than is read",
                size=unzipped / 2**20,
                count=len(members),
            ),
            Said("Give the sheet with the table alone."),
        )
    if unzipped > limits.MIN_BYTES_FOR_RATIO and unzipped / zipped > limits.MAX_UNZIP_RATIO:
        raise refused(
            file,
            Said(
                "the workbook unpacks to {ratio:,.0f} times its size, as a zip bomb does",
                ratio=unzipped / zipped,
            ),
            Said("Save it anew from a spreadsheet program, or give CSV."),
        )


def _check_rows(file: str, part: IO[bytes]) -> None:
    since = 0
    while chunk := part.read(_CHUNK):
        ends = [found.end() for found in _ROW_END.finditer(chunk)]
        longest = max(
            (after - before for before, after in zip([-since, *ends], ends, strict=False)), default=0
        )
        since = len(chunk) - ends[-1] if ends else since + len(chunk)
        if max(longest, since) > limits.MAX_WORKBOOK_ROW_BYTES:
            raise refused(
                file, Said("a row of the sheet is far too wide for a table"), Said("Give the table alone.")
            )


def _rows(file: str, sheet: Any) -> Iterator[tuple[int, Cells]]:
    sheet.reset_dimensions()
    held = filled = 0
    for number, row in enumerate(sheet.iter_rows(), 1):
        if number > limits.MAX_SHEET_ROW:
            raise refused(
                file,
                Said("the sheet has more rows than a spreadsheet can hold"),
                Said("Save it anew."),
                sheet=sheet.title,
            )
        cells = [_cell(cell.value, cell.data_type) for cell in row]
        while cells and (cells[-1] is None or cells[-1] == ""):
            cells.pop()
        if cells:
            filled += 1
            held += len(cells)
            check_size(file, filled, len(cells), held, sheet.title)
            yield number, tuple(cells)


def _cell(value: object, kind: str) -> object:
    if kind == "f":
        return Formula(value)
    if kind == "e":
        return ErrorValue(value)
    return value
