"""The account: flows of goods between processes over a period, with intervals and sources, and its balances."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

CLOSES_WITHIN = 1e-9
"""Relative error below which a balance closes."""


@dataclass(frozen=True, slots=True)
class Account:
    """`flows`: process_from, process_to, good, unit, p05, p50, p95, status, sources, figure.

    `balances`: process, good, unit, year, inflow, outflow, stock_change, error (relative to the inflow).
    `period` is (first year, last year). The account doesn't know who built it.
    """

    period: tuple[int, int]
    flows: pl.DataFrame
    balances: pl.DataFrame

    @property
    def closes(self) -> bool:
        """Whether inflow − outflow = stock change at every process and good."""
        return self.worst < CLOSES_WITHIN

    @property
    def worst(self) -> float:
        """The largest error of any balance."""
        return float(self.balances["error"].max() or 0.0)  # type: ignore[arg-type]
