import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.report import amount, interval, spoken, with_interval
from meguri.report.numbers import middle, percent

UNITS = ("vehicle", "t", "JPY", "1", "kg")
SIZES = {"万": 1e4, "億": 1e8, "兆": 1e12, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}


def row(p05: float, p50: float, p95: float, unit: str) -> dict[str, Any]:
    return {"p05": p05, "p50": p50, "p95": p95, "unit": unit}


@pytest.mark.parametrize(
    ("value", "unit", "ja", "en"),
    [
        (109_470, "vehicle", "10.9万台", "109 thousand vehicles"),
        (19_344, "vehicle", "1.9万台", "19.3 thousand vehicles"),
        (3_096, "vehicle", "3,100台", "3,100 vehicles"),
        (0, "vehicle", "0台", "0 vehicles"),
        (1_234_567, "vehicle", "123万台", "1.23 million vehicles"),
        (3.76e9, "JPY", "38億円", "¥3.8 billion"),
        (17.5e9, "JPY", "175億円", "¥17.5 billion"),
        (2.13e12, "JPY", "2.1兆円", "¥2.13 trillion"),
        (5.34e8, "JPY", "5.3億円", "¥530 million"),
        (186_170, "JPY", "19万円", "¥186,000"),
        (4_296, "t", "4,300t", "4,300 t"),
        (43.2, "t", "43t", "43 t"),
        (12_345, "t", "1.2万t", "12,000 t"),
        (0.873, "1", "87%", "87%"),
        (0.0451, "1", "4.5%", "4.5%"),
    ],
)
def test_numbers_are_said_as_people_say_them(value: float, unit: str, ja: str, en: str) -> None:
    assert amount(value, unit, "ja") == ja
    assert amount(value, unit, "en") == en


def test_a_figure_with_an_interval_says_about_and_both_ends() -> None:
    ratio = row(0.781, 0.873, 0.971, "1")
    assert with_interval(ratio, "ja") == "約87%（78〜97%）"
    assert with_interval(ratio, "en") == "about 87% (78–97%)"
    used = row(98_791, 109_470, 121_133, "vehicle")
    assert with_interval(used, "ja") == "約10.9万台（9.9〜12.1万台）"
    assert with_interval(used, "en") == "about 109 thousand vehicles (99–121 thousand)"
    assert interval(row(2.0e9, 2.3e9, 2.7e9, "JPY"), "en") == "¥2.0–2.7 billion"


def test_an_exact_figure_is_said_in_full_without_about() -> None:
    sold = row(58_813, 58_813, 58_813, "vehicle")
    assert with_interval(sold, "ja") == "58,813台"
    assert with_interval(sold, "en") == "58,813 vehicles"
    assert interval(sold, "ja") == ""
    assert middle(sold, "en").number == "58,813"


def test_a_share_is_a_percentage() -> None:
    assert percent(0.5, "en") == "50%"


@given(st.floats(0, 1e14), st.sampled_from(UNITS), st.sampled_from(["ja", "en"]))
def test_what_is_said_is_near_the_value(value: float, unit: str, lang: Any) -> None:
    said = spoken(value, unit, lang)
    number = float(re.sub(r"[^0-9.]", "", said.number))
    factor = next(
        (size for word, size in SIZES.items() if word in said.unit), 0.01 if said.unit == "%" else 1.0
    )
    assert number * factor == pytest.approx(value, rel=0.06, abs=0.5 if unit != "1" else 0.001)


@given(
    st.tuples(*[st.floats(1, 1e12)] * 3).map(sorted), st.sampled_from(UNITS), st.sampled_from(["ja", "en"])
)
def test_a_number_never_breaks_from_its_unit_in_japanese(ends: list[float], unit: str, lang: Any) -> None:
    said = with_interval(row(*ends, unit), lang)
    assert "  " not in said
    assert "e+" not in said
    if lang == "ja" and unit != "kg":
        assert " " not in said
