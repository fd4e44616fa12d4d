"""What people write in a cell is read as what it means, or refused; nothing is guessed."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.battery import EVENTS
from meguri.ledger.exchange.cells import CellFault, Unread, read_cell
from meguri.ledger.exchange.columns import COMMON, WORDS, Column, columns_of
from meguri.ledger.exchange.moments import ERAS, JAPAN, moment

WHEN, SOH, PRICE, TEXT = (
    Column("time", "instant"),
    Column("soh_percent", "number"),
    Column("price_jpy", "number"),
    Column("model", "text"),
)
WIDE = str.maketrans("0123456789.,-:/", "０１２３４５６７８９．，－：／")
instants = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001


def at(*parts: int) -> str:
    return datetime(*parts, tzinfo=JAPAN).isoformat()  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("令和6年4月1日", at(2024, 4, 1)),
        ("令和元年5月1日", at(2019, 5, 1)),
        ("平成31年4月30日 午後3時05分", at(2019, 4, 30, 15, 5)),
        ("R6.4.1", at(2024, 4, 1)),
        ("H30/12/31 23:59:58", at(2018, 12, 31, 23, 59, 58)),
        ("2024/4/1", at(2024, 4, 1)),
        ("2024/4/1(月) 9:30", at(2024, 4, 1, 9, 30)),
        ("２０２４年４月１日　９時３０分", at(2024, 4, 1, 9, 30)),
        ("2024年4月1日 午前0時", at(2024, 4, 1)),
        ("2024年4月1日 午後12時30分", at(2024, 4, 1, 12, 30)),
        ("2024-04-01T09:30:15.25+09:00", at(2024, 4, 1, 9, 30, 15, 250_000)),
        ("2024-04-01 00:30Z", datetime(2024, 4, 1, 0, 30, tzinfo=UTC).isoformat()),
        (
            "2024-04-01 00:30 -0500",
            datetime(2024, 4, 1, 0, 30, tzinfo=timezone(-timedelta(hours=5))).isoformat(),
        ),
        ("2024-04-01 12:00 JST", at(2024, 4, 1, 12)),
        (datetime(2024, 4, 1, 9, 30), at(2024, 4, 1, 9, 30)),  # noqa: DTZ001
        (date(2024, 4, 1), at(2024, 4, 1)),
    ],
)
def test_a_date_is_read_in_the_ways_that_people_in_japan_write_it(written, means):
    assert read_cell(written, WHEN) == means


@pytest.mark.parametrize(
    "written",
    [
        "2024-02-30",
        "令和0年1月1日",
        "2024/13/1",
        "4/1/2024",
        "yesterday",
        "2024",
        "2024-04-01 25:00",
        45383,
        True,
        "R6",
    ],
)
def test_what_is_no_date_is_refused(written):
    with pytest.raises(CellFault):
        read_cell(written, WHEN)


@given(
    instants,
    st.sampled_from(["%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H時%M分%S秒"]),
    st.booleans(),
)
def test_every_moment_is_read_back_to_the_second_however_it_is_written(when, form, wide):
    written = when.strftime(form)
    told = moment(written) if not wide else None
    assert told == when.replace(microsecond=0) or wide
    assert read_cell(written.translate(WIDE) if wide else written, WHEN) == (
        when.replace(microsecond=0, tzinfo=JAPAN).isoformat()
    )


@given(st.dates(date(1989, 1, 8), date(2100, 1, 1)))
def test_an_era_year_is_the_year_that_the_calendar_says(day):
    for name, first in ERAS.items():
        nth = day.year - first + 1
        if 1 <= nth <= 99:
            assert read_cell(f"{name}{nth}年{day.month}月{day.day}日", WHEN) == at(
                day.year, day.month, day.day
            )


@given(st.integers(-(10**9), 10**12) | st.decimals(-1000, 10**9, places=3, allow_nan=False))
def test_a_number_is_read_with_and_without_commas_width_and_unit(number):
    for written in (
        f"{number}",
        f"{number:,}",
        f"{number:,} 円",
        f"{number}JPY",
        f" {number} ",
        f"{number}".translate(WIDE),
    ):
        assert read_cell(written, PRICE) == float(number)


@pytest.mark.parametrize(
    "written", ["1,23", "1.234,5", "12-", "about 5", "--", "1e999", "nan", "∞", "", "５０〜６０", "1 2"]
)
def test_what_is_no_number_is_never_taken_for_one(written):
    if written:
        with pytest.raises(CellFault):
            read_cell(written, SOH)
    else:
        assert read_cell(written, SOH) is None


def test_a_number_without_decimals_is_whole_however_the_spreadsheet_keeps_it():
    assert [type(read_cell(cell, SOH)) for cell in (84.0, "84.0", 84, "84")] == [int] * 4


@pytest.mark.parametrize("cell", [Unread("=A1*2"), "=1+1", " =HYPERLINK(1)", Unread("#REF!")])
@pytest.mark.parametrize("column", [WHEN, SOH, TEXT])
def test_a_formula_is_never_evaluated_nor_taken_for_text(cell, column):
    with pytest.raises(CellFault, match="formula"):
        read_cell(cell, column)


@pytest.mark.parametrize("cell", [None, "", "  ", "　", "\n"])
@pytest.mark.parametrize("word", WORDS)
def test_a_blank_is_nothing_in_every_column(cell, word):
    assert {read_cell(cell, column) for column in columns_of(word).values()} == {None}


@pytest.mark.parametrize("cell", [datetime(2024, 4, 1), True, 1.5e15, 10**15])  # noqa: DTZ001
def test_a_name_that_the_spreadsheet_has_changed_is_refused(cell):
    with pytest.raises(CellFault, match="spreadsheet"):
        read_cell(cell, TEXT)


def test_a_name_of_digits_stays_as_it_is_shown():
    assert read_cell(1234567, TEXT) == "1234567"
    assert read_cell(1234567.0, TEXT) == "1234567"
    assert read_cell("'0012", TEXT) == "0012"


@pytest.mark.parametrize(
    ("cell", "means"),
    [("はい", True), ("YES", True), (1, True), ("いいえ", False), (0, False), ("×", False), (True, True)],
)
def test_yes_and_no_are_read_in_both_languages(cell, means):
    assert read_cell(cell, Column("used", "truth")) is means


def test_a_choice_is_read_by_its_code_its_names_and_what_a_template_offers():
    column = columns_of("sorted")["decision"]
    for written in (
        "reuse",
        "Reuse",
        "リユース（車載）",
        "リユース(車載)",
        "reuse in a vehicle",
        "車で使う [reuse]",
        "再使用",
    ):
        assert read_cell(written, column) == "reuse"
    assert read_cell("lfp", columns_of("manufactured")["chemistry"]) == "LFP"
    for written in ("scrap", "", "reuse it", "車で使う [scrap]"):
        if written:
            with pytest.raises(CellFault, match="allowed"):
                read_cell(written, column)


def test_a_country_is_read_by_code_and_name():
    column = columns_of("exported")["destination"]
    assert {
        read_cell(written, column) for written in ("NZ", "nz", "ＮＺ", "New Zealand", "ニュージーランド")
    } == {"NZ"}
    with pytest.raises(CellFault):
        read_cell("somewhere", column)


def test_parts_are_identifiers_with_or_without_their_mass():
    column = columns_of("split")["parts"]
    assert read_cell("urn:a 12.5 kg；urn:b\nurn:c １，０００", column) == [
        {"id": "urn:a", "mass_kg": 12.5},
        {"id": "urn:b"},
        {"id": "urn:c", "mass_kg": 1000},
    ]
    with pytest.raises(CellFault):
        read_cell("urn:a heavy", column)
    with pytest.raises(CellFault):
        read_cell("urn:a; urn:b", columns_of("shredded")["into"])


def test_elements_are_read_with_their_mass_and_none_twice():
    column = columns_of("refined")["elements_kg"]
    assert read_cell("Li 1.2; ni=8.5 kg\nCo: 3", column) == {"Li": 1.2, "Ni": 8.5, "Co": 3}
    for written in ("Li", "Li 1; Li 2", "Li one", "1.2 Li"):
        with pytest.raises(CellFault):
            read_cell(written, column)


def test_right_values_are_read_as_the_fields_they_belong_to():
    column = columns_of("corrected")["replacement"]
    assert read_cell("soh_percent=84; time=令和6年4月1日；used = はい; note=", column) == {
        "soh_percent": 84,
        "time": at(2024, 4, 1),
        "used": True,
        "note": None,
    }
    with pytest.raises(CellFault):
        read_cell("colour=red", column)


@given(
    st.text()
    | st.floats()
    | st.integers()
    | st.datetimes()
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.booleans(),
    st.sampled_from([column for word in WORDS for column in columns_of(word).values()]),
)
def test_no_cell_brings_the_reader_down(cell, column):
    with suppress(CellFault):
        read_cell(cell, column)


def test_every_field_of_every_word_has_a_column():
    for word in WORDS:
        assert set(columns_of(word)) == set(EVENTS[word].__struct_fields__)
        assert [name for name in columns_of(word) if name in COMMON] == list(COMMON)
