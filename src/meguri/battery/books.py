"""Running accounts of matter: how much of each element a battery, part or lot holds, and how much of that is recovered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from meguri.battery.events import Happening, Part

MASS = "mass"
ELEMENTS = "elements"
IN_CELLS = frozenset({"Li", "Ni", "Co", "Mn", "Fe", "P", "C", "Na"})
"""Elements that only cells hold, so that unpacking or putting together neither adds nor loses any."""

Origin = Literal["post_consumer", "manufacturing_waste", "not_told"]
ORIGINS: tuple[Origin, ...] = ("post_consumer", "manufacturing_waste", "not_told")
"""What kind of waste a shredded battery was: it had been in use, it was made and never used, or its past is not known."""

Kilograms = dict[str, float]
"""By element; `mass` is the whole."""
Recovered = tuple[float, float, float]
"""Kilograms by `ORIGINS`."""
NOTHING: Recovered = (0.0, 0.0, 0.0)


def scaled(recovered: Recovered, by: float) -> Recovered:
    return recovered[0] * by, recovered[1] * by, recovered[2] * by


@dataclass(frozen=True, slots=True)
class Flow:
    """Matter that an event moved from `source` (empty: from outside the record) into `target` (empty: out of it).

    `kg` arrived, for which the source truly held `found`; `held` is what the target held then, this included. `origin`
    is set where waste became material.
    """

    event: str
    word: str
    source: str
    target: str
    kg: Mapping[str, float]
    found: Mapping[str, float]
    held: Mapping[str, float]
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Birth:
    """What a battery held when it was made: `kg`, of it `recovered` by `ORIGINS`; `flows` counts those until then.

    `stated` tells whether the event says the content of elements; else it is the sum of what went in.
    """

    kg: Mapping[str, float]
    recovered: Mapping[str, Recovered]
    flows: int
    stated: bool


def _amounts() -> Kilograms:
    return defaultdict(float)


@dataclass(slots=True)
class Node:
    """The account of one thing. At any time into = out + loss + held + difference, for each element and the mass."""

    held: Kilograms = field(default_factory=_amounts)
    recovered: dict[str, Recovered] = field(default_factory=dict)
    into: Kilograms = field(default_factory=_amounts)
    out: Kilograms = field(default_factory=_amounts)
    loss: Kilograms = field(default_factory=_amounts)
    difference: Kilograms = field(default_factory=_amounts)
    built_in: Kilograms = field(default_factory=dict)
    """What it took along when it was built in."""
    guessed: set[str] = field(default_factory=set)
    """`mass` or `elements`, where not all that went in states it."""
    known: bool = False
    born: bool = False
    used: bool = False
    gone_whole: bool = False
    ended: bool = False

    def judged(self, key: str) -> bool:
        """Whether enough is stated to say that it gave too much, or kept what it should not."""
        return self.known and (MASS if key == MASS else ELEMENTS) not in self.guessed

    @property
    def origin(self) -> Origin:
        if self.used:
            return "post_consumer"
        return "manufacturing_waste" if self.born else "not_told"

    def take(self, key: str, kg: float) -> tuple[float, Recovered]:
        """Take `kg` out: how much of it was there, and what of that is recovered."""
        held = self.held[key]
        found = min(kg, held)
        self.out[key] += kg
        self.lack(key, kg - found)
        self.held[key] = held - found
        recovered = self.recovered.get(key)
        if recovered is None or held <= 0:
            return found, NOTHING
        self.recovered[key] = scaled(recovered, 1 - found / held)
        return found, scaled(recovered, found / held)

    def put(self, key: str, kg: float, recovered: Recovered = NOTHING) -> None:
        self.known = True
        self.held[key] += kg
        self.into[key] += kg
        if recovered is not NOTHING:
            before = self.recovered.get(key, NOTHING)
            self.recovered[key] = (
                before[0] + recovered[0],
                before[1] + recovered[1],
                before[2] + recovered[2],
            )

    def lack(self, key: str, kg: float) -> None:
        """Account for what came out and was not there: it came from nowhere, or from outside the record."""
        if kg > 0:
            if self.judged(key):
                self.difference[key] -= kg
            else:
                self.into[key] += kg

    def lose(self, key: str, kg: float, *, natural: bool) -> None:
        """Take away what a process did not keep; where that is not natural it is a difference."""
        held = self.held[key]
        self.held[key] = held - kg
        self.recovered[key] = scaled(self.recovered.get(key, NOTHING), 1 - kg / held)
        (self.loss if natural else self.difference)[key] += kg

    def weigh(self, mass_kg: float | None) -> None:
        """Hold it for as heavy as it was weighed, where its mass was not stated before."""
        if mass_kg is not None and mass_kg > self.held[MASS] and not self.judged(MASS):
            self.put(MASS, mass_kg - self.held[MASS])


class Books(dict[str, Node]):
    """Accounts by name; one is opened when a thing is first named."""

    def __init__(self) -> None:
        super().__init__()
        self.flows: list[Flow] = []
        self.births: dict[str, Birth] = {}

    def __missing__(self, name: str) -> Node:
        self[name] = node = Node()
        return node

    def note(
        self,
        event: Happening,
        source: str,
        target: str,
        kg: Kilograms,
        found: Kilograms,
        origin: Origin | None,
    ) -> None:
        held = {key: self[target].held[key] for key in kg} if target else {}
        self.flows.append(Flow(event.id, event.type, source, target, kg, found, held, origin))

    def move(self, event: Happening, source: str, target: str, kg: Kilograms, *, waste: bool = False) -> None:
        """Move matter into `target`, or out of the record; waste becomes recovered material."""
        giver, taker = self[source], self[target] if target else None
        origin = giver.origin if waste else None
        found: Kilograms = {}
        for key, amount in kg.items():
            found[key], recovered = giver.take(key, amount)
            if origin:
                recovered = _all_of(amount, origin)
            if taker:
                taker.put(key, amount, recovered)
        self.note(event, source, target, kg, found, origin)

    def bring(self, event: Happening, target: str, key: str, kg: float, *, nowhere: bool = False) -> None:
        """Let matter come into `target` from outside the record, or from nowhere."""
        node = self[target]
        node.put(key, kg)
        if nowhere:
            node.into[key] -= kg
            node.difference[key] -= kg
        self.note(event, "", target, {key: kg}, {key: kg}, None)


def _all_of(kg: float, origin: Origin) -> Recovered:
    return (
        kg if origin == ORIGINS[0] else 0.0,
        kg if origin == ORIGINS[1] else 0.0,
        kg if origin == ORIGINS[2] else 0.0,
    )


def guess(told: Kilograms, held: Mapping[str, float], share: float | None = None) -> Kilograms:
    """`told`; where it has no elements, a share of what is held: as the mass tells, else the share given."""
    if told.keys() - {MASS}:
        return told
    if MASS in told and held.get(MASS, 0) > 0:
        share = min(1.0, told[MASS] / held[MASS])
    return told if share is None else {key: kg * share for key, kg in held.items() if kg > 0} | told


def stated(mass_kg: float | None, elements_kg: Mapping[str, float] | None) -> Kilograms:
    """Masses that an event states."""
    told: Kilograms = dict(elements_kg or {})
    return told if mass_kg is None else told | {MASS: mass_kg}


def of_part(part: Part) -> Kilograms:
    return stated(part.mass_kg, part.elements_kg)


def unstated(things: Sequence[Part]) -> set[str]:
    """`mass` or `elements`, where one of the things does not state it."""
    return {MASS for thing in things if thing.mass_kg is None} | {
        ELEMENTS for thing in things if thing.elements_kg is None
    }
