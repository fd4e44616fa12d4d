"""What is built into what: packs of modules of cells, as events put them together and took them apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from meguri.battery.events import Assembled, Dismantled, Happening, Kind, Manufactured, Split

__all__ = ["Geometry", "Piece", "geometry"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing in a tree: `depth` below the thing asked for, and its `kind` where an event tells it."""

    id: str
    depth: int
    kind: Kind | None


@dataclass(frozen=True, slots=True)
class Geometry:
    """`parts` of each thing in the order they were named, what each is built `into`, and the kinds that are told."""

    parts: Mapping[str, tuple[str, ...]]
    into: Mapping[str, str]
    kinds: Mapping[str, Kind]

    def tree(self, thing: str) -> tuple[Piece, ...]:
        """The thing and all that is in it, each before its parts. What would contain itself is told once."""
        told: dict[str, Piece] = {}
        waiting = [(thing, 0)]
        while waiting:
            name, depth = waiting.pop()
            if name not in told:
                told[name] = Piece(name, depth, self.kinds.get(name))
                waiting += [(part, depth + 1) for part in reversed(self.parts.get(name, ()))]
        return tuple(told.values())

    def whole(self, thing: str) -> str:
        """The outermost thing that it is in; itself where it is in none."""
        seen = {thing}
        while (outer := self.into.get(thing)) is not None and outer not in seen:
            thing = outer
            seen.add(thing)
        return thing


def geometry(events: Iterable[Happening]) -> Geometry:
    """How things are built after all events, as they stand after corrections, in any order.

    A part is in one thing at a time, the last that it was built into. Taking apart frees the parts that are named.
    """
    into: dict[str, str] = {}
    kinds: dict[str, Kind] = {}
    for event in sorted(events, key=lambda event: event.time):
        if not isinstance(event, Manufactured | Assembled | Split | Dismantled):
            continue
        kinds |= {part.id: part.kind for part in event.parts if part.kind}
        for part in event.parts:
            into.pop(part.id, None)
        if isinstance(event, Manufactured | Assembled):
            kinds[event.battery] = event.kind
            into |= {part.id: event.battery for part in event.parts}
    parts: dict[str, list[str]] = {}
    for part_id, outer in into.items():
        parts.setdefault(outer, []).append(part_id)
    return Geometry({outer: tuple(held) for outer, held in parts.items()}, into, kinds)
