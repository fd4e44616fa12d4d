"""Held against what is independent of it, explained, and its uncertainty apportioned."""

from pathlib import Path

import polars as pl
import pytest

from meguri.account import CLOSES_WITHIN, account_of, is_kept, national_outflow
from meguri.errors import NotFound
from meguri.flows import (
    GROUPS,
    OutflowEstimate,
    anchors,
    explain,
    parse_options,
    sensitivity,
    stock_check,
    subsidy_check,
)
from meguri.statistics import Statistics


def test_published_sums_of_sales_are_met(figures: Statistics, meguri: OutflowEstimate) -> None:
    table = stock_check(figures, meguri)
    sums = table.filter(pl.col("scope").is_in(["cumulative_sales", "circulation_cumulative"]))
    assert sums.height == 2
    assert (sums["p50"] / sums["stock_units"]).abs().max() < 0.02
    assert set(sums["verdict"]) == {"Our yearly sales add up to the published sum"}


def test_cars_in_use_in_2020_leave_room_for_scrapping_and_early_exports(
    figures: Statistics, meguri: OutflowEstimate
) -> None:
    table = stock_check(figures, meguri)
    row = table.row(
        by_predicate=(pl.col("as_of") == "2020-03") & (pl.col("scope") == "cevpc_passenger"), named=True
    )
    assert 10_000 < row["p05"] < row["p50"] < row["p95"] < 22_000
    assert row["p50"] == pytest.approx(row["sold_cum"] - row["exported_cum"] - row["stock_units"], rel=0.02)


def test_a_stock_larger_than_all_cars_sold_is_called_out(
    figures: Statistics, meguri: OutflowEstimate
) -> None:
    table = stock_check(figures, meguri)
    row = table.row(
        by_predicate=(pl.col("as_of") == "2022-12") & (pl.col("scope") == "iea_stock"), named=True
    )
    assert row["p95"] < 0
    assert "wider" in row["verdict"]


def test_subsidised_cars_are_a_lower_bound_in_all(figures: Statistics) -> None:
    table = subsidy_check(figures)
    assert table["subsidised_units"].sum() == 342_296
    assert table.filter(pl.col("fiscal_year") == 2024)["holds_cum"][0]
    assert set(table.filter(~pl.col("holds"))["fiscal_year"]) == {2009, 2010, 2022}


def test_anchors_that_were_not_public_are_left_out(figures: Statistics) -> None:
    words = {"as_of": "2024-11-01", "draws": "200"}
    estimate = national_outflow(figures, parse_options(words, figures))
    assert anchors(figures, estimate).height == 0


def test_the_survey_dominates_the_2024_ratio(figures: Statistics, meguri: OutflowEstimate) -> None:
    table = sensitivity(figures, meguri)
    ratio = table.filter(pl.col("figure") == "outflow_ratio:2024")
    assert set(ratio["group"]) == set(GROUPS)
    survey = ratio.filter(pl.col("group").str.starts_with("survey"))["first_order"].sum()
    assert survey > 0.8
    assert ratio.filter(pl.col("group") == "prices")["total"][0] == 0
    assert ratio["first_order"].sum() <= 1.1


def test_prices_matter_only_for_values(figures: Statistics, meguri: OutflowEstimate) -> None:
    table = sensitivity(figures, meguri, ("value_jpy:2024:total", "mass_t:2024:total"))
    prices = dict(table.filter(pl.col("group") == "prices").select("figure", "total").iter_rows())
    assert prices["value_jpy:2024:total"] > 0.1
    assert prices["mass_t:2024:total"] == 0


def test_sensitivity_of_a_figure_that_does_not_exist_is_refused(
    figures: Statistics, meguri: OutflowEstimate
) -> None:
    with pytest.raises(NotFound, match="no figure"):
        sensitivity(figures, meguri, ("nonsense:2024",))


@pytest.mark.parametrize(
    "name", ["ratio_2024", "outflow_ratio:2024", "mass_t_cum:2024:total", "new_sales:2022"]
)
def test_a_figure_is_explained_with_its_numbers_and_rows(
    name: str, figures: Statistics, meguri: OutflowEstimate
) -> None:
    told = explain(figures, meguri, name)
    assert "→" in told.with_numbers
    assert told.rows
    for row in told.rows:
        assert row.split(":")[0] in figures.tables
    assert told.sensitivities.height == len(GROUPS)
    if name == "ratio_2024":
        assert told.figure["figure"] == "outflow_ratio:2024"
        assert [part["quantity"] for part in told.parts] == ["exports_cum", "used_arising_cum"]


@pytest.mark.parametrize("method", ["meguri", "whitepaper"])
def test_the_account_closes_at_every_process_in_every_draw(
    method: str, meguri: OutflowEstimate, whitepaper: OutflowEstimate
) -> None:
    account = account_of(meguri if method == "meguri" else whitepaper)
    assert account.period == (2009, 2024)
    assert account.closes
    assert account.worst < CLOSES_WITHIN
    assert {"first_use", "used_trade", "export_vehicle"} <= set(account.balances["process"])
    assert account.balances["error"].is_finite().all()


def test_a_balance_that_is_off_does_not_close(meguri: OutflowEstimate) -> None:
    from dataclasses import replace

    account = account_of(meguri)
    broken = replace(account, balances=account.balances.with_columns(error=pl.lit(1e-3)))
    assert not broken.closes


def test_the_accounts_flows_are_the_estimates_figures(meguri: OutflowEstimate) -> None:
    flows = account_of(meguri, 2023).flows
    for row in flows.iter_rows(named=True):
        assert row["p50"] == meguri.figure(row["figure"])["p50"]
    assert set(flows["good"]) == {"vehicle", "Li", "Ni", "Co", "total"}


def test_the_export_table_is_kept_and_read_back_the_same(figures: Statistics, tmp_path: Path) -> None:
    options = parse_options({"as_of": "2022-06-30", "draws": "100"}, figures)
    assert not is_kept(figures, options, home=tmp_path)
    first = national_outflow(figures, options, home=tmp_path)
    assert is_kept(figures, options, home=tmp_path)
    again = national_outflow(figures, options, home=tmp_path)
    assert again.tables["by_year"].equals(first.tables["by_year"])
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(b"not an archive")
    mended = national_outflow(figures, options, home=tmp_path)
    assert mended.tables["by_year"].equals(first.tables["by_year"])


def test_a_home_that_cannot_be_written_is_done_without(figures: Statistics, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    options = parse_options({"as_of": "2022-06-30", "draws": "100"}, figures)
    assert national_outflow(figures, options, home=in_the_way).tables["by_year"].height
