"""The assumptions of the simulated fleet: a table with unit, meaning, source and status for every figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

TABLE = Path(__file__).with_name("parameters.csv")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value, and how far it varies around it (standard deviation) where it does."""

    value: float
    spread: float = 0.0


Parameters = Mapping[str, Mapping[str, Parameter]]
"""By group and name."""


def parameter_table() -> pl.DataFrame:
    """All parameters as they are shipped."""
    return pl.read_csv(TABLE, schema_overrides={"value": pl.Float64, "spread": pl.Float64})


@lru_cache(maxsize=1)
def read_parameters() -> Parameters:
    """The shipped parameters by group and name."""
    groups: dict[str, dict[str, Parameter]] = {}
    for row in parameter_table().iter_rows(named=True):
        groups.setdefault(row["group"], {})[row["name"]] = Parameter(row["value"], row["spread"] or 0.0)
    return groups
