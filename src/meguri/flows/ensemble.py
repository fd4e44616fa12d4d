"""Run the estimate over any number of draws: at once, in chunks, or on many processes, with the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from meguri.flows.draws import noise
from meguri.flows.inputs import Plan, draw_inputs
from meguri.flows.outflow import columns_of, compute
from meguri.flows.quantiles import BINS, EXACT_DRAWS, Grid, exact, grid_of
from meguri.statistics import Statistics

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
Number = TypeVar("Number", bound=np.generic)

Chunks = list[tuple[int, int]]

CHUNK_DRAWS = 20_000
RUNS_PER_WORKER = 4
GRID_DRAWS = 10_000


def figures(statistics: Statistics, plan: Plan, first: int, last: int) -> tuple[Floats, ...]:
    """Every figure of the draws `first` ≤ number < `last`, as (draw, column) tables."""
    return columns_of(
        compute(plan, draw_inputs(statistics, plan, noise(plan.columns, plan.options.seed, first, last)))
    )


def quantiles(
    statistics: Statistics,
    plan: Plan,
    *,
    chunk_draws: int | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Floats:
    """Quantiles (level, column) over all draws of the plan's options.

    `chunk_draws` bounds memory; `workers` > 1 spreads the chunks over processes with Dask. Neither changes a bit.
    """
    draws = plan.options.draws
    if draws <= EXACT_DRAWS:
        if chunk_draws is None and workers == 1:
            return exact(figures(statistics, plan, 0, draws))
        chunks = _chunks(draws, chunk_draws or CHUNK_DRAWS)
        parts = list(_over(_columns, statistics, plan, chunks, None, workers, progress))
        return exact([np.asfortranarray(np.concatenate(parts))])
    grid = grid_of(figures(statistics, plan, 0, GRID_DRAWS))
    chunks = _chunks(draws, chunk_draws or CHUNK_DRAWS)
    counts = np.zeros((grid.low.size, BINS), dtype=np.int64)
    for part in _over(_counts, statistics, plan, chunks, grid, workers, progress):
        counts += part
    return grid.quantiles(counts)


def _columns(statistics: Statistics, plan: Plan, chunks: Chunks, _grid: Grid | None) -> Floats:
    return np.concatenate([np.concatenate(figures(statistics, plan, *chunk), axis=1) for chunk in chunks])


def _counts(statistics: Statistics, plan: Plan, chunks: Chunks, grid: Grid | None) -> NDArray[np.int64]:
    assert grid is not None
    counts = np.zeros((grid.low.size, BINS), dtype=np.int64)
    for chunk in chunks:
        counts += grid.count(figures(statistics, plan, *chunk))
    return counts


def _chunks(draws: int, size: int) -> Chunks:
    return [(first, min(first + size, draws)) for first in range(0, draws, size)]


def _over(
    task: Callable[..., NDArray[Number]],
    statistics: Statistics,
    plan: Plan,
    chunks: Chunks,
    grid: Grid | None,
    workers: int,
    progress: Progress | None,
) -> Iterator[NDArray[Number]]:
    """Results of runs of chunks, in order: one chunk a time here, a few long runs for each worker elsewhere."""
    if workers == 1:
        for done, chunk in enumerate(chunks, 1):
            yield task(statistics, plan, [chunk], grid)
            if progress:
                progress(done, len(chunks))
        return
    from dask.base import compute as run
    from dask.delayed import delayed

    length = -(-len(chunks) // (RUNS_PER_WORKER * workers))
    runs = [chunks[start : start + length] for start in range(0, len(chunks), length)]
    for start in range(0, len(runs), workers):
        lazy = [
            delayed(task, pure=True)(statistics, plan, part, grid) for part in runs[start : start + workers]
        ]
        yield from run(  # type: ignore[no-untyped-call]
            *lazy, scheduler="processes", num_workers=workers
        )
        if progress:
            progress(min((start + workers) * length, len(chunks)), len(chunks))
