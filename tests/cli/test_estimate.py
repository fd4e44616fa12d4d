"""What `meguri estimate` answers: one document, the promised names, and the same bytes again."""

import csv
import io
import json

import polars as pl
import pytest

from meguri.flows import METHODS, TABLES
from tests.cli.conftest import DRAWS

ANCHORS = {
    "sales_cum_2024",
    "used_cum_2024",
    "exports_cum_2024",
    "ratio_2017",
    "ratio_2019",
    "ratio_2024",
    "metal_t_2017_2024",
    "value_jpy_2024",
    "value_jpy_2017_2024",
    "top_destination_share_2024",
}
COLUMNS = ["anchor", "published", "p05", "p50", "p95", "deviation", "circular", "reason"]
LONG = {"quantity", "unit", "p05", "p50", "p95", "status", "sources"}


@pytest.mark.parametrize("method", METHODS)
def test_the_outflow_is_one_document_with_all_tables(document, method):
    held = document("estimate", "outflow", "--method", method, *DRAWS)
    assert held["method"] == method
    assert {
        "options",
        "seed",
        "version",
        "fingerprint",
        "headline",
        "tables",
        "anchors",
        "provenance",
    } <= held.keys()
    assert set(held["tables"]) == set(TABLES)
    for rows in held["tables"].values():
        assert all(row.keys() >= LONG and row["p05"] <= row["p50"] <= row["p95"] for row in rows)
    assert {row["anchor"] for row in held["anchors"]} >= ANCHORS
    assert held["headline"][0]["quantity"] == "outflow_ratio"
    assert "海外" in held["headline"][0]["sentence_ja"]


def test_the_anchors_have_the_promised_columns_and_names(document):
    held = document("estimate", "check", *DRAWS)
    assert held["method"] == "whitepaper"
    assert {row["anchor"] for row in held["anchors"]} >= ANCHORS
    assert all(list(row)[: len(COLUMNS)] == COLUMNS for row in held["anchors"])
    assert all(row["reason"] for row in held["anchors"] if abs(row["deviation"]) > 0.02)
    for name in ("statements", "readings", "band", "alternatives", "stock_check", "subsidy_check"):
        assert held[name], name


def test_a_second_run_gives_the_same_bytes(process):
    words = ("estimate", "outflow", *DRAWS, "--json")
    first, second = process(*words), process(*words, LANG="ja_JP.UTF-8", MEGURI_LANG="ja")
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    json.loads(first.stdout)


def test_another_seed_gives_other_draws(document):
    first = document("estimate", "explain", "outflow_ratio:2024", *DRAWS)
    other = document("estimate", "explain", "outflow_ratio:2024", "--draws", "300")
    assert first["fingerprint"] != other["fingerprint"]


def test_two_workers_give_the_numbers_of_one(document):
    one = document("estimate", "outflow", "--draws", "2000", "--table", "by_year")
    two = document("estimate", "outflow", "--draws", "2000", "--table", "by_year", "--workers", "2")
    assert one == two


def test_a_setting_changes_the_result_and_is_told(document):
    held = document("estimate", "outflow", "--set", "export_change_from_now=-0.3", "--until", "2030", *DRAWS)
    plain = document("estimate", "outflow", "--until", "2030", *DRAWS)

    def exports_2030(document):
        return next(row["p50"] for row in document["tables"]["by_year"] if row["figure"] == "exports:2030")

    assert exports_2030(held) < 0.8 * exports_2030(plain)
    assert held["options"]["settings"] == [
        ["export_change_from_now", {"low": -0.3, "mode": -0.3, "high": -0.3}]
    ]


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("width", ["80", "120"])
def test_the_screen_shows_sentence_interval_and_status(run, monkeypatch, lang, width):
    monkeypatch.setenv("COLUMNS", width)
    shown = run("estimate", "outflow", *DRAWS, "--lang", lang).stdout
    assert ("海外へ出ました" if lang == "ja" else "have left the") in shown
    assert ("推計" if lang == "ja" else "modelled") in shown
    assert "…" not in shown


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("width", ["80", "120"])
def test_the_check_names_every_anchor_on_the_screen(run, monkeypatch, lang, width):
    monkeypatch.setenv("COLUMNS", width)
    shown = run("estimate", "check", *DRAWS, lang=lang).stdout
    unbroken = "".join(shown.split())
    assert all(anchor.removesuffix("2024") in unbroken for anchor in ANCHORS)
    assert ("循環" if lang == "ja" else "circular") in shown


