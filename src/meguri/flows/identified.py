"""What the public data identify and what they don't: readings of the survey, the band they allow, alternatives.

A reading that was chosen near a published figure doesn't reproduce it; such comparisons are called circular.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from msgspec.structs import replace
from numpy.typing import NDArray

from meguri.flows.estimate import OutflowEstimate, estimate_outflow
from meguri.flows.inputs import FIRST_SALES_YEAR, plan
from meguri.flows.known import known_on
from meguri.flows.options import PRICE_UNIFORM, PRICES_BY_YEAR, OutflowOptions
from meguri.flows.outflow import used_arising
from meguri.flows.survey import AGES, CLASSES, bounds_of_split, readings, shares_of
from meguri.statistics import Statistics

Floats = NDArray[np.float64]

COMPARED_DRAWS = 4000
YEAR = 2024
COMPARED = {
    "used_cum_2024": "used_arising_cum:2024",
    "ratio_2017": "outflow_ratio:2017",
    "ratio_2019": "outflow_ratio:2019",
    "ratio_2024": "outflow_ratio:2024",
}
MEETS_WITHIN = 0.02
"""A reading meets an anchor where p50 is within 2 % of it, or above a published lower bound."""
SOME_ANSWERS = 0.01
"""Least share of the answers for each un-itemised year in the narrower band."""


def _paper(options: OutflowOptions, **changes: object) -> OutflowOptions:
    return replace(options, method="whitepaper", draws=COMPARED_DRAWS, until=YEAR, settings=(), **changes)


def compare_readings(statistics: Statistics, estimate: OutflowEstimate) -> pl.DataFrame:
    """Every reading of the survey against the anchors that depend on it, by the white paper's method.

    `low` and `high` of a figure are its p05 and p95; `chosen_for` marks the reading that was chosen near the
    anchors, for which the comparison is circular.
    """
    wanted = statistics.table("white_paper_anchors").frame
    published = {row["anchor"]: row for row in wanted.iter_rows(named=True)}
    titles = {
        row["reading"]: row
        for row in statistics.table("survey_readings").frame.sort("position").iter_rows(named=True)
    }
    rows = []
    for name, held in titles.items():
        ours = estimate_outflow(
            statistics, _paper(estimate.options, survey_reading=name), exports=estimate.exports
        )
        row: dict[str, object] = {"reading": name, "title_ja": held["title_ja"], "title_en": held["title_en"]}
        for anchor, address in COMPARED.items():
            figure = ours.figure(address)
            row |= {anchor: figure["p50"], f"{anchor}_p05": figure["p05"], f"{anchor}_p95": figure["p95"]}
            row[f"meets_{anchor}"] = anchor in published and _meets(figure, published[anchor])
        row |= {
            "circular": held["unitemised"] in ("open", "equal")
            and held["tail"] == "at_13"
            and not held["shift_years"],
            "mixture_weight": held["mixture_weight"],
            "status": "modelled",
            "sources": [held["row_id"]],
        }
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


def _meets(figure: dict[str, object], anchor: dict[str, object]) -> bool:
    ours, published = float(str(figure["p50"])), float(str(anchor["published"]))
    if anchor["published_low"] is not None:
        return ours >= float(str(anchor["published_low"]))
    return abs(ours / published - 1) <= MEETS_WITHIN


def ratio_band(statistics: Statistics, estimate: OutflowEstimate) -> pl.DataFrame:
    """Lowest and highest outflow ratio of 2024 that the itemised answers allow, at the middle of everything else.

    The ratio falls with every answer moved to an earlier year, so the ends are the latest and the earliest split
    (a linear programme whose solution is to fill years in order). One row leaves the un-itemised years free under
    their cap, one keeps 1 % of the answers in each, one lets the reading change as well.
    """
    made = plan(known_on(statistics, estimate.options.as_of), _paper(estimate.options), estimate.exports)
    exported = float(np.median(estimate.exports.units.sum(axis=(1, 2))))
    offered = readings(statistics)
    complete = next(reading for reading in offered if reading.name == "complete")

    def used(shares: Floats) -> float:
        index = YEAR - FIRST_SALES_YEAR + 1
        return float(used_arising(made.sales[None, :index], shares).sum())

    def ends(least: float) -> tuple[float, float]:
        both = []
        for split in bounds_of_split(complete, least=least):
            assert complete.answers is not None
            counts = complete.answers.counts.copy()
            counts[complete.answers.open] = split
            shares = np.zeros((1, AGES))
            shares[0, 1 : CLASSES + 1] = counts / counts.sum()
            both.append(exported / used(shares))
        return min(both), max(both)

    assert complete.answers is not None
    respondents = complete.answers.rest + float(np.nansum(complete.answers.counts))
    every = [
        exported
        / used(
            shares_of(reading, np.zeros((1, CLASSES)), np.array([0.5]), early=early, seed=0, sampled=False)
        )
        for reading in offered
        if reading.name != "itemised_only"
        for early in (0.0, 1.0)
    ]
    bands = (
        ("free", ends(0.0), "un-itemised years free under their cap", "明細のない年は上限の範囲で自由"),
        (
            "one_per_cent",
            ends(SOME_ANSWERS * respondents),
            "at least 1 % of the answers in each",
            "明細のない年に各1%以上",
        ),
        (
            "any_reading",
            (min(every), max(every)),
            "any reading that keeps all answers",
            "全回答を使うどの読み方でも",
        ),
    )
    return pl.DataFrame(
        [
            {
                "basis": basis,
                "title_en": english,
                "title_ja": japanese,
                "quantity": "outflow_ratio",
                "year": YEAR,
                "unit": "1",
                "low": low,
                "high": high,
                "status": "derived",
                "sources": ["used_conversion_survey", complete.row_id, "new_bev_sales"],
            }
            for basis, (low, high), english, japanese in bands
        ]
    )


def alternatives(statistics: Statistics, estimate: OutflowEstimate) -> pl.DataFrame:
    """How far each public alternative for content and price lands from the published tonnes and yen.

    Content: one per vehicle, as published or by model year. Price: uniform or yearly, with the inferred content.
    """
    published = {
        row["anchor"]: row["published"]
        for row in statistics.table("white_paper_anchors").frame.iter_rows(named=True)
    }
    tonnes, yen = published["metal_t_2017_2024"], published["value_jpy_2017_2024"]
    contents = statistics.table("content_alternatives").frame
    cases = [
        (
            "content",
            row["alternative"],
            row["title_ja"],
            row["title_en"],
            _paper(estimate.options, content_basis=row["alternative"]),
        )
        for row in contents.iter_rows(named=True)
    ]
    ours = replace(estimate.options, method="meguri", draws=COMPARED_DRAWS, until=YEAR, settings=())
    cases += [
        ("content", "by_model_year", "年式別の車種構成", "By model year and chemistry", ours),
        ("price", PRICE_UNIFORM, "一律単価（逆算）", "One price (inferred)", _paper(estimate.options)),
        (
            "price",
            PRICES_BY_YEAR,
            "年ごとの価格",
            "Yearly prices",
            _paper(estimate.options, price_basis=PRICES_BY_YEAR),
        ),
    ]
    rows = []
    for kind, name, japanese, english, options in cases:
        made = estimate_outflow(statistics, options, exports=estimate.exports)
        mass, value = made.figure(f"mass_t_cum:{YEAR}:total"), made.figure(f"value_jpy_cum:{YEAR}:total")
        exports = made.figure(f"exports_cum:{YEAR}")
        rows.append(
            {
                "kind": kind,
                "alternative": name,
                "title_ja": japanese,
                "title_en": english,
                "kg_per_vehicle": 1000 * float(str(mass["p50"])) / float(str(exports["p50"])),
                "metal_t_2017_2024": mass["p50"],
                "metal_deviation": float(str(mass["p50"])) / tonnes - 1,
                "value_jpy_2017_2024": value["p50"],
                "value_deviation": float(str(value["p50"])) / yen - 1,
                "status": mass["status"] if kind == "content" else value["status"],
                "sources": mass["sources"] if kind == "content" else value["sources"],
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)
