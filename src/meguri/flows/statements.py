"""Published statements on exports, written as sums over a table of time spans × destinations.

A statement is a range for `log N − log D`, where N and D are sums of cells of the latent table: a total
(D = 1), a share, a ratio to another period, or an order (D is the other side, the range starts at zero).
The time axis is the coarsest one on which every period of every statement is a union of spans.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meguri.errors import InputError, Problem, Said

Floats = NDArray[np.float64]

FIRST_YEAR = 2017
"""First calendar year in which the customs tariff has a heading for used BEVs."""
OTHER = "other"
LESS_THAN_ONE = 0.5
"""Upper end, in vehicles, of a statement of none that another statement speaks against."""


@dataclass(frozen=True, slots=True)
class Statements:
    """`numerator` and `denominator`: statement × cell masks over span × destination cells (span-major).

    `low`, `high` bound log N − log D (±inf where open); rows of `has_denominator` false have D = 1.
    `months` (span) is the length of a span; `possible` (span, destination) is false where exports are ruled out.
    `group` (statement) numbers those that are right or wrong together.
    """

    names: tuple[str, ...]
    numerator: Floats
    denominator: Floats
    has_denominator: NDArray[np.bool_]
    low: Floats
    high: Floats
    span_year: NDArray[np.int64]
    months: Floats
    destinations: tuple[str, ...]
    possible: NDArray[np.bool_]
    exact_units: tuple[tuple[int, str, float], ...]
    group: NDArray[np.intp]

    @property
    def years(self) -> tuple[int, ...]:
        return tuple(int(year) for year in np.unique(self.span_year))


def month_index(month: str) -> int:
    """Months since January of year 0: `"2017-03"` → 24206."""
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1


def compile_statements(observations: pl.DataFrame, *, last_year: int) -> Statements:
    """Compile rows of `used_bev_exports_observations` into masks over the coarsest common table.

    Statements that reach outside the years 2017 to `last_year` are left out.
    Raises InputError where a row has no usable range.
    """
    first, beyond = FIRST_YEAR * 12, (last_year + 1) * 12
    kept: list[dict[str, object]] = []
    cuts = set(range(first, beyond + 1, 12))
    for row in observations.iter_rows(named=True):
        periods = _periods(row)
        if all(first <= start < end <= beyond for start, end in periods):
            kept.append(row)
            cuts.update(edge for period in periods for edge in period)
    edges = np.array(sorted(cuts))
    starts, ends = edges[:-1], edges[1:]
    destinations = _destinations(kept)

    def mask(start: int, end: int, names: str) -> Floats:
        within = (starts >= start) & (ends <= end)
        wanted = np.array([names == "all" or d in names.split(" + ") for d in destinations])
        cells: Floats = (within[:, None] & wanted[None, :]).astype(np.float64)
        return cells

    stated = [(row, *_sides(row, mask), *_range(row)) for row in kept]
    possible = _possible(stated, (starts.size, len(destinations)))
    numerators, denominators, lows, highs, names, exact = [], [], [], [], [], []
    together: list[str] = []
    for row, numerator, denominator, low, high in stated:
        nothing = high == 0
        if nothing and not (numerator * possible).any():
            continue
        if low == high and not nothing and not denominator.any():
            start, end = _periods(row)[0]
            if start % 12 == 0 and end - start == 12:
                exact.append((start // 12, str(row["destination"]), low))
        numerators.append(numerator.ravel())
        denominators.append(denominator.ravel())
        names.append(str(row["observation"]))
        together.append(str(row.get("stands_with") or row["observation"]))
        with np.errstate(divide="ignore"):
            lows.append(np.log(low))
            highs.append(np.log(LESS_THAN_ONE if nothing else high))
    denominator_table = np.array(denominators)
    return Statements(
        names=tuple(names),
        numerator=np.array(numerators),
        denominator=denominator_table,
        has_denominator=np.asarray(denominator_table.any(axis=1), dtype=np.bool_),
        low=np.array(lows),
        high=np.array(highs),
        span_year=starts // 12,
        months=(ends - starts).astype(float),
        destinations=destinations,
        possible=possible,
        exact_units=tuple(exact),
        group=np.unique(together, return_inverse=True)[1].astype(np.intp),
    )


Stated = tuple[dict[str, object], Floats, Floats, float, float]


def _sides(row: dict[str, object], mask: Callable[[int, int, str], Floats]) -> tuple[Floats, Floats]:
    """Masks of N and D; D is empty where a statement has none."""
    (start, end), *reference = _periods(row)
    numerator = mask(start, end, str(row["destination"]))
    if row["measure"] == "share":
        return numerator, mask(start, end, "all")
    if reference:
        return numerator, mask(*reference[0], str(row["reference_destination"]))
    return numerator, np.zeros_like(numerator)


def _possible(stated: Sequence[Stated], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Cells that no statement of “none” rules out, unless another statement needs some there: then they stay."""
    nothing = [numerator > 0 for _, numerator, _, _, high in stated if high == 0]
    ruled_out = np.zeros(shape, dtype=np.bool_)
    for cells in nothing:
        ruled_out |= cells
    needed = [side > 0 for _, *sides, _, high in stated if high > 0 for side in sides if side.any()]
    for cells in nothing:
        if any((cells & side).any() and not (side & ~ruled_out).any() for side in needed):
            ruled_out &= ~cells
    return ~ruled_out


def _periods(row: dict[str, object]) -> list[tuple[int, int]]:
    periods = [(month_index(str(row["period_start"])), month_index(str(row["period_end"])) + 1)]
    if row["reference_start"] is not None:
        periods.append((month_index(str(row["reference_start"])), month_index(str(row["reference_end"])) + 1))
    return periods


def _range(row: dict[str, object]) -> tuple[float, float]:
    low, high = row["low"], row["high"]
    bottom = float(low) if isinstance(low, int | float) else 0.0
    top = float(high) if isinstance(high, int | float) else np.inf
    if bottom > top or top < 0 or (low is None and high is None):
        raise InputError(
            Said("A statement on exports has no usable range"),
            (
                Problem(
                    what=Said("low and high do not form a range"),
                    mend=Said("Give low ≤ high; leave one of them blank where the range is open."),
                    file="used_bev_exports_observations",
                    column="low, high",
                    value=f"{low}, {high}",
                ),
            ),
            where=str(row["observation"]),
        )
    return bottom, top


def _destinations(rows: Sequence[dict[str, object]]) -> tuple[str, ...]:
    named: list[str] = []
    for row in rows:
        for column in ("destination", "reference_destination"):
            for name in str(row[column] or "all").split(" + "):
                if name not in ("all", *named):
                    named.append(name)
    return (*named, OTHER)
