"""A file made to harm, or broken on its way, is refused with a clear error, within bounded time and memory."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meguri import statistics
from meguri.errors import InputError, MeguriError
from meguri.statistics import limits, workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CEILING_BYTES = 256 * 2**20


@contextmanager
def bounded() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < CEILING_BYTES
    finally:
        tracemalloc.stop()


def refusal(path: Path, *, measured: bool = False) -> InputError:
    with pytest.raises(InputError) as refused, bounded() if measured else nullcontext():
        statistics.check(path, home=Path("/nowhere"))
    assert refused.value.problems
    assert all(
        problem.what and problem.mend and problem.file == path.name for problem in refused.value.problems
    )
    return refused.value


def sound() -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["年", "販売台数"])
        sheet.write_row(1, 0, [2024, 59736])
    return data.getvalue()


def with_sheet(
    content: bytes | Callable[[], Iterator[bytes]], *, part: str = "xl/worksheets/sheet1.xml"
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sound())) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        with new.open(part, "w", force_zip64=True) as member:
            for piece in (content,) if isinstance(content, bytes) else content():
                member.write(piece)
    return out.getvalue()


def put(folder: Path, data: bytes, name: str = "t.xlsx") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_sound_workbook_made_by_the_same_means_is_read(tmp_path: Path) -> None:
    assert statistics.check(put(tmp_path, sound()), home=tmp_path).ok


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    def zeros() -> Iterator[bytes]:
        for _ in range(80):
            yield bytes(2**20)

    path = put(tmp_path, with_sheet(zeros))
    assert path.stat().st_size < 2**20
    assert "zip bomb" in refusal(path, measured=True).what


def test_a_workbook_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_UNZIPPED_BYTES", 1000)
    assert "unpacks to" in refusal(put(tmp_path, sound())).what


def test_a_workbook_of_a_million_columns_is_refused(tmp_path: Path) -> None:
    def wide() -> Iterator[bytes]:
        yield f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">'.encode()
        for start in range(0, 10**6, 10**4):
            yield b"".join(b"<c><v>%d</v></c>" % (n * 7919) for n in range(start, start + 10**4))
        yield b"</row></sheetData></worksheet>"

    assert "too wide" in refusal(put(tmp_path, with_sheet(wide)), measured=True).what


def test_a_workbook_of_some_thousand_columns_is_refused(tmp_path: Path) -> None:
    cells = b"".join(b"<c><v>%d</v></c>" % n for n in range(2000))
    path = put(
        tmp_path,
        with_sheet(
            f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">'.encode()
            + cells
            + b"</row></sheetData></worksheet>"
        ),
    )
    assert "2,000 columns" in refusal(path).what


def test_a_long_sheet_of_ordinary_rows_is_not_taken_for_a_wide_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_WORKBOOK_ROW_BYTES", 2000)
    monkeypatch.setattr(workbook, "_CHUNK", 1500)

    def long() -> Iterator[bytes]:
        yield f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>'.encode()
        for start in range(0, 4000, 1000):
            yield b"".join(
                b'<x:row r="%d"><x:c><x:v>%d</x:v></x:c><x:c><x:v>%d</x:v></x:c></x:row>'
                % (n + 1, n, n * 7919)
                for n in range(start, start + 1000)
            )
        yield b"</x:sheetData></x:worksheet>"

    assert "fit no table" in refusal(put(tmp_path, with_sheet(long))).what


def test_a_row_far_beyond_the_last_row_of_a_spreadsheet_is_refused(tmp_path: Path) -> None:
    row = b'<row r="1"><c><v>1</v></c></row><row r="2000000000"><c><v>1</v></c></row>'
    path = put(
        tmp_path,
        with_sheet(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode() + row + b"</sheetData></worksheet>"),
    )
    assert "more rows than a spreadsheet" in refusal(path).what


def test_a_dimension_that_lies_costs_nothing(tmp_path: Path) -> None:
    text = (
        f'<worksheet xmlns="{MAIN}"><dimension ref="A1:XFD1048576"/><sheetData><row r="1">'
        '<c t="inlineStr"><is><t>年</t></is></c><c t="inlineStr"><is><t>販売台数</t></is></c></row>'
        '<row r="2"><c><v>2024</v></c><c><v>5</v></c></row></sheetData></worksheet>'
    )
    with bounded():
        assert statistics.check(put(tmp_path, with_sheet(text.encode())), home=tmp_path).row_count == 1


def test_entity_expansion_is_refused(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    text = (
        f'<!DOCTYPE w [<!ENTITY e0 "ha">{entities}]><worksheet xmlns="{MAIN}"><sheetData><row r="1">'
        '<c t="inlineStr"><is><t>&e11;</t></is></c></row></sheetData></worksheet>'
    )
    assert "XML entities" in refusal(put(tmp_path, with_sheet(text.encode()))).what


def test_too_many_sheets_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SHEETS", 0)
    assert "1 sheets" in refusal(put(tmp_path, sound())).what


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "t.xlsx")
    assert "no cell with contents" in refusal(tmp_path / "t.xlsx").what


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_workbook_is_refused(tmp_path: Path, kept: float) -> None:
    data = sound()
    assert "cut off" in refusal(put(tmp_path, data[: int(len(data) * kept)])).what


def test_a_damaged_part_is_refused(tmp_path: Path) -> None:
    assert "not a sound workbook" in refusal(put(tmp_path, with_sheet(b"<worksheet"))).what
    assert "no cell" in refusal(put(tmp_path, with_sheet(b"<workbook/>", part="xl/workbook.xml"))).what


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("data.csv", "年,販売台数\n2024,1\n")
    assert "zip file, not a workbook" in refusal(tmp_path / "t.xlsx").what


def test_an_old_or_locked_workbook_is_refused(tmp_path: Path) -> None:
    assert (
        "old workbook"
        in refusal(put(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "t.xls")).what
    )


def test_spreadsheet_errors_are_told_with_their_place(tmp_path: Path) -> None:
    text = (
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c t="inlineStr"><is><t>年</t></is></c>'
        '<c t="inlineStr"><is><t>販売台数</t></is></c></row>'
        '<row r="2"><c><v>2024</v></c><c t="e"><v>#REF!</v></c></row></sheetData></worksheet>'
    )
    (problem,) = statistics.check(put(tmp_path, with_sheet(text.encode())), home=tmp_path).problems
    assert (problem.row, problem.column, problem.value) == (2, "販売台数", "#REF!")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b" \n \n", "empty"),
        (b",,\n,,\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "NUL bytes"),
        (b"\x81\xff\xfe\x81,1\n", "neither UTF-8 nor cp932"),
        ('年,販売台数\n2024,"59736'.encode(), "breaks off"),
        ('年,販売台数\n2024,"5"9736\n'.encode(), "breaks off"),
        (b"," * 10**6, "1,000,001 columns"),
        ("年,販売台数\n2024,".encode() + b"9" * 2 * limits.MAX_LINE_BYTES, "line is far too long"),
        (b"%PDF-1.7\n%abc\n1 0 obj\n", "fit no table"),
        (b"<!DOCTYPE html><html><body>404</body></html>\n", "fit no table"),
    ],
)
def test_what_is_no_csv_table_is_refused(tmp_path: Path, data: bytes, what: str) -> None:
    assert what in refusal(put(tmp_path, data, "t.csv")).what


def test_a_file_beyond_the_size_limits_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "年,販売台数\n2023,1\n2024,5\n".encode(), "t.csv")
    with monkeypatch.context() as patch:
        patch.setattr(limits, "MAX_FILE_BYTES", 10)
        assert "larger than" in refusal(path).what
    with monkeypatch.context() as patch:
        patch.setattr(limits, "MAX_ROWS", 2)
        assert "more than 2 rows" in refusal(path).what
    with monkeypatch.context() as patch:
        patch.setattr(limits, "MAX_TABLE_ROWS", 1)
        assert "more than 1 rows" in refusal(path).what
    with monkeypatch.context() as patch:
        patch.setattr(limits, "MAX_CELLS", 5)
        assert "5 cells" in refusal(path).what


def test_a_truncated_csv_is_refused_by_its_last_row(tmp_path: Path) -> None:
    report = statistics.check(
        put(tmp_path, "年,販売台数,登録車\n2024,59736,34057\n2025,606".encode(), "t.csv"), home=tmp_path
    )
    assert [(problem.row, problem.what) for problem in report.problems] == [
        (3, "the row has 2 cells and the header 3")
    ]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_refused_or_read_and_never_break(tmp_path: Path, data: bytes) -> None:
    path = put(tmp_path, data, "t.csv")
    with suppress(MeguriError):
        statistics.check(path, table="new_bev_sales", home=tmp_path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_workbook_with_any_byte_changed_never_breaks(tmp_path: Path, place: int, byte: int) -> None:
    data = bytearray(sound())
    data[4 + place % (len(data) - 4)] = byte
    with suppress(MeguriError):
        statistics.check(put(tmp_path, bytes(data)), home=tmp_path)
