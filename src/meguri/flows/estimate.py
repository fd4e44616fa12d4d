"""The result of the outflow estimate: tidy tables with intervals, status and sources, and how each came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meguri import __version__
from meguri.errors import NotFound, Said
from meguri.flows.conservation import conservation
from meguri.flows.ensemble import Progress, quantiles
from meguri.flows.exports import ExportTable
from meguri.flows.inputs import Plan, export_table, input_fingerprint, plan
from meguri.flows.known import known_on
from meguri.flows.options import CONTENT_BY_MODEL_YEAR, CONTENT_PER_VEHICLE, OutflowOptions
from meguri.flows.outflow import UNITS, Label, labels_of
from meguri.flows.provenance import Provenance, provenance_of
from meguri.statistics import Statistics

Floats = NDArray[np.float64]

TABLES = ("by_year", "by_destination", "metals", "value")
"""Tables of every estimate, each in the long form: dimensions, quantity, unit, p05, p50, p95, status, sources."""


@dataclass(frozen=True, slots=True)
class OutflowEstimate:
    """A frozen result. `tables` are those of `TABLES`; `fingerprint` names inputs, options and version together;
    `balances` holds the conservation check by process, good and year.
    """

    options: OutflowOptions
    tables: Mapping[str, pl.DataFrame]
    provenance: Provenance
    exports: ExportTable
    fingerprint: str
    version: str
    years: tuple[int, ...]
    last_data_year: int
    balances: pl.DataFrame

    def figure(self, address: str) -> dict[str, object]:
        """One row by its address, such as `outflow_ratio:2024`; raises NotFound with the nearest addresses."""
        for table in self.tables.values():
            found = table.filter(pl.col("figure") == address)
            if found.height:
                return found.row(0, named=True)
        quantity = address.split(":")[0]
        near = [f for t in self.tables.values() for f in t["figure"] if f.startswith(quantity)][:6]
        raise NotFound(
            Said("There is no figure “{address}”", address=address),
            where="estimate",
            mend=Said(
                "Addresses look like outflow_ratio:2024. Near: {near}.",
                near=tuple(near) or tuple(UNITS),
            ),
        )


def estimate_outflow(
    statistics: Statistics,
    options: OutflowOptions | None = None,
    *,
    exports: ExportTable | None = None,
    chunk_draws: int | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> OutflowEstimate:
    """How many used BEVs leave Japan and what they carry away (white paper of 2025, section 3.3, steps ① to ⑦).

    `exports` is the joint export table where the caller kept it from an earlier run with the same statistics and
    seed. The same arguments give the same bytes. Raises InputError and OptionError.
    """
    options = options or OutflowOptions()
    statistics = known_on(statistics, options.as_of)
    made = plan(statistics, options, exports or export_table(statistics, options))
    levels = quantiles(statistics, made, chunk_draws=chunk_draws, workers=workers, progress=progress)
    provenance = provenance_of(made)
    return OutflowEstimate(
        options=options,
        tables=MappingProxyType(_tables(made, labels_of(made), levels, provenance)),
        provenance=provenance,
        exports=made.exports,
        fingerprint=input_fingerprint(statistics, options, __version__),
        version=__version__,
        years=made.years,
        last_data_year=min(made.last_sales_year, made.exports.years[-1]),
        balances=conservation(statistics, made),
    )


def _tables(
    made: Plan, labels: Sequence[Label], levels: Floats, provenance: Provenance
) -> dict[str, pl.DataFrame]:
    status = _Status(made)
    sources = {key: provenance.sources(*key) for key in {(label.quantity, label.year) for label in labels}}
    frame = pl.DataFrame(
        {
            "year": [label.year for label in labels],
            "destination": [label.destination for label in labels],
            "element": [label.element for label in labels],
            "quantity": [label.quantity for label in labels],
            "unit": [UNITS[label.quantity] for label in labels],
            "p05": levels[0],
            "p50": levels[1],
            "p95": levels[2],
            "status": [status.of(label) for label in labels],
            "sources": [sources[label.quantity, label.year] for label in labels],
            "figure": [label.figure for label in labels],
        },
        schema_overrides={"sources": pl.List(pl.String)},
    )
    placed, made_of = pl.col("destination") != "", pl.col("element") != ""
    money = pl.col("quantity").str.starts_with("value")
    return {
        "by_year": frame.filter(~placed & ~made_of).drop("destination", "element"),
        "by_destination": frame.filter(placed).drop("element"),
        "metals": frame.filter(made_of & ~money).drop("destination"),
        "value": frame.filter(made_of & money).drop("destination"),
    }


class _Status:
    """Status of a figure: that of its row where it is one row, else how it was made."""

    def __init__(self, made: Plan) -> None:
        self.sales = dict(zip(made.years, made.sales_status, strict=True))
        spread = made.exports.units.sum(axis=2)
        exact = np.isclose(spread.min(axis=0), spread.max(axis=0))
        scope = made.ranges["export_scope_factor"]
        unscaled = scope is not None and scope.fixed and scope.low == 1.0
        self.exact = {year for year, same in zip(made.exports.years, exact, strict=True) if same and unscaled}
        self.inferred = made.content_basis in (CONTENT_PER_VEHICLE, "inferred")
        self.assumed = not self.inferred and made.content_basis != CONTENT_BY_MODEL_YEAR

    def of(self, label: Label) -> str:
        if label.quantity == "new_sales":
            return self.sales[label.year]
        if label.quantity == "exports" and not label.destination and label.year in self.exact:
            return "published"
        if label.quantity.startswith(("mass", "value")):
            return "inferred" if self.inferred else "assumed" if self.assumed else "modelled"
        return (
            "derived"
            if label.quantity == "new_sales_cum" and self.sales[label.year] != "modelled"
            else "modelled"
        )
