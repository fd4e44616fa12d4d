"""What the benchmarks of the national estimate start from: statistics, options, and the export table drawn before."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from meguri.account import national_outflow
from meguri.flows import ExportTable, OutflowEstimate, OutflowOptions, estimate_outflow
from meguri.flows.draws import Noise, noise
from meguri.flows.inputs import Plan, plan
from meguri.statistics import Statistics, load

ROOT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """Where the drawn export table is kept: a folder of the benchmarks, or the MEGURI_HOME that is set."""
    return Path(os.environ.get("MEGURI_HOME") or ROOT / ".cache" / "benchmarks")


@dataclass(frozen=True)
class Start:
    """The shipped statistics with the export table of the default seed."""

    statistics: Statistics
    exports: ExportTable

    def estimate(
        self, options: OutflowOptions, *, chunk_draws: int | None = None, workers: int = 1
    ) -> OutflowEstimate:
        """The whole estimate with all its tables."""
        return estimate_outflow(
            self.statistics, options, exports=self.exports, chunk_draws=chunk_draws, workers=workers
        )

    def planned(self, options: OutflowOptions) -> tuple[Plan, Noise]:
        """Inputs without draws, and the random columns of all draws of the options."""
        made = plan(self.statistics, options, self.exports)
        return made, noise(made.columns, options.seed, 0, options.draws)


@cache
def start() -> Start:
    """Loads once; the first call on a machine draws the export table, which takes seconds."""
    statistics = load(home=home())
    return Start(statistics, national_outflow(statistics, OutflowOptions(draws=1), home=home()).exports)
