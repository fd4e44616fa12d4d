"""A promise about speed is a row: a name, what it measures, the floor beside it, and the goal.

    @benchmark("import_meguri", issue=3, unit="s", goal="ratio <= 2", floor_name="import numpy, polars")
    def import_meguri() -> Measured:
        return interleaved(ours, floor, rounds=15)

A goal is `ratio <= N` (ours ÷ floor), `ours <= N` (in the row's unit), the same with `>=`, or `equal`: both ways gave
the same bits. A function takes its sizes as arguments with the real ones as defaults; `tiny` are sizes that show in
seconds that the row can be measured at all.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

GOAL = re.compile(r"^(ratio|ours) (<=|>=) ([0-9.]+(?:e[0-9-]+)?)$|^equal$")


@dataclass(frozen=True)
class Measured:
    """Ours and the floor in the row's unit; `floor` is None where a goal stands by itself.

    `equal` tells whether both gave the same bits, where the goal is that.
    """

    ours: float
    floor: float | None = None
    equal: bool | None = None

    @property
    def ratio(self) -> float | None:
        return self.ours / self.floor if self.floor else None


@dataclass(frozen=True)
class Benchmark:
    """One row of the results; `libraries` are the packages whose versions matter to it, `tiny` its smallest sizes."""

    name: str
    issue: int
    unit: str
    goal: str
    floor_name: str
    libraries: Sequence[str]
    measure: Callable[..., Measured]
    tiny: Mapping[str, int] = field(default_factory=dict)

    def holds(self, measured: Measured) -> bool:
        match = GOAL.match(self.goal)
        if match is None:
            raise ValueError(
                f"{self.name}: the goal “{self.goal}” is not `ratio <= N`, `ours <= N` or `equal`"
            )
        if match[1] is None:
            if measured.equal is None:
                raise ValueError(f"{self.name}: a goal of equality needs a comparison")
            return measured.equal
        value = measured.ratio if match[1] == "ratio" else measured.ours
        if value is None:
            raise ValueError(f"{self.name}: a goal about the ratio needs a floor")
        return value <= float(match[3]) if match[2] == "<=" else value >= float(match[3])


REGISTRY: dict[str, Benchmark] = {}
Measure = TypeVar("Measure", bound=Callable[..., Measured])


def benchmark(
    name: str,
    *,
    issue: int,
    unit: str,
    goal: str,
    floor_name: str = "",
    libraries: Sequence[str] = ("numpy", "polars"),
    tiny: Mapping[str, int] | None = None,
) -> Callable[[Measure], Measure]:
    """Register a function that measures one row."""

    def register(measure: Measure) -> Measure:
        if name in REGISTRY:
            raise ValueError(f"two benchmarks are called {name}")
        REGISTRY[name] = Benchmark(name, issue, unit, goal, floor_name, libraries, measure, tiny or {})
        return measure

    return register


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def interleaved(
    ours: Callable[[], object],
    floor: Callable[[], object],
    *,
    rounds: int,
    timed: Callable[[Callable[[], object]], float] = seconds,
) -> Measured:
    """Medians of `rounds` turns, ours and the floor taking turns so that a busy machine slows both alike.

    One turn of each goes before and is not counted.
    """
    timed(ours), timed(floor)
    pairs = [(timed(ours), timed(floor)) for _ in range(rounds)]
    return Measured(
        ours=statistics.median(pair[0] for pair in pairs),
        floor=statistics.median(pair[1] for pair in pairs),
    )


def seconds_in_fresh_process(statement: str) -> float:
    """Wall time of one Python statement in a process of its own, without the start of the interpreter."""
    code = f"import time; began = time.perf_counter(); {statement}; print(time.perf_counter() - began)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)
