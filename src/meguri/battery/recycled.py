"""Recycled content of a battery, computed back along the genealogy, and the path that explains it.

Regulation (EU) 2023/1542, Article 8: for each battery the share of cobalt, lithium or nickel in active materials that was
recovered from battery manufacturing waste or post-consumer waste. The content that a battery's `manufactured` event
states is taken for that of its active materials, and shares are told for all its elements; what came from outside the record counts as not recovered.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass

from meguri.battery.books import MASS, NOTHING, Birth, Flow, scaled
from meguri.battery.genealogy import Genealogy
from meguri.errors import NotFound, Said

__all__ = ["Contribution", "Share", "recycled_content", "recycled_path"]


@dataclass(frozen=True, slots=True)
class Share:
    """Of `kg` of an element in a battery, the shares that were recovered, by kind of waste.

    `stated`: the battery's content is stated; else it is the sum of what is known to have gone in.
    """

    element: str
    kg: float
    post_consumer: float
    manufacturing_waste: float
    not_told: float
    stated: bool

    @property
    def recycled(self) -> float:
        """Recycled content, 0 to 1."""
        return min(1.0, self.post_consumer + self.manufacturing_waste + self.not_told)


@dataclass(frozen=True, slots=True)
class Contribution:
    """`kg` of the element in the battery came by this flow."""

    flow: Flow
    kg: float


def recycled_content(genealogy: Genealogy, battery: str) -> dict[str, Share]:
    """Recycled content of each element that a battery held when it was made.

    Raises NotFound where no event tells how it was made.
    """
    birth = _birth(genealogy, battery)
    shares = {}
    for element, kg in birth.kg.items():
        if element != MASS and kg > 0:
            used, rejected, unknown = scaled(birth.recovered.get(element, NOTHING), 1 / kg)
            shares[element] = Share(element, kg, used, rejected, unknown, birth.stated)
    return shares


def recycled_path(genealogy: Genealogy, battery: str, element: str) -> tuple[Contribution, ...]:
    """Every flow by which the element came into the battery, newest first, back to the waste that was shredded.

    The contributions of flows with an `origin` add up to what is recovered. Raises NotFound as above.
    """
    birth = _birth(genealogy, battery)
    inflows = _inflows(genealogy.flows[: birth.flows], element)
    need: defaultdict[str, float] = defaultdict(float, {battery: birth.kg.get(element, 0.0)})
    waiting: list[int] = []

    def await_inflow(node: str, before: int) -> None:
        earlier = inflows.get(node, [])
        at = bisect_left(earlier, before)
        if at:
            heapq.heappush(waiting, -earlier[at - 1])

    await_inflow(battery, birth.flows)
    active, told = {battery}, []
    while waiting:
        index = -heapq.heappop(waiting)
        flow = genealogy.flows[index]
        arrived, held = flow.kg[element], flow.held[element]
        kg = need[flow.target] * min(1.0, arrived / held) if held > 0 else 0.0
        need[flow.target] -= kg
        await_inflow(flow.target, index)
        if kg > 0:
            told.append(Contribution(flow, kg))
        if kg > 0 and flow.source and flow.origin is None:
            need[flow.source] += kg * flow.found[element] / arrived
            if flow.source not in active:
                active.add(flow.source)
                await_inflow(flow.source, index)
    return tuple(told)


def _inflows(flows: tuple[Flow, ...], element: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for index, flow in enumerate(flows):
        if flow.target and element in flow.kg:
            found[flow.target].append(index)
    return found


def _birth(genealogy: Genealogy, battery: str) -> Birth:
    birth = genealogy.births.get(battery)
    if birth is None:
        raise NotFound(
            Said("No event tells how {battery} was made", battery=battery),
            mend=Said("Ask for a battery with a “manufactured” or “assembled” event."),
        )
    return birth
