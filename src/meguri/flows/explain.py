"""One figure explained: its formula with the numbers put in, the rows behind it, and what it is most sensitive to."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from meguri.flows.estimate import OutflowEstimate
from meguri.flows.provenance import Step
from meguri.flows.sensitivity import sensitivity
from meguri.statistics import Statistics


@dataclass(frozen=True, slots=True)
class Explanation:
    """`figure` is the row explained; `parts` the figures its step takes, at their medians; `sensitivities` ordered."""

    figure: dict[str, object]
    step: Step
    with_numbers: str
    parts: tuple[dict[str, object], ...]
    rows: tuple[str, ...]
    sensitivities: pl.DataFrame


def explain(statistics: Statistics, estimate: OutflowEstimate, address: str) -> Explanation:
    """Explain the figure at `address`, an anchor's name or an address such as `outflow_ratio:2024`.

    Raises NotFound for a figure the estimate does not hold.
    """
    anchors = statistics.table("white_paper_anchors").frame
    named = dict(zip(anchors["anchor"], anchors["figure"], strict=True))
    address = named.get(address) or address
    figure = estimate.figure(address)
    quantity, year, *dimension = address.split(":")
    step = estimate.provenance.step(quantity)
    parts = tuple(
        estimate.figure(
            ":".join([taken, year, *dimension])
            if _has(estimate, taken, year, dimension)
            else f"{taken}:{year}"
        )
        for taken in step.takes
        if _has(estimate, taken, year, dimension) or _has(estimate, taken, year, [])
    )
    return Explanation(
        figure=figure,
        step=step,
        with_numbers=_with_numbers(step, figure, parts),
        parts=parts,
        rows=tuple(estimate.provenance.sources(quantity, int(year))),
        sensitivities=sensitivity(statistics, estimate, (address,)),
    )


def _has(estimate: OutflowEstimate, quantity: str, year: str, dimension: list[str]) -> bool:
    address = ":".join([quantity, year, *dimension])
    return any((table["figure"] == address).any() for table in estimate.tables.values())


def _with_numbers(step: Step, figure: dict[str, object], parts: tuple[dict[str, object], ...]) -> str:
    """The formula, then the medians of its parts: `E[y] ÷ U[y]: exports_cum 95,536, used_arising_cum 109,470 → 0.873`."""
    given = ", ".join(f"{part['quantity']} {_shown(part['p50'])}" for part in parts)
    return f"{step.formula}{': ' if given else ''}{given} → {_shown(figure['p50'])}"


def _shown(value: object) -> str:
    number = float(str(value))
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3f}"
