"""Tables as people have them are read, or refused with every problem placed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meguri import statistics
from meguri.errors import InputError, NotFound
from meguri.statistics.cells import ERAS
from meguri.statistics.headers import spelling
from meguri.statistics.limits import MAX_PROBLEMS
from meguri.statistics.table import Table

ADDED = date(2026, 11, 24)
TABLES = statistics.load(home=Path("/nowhere")).tables
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str | bytes, encoding: str = "utf-8", name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return written


def workbook(path: Path, *sheets: list[list[Any]], hidden: tuple[int, ...] = ()) -> Path:
    with xlsxwriter.Workbook(
        path, {"default_date_format": "yyyy-mm-dd", "strings_to_formulas": True}
    ) as book:
        for place, rows in enumerate(sheets):
            sheet = book.add_worksheet(f"表{place + 1}")
            if place in hidden:
                sheet.hide()
            for number, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    sheet.write(number, column, cell)
    return path


def check(path: Path, **options: Any) -> statistics.Report:
    return statistics.check(path, home=Path("/nowhere"), added_on=ADDED, **options)


def problems(path: Path, **options: Any) -> list[tuple[int | None, str, str]]:
    return [(problem.row, problem.column, problem.what) for problem in check(path, **options).problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_is_read_in_any_usual_encoding_and_delimiter(
    write: Write, encoding: str, mark: str, end: str
) -> None:
    rows = [["西暦", "新車販売台数"], ["２０２４年", '"59,736"'], ["令和7年", "６０６７７台"], []]
    report = check(write(end.join(mark.join(cells) for cells in rows), encoding))
    assert report.ok
    assert report.table == "new_bev_sales"
    assert report.encoding == encoding.removesuffix("-sig")
    assert report.rows.select("year", "bev_passenger_units").rows() == [(2024, 59736), (2025, 60677)]


def test_headers_are_known_by_name_title_and_alias_in_any_width(write: Write) -> None:
    path = write("ＹＥＡＲ,New BEVs （台）,登録車（台）, Kei_Cars \n2024,59736,34057,25679\n")
    report = check(path)
    assert report.rows.row(0)[:4] == (2024, 59736, 34057, 25679)


@pytest.mark.parametrize("name", sorted(name for name, table in TABLES.items() if table.package != "outflow"))
def test_no_heading_stands_for_two_columns(name: str) -> None:
    heard: dict[str, str] = {}
    for field in TABLES[name].fields:
        for heading in {spelling(told) for told in (field.name, field.title, field.title_ja, *field.aliases)}:
            assert heard.setdefault(heading, field.name) == field.name, heading


def test_titles_above_the_header_and_blank_lines_are_passed_over(write: Write) -> None:
    report = check(write("EVの販売,,\n単位：台,,\n,,\n年,販売台数,備考\n2024,59736,速報\n,,\n"))
    assert report.rows.select("year", "locator", "note").rows() == [(2024, "row 5", "速報")]


def test_a_column_that_is_not_known_is_named_and_not_used(write: Write) -> None:
    assert check(write("年,販売台数,前年比\n2024,59736,0.67\n")).ignored == ("前年比",)


def test_blank_cells_stay_blank(write: Write) -> None:
    report = check(write("年,販売台数,登録車,軽\n2024,59736,,0\n"))
    assert report.rows.select("registered_car_units", "kei_car_units").row(0) == (None, 0)


def test_a_workbook_is_read_with_its_numbers_and_dates(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "表.xlsx",
        [
            ["年", "販売台数", "公知日", "区分"],
            [2024, 59736.0, datetime.fromisoformat("2025-01-07"), "図読取"],
        ],
    )
    report = check(path)
    assert report.encoding == "xlsx"
    assert report.sheet == "表1"
    row = report.rows.row(0, named=True)
    assert (row["year"], row["bev_passenger_units"], row["known_from"]) == (2024, 59736, date(2025, 1, 7))
    assert (row["status"], row["locator"]) == ("read_off_chart", "sheet 表1, row 2")


def test_notes_on_other_sheets_and_hidden_sheets_do_not_matter(tmp_path: Path) -> None:
    table = [["年", "販売台数"], [2024, 59736]]
    path = workbook(
        tmp_path / "a.xlsx", [["説明"], ["次の表を参照"]], table, [["年", "販売台数"], [1, 2]], hidden=(2,)
    )
    assert check(path).sheet == "表2"


def test_two_sheets_with_tables_have_to_be_told_apart(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["年", "販売台数"], [2024, 1]], [["年", "販売台数"], [2023, 2]])
    with pytest.raises(InputError, match="several sheets hold a table: 表1, 表2"):
        check(path)
    assert check(path, sheet="表2").rows["year"].to_list() == [2023]
    with pytest.raises(NotFound, match="no sheet “表3”"):
        check(path, sheet="表3")


def test_a_formula_is_named_with_its_place(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["年", "販売台数"], [2024, "=1+1"], [2025, 5]])
    (problem,) = check(path).problems
    assert (problem.sheet, problem.row, problem.column) == ("表1", 2, "販売台数")
    assert "formula" in problem.what
    assert "paste" in problem.mend


def test_all_problems_are_told_with_row_column_and_value(write: Write) -> None:
    path = write("年,販売台数,軽\n2024,-,1\n平成99年,5,x\n2024,7,\n2026,,1\n2027,1\n2028,1,1,1\n")
    report = check(path)
    assert not report.ok
    assert report.rows.is_empty()
    told = {(problem.row, problem.column, problem.value) for problem in report.problems}
    assert told >= {
        (2, "販売台数", "-"),
        (3, "年", "平成99年"),
        (3, "軽", "x"),
        (4, "", "2024"),
        (5, "販売台数", ""),
        (6, "", ""),
        (7, "", ""),
    }
    assert all(problem.mend and problem.file == "table.csv" for problem in report.problems)
    with pytest.raises(InputError, match="7 problems; nothing of it was used"):
        report.accepted()


def test_problems_are_capped_but_counted(write: Write) -> None:
    report = check(write("年,販売台数\n" + "".join(f"{1900 + year},x{'y' * 90}\n" for year in range(150))))
    assert report.problem_count == 150
    assert len(report.problems) == MAX_PROBLEMS
    assert all(len(problem.value) <= 61 for problem in report.problems)
    with pytest.raises(InputError, match="50 more problems") as refused:
        report.accepted()
    assert len(refused.value.problems) == MAX_PROBLEMS


def test_a_header_without_rows_is_a_problem(write: Write) -> None:
    assert problems(write("年,販売台数\n")) == [(None, "", "there is a header and no row of data")]


def test_a_column_given_twice_is_a_problem(write: Write) -> None:
    assert "given twice" in problems(write("年,販売台数,新車EV台数\n2024,1,2\n"))[0][2]


def test_headers_that_fit_several_tables_need_the_table_named(write: Write) -> None:
    path = write("年,台数\n2024,20000\n")
    with pytest.raises(InputError, match="new_bev_sales, used_bev_exports") as refused:
        check(path)
    assert "--table" in refused.value.mend
    assert check(path, table="used_bev_exports").rows["units"].to_list() == [20000]


def test_headers_that_fit_nothing_are_told_with_what_is_missing(write: Write) -> None:
    with pytest.raises(InputError, match="fit no table"):
        check(write("a,b\n1,2\n"))
    with pytest.raises(InputError, match=r"these columns are missing: .*units（輸出台数）"):
        check(write("年,月,国コード\n2024,1,103\n"))
    with pytest.raises(InputError, match="bev_passenger_units（新車EV台数）"):
        check(write("年,軽\n2024,5\n"), table="new_bev_sales")
    with pytest.raises(InputError, match="names only the key"):
        check(write("対象,正極材,金属\n車両,LFP,Li\n"), table="metals_per_ev")


def test_an_unknown_table_or_file_is_said(write: Write, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no table “nothing”"):
        check(write("年,台数\n2024,1\n"), table="nothing")
    with pytest.raises(NotFound, match="no such file"):
        check(tmp_path / "missing.csv")


def test_fiscal_years_are_refused_where_calendar_years_count(write: Write) -> None:
    (problem,) = check(write("年度,販売台数\n2024,5\n")).problems
    assert "counts calendar years, and these are fiscal years" in problem.what
    assert "calendar" in problem.mend
    assert check(write("年,販売台数\n2024,5\n"), period="fiscal").problem_count == 1
    assert problems(write("年,販売台数\nFY2024,5\n"))[0][:2] == (2, "年")
    assert check(write("暦年,販売台数\n2024,5\n"), period="calendar").ok


def test_fiscal_years_are_declared_never_guessed(write: Write) -> None:
    undeclared = write("都道府県,年,車種,台数\n東京,2023,EV,100\n大阪府,R5,EV,50\n")
    (problem,) = check(undeclared).problems
    assert "does not say that its years are fiscal" in problem.what
    report = check(undeclared, period="fiscal")
    assert report.rows.select("jis_code", "prefecture", "fiscal_year").rows() == [
        ("13", "東京都", 2023),
        ("27", "大阪府", 2023),
    ]
    assert report.rows["known_from"].to_list() == [date(2024, 8, 1)] * 2
    assert check(write("都道府県,年度,車種,台数\n東京,令和5年,EV,100\n")).ok
    assert check(write("都道府県,年,車種,台数\n東京,2023年度,EV,100\n")).ok


def test_contradicting_declarations_are_problems(write: Write) -> None:
    path = write("都道府県,年度,車種,台数\n東京,2023,EV,100\n")
    assert any("but calendar years were declared" in what for _, _, what in problems(path, period="calendar"))
    assert any(
        "counts fiscal years, and these are calendar" in what
        for _, _, what in problems(path, period="calendar")
    )
    assert problems(write("都道府県,年度,車種,台数\n東京,CY2023,EV,100\n"))[0][:2] == (2, "年度")


def test_a_period_declared_for_a_table_without_years_changes_nothing(write: Write) -> None:
    assert check(write("集計範囲,年月,保有台数\nIEA,2025-12,400000\n"), period="fiscal").ok


def test_a_country_is_known_by_code_or_name(write: Write) -> None:
    path = write(
        "年,月,輸出先,国コード,台数\n2024,1月,韓国,,100\n2024,1,,606,50\n2024,1,other,224,0\n2024,,,999,7\n"
    )
    report = check(path)
    assert report.rows.select("month", "country_code", "destination").rows() == [
        (1, "103", "South Korea"),
        (1, "606", "New Zealand"),
        (1, "224", "Russia"),
        (None, "999", "other"),
    ]


def test_a_country_and_code_that_do_not_belong_together_are_a_problem(write: Write) -> None:
    path = write(
        "年,月,輸出先,国コード,台数\n2024,1,韓国,606,100\n2024,1,アトランティス,,1\n2024,1,x,10a,1\n"
    )
    told = problems(path)
    assert any(row == 2 and "does not belong to" in what for row, _, what in told)
    assert any(row == 3 and column == "輸出先" and "not known" in what for row, column, what in told)


def test_months_are_known_from_their_end_and_the_lag(write: Write) -> None:
    path = write("年,月,輸出先,台数\n2024,2,韓国,1\n2024,12,韓国,1\n2024,,韓国,1\n2026,10,韓国,1\n")
    assert check(path).rows["known_from"].to_list() == [
        date(2024, 3, 30),
        date(2025, 1, 30),
        date(2025, 1, 30),
        ADDED,
    ]


def test_rows_without_a_period_are_known_from_the_day_they_were_added(write: Write) -> None:
    path = write("車種,メーカー,車両区分,発売年\nX,Y,car,2026\n")
    assert check(path, table="models").rows["known_from"].to_list() == [ADDED]
    report = statistics.check(path, table="models", home=Path("/nowhere"))
    assert report.rows["known_from"].to_list() == [date(1, 1, 1)]
    assert report.source.date == ""


def _written(table: Table, value: Any, field: statistics.Field, dress: dict[str, Any]) -> Any:
    if value is None:
        return None
    if field.type == "integer" and not field.period:
        told = f"{value:,}" if dress["commas"] else str(value)
    elif field.period and dress["era"]:
        name, (first, _) = next((n, e) for n, e in ERAS.items() if e[0] <= value)
        told = f"{name}{value - first + 1}年" + ("度" if field.period == "fiscal" else "")
    elif isinstance(value, date):
        told = f"{value.year}年{value.month}月{value.day}日" if dress["era"] else value.isoformat()
    elif isinstance(value, bool):
        told = str(value)
    else:
        told = repr(value) if isinstance(value, float) else str(value)
    return (
        told.translate(str.maketrans("0123456789,", "０１２３４５６７８９，"))
        if dress["wide"] and field.type != "string"
        else told
    )


DRESSES = st.fixed_dictionaries(
    {
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "cp932", "utf-16", "xlsx"]),
        "mark": st.sampled_from([",", "\t", ";"]),
        "headers": st.sampled_from(["name", "title_ja", "title"]),
        "commas": st.booleans(),
        "era": st.booleans(),
        "wide": st.booleans(),
    }
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), DRESSES)
def test_a_table_written_in_any_dress_reads_back_equal(
    tmp_path: Path, data: st.DataObject, dress: dict[str, Any]
) -> None:
    shipped = sorted(
        name for name, table in TABLES.items() if table.package != "outflow" and table.frame.height
    )
    table = TABLES[data.draw(st.sampled_from(shipped))]
    frame = table.frame.sample(min(table.frame.height, 40), seed=data.draw(st.integers(0, 99)))
    if dress["encoding"] == "cp932":
        frame = frame.filter(frame.map_rows(_in_cp932).to_series()) if frame.height else frame
    if frame.is_empty():
        return
    fields = [field for field in table.fields if field.name != "source_id"]
    fiscal = any(field.period == "fiscal" for field in fields)
    header = ["年度" if field.period == "fiscal" else getattr(field, dress["headers"]) for field in fields]
    rows = [
        [_written(table, row[field.name], field, dress) for field in fields]
        for row in frame.iter_rows(named=True)
    ]
    if dress["encoding"] == "xlsx":
        path = workbook(tmp_path / "t.xlsx", [header, *rows])
    else:
        path = tmp_path / "t.csv"
        lines = (dress["mark"].join(_quoted(cell) for cell in cells) for cells in [header, *rows])
        path.write_bytes("\n".join(lines).encode(dress["encoding"]))
    report = check(path, table=table.name)
    assert report.problems == ()
    assert report.period == ("fiscal" if fiscal else "")
    names = [field.name for field in fields]
    known = report.rows.select(names)
    assert known.drop("locator").equals(frame.select(names).drop("locator"))


def _quoted(cell: Any) -> str:
    return '"' + ("" if cell is None else str(cell)).replace('"', '""') + '"'


def _in_cp932(row: tuple[Any, ...]) -> bool:
    try:
        return bool(" ".join(map(str, row)).encode("cp932"))
    except UnicodeEncodeError:
        return False
