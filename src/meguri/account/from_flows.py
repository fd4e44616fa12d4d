"""The account that follows from the outflow estimate: sold, in first use, used, abroad, kept, and the metals in it.

Intervals are those of the estimate; medians of parts need not add up to the median of the whole. The balances do,
draw by draw, and come with the estimate.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from meguri.account.account import Account
from meguri.flows import OutflowEstimate

VEHICLE = "vehicle"
ELEMENTS = ("Li", "Ni", "Co")


def account_of(estimate: OutflowEstimate, year: int | None = None) -> Account:
    """Flows and stocks cumulated from 2009 to the end of `year` (metals: from 2017), default the last year of data.

    Processes: production, first_use, used_trade, used_use (kept at home, reused or scrapped: no record yet),
    export_vehicle. Raises NotFound for a year outside the estimate.
    """
    year = year or min(estimate.last_data_year, estimate.years[-1])
    sold = estimate.figure(f"new_sales_cum:{year}")
    used = estimate.figure(f"used_arising_cum:{year}")
    left = estimate.figure(f"exports_cum:{year}")
    kept = estimate.figure(f"kept_home_cum:{year}")
    flows = [
        _flow("production", "first_use", VEHICLE, sold),
        _flow("first_use", "used_trade", VEHICLE, used),
        _flow("used_trade", "export_vehicle", VEHICLE, left),
        _flow("used_trade", "used_use", VEHICLE, kept),
    ]
    flows += [
        _flow("used_trade", "export_vehicle", element, estimate.figure(f"mass_t_cum:{year}:{element}"))
        for element in (*ELEMENTS, "total")
    ]
    return Account(
        period=(estimate.years[0], year),
        flows=pl.DataFrame(flows, schema_overrides={"sources": pl.List(pl.String)}),
        balances=estimate.balances.filter(pl.col("year") <= year),
    )


def _flow(start: str, end: str, good: str, row: Mapping[str, object]) -> dict[str, object]:
    return {
        "process_from": start,
        "process_to": end,
        "good": good,
        **{name: row[name] for name in ("unit", "p05", "p50", "p95", "status", "sources", "figure")},
    }