def test_csv_on_standard_output_is_one_long_table(run):
    rows = list(csv.DictReader(io.StringIO(run("estimate", "outflow", *DRAWS, "--csv").stdout)))
    assert {row["table"] for row in rows} == set(TABLES)
    assert rows[0].keys() >= LONG
    one = list(
        csv.DictReader(
            io.StringIO(run("estimate", "outflow", *DRAWS, "--csv", "-", "--table", "metals").stdout)
        )
    )
    assert {row["element"] for row in one} == {"Li", "Ni", "Co", "total"}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_folder_gets_a_file_per_table(run, tmp_path, kind):
    result = run("estimate", "outflow", *DRAWS, f"--{kind}", tmp_path / "out")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"{name}.{kind}" for name in TABLES}


def test_a_file_gets_the_form_of_its_name(run, tmp_path):
    assert run("estimate", "outflow", *DRAWS, tmp_path / "all.parquet").exit_code == 0
    assert pl.read_parquet(tmp_path / "all.parquet")["table"].n_unique() == len(TABLES)
    assert run("estimate", "outflow", *DRAWS, tmp_path / "all.json").exit_code == 0
    assert set(json.loads((tmp_path / "all.json").read_bytes())["tables"]) == set(TABLES)


def test_a_workbook_says_what_it_is_and_has_a_sheet_per_table(run, tmp_path):
    from openpyxl import load_workbook

    assert run("estimate", "outflow", *DRAWS, "--xlsx", tmp_path / "all.xlsx").exit_code == 0
    book = load_workbook(tmp_path / "all.xlsx", read_only=True)
    assert set(TABLES) < set(book.sheetnames)


def test_a_table_is_shown_in_full(run):
    shown = run("estimate", "outflow", *DRAWS, "--table", "metals", lang="ja").stdout
    assert "リチウム" in shown
    assert "2017" in shown


@pytest.mark.parametrize(
    "figure", ["ratio_2024", "outflow_ratio:2024", "exports:2024:South Korea", "value_jpy:2024:Li"]
)
def test_a_figure_is_explained_with_its_rows_and_what_sways_it(document, run, figure):
    held = document("estimate", "explain", figure, *DRAWS)
    assert held["formula"]
    assert held["with_numbers"].startswith(held["formula"])
    assert held["inputs"]
    assert held["sources"]
    assert {row["figure"] for row in held["sensitivity"]} == {held["figure"]["figure"]}
    for lang in ("ja", "en"):
        assert run("estimate", "explain", figure, *DRAWS, lang=lang).exit_code == 0


def test_every_anchor_with_an_address_can_be_explained(run):
    for anchor in sorted(ANCHORS):
        assert run("estimate", "explain", anchor, *DRAWS).exit_code == 0, anchor


def test_sensitivity_ranks_the_inputs_of_a_figure(document, run):
    shares = document("estimate", "sensitivity", "ratio_2024", *DRAWS)["sensitivity"]
    assert {row["figure"] for row in shares} == {"outflow_ratio:2024"}
    assert [row["total"] for row in shares] == sorted((row["total"] for row in shares), reverse=True)
    assert "─" in run("estimate", "sensitivity", *DRAWS, lang="ja").stdout


def test_an_earlier_day_knows_less(document):
    then = document("estimate", "outflow", "--as-of", "2025-12-31", *DRAWS)
    assert then["options"]["as_of"] == "2025-12-31"
