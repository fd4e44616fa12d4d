"""Conservation: at every process, inflow − outflow = stock change, checked draw by draw on every run.

Each balance compares two independent ways to the same amount: cohort by cohort and year by year for cars in first
use, by destination and in all for exports, by element and in all for the metals.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meguri.flows.draws import noise
from meguri.flows.inputs import FIRST_SALES_YEAR, Inputs, Plan, draw_inputs
from meguri.flows.outflow import compute
from meguri.flows.statements import FIRST_YEAR
from meguri.statistics import Statistics

Floats = NDArray[np.float64]

CHECKED_DRAWS = 200


def conservation(statistics: Statistics, plan: Plan) -> pl.DataFrame:
    """Balances of the first draws: process, good, unit, year, inflow, outflow, stock_change, error.

    Amounts are means over the draws, cumulated to the year; `error` is the largest over draws, relative to the inflow.
    """
    draws = min(plan.options.draws, CHECKED_DRAWS)
    inputs = draw_inputs(statistics, plan, noise(plan.columns, plan.options.seed, 0, draws))
    series = compute(plan, inputs)
    start = FIRST_YEAR - FIRST_SALES_YEAR
    exported = np.cumsum(series.exports, axis=1)
    sides = {
        ("first_use", "vehicle", "vehicle", FIRST_SALES_YEAR): (
            series.new_sales_cum,
            series.used_arising_cum,
            stock_by_cohort(inputs),
        ),
        ("used_trade", "vehicle", "vehicle", FIRST_YEAR): (
            series.used_arising_cum[:, start:],
            inputs.before_2017[:, None] + exported,
            series.kept_home_cum,
        ),
        ("export_vehicle", "vehicle", "vehicle", FIRST_YEAR): (
            exported,
            np.cumsum(series.units_by_place, axis=1).sum(axis=2),
            np.zeros_like(exported),
        ),
        ("export_vehicle", "Li + Ni + Co", "t", FIRST_YEAR): (
            series.mass_t_cum[:, -1],
            series.mass_t_cum[:, :-1].sum(axis=1),
            np.zeros_like(exported),
        ),
    }
    rows = []
    for (process, good, unit, first), (inflow, outflow, change) in sides.items():
        error = np.abs(inflow - outflow - change) / np.maximum(np.abs(inflow), 1.0)
        rows += [
            {
                "process": process,
                "good": good,
                "unit": unit,
                "year": first + at,
                "inflow": float(inflow[:, at].mean()),
                "outflow": float(outflow[:, at].mean()),
                "stock_change": float(change[:, at].mean()),
                "error": float(error[:, at].max()),
            }
            for at in range(inflow.shape[1])
        ]
    return pl.DataFrame(rows)


def stock_by_cohort(inputs: Inputs) -> Floats:
    """Cars still with their first owner at the end of each year, (draw, year), summed over purchase years."""
    years = inputs.sales.shape[1]
    converted = np.cumsum(inputs.shares, axis=1)
    stock = np.zeros_like(inputs.sales)
    for cohort in range(years):
        for year in range(cohort, years):
            age = min(year - cohort, converted.shape[1] - 1)
            stock[:, year] += inputs.sales[:, cohort] * (1 - converted[:, age])
    return stock
