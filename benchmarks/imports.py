"""How long a person waits before anything happens: the import of Meguri beside that of the libraries it needs."""

from __future__ import annotations

from statistics import median

from benchmarks.registry import Measured, benchmark, seconds_in_fresh_process

FLOOR = "import numpy, polars"
ROUNDS = 15


def against_libraries(statement: str, rounds: int) -> Measured:
    for warm_up in (statement, FLOOR):
        seconds_in_fresh_process(warm_up)
    pairs = [(seconds_in_fresh_process(statement), seconds_in_fresh_process(FLOOR)) for _ in range(rounds)]
    return Measured(ours=median(pair[0] for pair in pairs), floor=median(pair[1] for pair in pairs))


@benchmark("import_meguri", issue=3, unit="s", goal="ratio <= 2", floor_name=FLOOR, tiny={"rounds": 1})
def import_meguri(rounds: int = ROUNDS) -> Measured:
    return against_libraries("import meguri", rounds)


@benchmark("import_estimate", issue=3, unit="s", goal="ratio <= 2", floor_name=FLOOR, tiny={"rounds": 1})
def import_estimate(rounds: int = ROUNDS) -> Measured:
    return against_libraries("import meguri.statistics, meguri.flows, meguri.account", rounds)
