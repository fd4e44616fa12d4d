"""The cost of the national outflow estimate: beside bare numpy, beside flodym, over draws, and over processes."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from functools import cache
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.bare_outflow import bare_outflow, given
from benchmarks.national import ROOT, start
from benchmarks.registry import Measured, benchmark, interleaved, seconds
from meguri.flows import OutflowEstimate, OutflowOptions
from meguri.flows.ensemble import quantiles
from meguri.flows.inputs import draw_inputs
from meguri.flows.outflow import compute
from meguri.flows.survey import readings

if TYPE_CHECKING:
    from benchmarks.flodym_outflow import TableLifetime

DRAWS = 10_000
MOST_DRAWS = 10_000_000
AGREE_WITHIN = 1e-9
"""Largest relative difference between two ways to the same figure."""


@benchmark(
    "outflow_ensemble_numpy",
    issue=3,
    unit="s",
    goal="ratio <= 3",
    floor_name="the same arithmetic and quantiles in one numpy function",
    tiny={"draws": 200, "rounds": 1},
)
def ensemble_numpy(draws: int = DRAWS, rounds: int = 21) -> Measured:
    """The whole estimate with all tables. The floor takes the same random columns and gives the same quantiles."""
    options = OutflowOptions(draws=draws)
    plan, random = start().planned(options)
    known = given(plan, readings(start().statistics))
    np.testing.assert_allclose(
        bare_outflow(known, random), quantiles(start().statistics, plan), rtol=AGREE_WITHIN, atol=0
    )
    return interleaved(lambda: start().estimate(options), lambda: bare_outflow(known, random), rounds=rounds)


@benchmark(
    "outflow_ensemble_flodym",
    issue=3,
    unit="s per 10,000 draws",
    goal="ratio <= 0.01",
    floor_name="flodym, one run per draw, inputs drawn before",
    libraries=("numpy", "polars", "flodym"),
    tiny={"draws": 200, "runs": 2, "rounds": 1},
)
def ensemble_flodym(draws: int = DRAWS, runs: int = 60, rounds: int = 21) -> Measured:
    """The whole estimate against a loop in flodym as its documents teach it."""
    from benchmarks.flodym_outflow import TableLifetime

    return against_flodym(TableLifetime, draws, runs, rounds)


@benchmark(
    "outflow_ensemble_flodym_filled",
    issue=3,
    unit="s per 10,000 draws",
    goal="ratio <= 0.02",
    floor_name="the same, but going round flodym's lifetime: the survival table is put in ready-made",
    libraries=("numpy", "polars", "flodym"),
    tiny={"draws": 200, "runs": 2, "rounds": 1},
)
def ensemble_flodym_filled(draws: int = DRAWS, runs: int = 60, rounds: int = 21) -> Measured:
    """The same for a user who knows flodym from inside."""
    from benchmarks.flodym_outflow import FilledLifetime

    return against_flodym(FilledLifetime, draws, runs, rounds)


def against_flodym(lifetime: type[TableLifetime], draws: int, runs: int, rounds: int) -> Measured:
    """A loop of `runs` draws, scaled; every figure of three draws has to be the same."""
    from benchmarks.flodym_outflow import System

    options = OutflowOptions(draws=draws)
    plan, random = start().planned(options)
    inputs = draw_inputs(start().statistics, plan, random)
    series, system = compute(plan, inputs), System(plan, lifetime)
    for draw in range(3):
        for name, theirs in system.run(inputs, draw).items():
            np.testing.assert_allclose(theirs, getattr(series, name)[draw], rtol=AGREE_WITHIN, err_msg=name)

    def loop() -> None:
        for draw in range(runs):
            system.run(inputs, draw)

    turns = interleaved(lambda: start().estimate(options), loop, rounds=rounds)
    assert turns.floor is not None
    return Measured(ours=turns.ours * DRAWS / draws, floor=turns.floor * DRAWS / runs)


@cache
def fresh_run(draws: int) -> tuple[float, float]:
    """Seconds of one estimate and the most memory (MB resident) of the process of its own that made it."""
    code = f"from benchmarks.outflow import timed_run; print(*timed_run({draws}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    took, most = done.stdout.split()
    return float(took), float(most)


def timed_run(draws: int) -> tuple[float, float]:
    """Seconds of one estimate here, and the most memory (MB resident) that this process has held since it began."""
    held, options = start(), OutflowOptions(draws=draws)
    took = seconds(lambda: held.estimate(options))
    status = Path("/proc/self/status")
    most = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    if most is None:
        return took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return took, float(most[1]) / 1024


@benchmark(
    "outflow_linear_in_draws",
    issue=3,
    unit="µs per draw",
    goal="ratio <= 1.2",
    floor_name="the cheaper of 10⁵ and 10⁶ draws; ours is 10⁷",
    tiny={"draws": 3_000},
)
def linear_in_draws(draws: int = MOST_DRAWS) -> Measured:
    """Time per draw of the most draws, each number of draws in a process of its own."""
    fewer = min(1e6 * fresh_run(count)[0] / count for count in (draws // 100, draws // 10))
    return Measured(ours=1e6 * fresh_run(draws)[0] / draws, floor=fewer)


@benchmark(
    "outflow_memory",
    issue=3,
    unit="MB",
    goal="ours <= 1000",
    floor_name="10⁵ draws; ours is the most of 10⁵, 10⁶ and 10⁷",
    tiny={"draws": 3_000},
)
def memory(draws: int = MOST_DRAWS) -> Measured:
    """Most memory resident in the process, the interpreter and its libraries counted."""
    most = [fresh_run(count)[1] for count in (draws // 100, draws // 10, draws)]
    return Measured(ours=max(most), floor=most[0])


@benchmark(
    "outflow_dask_bits",
    issue=3,
    unit="s",
    goal="equal",
    floor_name="one process; ours is two with Dask",
    libraries=("numpy", "polars", "dask"),
    tiny={"draws": 3_000, "chunk": 1_000},
)
def dask_bits(draws: int = 1_000_000, chunk: int = 50_000) -> Measured:
    """The same bits from one process and from two, for two sizes of chunks, one of which cuts blocks of draws."""
    options = OutflowOptions(draws=draws)
    made: list[bytes] = []

    def run(chunk_draws: int, workers: int) -> float:
        return seconds(
            lambda: made.append(bits(start().estimate(options, chunk_draws=chunk_draws, workers=workers)))
        )

    alone = [run(chunk, 1)]
    both = [run(chunk, 2), run(chunk * 7 // 10 + 1, 2)]
    alone.append(run(chunk * 7 // 10 + 1, 1))
    return Measured(ours=median(both), floor=median(alone), equal=len(set(made)) == 1)


def bits(estimate: OutflowEstimate) -> bytes:
    """Every interval of every table, bit for bit."""
    return b"".join(
        table.select("p05", "p50", "p95").to_numpy().tobytes() for table in estimate.tables.values()
    )
