"""What the estimate is held against: published figures, the statements themselves, cars in use, subsidised cars."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meguri.flows.ensemble import figures
from meguri.flows.estimate import OutflowEstimate
from meguri.flows.inputs import FIRST_SALES_YEAR, Plan, plan
from meguri.flows.known import known_on
from meguri.flows.outflow import labels_of
from meguri.flows.quantiles import exact
from meguri.flows.statements import FIRST_YEAR
from meguri.statistics import Statistics

Floats = NDArray[np.float64]

CHECK_DRAWS = 10_000
PAIR_SHARE = "ru_nz_share_2023"
PAIR = ("Russia", "New Zealand")
FIRST_QUARTER = 0.25
SALES_SCOPES = ("cumulative_sales", "circulation_cumulative")
CLOSE = 0.02


def anchors(statistics: Statistics, estimate: OutflowEstimate) -> pl.DataFrame:
    """Published figures of the white paper beside ours, with the deviation p50 / published − 1 and its reason.

    Anchors whose year the estimate does not reach, or that were not public on its date, are left out.
    """
    known = known_on(statistics, estimate.options.as_of)
    held = {row["figure"]: row for table in estimate.tables.values() for row in table.iter_rows(named=True)}
    rows = []
    for anchor in known.table("white_paper_anchors").frame.sort("position").iter_rows(named=True):
        ours = _pair_share(estimate) if anchor["anchor"] == PAIR_SHARE else held.get(anchor["figure"])
        if ours is None:
            continue
        rows.append(
            {
                "anchor": anchor["anchor"],
                "published": anchor["published"],
                "p05": ours["p05"],
                "p50": ours["p50"],
                "p95": ours["p95"],
                "deviation": ours["p50"] / anchor["published"] - 1,
                "circular": anchor["circular"],
                "reason": f"{anchor['reason_en']}. {anchor['dependence_en']}.",
                "reason_ja": f"{anchor['reason_ja']}。{anchor['dependence_ja']}。",
                "wording": anchor["wording_en"],
                "wording_ja": anchor["wording_ja"],
                "unit": anchor["unit"],
                "figure": anchor["figure"],
                "source": anchor["row_id"],
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _pair_share(estimate: OutflowEstimate) -> dict[str, float] | None:
    table = estimate.exports
    if 2023 not in table.years or not set(PAIR) <= set(table.destinations):
        return None
    year = table.units[:, table.years.index(2023)]
    both = year[:, [table.destinations.index(place) for place in PAIR]].sum(axis=1) / year.sum(axis=1)
    return dict(zip(("p05", "p50", "p95"), exact([both[:, None]], threads=1)[:, 0].tolist(), strict=True))


def statements(estimate: OutflowEstimate) -> pl.DataFrame:
    """Every published statement with the interval that the draws give it and the share of draws that honour it."""
    return estimate.exports.honours.select(
        "observation",
        "period_start",
        "period_end",
        "destination",
        "reference_start",
        "reference_end",
        "reference_destination",
        "measure",
        pl.col("value").alias("published"),
        pl.col("low").alias("published_low"),
        pl.col("high").alias("published_high"),
        "p05",
        "p50",
        "p95",
        "honoured",
        "contradicts",
        pl.lit("modelled").alias("status"),
        pl.concat_list("row_id").alias("sources"),
    )


def stock_check(statistics: Statistics, estimate: OutflowEstimate) -> pl.DataFrame:
    """Cars in use = sold − exported − scrapped: what each published stock leaves for scrapping and early exports.

    `p05` … `p95` is that remainder in vehicles. Sales within a year are spread evenly. A negative remainder means
    that the stock counts more than was sold. Rows that publish cumulative sales check the sales alone.
    """
    made, sold, exported = _cumulative(statistics, estimate)
    published = (
        statistics.table("bev_stock")
        .frame.with_columns(pl.col("scope").replace({"cevpc_registered": "cevpc", "cevpc_kei": "cevpc"}))
        .group_by("as_of", "scope", maintain_order=True)
        .agg(pl.col("stock_units").sum(), pl.col("row_id"))
    )
    rows = []
    for row in published.iter_rows(named=True):
        year, part = _position(row["as_of"])
        if not FIRST_SALES_YEAR < year <= made.years[-1]:
            continue
        index, since = year - FIRST_SALES_YEAR, year - FIRST_YEAR
        sales = sold[:, index - 1] * (1 - part) + sold[:, index] * part
        out = np.zeros(len(exported))
        if since >= 0:
            before = exported[:, since - 1] if since else out
            out = before * (1 - part) + exported[:, since] * part
        of_sales = row["scope"] in SALES_SCOPES
        left = sales - row["stock_units"] - (0.0 if of_sales else out)
        p05, p50, p95 = exact([left[:, None]], threads=1)[:, 0].tolist()
        verdict, verdict_ja = (
            _sales_verdict(p50 / row["stock_units"]) if of_sales else _stock_verdict(p05, p95)
        )
        rows.append(
            {
                "as_of": row["as_of"],
                "scope": row["scope"],
                "stock_units": row["stock_units"],
                "sold_cum": float(np.median(sales)),
                "exported_cum": 0.0 if of_sales else float(np.median(out)),
                "quantity": "left_over",
                "unit": "vehicle",
                "p05": p05,
                "p50": p50,
                "p95": p95,
                "verdict": verdict,
                "verdict_ja": verdict_ja,
                "status": "modelled",
                "sources": row["row_id"],
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _position(as_of: str) -> tuple[int, float]:
    """Year and the part of it gone by at the end of the month: `"2020-03"` → (2020, 0.25)."""
    year, month = str(as_of).split("-")[:2]
    return int(year), int(month) / 12


def _sales_verdict(deviation: float) -> tuple[str, str]:
    if abs(deviation) <= CLOSE:
        return "Our yearly sales add up to the published sum", "年間販売台数の合計は公表の累計と合う"
    return (
        "Differs from our yearly sales by more than 2 %: not the same scope",
        "年間販売台数の合計と2%を超えて違う。対象が異なる",
    )


def _stock_verdict(p05: float, p95: float) -> tuple[str, str]:
    if p95 < 0:
        return (
            "The stock counts more cars than were sold less exports: its scope is wider, or it does not take exits off",
            "在庫が「販売−輸出」を上回る。対象が広いか、抹消を引いていない",
        )
    if p05 > 0:
        return (
            "So many were scrapped or left before the customs heading existed, or are not counted as in use",
            "この台数が廃車・統計開始前の輸出、または使用中に数えられていない車",
        )
    return (
        "Agrees within the interval: little room for scrapping or early exports",
        "幅の中で一致。廃車や統計開始前の輸出の余地は小さい",
    )


def subsidy_check(statistics: Statistics) -> pl.DataFrame:
    """Subsidised BEVs by fiscal year as a lower bound of sales, year by year and in all.

    A fiscal year (April to March) takes three quarters of its calendar year and one quarter of the next.
    """
    subsidies = (
        statistics.table("cev_subsidies_by_prefecture_year")
        .frame.filter(pl.col("kind") == "bev")
        .group_by("fiscal_year")
        .agg(pl.col("units").sum())
        .sort("fiscal_year")
    )
    sales = {
        row["year"]: row["bev_passenger_units"]
        for row in statistics.table("new_bev_sales").frame.iter_rows(named=True)
    }
    rows, granted, sold = [], 0, float(sales.get(2009, 0) * FIRST_QUARTER)
    for year, units in subsidies.iter_rows():
        if year not in sales or year + 1 not in sales:
            continue
        in_year = (1 - FIRST_QUARTER) * sales[year] + FIRST_QUARTER * sales[year + 1]
        granted, sold = granted + units, sold + in_year
        rows.append(
            {
                "fiscal_year": year,
                "subsidised_units": units,
                "sales_units": in_year,
                "subsidised_cum": granted,
                "sales_cum_to_then": sold,
                "holds": units <= in_year,
                "holds_cum": granted <= sold,
                "status": "derived",
                "sources": [
                    "cev_subsidies_by_prefecture_year",
                    f"new_bev_sales:{year}",
                    f"new_bev_sales:{year + 1}",
                ],
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _cumulative(statistics: Statistics, estimate: OutflowEstimate) -> tuple[Plan, Floats, Floats]:
    """The plan and draws of cumulative sales and exports since 2017, (draw, year)."""
    known = known_on(statistics, estimate.options.as_of)
    made = plan(known, estimate.options, estimate.exports)
    columns = np.concatenate(figures(known, made, 0, min(estimate.options.draws, CHECK_DRAWS)), axis=1)
    labels = labels_of(made)
    sold = [i for i, label in enumerate(labels) if label.quantity == "new_sales_cum"]
    left = [i for i, label in enumerate(labels) if label.quantity == "exports" and not label.destination]
    return made, columns[:, sold], np.cumsum(columns[:, left], axis=1)
