"""Readings of a survey that is public only in part."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.errors import NotFound
from meguri.flows import ExportTable, estimate_outflow, parse_options
from meguri.flows.survey import AGES, CLASSES, Reading, bounds_of_split, readings, shares_of, splits
from meguri.statistics import Statistics


def named(figures: Statistics) -> dict[str, Reading]:
    return {reading.name: reading for reading in readings(figures)}


def drawn(reading: Reading, draws: int = 400, early: float | None = None, sampled: bool = True) -> np.ndarray:
    rng = np.random.default_rng(1)
    return shares_of(
        reading,
        rng.standard_normal((draws, CLASSES)),
        rng.random(draws),
        early=early,
        seed=1,
        sampled=sampled,
    )


def test_shares_are_probabilities_under_every_reading(figures: Statistics) -> None:
    for name, reading in named(figures).items():
        shares = drawn(reading)
        assert shares.shape == (400, AGES), name
        assert (shares >= 0).all(), name
        assert (shares.sum(axis=1) <= 1 + 1e-12).all(), name


def test_a_complete_reading_converts_every_car(figures: Statistics) -> None:
    np.testing.assert_allclose(drawn(named(figures)["complete"]).sum(axis=1), 1.0)
    np.testing.assert_allclose(drawn(named(figures)["tail_spread"]).sum(axis=1), 1.0)


def test_13_or_more_never_converting_leaves_out_its_share(figures: Statistics) -> None:
    shares = drawn(named(figures)["tail_never"], sampled=False)
    np.testing.assert_allclose(shares.sum(axis=1), 1 - 180 / 1051, rtol=1e-9)


def test_itemised_only_leaves_a_third_of_the_answers_out(figures: Statistics) -> None:
    shares = drawn(named(figures)["itemised_only"], sampled=False)
    np.testing.assert_allclose(shares.sum(axis=1), 716 / 1051, rtol=1e-9)
    assert set(np.flatnonzero(shares[0])) == {2, 3, 5, 7, 10, 13}


def test_counting_the_purchase_year_moves_every_conversion_a_year_earlier(figures: Statistics) -> None:
    late, early = (drawn(named(figures)[name], sampled=False) for name in ("complete", "purchase_year_first"))
    np.testing.assert_array_equal(late[:, 1:], early[:, :-1])


def test_nobody_sells_in_the_first_year_when_so_read(figures: Statistics) -> None:
    assert (drawn(named(figures)["no_first_year"])[:, 1] == 0).all()
    assert (drawn(named(figures)["no_first_year"], early=1.0)[:, 1] == 0).all()


def test_the_weibull_reading_has_the_stated_mean(figures: Statistics) -> None:
    shares = drawn(named(figures)["holding_7_2"], draws=1)[0]
    assert shares @ np.arange(AGES) / shares.sum() == pytest.approx(7.2, abs=0.15)


def test_the_sample_of_respondents_varies_as_a_dirichlet_does(figures: Statistics) -> None:
    shares = drawn(named(figures)["equal"], draws=20_000)
    p = 174 / 1051
    assert shares[:, 10].mean() == pytest.approx(p, rel=0.01)
    assert shares[:, 10].std() == pytest.approx(np.sqrt(p * (1 - p) / 1052), rel=0.03)


@settings(max_examples=20)
@given(seed=st.integers(0, 1000))
def test_every_split_keeps_the_sum_and_the_cap(seed: int) -> None:
    pool = splits(7, 335.0, 68.0, seed)
    np.testing.assert_allclose(pool.sum(axis=1), 335)
    assert (pool >= -1e-9).all()
    assert (pool <= 68 + 1e-9).all()


def test_splits_are_uniform_over_the_allowed_ones() -> None:
    """By symmetry each year has the mean 335/7, and the spread of a capped simplex drawn by rejection."""
    pool = splits(7, 335.0, 68.0, 3)
    np.testing.assert_allclose(pool.mean(axis=0), 335 / 7, rtol=0.02)
    gaps = 141 * np.random.default_rng(9).dirichlet(np.ones(7), 200_000)
    kept = gaps[(gaps <= 68).all(axis=1)]
    np.testing.assert_allclose(pool.std(axis=0), kept.std(axis=0), rtol=0.05)


@given(early=st.floats(0, 1))
def test_an_earlier_split_never_lowers_early_conversions(early: float, figures: Statistics) -> None:
    reading = named(figures)["complete"]
    here, later = (drawn(reading, 1, early=e, sampled=False)[0].cumsum() for e in (early, early / 2))
    assert (here >= later - 1e-12).all()


def test_bounds_exist_only_where_answers_are_not_itemised(figures: Statistics) -> None:
    latest, earliest = bounds_of_split(named(figures)["complete"])
    assert latest.sum() == earliest.sum() == 335
    assert earliest[0] == latest[-1] == 68
    with pytest.raises(NotFound, match="no un-itemised"):
        bounds_of_split(named(figures)["holding_7_2"])


def test_a_users_curve_takes_the_place_of_the_survey(figures: Statistics, exports: ExportTable) -> None:
    table = figures.table("used_conversion_curve")
    rows = pl.DataFrame(
        {
            "row_id": ["used_conversion_curve:4", "used_conversion_curve:30"],
            "years_since_purchase": [4, 30],
            "share": [1.0, 0.5],
            "status": ["published", "published"],
            "source_id": ["user", "user"],
            "known_from": [date(2020, 1, 1)] * 2,
        }
    )
    frame = pl.concat([table.frame, rows], how="diagonal_relaxed").select(table.frame.columns)
    own = replace(figures, tables={**figures.tables, table.name: replace(table, frame=frame)})
    words = {"survey_reading": "user", "draws": "50", "recalled_sales_rel": "0"}
    ours = estimate_outflow(own, parse_options(words, own), exports=exports)
    sold = figures.resolve("new_bev_sales:2020").values["bev_passenger_units"]
    assert ours.figure("used_arising:2024")["p50"] == pytest.approx(sold)
    assert "used_conversion_curve" in " ".join(map(str, ours.figure("used_arising:2024")["sources"]))
