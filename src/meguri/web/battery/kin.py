"""What a battery came from and what became of it: the events of its nearest kin, and the picture's lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meguri.battery import EVENTS, Flow, Genealogy, Happening, Part, as_corrected, geometry, trace
from meguri.errors import NotFound
from meguri.ledger.family import Lives, told

__all__ = ["Kin", "Line", "kin_of"]

MOST_THINGS = 40
MOST_BESIDE = 8
"""Things drawn beside each other; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in the picture, at `depth` from the battery; `left_out` counts those not drawn where it is no thing.

    `above` it are those it came from. `kg` is the mass that passed between it and its `neighbour` (a line's place).
    """

    thing: str
    depth: int
    above: bool
    kg: float | None = None
    neighbour: int | None = None
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Kin:
    """The lines from top to bottom, the flows behind them, and whether there was more than could be followed."""

    lines: tuple[Line, ...]
    flows: tuple[Flow, ...]
    kinds: dict[str, str]
    cut: bool


def kin_of(ledger: Lives, battery: str) -> Kin:
    """Forebears and descendants of a battery, up to `MOST_THINGS` of them."""
    events, cut = _events(ledger, battery)
    genealogy = trace(events)
    kinds: dict[str, str] = dict(geometry(events).kinds)
    for event in events:
        for name in EVENTS[event.type].names:
            held = getattr(event, name)
            for part in (held,) if isinstance(held, Part) else held:
                kinds.setdefault(
                    part.id, part.kind or ("lot" if name in ("into", "outputs", "materials") else "")
                )
    flows = tuple(flow for flow in genealogy.flows if flow.source and flow.target)
    return Kin(tuple(_lines(genealogy, battery)), flows, kinds, cut)


def _events(ledger: Lives, battery: str) -> tuple[tuple[Happening, ...], bool]:
    known = {}
    seen, waiting = {battery}, [battery]
    while waiting:
        one = waiting.pop(0)
        try:
            life = ledger.life(one)
        except NotFound:
            continue
        for recorded in life:
            held = told(recorded)
            known[held.index] = held
            for other in _named(held.event, one) if isinstance(held.event, Happening) else ():
                if other not in seen and len(seen) < MOST_THINGS:
                    seen.add(other)
                    waiting.append(other)
                elif other not in seen:
                    return as_corrected(known[index] for index in sorted(known)), True
    return as_corrected(known[index] for index in sorted(known)), False


def _named(event: Happening, one: str) -> Iterator[str]:
    """What an event of a thing's life names besides it; not its siblings."""
    if event.battery != one:
        yield event.battery
        return
    for name in EVENTS[event.type].names:
        held = getattr(event, name)
        yield from (part.id for part in ((held,) if isinstance(held, Part) else held))


def _lines(genealogy: Genealogy, battery: str) -> Iterator[Line]:
    sources: dict[str, dict[str, float]] = {}
    targets: dict[str, dict[str, float]] = {}
    for flow in genealogy.flows:
        if flow.source and flow.target:
            kg = flow.kg.get("mass", 0.0)
            for table, one, other in (
                (sources, flow.target, flow.source),
                (targets, flow.source, flow.target),
            ):
                beside = table.setdefault(one, {})
                beside[other] = beside.get(other, 0.0) + kg
    before: list[Line] = []
    _walk(sources, battery, 0, before, {battery}, above=True)
    after: list[Line] = []
    _walk(targets, battery, 0, after, {battery} | {line.thing for line in before}, above=False)
    count = len(before)
    for line in reversed(before):
        near = count if line.neighbour is None else count - 1 - line.neighbour
        yield Line(line.thing, line.depth, True, line.kg, near, line.left_out)
    yield Line(battery, 0, False)
    for line in after:
        near = count if line.neighbour is None else count + 1 + line.neighbour
        yield Line(line.thing, line.depth, False, line.kg, near, line.left_out)


def _walk(
    table: dict[str, dict[str, float]],
    thing: str,
    depth: int,
    lines: list[Line],
    seen: set[str],
    *,
    above: bool,
    place: int | None = None,
) -> None:
    beside = [(other, kg) for other, kg in table.get(thing, {}).items() if other not in seen]
    shown = beside[:MOST_BESIDE]
    for other, kg in shown:
        if other in seen:
            continue
        seen.add(other)
        lines.append(Line(other, depth + 1, above, kg or None, place))
        _walk(table, other, depth + 1, lines, seen, above=above, place=len(lines) - 1)
    if len(beside) > len(shown):
        lines.append(Line("", depth + 1, above, None, place, len(beside) - len(shown)))
