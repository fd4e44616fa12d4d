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

import msgspec

from meguri.battery.books import (
    IN_CELLS,
    MASS,
    ORIGINS,
    Birth,
    Books,
    Flow,
    Node,
    Origin,
    Recovered,
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


class Balance(msgspec.Struct, frozen=True, gc=False):
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
        content = {**dict.fromkeys(node.accounts.keys() - {MASS}, 0.0), **content}
    for key, holds in sorted(content.items()):
        had = node.account(key).held
        if holds > had:
            books.bring(event, event.battery, key, holds - had, nowhere=key in tight)
        elif holds < had:
            node.lose(key, had - holds, natural=key not in tight)
    node.guessed |= unstated(event.mass_kg, event.elements_kg)
    books.births[event.battery] = Birth(
        node.held,
        {key: account.recovered for key, account in node.accounts.items()},
        len(books.flows),
        event.elements_kg is not None,
    )


def _split(books: Books, event: Split | Dismantled) -> None:
    node = books[event.battery]
    waiting = sum(part.elements_kg is None for part in event.parts)
    node.gone_whole = isinstance(event, Split) and not waiting
    for part in sorted(event.parts, key=lambda part: part.elements_kg is None):
        piece = books[part.id]
        kg = of_part(part)
        if part.elements_kg is None:
            kg = {**piece.built_in, **kg} if piece.built_in else guess(kg, node.held, 1 / waiting)
            waiting -= 1
            piece.guessed |= unstated(part.mass_kg, part.elements_kg)
        piece.used |= node.used
        piece.born |= node.born
        piece.gone_whole = False
        books.move(event, event.battery, part.id, kg)


def _shredded(books: Books, event: Shredded) -> None:
    node, into = books[event.battery], event.into
    node.weigh(event.mass_kg)
    books[into.id].guessed |= unstated(into.mass_kg, into.elements_kg)
    books.move(event, event.battery, into.id, guess(of_part(into), node.held, 1.0), waste=True)
    node.ended = True


def _refined(books: Books, event: Refined) -> None:
    """What is drawn goes into the outputs or is lost. Outputs may weigh more than was drawn, as reagents go in."""
    lot = books[event.battery]
    told = stated(event.mass_kg, event.elements_kg)
    drawn = guess(told, lot.held)
    made: dict[str, float] = {}
    for part in event.outputs:
        books[part.id].guessed |= unstated(part.mass_kg, part.elements_kg)
        for key, kg in of_part(part).items():
            made[key] = made.get(key, 0.0) + kg
    got = {
        key: _draw(lot, key, drawn.get(key, 0.0), made.get(key, 0.0), told=key in told)
        for key in drawn.keys() | made.keys()
    }
    for part in event.outputs:
        kilograms = of_part(part)
        found: dict[str, float] = {}
        for key, kg in kilograms.items():
            whole, there, recovered = got[key]
            share = kg / whole if whole > 0 else 0.0
            found[key] = there * share
            books[part.id].put(key, kg, scaled(recovered, share))
        books.note(event, event.battery, part.id, kilograms, found, None)


def _draw(lot: Node, key: str, kg: float, product: float, *, told: bool) -> tuple[float, float, Recovered]:
    """Draw from a lot what makes the product: the greater of both, what of it was there, and what is recovered."""
    account = lot.account(key)
    if not told:
        kg = max(kg, product) if key != MASS else min(max(kg, product), account.held)
    found, recovered = lot.take(key, kg)
    account.out += product - kg
    if kg > product:
        account.loss += kg - product
    elif key == MASS:
        account.into += product - kg
    else:
        account.difference -= product - kg
    return max(kg, product), found, recovered


def _ended(books: Books, event: Recycled | Disposed) -> None:
    """What is recovered outside the record leaves; after shredding it only repeats where the matter went."""
    node = books[event.battery]
    node.weigh(event.mass_kg)
    for key, kg in (event.elements_kg or {}).items() if isinstance(event, Recycled) else ():
        account = node.account(key)
        excess = kg - account.into
        if excess > 0:
            account.out += excess
            node.lack(key, excess)
        if not node.ended:
            books.move(event, event.battery, "", {key: min(kg, account.held)})
    node.ended = True


def _balances(name: str, node: Node) -> Iterator[Balance]:
    for key, account in sorted(node.accounts.items()):
        left, loss, difference = account.held, account.loss, account.difference
        if node.ended:
            left, loss = 0.0, loss + left
        elif node.gone_whole and key in IN_CELLS and node.judged(key):
            left, difference = 0.0, difference + left
        yield Balance(name, key, account.into, account.out, loss, left, difference)


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
