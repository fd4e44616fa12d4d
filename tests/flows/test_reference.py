"""The white paper's method against its published anchors, and against a reading worked out by hand."""

import numpy as np
import polars as pl
import pytest

from meguri.flows import (
    ExportTable,
    OutflowEstimate,
    alternatives,
    anchors,
    compare_readings,
    estimate_outflow,
    parse_options,
    ratio_band,
)
from meguri.statistics import Statistics

NAMED = [
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
]


def test_every_named_anchor_stands_beside_ours(figures: Statistics, whitepaper: OutflowEstimate) -> None:
    table = anchors(figures, whitepaper)
    assert set(NAMED) <= set(table["anchor"])
    assert table.columns[:8] == [
        "anchor",
        "published",
        "p05",
        "p50",
        "p95",
        "deviation",
        "circular",
        "reason",
    ]
    np.testing.assert_allclose(table["deviation"], table["p50"] / table["published"] - 1)


def test_a_deviation_above_two_per_cent_has_its_reason_in_both_languages(
    figures: Statistics, whitepaper: OutflowEstimate, meguri: OutflowEstimate
) -> None:
    for estimate in (whitepaper, meguri):
        for row in anchors(figures, estimate).iter_rows(named=True):
            assert len(row["reason"]) > 20, row["anchor"]
            assert len(row["reason_ja"]) > 10, row["anchor"]


def test_an_anchor_used_to_infer_an_input_is_called_circular(
    figures: Statistics, whitepaper: OutflowEstimate
) -> None:
    circular = dict(anchors(figures, whitepaper).select("anchor", "circular").iter_rows())
    assert circular["metal_t_2017_2024"]
    assert circular["value_jpy_2017_2024"]
    assert circular["exports_cum_2024"]
    assert not circular["sales_cum_2024"]


def test_independent_anchor_of_cumulative_sales_is_met(
    figures: Statistics, whitepaper: OutflowEstimate
) -> None:
    row = anchors(figures, whitepaper).row(by_predicate=pl.col("anchor") == "sales_cum_2024", named=True)
    assert abs(row["deviation"]) < 0.02


def test_equal_split_matches_the_sum_worked_out_by_hand(figures: Statistics, exports: ExportTable) -> None:
    """Σ sales × share with 47.86 answers in each un-itemised year, sales before 2018 in thousands: 109,248."""
    answers = {2: 69, 3: 89, 5: 122, 7: 82, 10: 174, 13: 180}
    share = {age: answers.get(age, 335 / 7) / 1051 for age in range(1, 14)}
    table = figures.table("new_bev_sales").frame
    sales = {
        row["year"]: round(row["bev_passenger_units"], -3)
        if row["year"] <= 2017
        else row["bev_passenger_units"]
        for row in table.iter_rows(named=True)
    }
    used = sum(sales[y - k] * share[k] for y in range(2009, 2025) for k in share if y - k in sales)
    assert used == pytest.approx(109_248, abs=1)
    words = {"method": "whitepaper", "survey_reading": "equal", "sales_rounding_units": "0"}
    ours = estimate_outflow(figures, parse_options(words, figures), exports=exports)
    assert ours.figure("used_arising_cum:2024")["p50"] == pytest.approx(used, rel=2e-3)


def test_readings_land_where_the_notes_of_the_data_say(
    figures: Statistics, whitepaper: OutflowEstimate
) -> None:
    table = {row["reading"]: row for row in compare_readings(figures, whitepaper).iter_rows(named=True)}
    expected = {"itemised_only": 1.33, "purchase_year_first": 0.70, "no_first_year": 0.96, "tail_never": 0.88}
    for reading, ratio in expected.items():
        assert table[reading]["ratio_2024"] == pytest.approx(ratio, abs=0.015), reading
    assert not any(table[name]["meets_ratio_2024"] for name in expected)
    assert table["complete"]["circular"]
    assert not table["tail_never"]["circular"]


def test_band_of_the_2024_ratio_that_the_public_data_allow(
    figures: Statistics, whitepaper: OutflowEstimate
) -> None:
    band = {
        row["basis"]: (row["low"], row["high"])
        for row in ratio_band(figures, whitepaper).iter_rows(named=True)
    }
    assert band["one_per_cent"] == pytest.approx((0.784, 0.988), abs=0.006)
    assert band["free"][0] <= band["one_per_cent"][0] <= band["one_per_cent"][1] <= band["free"][1]
    assert band["any_reading"][0] <= band["free"][0] <= band["free"][1] <= band["any_reading"][1]


def test_the_drawn_ratios_stay_inside_the_band(figures: Statistics, exports: ExportTable) -> None:
    words = {"method": "whitepaper", "survey_reading": "complete"}
    ours = estimate_outflow(figures, parse_options(words, figures), exports=exports).figure(
        "outflow_ratio:2024"
    )
    band = {
        row["basis"]: (row["low"], row["high"])
        for row in ratio_band(
            figures, estimate_outflow(figures, parse_options(words, figures), exports=exports)
        ).iter_rows(named=True)
    }
    assert band["free"][0] < float(str(ours["p05"])) < float(str(ours["p95"])) < band["free"][1]


def test_alternatives_show_how_far_each_public_content_and_price_lands(
    figures: Statistics, whitepaper: OutflowEstimate
) -> None:
    table = {row["alternative"]: row for row in alternatives(figures, whitepaper).iter_rows(named=True)}
    assert table["inferred"]["metal_deviation"] == pytest.approx(0, abs=0.002)
    assert table["iea_75kwh"]["kg_per_vehicle"] == pytest.approx(62.1, rel=1e-3)
    assert table["by_year"]["value_jpy_2017_2024"] == pytest.approx(23.4e9, rel=0.05)
    assert table["by_model_year"]["metal_deviation"] < -0.3
