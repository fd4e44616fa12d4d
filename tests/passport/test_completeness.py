"""Completeness: what is asked for on a date, and a percentage that counts only that."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.passport import CATEGORIES, completeness, share_complete, shipped_attributes

LIST = shipped_attributes()
KEYS = [one.key for one in LIST.attributes]
KNOWN = st.sets(st.sampled_from(KEYS))
CATEGORY = st.sampled_from(CATEGORIES)
ON = st.dates(date(2025, 1, 1), date(2031, 1, 1))
START = date(2027, 2, 18)


def test_nothing_is_due_before_the_law_applies() -> None:
    told = completeness((), LIST, "ev", date(2027, 2, 17))
    assert (told.due, told.percent) == (0, None)
    assert {line.state for line in told.lines} <= {"not_due", "optional", "excluded"}


def test_an_empty_passport_lacks_all_and_a_full_one_nothing() -> None:
    assert completeness((), LIST, "ev", START).percent == 0
    assert completeness(KEYS, LIST, "ev", START).percent == 100


def test_each_line_says_who_can_supply_it_and_under_which_clause() -> None:
    lines = {line.key: line for line in completeness((), LIST, "ev", START).lines}
    assert lines["rated_capacity_ah"].supplier == "manufacturer"
    assert lines["state_of_certified_energy_percent"].supplier == "tester"
    assert lines["manufacturing_date"].supplier == "operator"
    assert "Annex XIII(1)(g)" in lines["rated_capacity_ah"].clause
    assert lines["due_diligence_report"].state == "not_due"
    assert lines["accidents"].state == "if_applicable"


@given(KNOWN, CATEGORY, ON)
def test_what_is_due_is_there_or_missing(known: set[str], category, on: date) -> None:
    told = completeness(known, LIST, category, on)
    missing = sum(line.state == "missing" for line in told.lines)
    assert told.due == told.there + missing
    assert [line.key for line in told.lines] == KEYS


@given(KNOWN, st.sampled_from(KEYS), CATEGORY, ON)
def test_one_more_attribute_never_makes_it_less_complete(
    known: set[str], more: str, category, on: date
) -> None:
    before, after = (completeness(held, LIST, category, on) for held in (known, known | {more}))
    assert after.there >= before.there
    assert after.due == before.due


@given(CATEGORY, ON, ON)
def test_a_later_date_never_asks_for_less(category, first: date, second: date) -> None:
    early, late = sorted((first, second))
    assert completeness((), LIST, category, early).due <= completeness((), LIST, category, late).due


@given(st.lists(KNOWN, max_size=5), CATEGORY, ON)
def test_many_passports_at_once_have_the_same_percentages(
    passports: list[set[str]], category, on: date
) -> None:
    known = np.array([[key in held for key in KEYS] for held in passports], dtype=bool).reshape(-1, len(KEYS))
    one_by_one = [completeness(held, LIST, category, on).percent for held in passports]
    np.testing.assert_allclose(
        share_complete(known, LIST, category, on),
        [np.nan if percent is None else percent for percent in one_by_one],
    )


def test_columns_that_are_not_those_of_the_list_are_refused() -> None:
    with pytest.raises(ValueError, match="102 columns"):
        share_complete(np.zeros((3, 5), dtype=bool), LIST, "ev", START)
