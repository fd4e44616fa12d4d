"""What people write in a cell means one value, or it is refused with the mend."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.statistics.cells import ERAS, LETTERS, CellFault, ErrorValue, Formula, read_cell, read_year
from meguri.statistics.table import Constraints, Field

COUNT = Field("units", "integer", unit="vehicles", unit_ja="台", constraints=Constraints(minimum=0))
NUMBER = Field("value", "number", unit="USD/t", unit_ja="ドル/t")
SHARE = Field("share", "number", unit="share", unit_ja="割合", constraints=Constraints(minimum=0, maximum=1))
MONTH = Field("month", "integer", unit="month", unit_ja="月", constraints=Constraints(minimum=1, maximum=12))
TEXT = Field("note", "string")
CODE = Field("jis_code", "string", zero_padded=2, constraints=Constraints(pattern="^[0-9]{2}$"))
KIND = Field(
    "kind", "string", constraints=Constraints(enum=("bev", "phev")), labels={"bev": ("EV", "電気自動車")}
)
DAY = Field("known_from", "date")
YEARMONTH = Field("as_of", "yearmonth")
TRUTH = Field("circular", "boolean")
WIDE = str.maketrans("0123456789,.-", "０１２３４５６７８９，．－")


@given(st.integers(0, 10**12), st.booleans(), st.booleans(), st.sampled_from(["", "台", " 台"]))
def test_a_count_reads_the_same_in_any_dress(count: int, commas: bool, wide: bool, unit: str) -> None:
    written = f"{count:,}" if commas else str(count)
    written = (written.translate(WIDE) if wide else written) + unit
    assert read_cell(f"　{written} ", COUNT) == count


@given(st.floats(-1e9, 1e9).map(lambda number: round(number, 6)))
def test_a_number_reads_the_same_in_any_dress(number: float) -> None:
    assert read_cell(repr(number), NUMBER) == number
    assert read_cell(number, NUMBER) == number
    assert read_cell(f"{number:.6f}".translate(WIDE), NUMBER) == number


@pytest.mark.parametrize("blank", [None, "", " ", "　"])
@pytest.mark.parametrize("field", [COUNT, NUMBER, TEXT, DAY, YEARMONTH, TRUTH])
def test_blank_cell_is_not_zero(blank: object, field: Field) -> None:
    assert read_cell(blank, field) is None


@pytest.mark.parametrize(
    ("cell", "field", "value"),
    [
        ("▲5", NUMBER, -5),
        ("△1,234.5", NUMBER, -1234.5),
        ("−3", NUMBER, -3),
        ("1 234", COUNT, 1234),
        ("1.2E+05", COUNT, 120_000),
        (1234.0, COUNT, 1234),
        ("12.5%", SHARE, 0.125),
        ("１２月", MONTH, 12),
        ("3", MONTH, 3),
        (1, CODE, "01"),
        ("１", CODE, "01"),
        ("'13", CODE, "13"),
        (13.0, CODE, "13"),
        ("ＥＶ", KIND, "bev"),
        ("電気 自動車", KIND, "bev"),
        ("BEV", KIND, "bev"),
        ("phev", KIND, "phev"),
        (1.5, TEXT, "1.5"),
        ("2024-03-31", DAY, date(2024, 3, 31)),
        ("2024/3/31", DAY, date(2024, 3, 31)),
        ("2024年3月31日", DAY, date(2024, 3, 31)),
        ("令和６年３月３１日", DAY, date(2024, 3, 31)),
        ("R6.3.31", DAY, date(2024, 3, 31)),
        (datetime.fromisoformat("2024-03-31"), DAY, date(2024, 3, 31)),
        (date(2024, 3, 31), DAY, date(2024, 3, 31)),
        ("2024-03", YEARMONTH, "2024-03"),
        ("２０２４年３月", YEARMONTH, "2024-03"),
        ("平成元年3月", YEARMONTH, "1989-03"),
        ("202403", YEARMONTH, "2024-03"),
        (datetime.fromisoformat("2024-03-01"), YEARMONTH, "2024-03"),
        (True, TRUTH, True),
        ("FALSE", TRUTH, False),
        ("はい", TRUTH, True),
    ],
)
def test_a_cell_means_its_value(cell: object, field: Field, value: object) -> None:
    assert read_cell(cell, field) == value


@pytest.mark.parametrize(
    ("cell", "field", "what"),
    [
        ("=SUM(A1:A3)", COUNT, "formula"),
        (Formula("=A1"), NUMBER, "formula"),
        ("=A1", TEXT, "formula"),
        (ErrorValue("#N/A"), COUNT, "error"),
        ("-", COUNT, "dash"),
        ("…", COUNT, "dash"),
        ("不明", COUNT, "dash"),
        ("1,23", COUNT, "not a number"),
        ("12,34,567", COUNT, "not a number"),
        ("5万台", COUNT, "not a number"),
        ("12%", COUNT, "not a number"),
        ("1.5", COUNT, "whole number"),
        (1.5, COUNT, "whole number"),
        ("-1", COUNT, "below 0"),
        ("9" * 30, COUNT, "too large"),
        ("9" * 5000, COUNT, "too large"),
        (10**400, COUNT, "too large"),
        (10**400, NUMBER, "too large"),
        ("9" * 400, NUMBER, "too large"),
        ("1E999", NUMBER, "too large"),
        (float("nan"), NUMBER, "not a number"),
        (float("inf"), COUNT, "not a number"),
        (True, COUNT, "number is expected"),
        (datetime.fromisoformat("2024-01-01"), COUNT, "number is expected"),
        ("120%", SHARE, "above 1"),
        ("13月", MONTH, "above 12"),
        ("480", CODE, "form"),
        ("hybrid", KIND, "not one of those allowed"),
        (datetime.fromisoformat("2024-03-05"), TEXT, "made a date"),
        (False, TEXT, "truth value"),
        ("x" * 40_000, TEXT, "longer than"),
        ("a\x00b", TEXT, "NUL"),
        ("03/04/2024", DAY, "not a date"),
        ("2024-02-30", DAY, "no such day"),
        (20240331, DAY, "not a date"),
        ("2024", YEARMONTH, "not a month"),
        (2024.3, YEARMONTH, "not a month"),
        ("2024-13", YEARMONTH, "no such month"),
        ("maybe", TRUTH, "true or false"),
    ],
)
def test_a_cell_that_says_nothing_certain_is_refused_with_the_mend(
    cell: object, field: Field, what: str
) -> None:
    with pytest.raises(CellFault, match=what) as fault:
        read_cell(cell, field)
    assert fault.value.mend


@given(
    st.sampled_from(sorted(ERAS)),
    st.data(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "年", "年度"]),
)
def test_an_era_year_is_its_western_year(
    era: str, data: st.DataObject, wide: bool, letter: bool, after: str
) -> None:
    first, last = ERAS[era]
    nth = data.draw(st.integers(1, last - first + 1))
    written = ({name: sign for sign, name in LETTERS.items()}[era] if letter else era) + str(nth) + after
    year, period = read_year(written.translate(WIDE) if wide else written)
    assert year == first + nth - 1
    assert period == ("fiscal" if after == "年度" else "")


@pytest.mark.parametrize(
    ("cell", "year", "period"),
    [
        (2024, 2024, ""),
        (2024.0, 2024, ""),
        ("2024年", 2024, ""),
        ("平成元年", 1989, ""),
        ("H元", 1989, ""),
        ("H31年度", 2019, "fiscal"),
        ("FY2024", 2024, "fiscal"),
        ("fy2024", 2024, "fiscal"),
        ("CY2024", 2024, "calendar"),
        ("㋿6", 2024, ""),
    ],
)
def test_a_year_is_read_with_the_period_it_declares(cell: object, year: int, period: str) -> None:
    assert read_year(cell) == (year, period)


@pytest.mark.parametrize(
    "cell",
    [
        "24",
        "令和0年",
        "平成32年",
        "昭和65年",
        "2024.5",
        2024.5,
        True,
        datetime.fromisoformat("2024-01-01"),
        time(1),
        "next year",
    ],
)
def test_what_is_no_year_is_refused(cell: object) -> None:
    with pytest.raises(CellFault):
        read_year(cell)


@given(
    st.text(max_size=50),
    st.sampled_from([COUNT, NUMBER, SHARE, MONTH, TEXT, CODE, KIND, DAY, YEARMONTH, TRUTH]),
)
def test_any_text_is_read_or_refused_and_never_breaks(text: str, field: Field) -> None:
    with suppress(CellFault):
        read_cell(text, field)
