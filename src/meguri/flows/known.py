"""Statistics as they were known on a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from meguri.statistics import Statistics


def known_on(statistics: Statistics, day: date | None) -> Statistics:
    """Only the rows that were public by then; all of them without a day."""
    if day is None:
        return statistics
    tables = {
        name: replace(table, frame=table.frame.filter(pl.col("known_from") <= day))
        for name, table in statistics.tables.items()
    }
    return replace(statistics, tables=tables)
