"""Laws of the outflow estimate, whatever the assumptions."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.account import account_of
from meguri.flows import ExportTable, OutflowEstimate, estimate_outflow, parse_options
from meguri.flows.draws import noise
from meguri.flows.inputs import draw_inputs, plan
from meguri.flows.outflow import UNITS, columns_of, compute, labels_of, used_arising
from meguri.flows.quantiles import exact
from meguri.statistics import Statistics

DRAWS = "300"
OPTIONS = st.fixed_dictionaries(
    {"draws": st.just(DRAWS)},
    optional={
        "method": st.sampled_from(["meguri", "whitepaper"]),
        "seed": st.integers(0, 2**32).map(str),
        "until": st.integers(2017, 2030).map(str),
        "survey_reading": st.sampled_from(
            ["mixture", "complete", "tail_spread", "purchase_year_first", "best_time"]
        ),
        "content_basis": st.sampled_from(["by_model_year", "per_vehicle", "iea_75kwh"]),
        "price_basis": st.sampled_from(["by_year", "uniform"]),
        "unitemised_early": st.floats(0, 1).map(lambda x: f"{x:.3f}"),
        "export_scope_factor": st.floats(0.8, 1.2).map(lambda x: f"{x:.3f}"),
        "export_change_from_now": st.floats(-1, 1).map(lambda x: f"{x:.3f}"),
        "content_kg_per_vehicle": st.floats(10, 80).map(lambda x: f"{x:.2f}"),
    },
)


def run(figures: Statistics, exports: ExportTable, **words: str) -> OutflowEstimate:
    return estimate_outflow(figures, parse_options({"draws": DRAWS, **words}, figures), exports=exports)


def quantity(estimate: OutflowEstimate, name: str, column: str = "p50") -> np.ndarray:
    table = estimate.tables["by_year"]
    return table.filter(pl.col("quantity") == name).sort("year")[column].to_numpy()


@pytest.mark.parametrize("method", ["meguri", "whitepaper"])
def test_every_figure_has_unit_status_sources_and_ordered_quantiles(
    method: str, meguri: OutflowEstimate, whitepaper: OutflowEstimate, figures: Statistics
) -> None:
    estimate = meguri if method == "meguri" else whitepaper
    for table in estimate.tables.values():
        assert (table["p05"] <= table["p50"]).all()
        assert (table["p50"] <= table["p95"]).all()
        assert table["p50"].is_finite().all()
        assert set(table["unit"]) <= set(UNITS.values())
        assert table["sources"].list.len().min() > 0
        for source in {source for sources in table["sources"] for source in sources}:
            assert ":" not in source or figures.resolve(source).row_id == source
            assert source.split(":")[0] in figures.tables


def test_units_cannot_be_mixed(meguri: OutflowEstimate) -> None:
    """A quantity has one unit everywhere, its name says so at the boundary, and vehicles never stand beside tonnes."""
    table = pl.concat([t.select("quantity", "unit") for t in meguri.tables.values()])
    by_quantity = dict(table.group_by("quantity").agg(pl.col("unit").unique()).iter_rows())
    assert by_quantity == {quantity: [UNITS[quantity]] for quantity in by_quantity}
    for quantity, (unit,) in by_quantity.items():
        assert ("mass_t" in quantity) == (unit == "t")
        assert ("value_jpy" in quantity) == (unit == "JPY")
    for flow in (account_of(meguri).flows,):
        assert (
            flow.group_by("good").agg(pl.col("unit").n_unique())["unit"].to_list()
            == [1] * flow["good"].n_unique()
        )


@settings(max_examples=40)
@given(words=OPTIONS)
def test_laws_hold_draw_by_draw_under_any_assumptions(
    words: dict[str, str], figures: Statistics, exports: ExportTable
) -> None:
    options = parse_options(words, figures)
    made = plan(figures, options, exports)
    inputs = draw_inputs(figures, made, noise(made.columns, options.seed, 0, options.draws))
    series = compute(made, inputs)
    assert (series.used_arising_cum <= series.new_sales_cum * (1 + 1e-12)).all(), "more used cars than cars"
    for cumulative in (series.new_sales_cum, series.used_arising_cum, series.exports_cum):
        assert (np.diff(cumulative, axis=1) >= 0).all(), "a cumulative series falls"
    np.testing.assert_allclose(series.units_by_place.sum(axis=2), series.exports, rtol=1e-12)
    np.testing.assert_allclose(series.mass_t[:, :-1].sum(axis=1), series.mass_t[:, -1], rtol=1e-12)
    np.testing.assert_allclose(series.value_jpy[:, :-1].sum(axis=1), series.value_jpy[:, -1], rtol=1e-12)
    positive = series.exports_cum > 0
    np.testing.assert_allclose((series.outflow_ratio * series.outflow_ratio_inverse)[positive], 1.0)
    assert (series.mass_t >= 0).all()


@settings(max_examples=15)
@given(order=st.permutations(range(60)), seed=st.integers(0, 1000))
def test_permuting_draws_changes_nothing(
    order: list[int], seed: int, figures: Statistics, exports: ExportTable
) -> None:
    options = parse_options({"draws": "60", "seed": str(seed)}, figures)
    made = plan(figures, options, exports)
    tables = columns_of(compute(made, draw_inputs(figures, made, noise(made.columns, seed, 0, 60))))
    shuffled = [np.asfortranarray(table[np.array(order)]) for table in tables]
    np.testing.assert_array_equal(exact(tables), exact(shuffled))


@settings(max_examples=20)
@given(factor=st.floats(0.8, 1.2))
def test_the_ratio_scales_with_exports_when_nothing_left_before_2017(
    factor: float, figures: Statistics, exports: ExportTable
) -> None:
    word = f"{factor:.6f}"
    base = run(figures, exports, method="whitepaper")
    scaled = run(figures, exports, method="whitepaper", export_scope_factor=word)
    np.testing.assert_allclose(
        quantity(scaled, "outflow_ratio"), quantity(base, "outflow_ratio") * float(word), rtol=1e-9
    )


@given(
    sales=st.lists(st.floats(0, 1e6), min_size=1, max_size=30),
    weights=st.lists(st.floats(0, 1), min_size=1, max_size=21),
)
def test_used_arising_is_the_convolution_of_sales_and_shares(
    sales: list[float], weights: list[float]
) -> None:
    shares = np.array(weights) / max(sum(weights), 1.0)
    used = used_arising(np.array([sales]), shares[None, :])[0]
    np.testing.assert_allclose(used, np.convolve(sales, shares)[: len(sales)], rtol=1e-9, atol=1e-6)
    assert used.sum() <= sum(sales) * (1 + 1e-9) + 1e-6


def test_the_same_request_gives_the_same_bytes(figures: Statistics, exports: ExportTable) -> None:
    one, two = (run(figures, exports, seed="7") for _ in range(2))
    assert one.fingerprint == two.fingerprint
    for name, table in one.tables.items():
        assert table.equals(two.tables[name])
        assert table.write_json() == two.tables[name].write_json()


def test_another_seed_or_assumption_has_another_fingerprint(
    figures: Statistics, exports: ExportTable
) -> None:
    prints = {
        run(figures, exports, **words).fingerprint
        for words in ({}, {"seed": "1"}, {"method": "whitepaper"}, {"price_level": "1.1"})
    }
    assert len(prints) == 4


def test_a_fall_of_exports_touches_only_the_years_to_come(figures: Statistics, exports: ExportTable) -> None:
    base = run(figures, exports, until="2030")
    curbed = run(figures, exports, export_change_from_now="-0.3")
    assert curbed.years == base.years == tuple(range(2009, 2031))
    before, after = quantity(base, "exports"), quantity(curbed, "exports")
    known = 2025 - 2017 + 1
    np.testing.assert_array_equal(before[:known], after[:known])
    np.testing.assert_allclose(after[known:], 0.7 * before[known:], rtol=1e-9)


def test_years_after_the_data_are_marked_modelled(meguri: OutflowEstimate) -> None:
    table = meguri.tables["by_year"]
    assert set(table.filter((pl.col("year") > 2024) & (pl.col("quantity") == "exports"))["status"]) == {
        "modelled"
    }
    assert (
        table.filter((pl.col("year") == 2025) & (pl.col("quantity") == "new_sales"))["status"][0]
        == "published"
    )


def test_the_year_in_progress_follows_from_its_months(figures: Statistics) -> None:
    from meguri.account import national_outflow

    words = {"as_of": "2025-07-15", "draws": DRAWS}
    estimate = national_outflow(figures, parse_options(words, figures))
    row = estimate.figure("new_sales:2025")
    monthly = figures.table("new_bev_sales_registered_monthly").frame.filter(
        (pl.col("month") <= 6) & pl.col("year").is_in([2024, 2025])
    )
    half = dict(monthly.group_by("year").agg(pl.col("registered_bev_units").sum()).iter_rows())
    assert row["p50"] == pytest.approx(59_736 * half[2025] / half[2024], rel=0.01)
    assert row["status"] == "modelled"
    assert row["sources"] == ["new_bev_sales_registered_monthly:2025/6"]


def test_recalled_sales_stay_recalled_on_the_result(meguri: OutflowEstimate) -> None:
    sales = meguri.tables["by_year"].filter(pl.col("quantity") == "new_sales")
    status = dict(zip(sales["year"], sales["status"], strict=True))
    assert (status[2015], status[2023], status[2024]) == ("recalled", "recalled", "published")


def test_inferred_content_is_labelled_inferred(whitepaper: OutflowEstimate, meguri: OutflowEstimate) -> None:
    assert set(whitepaper.tables["metals"]["status"]) == {"inferred"}
    assert set(meguri.tables["metals"]["status"]) == {"modelled"}


def test_assumed_content_is_labelled_assumed(figures: Statistics, exports: ExportTable) -> None:
    assert set(run(figures, exports, content_basis="iea_75kwh").tables["metals"]["status"]) == {"assumed"}


def test_labels_and_columns_agree(figures: Statistics, exports: ExportTable) -> None:
    options = parse_options({"draws": "5"}, figures)
    made = plan(figures, options, exports)
    tables = columns_of(compute(made, draw_inputs(figures, made, noise(made.columns, 1, 0, 5))))
    labels = labels_of(made)
    assert sum(table.shape[1] for table in tables) == len(labels)
    assert len({label.figure for label in labels}) == len(labels)


def test_a_figure_that_does_not_exist_is_refused_with_near_ones(meguri: OutflowEstimate) -> None:
    with pytest.raises(Exception, match="outflow_ratio:20"):
        meguri.figure("outflow_ratio:1999")
    with pytest.raises(Exception, match="new_sales"):
        meguri.figure("nonsense")


def test_as_of_uses_only_what_was_public(figures: Statistics) -> None:
    from meguri.account import national_outflow

    early = national_outflow(figures, parse_options({"as_of": "2022-06-30", "draws": DRAWS}, figures))
    assert early.exports.years == (2017, 2018)
    assert early.last_data_year == 2018
    assert early.years[-1] == 2021
    later = early.tables["by_year"].filter((pl.col("year") > 2018) & (pl.col("quantity") == "exports"))
    assert set(later["status"]) == {"modelled"}


def test_nothing_on_exports_was_public_before_2017(figures: Statistics) -> None:
    from meguri.account import national_outflow
    from meguri.errors import InputError

    with pytest.raises(InputError, match="Nothing was published yet"):
        national_outflow(figures, parse_options({"as_of": "2016-01-01"}, figures))


def test_a_year_without_sales_or_prices_is_an_error_that_says_so(figures: Statistics) -> None:
    from meguri.account import national_outflow
    from meguri.errors import MeguriError

    for words in (
        {"as_of": "2009-01-01"},
        {"as_of": "2020-01-01"},
        {"as_of": "2022-01-01", "method": "whitepaper"},
        {"as_of": "2022-01-01", "content_basis": "inferred"},
    ):
        with pytest.raises(MeguriError, match=r"known|publi"):
            national_outflow(figures, parse_options(words, figures))


@settings(max_examples=10)
@given(kg=st.floats(10, 80).map(lambda x: f"{x:.3f}"))
def test_at_one_price_the_value_scales_with_the_content(
    kg: str, figures: Statistics, exports: ExportTable
) -> None:
    words = {"method": "whitepaper", "content_kg_per_vehicle": "45.7"}
    base = run(figures, exports, **words).figure("value_jpy:2024:total")["p50"]
    scaled = run(figures, exports, **words | {"content_kg_per_vehicle": kg}).figure("value_jpy:2024:total")[
        "p50"
    ]
    assert float(str(scaled)) / float(str(base)) == pytest.approx(float(kg) / 45.7, rel=1e-9)
