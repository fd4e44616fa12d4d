"""The official customs file becomes rows of the export table."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meguri import statistics
from meguri.errors import InputError
from meguri.statistics.estat import MONTHS

BEV = "870380100"
HEADER = ["Exp or Imp", "Year", "HS", "Country", "Unit1", "Unit2"] + [
    f"{measure}-{period}" for period in ("Year", *MONTHS) for measure in ("Quantity1", "Quantity2", "Value")
]


def line(country: str, months: list[int], *, hs: str = BEV, way: str = "1", year: int = 2024) -> list[str]:
    cells = [way, str(year), f"'{hs}", country, "", "NO", "0", str(sum(months)), str(sum(months) * 1000)]
    for units in [*months, *[0] * (12 - len(months))]:
        cells += ["0", str(units), str(units * 1000)]
    return cells


def official(folder: Path, *lines: list[str], header: list[str] = HEADER) -> Path:
    path = folder / "h2402e.csv"
    path.write_text("".join(",".join(cells) + "\r\n" for cells in [header, *lines]), encoding="cp932")
    return path


def check(path: Path) -> statistics.Report:
    return statistics.check(path, home=Path("/nowhere"), added_on=date(2026, 11, 24))


def test_used_bevs_are_taken_by_month_and_country(tmp_path: Path) -> None:
    report = check(official(tmp_path, line("103", [5, 7] + [1] * 10), line("606", [2] * 12)))
    assert (report.table, report.problems) == ("used_bev_exports_customs", ())
    assert report.rows.height == 24
    first = report.rows.row(0, named=True)
    assert (first["year"], first["month"], first["country_code"], first["destination"]) == (
        2024,
        1,
        "103",
        "South Korea",
    )
    assert (first["units"], first["value_thousand_jpy"], first["locator"]) == (5, 5000, "row 2")
    assert first["known_from"] == date(2024, 3, 1)


def test_months_not_yet_published_are_left_out_and_months_without_trade_are_zero(tmp_path: Path) -> None:
    other = line("105", [1] * 8, hs="870323915")
    report = check(official(tmp_path, line("103", [5, 0, 7]), other))
    assert report.rows["units"].to_list() == [5, 0, 7, 0, 0, 0, 0, 0]


def test_imports_and_other_cars_are_not_taken(tmp_path: Path) -> None:
    path = official(
        tmp_path, line("103", [5] * 12), line("213", [9] * 12, way="2"), line("606", [9] * 12, hs="870340100")
    )
    assert check(path).rows["country_code"].unique().to_list() == ["103"]


def test_a_yearly_file_gives_rows_of_the_whole_year(tmp_path: Path) -> None:
    path = official(tmp_path, line("103", [5, 7])[:9], header=HEADER[:9])
    assert check(path).rows.select("month", "units").rows() == [(None, 12)]


def test_a_country_without_a_name_here_keeps_its_code(tmp_path: Path) -> None:
    assert check(official(tmp_path, line("999", [1]))).rows.select("country_code", "destination").rows() == [
        ("999", "other")
    ]


def test_a_file_without_used_bevs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="870380100"):
        check(official(tmp_path, line("103", [1], hs="870323915")))


def test_a_file_cut_off_in_a_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the line breaks off") as refused:
        check(official(tmp_path, line("103", [5] * 12), line("606", [5] * 12)[:20]))
    assert refused.value.problems[0].row == 3


def test_the_official_file_is_not_forced_into_another_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="columns are missing"):
        statistics.check(official(tmp_path, line("103", [1])), table="new_bev_sales", home=tmp_path)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["103", "606", "224", "601"]),
        st.lists(st.integers(0, 999), min_size=12, max_size=12),
        min_size=1,
    )
)
def test_no_vehicle_is_lost_between_the_file_and_the_table(
    tmp_path: Path, months: dict[str, list[int]]
) -> None:
    report = check(official(tmp_path, *(line(country, units) for country, units in months.items())))
    if sum(map(sum, months.values())):
        assert report.rows["units"].sum() == sum(map(sum, months.values()))
