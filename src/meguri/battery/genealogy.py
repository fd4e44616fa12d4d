"""Where matter went: packs split and assembled, shredded into lots, refined into materials, built into new batteries.

`trace` walks all events once, in the order of event time, and keeps for every battery, part and lot how much of each
element it holds. What a lot gives is a proportional share of all that it holds at that moment. The result says for each
whether its mass balances; `recycled` computes recycled content back along it.

What an event states counts. What it leaves out is taken from what is known: a part that is built in goes whole, and
comes out as it went in; else shares follow the mass, or are equal. Such guesses are never held against anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from meguri.battery.books import (
    ELEMENTS,
    IN_CELLS,
    MASS,
    ORIGINS,
    Birth,
    Books,
    Flow,
    Kilograms,
    Node,
    Origin,
    guess,
    of_part,
    scaled,
    stated,
    unstated,
)
from meguri.battery.events import (
    Assembled,
    Dismantled,
    Disposed,
    Happening,
    Manufactured,
    Recycled,
    Refined,
    Shredded,
    Split,
)
from meguri.errors import Said

__all__ = ["ORIGINS", "Balance", "Birth", "Flow", "Genealogy", "Origin", "trace"]

DUST = 1e-9
"""Kilograms that rounding may lose."""


@dataclass(frozen=True, slots=True)
class Balance:
    """into = out + loss + left + difference, in kg of one element (or `mass`).

    `loss` went to waste in a process, `left` is still there. A negative `difference` came from nowhere (a lot is
    over-drawn), a positive one vanished. It is 0 where events do not state enough to judge.
    """

    node: str
    element: str
    into: float
    out: float
    loss: float
    left: float
    difference: float

    def closes(self, tolerance: float) -> bool:
        """Whether the difference is at most this share of what went in or out."""
        return abs(self.difference) <= tolerance * max(self.into, self.out) + DUST

    @property
    def why(self) -> Said:
        told = {"node": self.node, "element": self.element, "kg": f"{abs(self.difference):.3g}"}
        if self.difference < 0:
            return Said("More comes out of {node} than went in: {kg} kg of {element} too much", **told)
        return Said("{kg} kg of {element} that went into {node} cannot be found", **told)


@dataclass(frozen=True, slots=True)
class Genealogy:
    """All flows in order, one balance for each thing and element, and what each battery was born with."""

    flows: tuple[Flow, ...]
    balances: tuple[Balance, ...]
    births: Mapping[str, Birth]

    def imbalances(self, tolerance: float) -> tuple[Balance, ...]:
        """Balances that do not close within `tolerance`, a share of what went in or out."""
        return tuple(balance for balance in self.balances if not balance.closes(tolerance))

    def overdrawn(self, tolerance: float) -> tuple[Balance, ...]:
        """Things that gave more than they held."""
        return tuple(balance for balance in self.imbalances(tolerance) if balance.difference < 0)


def trace(events: Iterable[Happening]) -> Genealogy:
    """The genealogy of events as they stand after corrections, in any order; of one instant, as they come."""
    books = Books()
    for event in sorted(events, key=lambda event: event.time):
        told = TOLD.get(event.type)
        if told:
            told(books, event)
    return Genealogy(
        tuple(books.flows),
        tuple(balance for name in sorted(books) for balance in _balances(name, books[name])),
        books.births,
    )


def _used(books: Books, event: Happening) -> None:
    books[event.battery].used = True


def _born(books: Books, event: Manufactured | Assembled) -> None:
    node = books[event.battery]
    again, assembled = node.born, isinstance(event, Assembled)
    for part in event.parts:
        piece = books[part.id]
        kg = guess(of_part(part), piece.held, 1.0)
        piece.built_in, piece.gone_whole = kg, True
        node.used |= piece.used
        books.move(event, part.id, event.battery, kg)
    for lot in event.materials if isinstance(event, Manufactured) else ():
        books.move(event, lot.id, event.battery, guess(of_part(lot), books[lot.id].held))
    tight = {key for key in IN_CELLS if assembled and all(books[part.id].judged(key) for part in event.parts)}
    node.known = node.born = True
    if again:
        return
    content = stated(event.mass_kg, event.elements_kg)
    if event.elements_kg is not None:
        content = {key: 0.0 for key in node.held if key != MASS} | content
    for key, kg in content.items():
        had = node.held[key]
        if kg > had:
            books.bring(event, event.battery, key, kg - had, nowhere=key in tight)
        elif kg < had:
            node.lose(key, had - kg, natural=key not in tight)
    node.guessed |= {
        name for name, told in ((MASS, event.mass_kg), (ELEMENTS, event.elements_kg)) if told is None
    }
    books.births[event.battery] = Birth(
        dict(node.held), dict(node.recovered), len(books.flows), event.elements_kg is not None
    )


def _split(books: Books, event: Split | Dismantled) -> None:
    node = books[event.battery]
    waiting = sum(part.elements_kg is None for part in event.parts)
    node.gone_whole = isinstance(event, Split) and not waiting
    for part in sorted(event.parts, key=lambda part: part.elements_kg is None):
        piece = books[part.id]
        kg = of_part(part)
        if part.elements_kg is None:
            kg = piece.built_in | kg if piece.built_in else guess(kg, node.held, 1 / waiting)
            waiting -= 1
            piece.guessed |= unstated([part])
        piece.used |= node.used
        piece.born |= node.born
        piece.gone_whole = False
        books.move(event, event.battery, part.id, kg)


def _shredded(books: Books, event: Shredded) -> None:
    node = books[event.battery]
    node.weigh(event.mass_kg)
    books[event.into.id].guessed |= unstated([event.into])
    books.move(event, event.battery, event.into.id, guess(of_part(event.into), node.held, 1.0), waste=True)
    node.ended = True


def _refined(books: Books, event: Refined) -> None:
    """What is drawn goes into the outputs, the rest is lost. Outputs weigh more than was drawn where reagents went in."""
    lot = books[event.battery]
    told = stated(event.mass_kg, event.elements_kg)
    drawn = guess(told, lot.held)
    made: Kilograms = {}
    for part in event.outputs:
        books[part.id].guessed |= unstated([part])
        for key, kg in of_part(part).items():
            made[key] = made.get(key, 0.0) + kg
    got: dict[str, tuple[float, float, tuple[float, float, float]]] = {}
    for key in drawn.keys() | made.keys():
        product = made.get(key, 0.0)
        kg = drawn.get(key, 0.0)
        if key not in told:
            kg = min(max(kg, product), lot.held[key]) if key == MASS else max(kg, product)
        found, recovered = lot.take(key, kg)
        got[key] = max(kg, product), found, recovered
        if kg > product:
            lot.out[key] -= kg - product
            lot.loss[key] += kg - product
        elif product > kg:
            lot.out[key] += product - kg
            if key == MASS:
                lot.into[key] += product - kg
            else:
                lot.difference[key] -= product - kg
    for part in event.outputs:
        taker, kilograms = books[part.id], of_part(part)
        found_kg: Kilograms = {}
        for key, kg in kilograms.items():
            whole, found, recovered = got[key]
            share = kg / whole if whole > 0 else 0.0
            found_kg[key] = found * share
            taker.put(key, kg, scaled(recovered, share))
        books.note(event, event.battery, part.id, kilograms, found_kg, None)


def _ended(books: Books, event: Recycled | Disposed) -> None:
    """What is recovered outside the record leaves; after shredding it only repeats where the matter went."""
    node = books[event.battery]
    node.weigh(event.mass_kg)
    for key, kg in (event.elements_kg or {}).items() if isinstance(event, Recycled) else ():
        excess = kg - node.into[key]
        if excess > 0:
            node.out[key] += excess
            node.lack(key, excess)
        if not node.ended:
            books.move(event, event.battery, "", {key: min(kg, node.held[key])})
    node.ended = True


def _balances(name: str, node: Node) -> Iterator[Balance]:
    for key in sorted(node.into.keys() | node.out.keys() | node.difference.keys()):
        left, loss, difference = node.held[key], node.loss[key], node.difference[key]
        if node.ended:
            left, loss = 0.0, loss + left
        elif node.gone_whole and key in IN_CELLS and node.judged(key):
            left, difference = 0.0, difference + left
        yield Balance(name, key, node.into[key], node.out[key], loss, left, difference)


TOLD: Mapping[str, Callable[[Books, Any], None]] = {
    "manufactured": _born,
    "assembled": _born,
    "placed_on_market": _used,
    "installed": _used,
    "registered": _used,
    "deregistered": _used,
    "removed": _used,
    "commissioned": _used,
    "decommissioned": _used,
    "split": _split,
    "dismantled": _split,
    "shredded": _shredded,
    "refined": _refined,
    "recycled": _ended,
    "disposed": _ended,
}
"""What each word does to the accounts. Being placed on the market or anything in a vehicle makes waste post-consumer."""
