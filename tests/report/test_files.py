import io
import json
from datetime import date

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.errors import MeguriError
from meguri.flows import OutflowEstimate, parse_options
from meguri.report import files
from meguri.statistics import Statistics

ODD = pl.DataFrame(
    {
        "place": ["=1+1", "plain", "-3", None, "@SUM(A1)"],
        "value": [1.5, float("nan"), None, -2.0, 0.0],
        "day": [date(2024, 1, 31), None, None, None, None],
        "yes": [True, False, None, True, True],
        "sources": [["a:1", "b"], [], None, ["c"], ["d"]],
    }
)


def test_json_rows_hold_dates_as_text_and_no_number_that_does_not_exist() -> None:
    rows = files.rows(ODD)
    assert rows[0] == {
        "place": "=1+1",
        "value": 1.5,
        "day": "2024-01-31",
        "yes": True,
        "sources": ["a:1", "b"],
    }
    assert rows[1]["value"] is None
    assert json.loads(files.encoded({"odd": ODD}, "json"))["odd"] == rows


def test_csv_defuses_formulas_and_joins_sources_by_a_space() -> None:
    lines = files.to_csv(ODD).decode().splitlines()
    assert lines[1] == "'=1+1,1.5,2024-01-31,true,a:1 b"
    assert lines[2].startswith("plain,,")
    assert lines[3].startswith("'-3,")
    assert files.to_csv(ODD, bom=True).startswith(files.BOM)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_no_text_cell_of_a_csv_starts_as_a_formula(texts: list[str]) -> None:
    held = pl.read_csv(
        files.to_csv(pl.DataFrame({"n": range(len(texts)), "text": texts})),
        schema_overrides={"text": pl.String},
    )
    for cell in held["text"].drop_nulls():
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_a_workbook_comes_back_as_it_went_with_a_sheet_on_what_it_is(
    statistics: Statistics, estimate: OutflowEstimate
) -> None:
    data = files.to_xlsx(estimate.tables, files.about(statistics, estimate, "ja"))
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["about", *estimate.tables]
    told = {row[0].value: row[1].value for row in book["about"].iter_rows(max_row=9)}
    assert told["フィンガープリント"] == estimate.fingerprint
    held = pl.read_excel(io.BytesIO(data), sheet_name="by_year", engine="openpyxl")
    assert held.columns == estimate.tables["by_year"].columns
    assert held["p50"].to_list() == pytest.approx(estimate.tables["by_year"]["p50"].to_list())


def test_a_workbook_holds_no_formula() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(files.to_xlsx({"odd": ODD})))["odd"]
    assert sheet["A2"].value == "=1+1"
    assert sheet["A2"].data_type in {"s", "f"}
    raw = io.BytesIO(files.to_xlsx({"odd": ODD}))
    import zipfile

    assert b"<f>" not in zipfile.ZipFile(raw).read("xl/worksheets/sheet1.xml")


def test_parquet_keeps_lists_and_types(estimate: OutflowEstimate) -> None:
    table = estimate.tables["metals"]
    assert pl.read_parquet(files.encoded({"metals": table}, "parquet")).equals(table)


def test_several_tables_become_one_with_blank_dimensions(estimate: OutflowEstimate) -> None:
    one = files.together(estimate.tables)
    assert one.columns[:5] == ["table", "year", "destination", "element", "quantity"]
    assert one.height == sum(table.height for table in estimate.tables.values())
    assert (
        one.filter(pl.col("table") == "by_year")["element"].null_count() == estimate.tables["by_year"].height
    )
    assert files.together({}).is_empty()


@pytest.mark.parametrize("kind", ["json", "csv", "parquet", "xlsx"])
def test_the_same_result_gives_the_same_bytes(
    statistics: Statistics, estimate: OutflowEstimate, kind: files.Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = files.about(statistics, estimate, "en")
    first = files.encoded(estimate.tables, kind, about=about)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert files.encoded(estimate.tables, kind, about=about) == first


def test_sheets_that_would_share_a_name_are_told_apart() -> None:
    frame = pl.DataFrame({"a": [1]})
    data = files.to_xlsx({"about": frame, "x" * 40: frame, "x" * 39: frame, "a/b": frame})
    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames == [
        "about_2",
        "x" * 31,
        "x" * 29 + "_2",
        "a_b",
    ]


def test_a_table_too_wide_for_a_sheet_is_refused() -> None:
    with pytest.raises(MeguriError, match="more than a sheet holds"):
        files.to_xlsx({"wide": pl.DataFrame({f"c{n}": [1] for n in range(16_385)})})


def test_a_citation_names_version_seed_and_fingerprint(
    statistics: Statistics, estimate: OutflowEstimate
) -> None:
    for lang in ("ja", "en"):
        told = files.cite(estimate, lang)
        assert estimate.version in told
        assert str(estimate.options.seed) in told
        assert estimate.fingerprint[:16] in told
    dated = parse_options({"as_of": "2024-06-30"}, statistics)
    assert dated.as_of is not None


def test_every_source_of_the_tables_leads_to_a_document(
    statistics: Statistics, estimate: OutflowEstimate
) -> None:
    for table in estimate.tables.values():
        for words in table["sources"]:
            for word in words:
                assert files.documents(statistics, word), word
    assert files.documents(statistics, "wp2025")[0].id == "wp2025"
    assert files.documents(statistics, "nothing") == ()
    assert files.documents(statistics, "nothing:1") == ()
