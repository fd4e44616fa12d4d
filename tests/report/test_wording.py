import polars as pl
import pytest

from meguri.flows import UNITS, OutflowEstimate, statements
from meguri.flows.sensitivity import GROUPS
from meguri.report import LANGUAGES, Language, chip, headlines, names, outflow_headline, sensitivity_sentence
from meguri.report.wording import (
    chances,
    figure_name,
    interval_meaning,
    period,
    share_in_words,
    statement_name,
)
from meguri.statistics import STATUSES


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_headline_is_a_sentence_with_its_interval(estimate: OutflowEstimate, lang: Language) -> None:
    told = outflow_headline(estimate, lang)
    assert told.figure == f"outflow_ratio:{estimate.last_data_year}"
    assert told.interval_text in told.sentence
    assert told.sentence == told.before + told.said + told.after
    assert str(estimate.last_data_year) in told.sentence
    assert told.sentence.endswith("。" if lang == "ja" else ".")
    assert told.sources


def test_years_beyond_the_data_are_spoken_of_as_expected(nowcast: OutflowEstimate) -> None:
    assert "見込み" in outflow_headline(nowcast, "ja", 2027).sentence
    assert "will have left" in outflow_headline(nowcast, "en", 2027).sentence


@pytest.mark.parametrize("lang", LANGUAGES)
def test_five_figures_each_have_unit_interval_status_and_sources(
    estimate: OutflowEstimate, lang: Language
) -> None:
    five = headlines(estimate, lang)
    assert len(five) == 5
    for told in five:
        assert told.value_text.startswith(told.number_text)
        assert told.unit_text
        assert told.value_text in told.sentence
        assert chip(told.status, lang)
        assert told.sources
        assert str(estimate.last_data_year) in told.label


def test_everything_the_estimate_holds_has_a_name_in_both_languages() -> None:
    assert set(names.QUANTITIES) == set(UNITS)
    assert set(names.GROUPS) == set(GROUPS)
    assert set(names.STATUSES) == {*STATUSES, "modelled", "recorded"}
    assert names.chip("recalled", "ja") == "記憶（要確認）"
    assert names.unit_name("vehicle", "ja") == "台"
    assert names.method_name("whitepaper", "en") == "the white paper's method"
    assert names.process_name("export_vehicle", "ja") == "海外へ"
    assert names.place_name("Atlantis", "ja") == "Atlantis"


@pytest.mark.parametrize(
    ("share", "ja", "en"),
    [
        (0.9, "10回に9回", "9 chances in 10"),
        (0.5, "10回に5回", "5 chances in 10"),
        (0.1, "10回に1回", "1 chance in 10"),
        (0.95, "20回に19回", "19 chances in 20"),
        (0.05, "20回に1回", "1 chance in 20"),
        (0.98, "20回に19回", "19 chances in 20"),
        (0.01, "20回に1回", "1 chance in 20"),
        (1.0, "ほぼ確実に", "almost certainly"),
        (0.0, "まずない", "almost never"),
    ],
)
def test_chances_are_said_in_tens(share: float, ja: str, en: str) -> None:
    assert chances(share, "ja") == ja
    assert chances(share, "en") == en


def test_shares_are_said_as_fractions() -> None:
    assert share_in_words(0.5, "ja") == "約半分"
    assert share_in_words(0.32, "en") == "about a third"
    assert share_in_words(1.0, "en") == "nearly all"


def test_the_interval_is_explained() -> None:
    assert "10回に9回" in interval_meaning("ja")


def test_a_figure_is_named_with_its_year_and_place() -> None:
    assert figure_name("exports:2024:South Korea", "ja") == "2024年の中古BEVの輸出台数（韓国）"
    assert figure_name("exports:2024:South Korea", "en") == "Used BEVs exported (South Korea), 2024"
    assert figure_name("mass_t_cum:2024:total", "en") == "Rare metals gone since 2017, to 2024"


def test_a_minister_hears_what_dominates_the_uncertainty() -> None:
    table = pl.DataFrame(
        {
            "figure": ["outflow_ratio:2024"] * 3,
            "group": ["prices", "survey_reading", "sales"],
            "first_order": [0.0, 0.52, 0.2],
        }
    )
    english = sensitivity_sentence(table, "outflow_ratio:2024", "en")
    assert english.startswith(
        "About half of the uncertainty of “Outflow ratio, 2024” comes from how the survey"
    )
    assert "Next comes yearly sales" in english
    assert "約半分" in sensitivity_sentence(table, "outflow_ratio:2024", "ja")
    alone = sensitivity_sentence(table.head(2), "outflow_ratio:2024", "en")
    assert "Next" not in alone
    assert "no uncertainty" in sensitivity_sentence(table.head(1), "outflow_ratio:2024", "en")


@pytest.mark.parametrize(
    ("start", "end", "ja", "en"),
    [
        ("2023-01", "2023-12", "2023年", "2023"),
        ("2017-01", "2022-12", "2017〜2022年", "2017–2022"),
        ("2018-04", "2019-03", "2018年度", "fiscal 2018"),
        ("2023-07", "2023-07", "2023年7月", "Jul 2023"),
        ("2024-01", "2024-08", "2024年1〜8月", "Jan–Aug 2024"),
        ("2023-08", "2024-12", "2023年8月〜2024年12月", "Aug 2023 – Dec 2024"),
    ],
)
def test_spans_of_months_are_said_as_years_fiscal_years_or_months(
    start: str, end: str, ja: str, en: str
) -> None:
    assert period(start, end, "ja") == ja
    assert period(start, end, "en") == en


def test_every_statement_has_a_name_of_its_own(estimate: OutflowEstimate) -> None:
    for lang in LANGUAGES:
        told = [statement_name(row, lang) for row in statements(estimate).iter_rows(named=True)]
        assert all(told)
        assert len(set(told)) >= len(told) - 2
