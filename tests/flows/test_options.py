"""Options are read from words and give them back; what cannot be meant is refused with the mend."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.errors import OptionError
from meguri.flows import OutflowOptions, Range, allowed_choices, assumptions, bases, parse_options
from meguri.statistics import Statistics


def test_a_number_fixes_an_assumption_and_two_give_a_range(figures: Statistics) -> None:
    options = parse_options(
        {"price_level": "1.2", "pack_energy_rel": "0.8..1.0", "sales_growth": "-0.1..0..0.2"}, figures
    )
    assert dict(options.settings) == {
        "price_level": Range(1.2, 1.2, 1.2),
        "pack_energy_rel": Range(0.8, 0.9, 1.0),
        "sales_growth": Range(-0.1, 0.0, 0.2),
    }


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("method", "magic"),
        ("draws", "0"),
        ("draws", "ten"),
        ("draws", "99999999999"),
        ("seed", "-1"),
        ("until", "1999"),
        ("as_of", "yesterday"),
        ("price_level", "nan"),
        ("price_level", "inf"),
        ("price_level", "100"),
        ("price_level", "2..1"),
        ("price_level", "1..2..3..4"),
        ("price_level", ""),
        ("survey_reading", "user"),
        ("no_such_thing", "1"),
    ],
)
def test_an_impossible_word_is_refused_with_what_to_do(key: str, word: str, figures: Statistics) -> None:
    with pytest.raises(OptionError) as caught:
        parse_options({key: word}, figures)
    assert caught.value.where == key
    assert caught.value.mend


@given(
    draws=st.integers(1, 10_000_000),
    seed=st.integers(0, 2**63 - 1),
    until=st.none() | st.integers(2017, 2030),
    as_of=st.none() | st.dates(date(2010, 1, 1), date(2030, 1, 1)),
    level=st.none()
    | st.lists(st.floats(0.3, 3).map(lambda x: round(x, 6)), min_size=3, max_size=3).map(sorted),
)
def test_words_and_options_are_inverse(
    draws: int,
    seed: int,
    until: int | None,
    as_of: date | None,
    level: list[float] | None,
    figures: Statistics,
) -> None:
    settings = (("price_level", Range(*level)),) if level else ()
    options = OutflowOptions(
        method="whitepaper",
        draws=draws,
        seed=seed,
        until=until,
        as_of=as_of,
        survey_reading="tail_never",
        settings=settings,
    )
    assert parse_options(options.to_query(), figures) == options


def test_setting_one_content_or_one_price_implies_its_basis(figures: Statistics) -> None:
    words = {"content_kg_per_vehicle": "40", "uniform_price_jpy_per_vehicle": "150000"}
    assert bases(parse_options(words, figures)) == ("mixture", "per_vehicle", "uniform")
    assert bases(parse_options({}, figures)) == ("mixture", "by_model_year", "by_year")
    assert bases(parse_options({"method": "whitepaper"}, figures)) == ("complete", "per_vehicle", "uniform")
    assert bases(parse_options({"content_basis": "iea_40kwh"}, figures))[1] == "iea_40kwh"


def test_a_setting_replaces_the_methods_distribution(figures: Statistics) -> None:
    plain = assumptions(figures, parse_options({}, figures))
    changed = assumptions(figures, parse_options({"export_scope_factor": "1"}, figures))
    assert plain["export_scope_factor"] == Range(0.96, 1.0, 1.01)
    assert changed["export_scope_factor"] == Range(1, 1, 1)
    assert plain["unitemised_early"] is None


def test_every_choice_is_offered(figures: Statistics) -> None:
    choices = allowed_choices(figures)
    assert choices["method"] == ("meguri", "whitepaper")
    assert choices["survey_reading"][:2] == ("mixture", "complete")
    assert {"by_model_year", "per_vehicle", "inferred", "iea_75kwh"} <= set(choices["content_basis"])
