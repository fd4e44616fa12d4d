"""Tables on the command line: looked at, checked, added with what they change, taken away without a trace."""

import json

import pytest

from meguri.statistics import load
from tests.cli.conftest import DRAWS

SALES = '暦年,販売台数\n令和6年,"６９,７３６"\n'
BROKEN = "年,販売台数\n2023年,1,234\n2024,－\n20x5,12\n"
FOREIGN = "b\x00roken"


@pytest.fixture
def sales(tmp_path):
    path = tmp_path / "販売.csv"
    path.write_bytes(SALES.encode("cp932"))
    return path


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.csv"
    path.write_text('年,販売台数\n2023年,"1,234"\n2024,－\n20x5,12\n', encoding="utf-8")
    return path


def test_the_list_names_every_table(document, run):
    held = document("data", "list")
    assert [row["table"] for row in held["tables"]] == list(load().tables)
    assert "new_bev_sales" in run("data", "list", lang="ja").stdout


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("width", ["40", "80", "120"])
def test_every_table_can_be_shown(run, monkeypatch, lang, width):
    monkeypatch.setenv("COLUMNS", width)
    for name, table in load().tables.items():
        result = run("data", "show", name, "--rows", "3", lang=lang)
        assert result.exit_code == 0, result.output
        assert table.title(lang).split()[0][:10] in result.stdout


def test_a_table_as_document_carries_columns_rows_and_sources(document):
    held = document("data", "show", "new_bev_sales")
    assert {"fields", "rows", "sources", "key", "fingerprint"} <= held.keys()
    assert held["rows"][0]["status"] == "recalled"
    assert "販売台数" in next(f for f in held["fields"] if f["name"] == "bev_passenger_units")["headers"]


def test_a_table_can_be_taken_as_csv(run):
    assert run("data", "show", "new_bev_sales", "--csv").stdout.splitlines()[0].startswith("row_id,year,")


def test_a_sound_file_is_told_so(run, sales):
    result = run("data", "check", sales)
    assert result.exit_code == 0, result.output
    assert "new_bev_sales" in result.stdout


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_each_problem_has_its_place_and_mend(run, broken, lang):
    result = run("data", "check", broken, "--table", "new_bev_sales", lang=lang)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "broken.csv" in result.stderr
    assert ("行 3" if lang == "ja" else "row 3") in result.stderr
    assert "－" in result.stderr
    assert result.stderr.count("→") == 2


def test_problems_are_one_document(run, broken):
    result = run("data", "check", broken, "--table", "new_bev_sales", "--json")
    assert result.exit_code == 1
    held = json.loads(result.stdout)
    assert not held["ok"]
    assert held["problem_count"] == len(held["problems"]) == 2
    assert {"file", "sheet", "row", "column", "value", "what", "mend"} <= held["problems"][0].keys()


def test_a_file_with_a_problem_is_not_added(run, broken, own_home):
    result = run("data", "add", broken, "--table", "new_bev_sales", *DRAWS)
    assert result.exit_code == 1
    assert not (own_home / "tables").exists()


def test_a_file_refused_as_a_whole_is_one_document_too(run, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(FOREIGN)
    result = run("data", "check", path, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["problems"]


def test_adding_changes_the_estimate_and_removing_restores_it(run, document, sales, own_home):
    before = run("estimate", "outflow", *DRAWS, "--json").stdout
    preview = document("data", "diff", sales, *DRAWS)
    assert run("estimate", "outflow", *DRAWS, "--json").stdout == before

    added = document("data", "add", sales, *DRAWS)
    assert added["added"]["table"] == "new_bev_sales"
    assert [table["table"] for table in added["tables"]] == ["new_bev_sales"]
    assert any(row["changed"] for row in added["headline"])
    assert preview["headline"] == added["headline"]
    kept = document("data", "diff", *DRAWS)
    assert kept["headline"] == added["headline"]
    assert run("estimate", "outflow", *DRAWS, "--json").stdout != before

    removed = document("data", "remove", sales.name, *DRAWS)
    assert removed["removed"]["name"] == added["added"]["name"]
    assert run("estimate", "outflow", *DRAWS, "--json").stdout == before
    assert document("data", "diff", *DRAWS)["tables"] == []


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_what_changed_is_shown_before_and_after(run, sales, own_home, lang):
    shown = run("data", "add", sales, *DRAWS, lang=lang).stdout
    assert "59736 → 69736" in shown
    assert ("変化あり" if lang == "ja" else "changed") in shown
    assert sales.name in run("data", "list", lang=lang).stdout
    assert run("data", "remove", "new_bev_sales", *DRAWS, lang=lang).exit_code == 0
    assert ("変わりません" if lang == "ja" else "the same as before") in run(
        "data", "diff", *DRAWS, lang=lang
    ).stdout


def test_a_file_can_be_used_for_one_run(document, sales, own_home):
    plain = document("estimate", "outflow", *DRAWS)
    for told in (str(sales), f"new_bev_sales={sales}"):
        once = document("estimate", "outflow", "--data", told, *DRAWS)
        assert once["fingerprint"] != plain["fingerprint"]
    assert document("estimate", "outflow", *DRAWS) == plain


def test_registrations_leave_the_headline_as_it_is(run, tmp_path, own_home):
    path = tmp_path / "registrations.csv"
    path.write_text("都道府県コード,年度,種別,交付台数\n13,令和4年,EV,9999\n", encoding="cp932")
    refused = run(
        "data", "check", path, "--table", "cev_subsidies_by_prefecture_year", "--period", "calendar"
    )
    assert refused.exit_code == 1


def test_the_customs_table_closes_the_bands(document, tmp_path, own_home):
    units = {
        2017: 3995,
        2018: 7300,
        2019: 8600,
        2020: 8400,
        2021: 10900,
        2022: 14400,
        2023: 19400,
        2024: 19300,
    }
    path = tmp_path / "customs.csv"
    lines = [f"{year},000,{count}" for year, count in units.items()]
    path.write_text("年,国コード,台数\n" + "\n".join(lines) + "\n", encoding="utf-8")
    told = f"used_bev_exports_customs={path}"
    held = document("estimate", "outflow", "--method", "whitepaper", "--data", told, *DRAWS)
    exports = {row["year"]: row for row in held["tables"]["by_year"] if row["quantity"] == "exports"}
    for year, count in units.items():
        assert (exports[year]["p05"], exports[year]["p95"]) == pytest.approx((count, count))


def test_a_source_names_its_rows_and_a_row_its_source(document, run):
    row = document("sources", "new_bev_sales:2022")
    assert row["values"]["bev_passenger_units"] == 58813
    source = document("sources", row["source"]["id"])
    assert "new_bev_sales:2022" in source["rows"]
    assert row["source"] in document("sources")["sources"]
    for lang in ("ja", "en"):
        for words in ((), (row["source"]["id"],), ("new_bev_sales:2022",)):
            assert run("sources", *words, lang=lang).exit_code == 0
