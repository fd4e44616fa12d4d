"""p05, p50 and p95 of every figure over the draws: exact up to a size, from counts beyond it.

Beyond `EXACT_DRAWS` each figure has a fixed grid, laid by the first draws of the seed; chunks add whole counts to
it, so the result does not depend on how draws were split over chunks or workers.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVELS = (0.05, 0.5, 0.95)
EXACT_DRAWS = 100_000
BINS = 8192
MARGIN = 0.5
"""Width of the grid beyond the range of the first draws, on each side, in units of that range."""


def exact(tables: Sequence[Floats], *, threads: int = 2) -> Floats:
    """Quantiles (level, column) of (draw, column) tables stored by column, by linear interpolation."""
    if threads == 1:
        return np.concatenate([_quantile(table) for table in tables], axis=1)
    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(_quantile, tables)), axis=1)


def _quantile(table: Floats) -> Floats:
    """As numpy's default method, but finding the ranks of all levels in one partition of each column."""
    places = np.array(LEVELS) * (len(table) - 1)
    below = np.floor(places).astype(np.intp)
    above = np.minimum(below + 1, len(table) - 1)
    ordered = np.partition(table.T, np.unique([below, above]), axis=1)
    low, high = ordered[:, below].T, ordered[:, above].T
    result: Floats = low + (high - low) * (places - below)[:, None]
    return result


@dataclass(frozen=True, slots=True)
class Grid:
    """Bins of each column: `low` and `width` (column). Values outside fall into the end bins."""

    low: Floats
    width: Floats

    def count(self, tables: Sequence[Floats]) -> NDArray[np.int64]:
        """Draws per bin, (column, bin)."""
        counts = np.empty((self.low.size, BINS), dtype=np.int64)
        at = 0
        for table in tables:
            for column in table.T:
                place = np.clip((column - self.low[at]) / self.width[at], 0, BINS - 1).astype(np.intp)
                counts[at] = np.bincount(place, minlength=BINS)
                at += 1
        return counts

    def quantiles(self, counts: NDArray[np.int64]) -> Floats:
        """Quantiles (level, column) from counts, linear within a bin."""
        running = np.cumsum(counts, axis=1)
        total = running[:, -1]
        result = np.empty((len(LEVELS), self.low.size))
        for row, level in enumerate(LEVELS):
            wanted = level * (total - 1)
            place = np.array(
                [
                    np.searchsorted(line, want, side="right")
                    for line, want in zip(running, wanted, strict=True)
                ]
            )
            columns = np.arange(self.low.size)
            inside = counts[columns, place]
            before = running[columns, place] - inside
            result[row] = self.low + self.width * (place + (wanted - before + 0.5) / inside)
        return result


def grid_of(tables: Sequence[Floats]) -> Grid:
    """The grid laid by the first draws; a figure without spread gets bins of a billionth of itself."""
    low = np.concatenate([table.min(axis=0) for table in tables])
    high = np.concatenate([table.max(axis=0) for table in tables])
    span = np.maximum(high - low, np.maximum(np.abs(high), 1.0) * 1e-9)
    return Grid(low - MARGIN * span, span * (1 + 2 * MARGIN) / BINS)
