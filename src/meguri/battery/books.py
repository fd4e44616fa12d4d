"""Running accounts of matter: how much of each element a battery, part or lot holds, and how much of that is recovered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

import msgspec

from meguri.battery.chemistry import Element
from meguri.battery.events import Happening, Part

MASS = "mass"
ELEMENTS = "elements"
IN_CELLS = frozenset({"Li", "Ni", "Co", "Mn", "Fe", "P", "C", "Na"})
"""Elements that only cells hold, so that unpacking or putting together neither adds nor loses any."""

Origin = Literal["post_consumer", "manufacturing_waste", "not_told"]
ORIGINS: tuple[Origin, ...] = ("post_consumer", "manufacturing_waste", "not_told")
"""What kind of waste a shredded battery was: it had been in use, it was made and never used, or its past is not known."""

Kilograms = Mapping[str, float]
"""By element; `mass` is the whole."""
Recovered = tuple[float, float, float]
"""Kilograms by `ORIGINS`."""
NOTHING: Recovered = (0.0, 0.0, 0.0)


def scaled(recovered: Recovered, by: float) -> Recovered:
    return recovered[0] * by, recovered[1] * by, recovered[2] * by


class Flow(msgspec.Struct, frozen=True):
    """Matter that an event moved from `source` (empty: from outside the record) into `target` (empty: out of it).

    `kg` arrived, for which the source truly held `found`; `held` is what the target held then, this included. `origin`
    is set where waste became material.
    """

    event: str
    word: str
    source: str
    target: str
    kg: Kilograms
    found: Kilograms
    held: Kilograms
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Birth:
    """What a battery held when it was made: `kg`, of it `recovered` by `ORIGINS`; `flows` counts those until then.

    `stated` tells whether the event says the content of elements; else it is the sum of what went in.
    """

    kg: Kilograms
    recovered: Mapping[str, Recovered]
    flows: int
    stated: bool


class Account(msgspec.Struct, gc=False):
    """Kilograms of one element (or the mass) in one thing. At any time into = out + loss + held + difference."""

    held: float = 0.0
    into: float = 0.0
    out: float = 0.0
    loss: float = 0.0
    difference: float = 0.0
    recovered: Recovered = NOTHING
    """Of what is held."""


@dataclass(slots=True)
class Node:
    """The accounts of one thing, and what is known of its past."""

    accounts: dict[str, Account] = field(default_factory=dict)
    built_in: Kilograms | None = None
    """What it took along when it was built in."""
    guessed: frozenset[str] = frozenset()
    """`mass` or `elements`, where not all that went in states it."""
    known: bool = False
    born: bool = False
    used: bool = False
    gone_whole: bool = False
    ended: bool = False

    def account(self, key: str) -> Account:
        """Opened when it is first asked for."""
        found = self.accounts.get(key)
        if found is None:
            found = self.accounts[key] = Account()
        return found

    @property
    def held(self) -> Kilograms:
        return {key: account.held for key, account in self.accounts.items()}

    @property
    def origin(self) -> Origin:
        if self.used:
            return "post_consumer"
        return "manufacturing_waste" if self.born else "not_told"

    def judged(self, key: str) -> bool:
        """Whether enough is stated to say that it gave too much, or kept what it should not."""
        return self.known and (MASS if key == MASS else ELEMENTS) not in self.guessed

    def take(self, key: str, kg: float) -> tuple[float, Recovered]:
        """Take `kg` out: how much of it was there, and what of that is recovered."""
        account = self.account(key)
        held = account.held
        account.out += kg
        if kg >= held:
            recovered, account.held, account.recovered = account.recovered, 0.0, NOTHING
            self.lack(key, kg - held)
            return held, recovered
        account.held = held - kg
        if account.recovered is NOTHING:
            return kg, NOTHING
        taken = scaled(account.recovered, kg / held)
        account.recovered = scaled(account.recovered, 1 - kg / held)
        return kg, taken

    def put(self, key: str, kg: float, recovered: Recovered = NOTHING) -> Account:
        self.known = True
        account = self.account(key)
        account.held += kg
        account.into += kg
        if recovered is not NOTHING:
            one, two, three = account.recovered
            account.recovered = one + recovered[0], two + recovered[1], three + recovered[2]
        return account

    def lack(self, key: str, kg: float) -> None:
        """Account for what came out and was not there: it came from nowhere, or from outside the record."""
        if self.judged(key):
            self.account(key).difference -= kg
        else:
            self.account(key).into += kg

    def lose(self, key: str, kg: float, *, natural: bool) -> None:
        """Take away what a process did not keep; where that is not natural it is a difference."""
        account = self.account(key)
        account.recovered = scaled(account.recovered, 1 - kg / account.held)
        account.held -= kg
        if natural:
            account.loss += kg
        else:
            account.difference += kg

    def weigh(self, mass_kg: float | None) -> None:
        """Hold it for as heavy as it was weighed, where its mass was not stated before."""
        if mass_kg is not None and not self.judged(MASS):
            self.put(MASS, max(0.0, mass_kg - self.account(MASS).held))


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
        """Write down a flow that has arrived."""
        accounts = self[target].accounts if target else {}
        held = {key: accounts[key].held for key in kg if target}
        self.flows.append(Flow(event.id, event.type, source, target, kg, found, held, origin))

    def move(self, event: Happening, source: str, target: str, kg: Kilograms, *, waste: bool = False) -> None:
        """Move matter into `target`, or out of the record; waste becomes recovered material."""
        giver, taker = self[source], self[target] if target else None
        origin = giver.origin if waste else None
        found: dict[str, float] = {}
        for key, amount in kg.items():
            found[key], recovered = giver.take(key, amount)
            if taker:
                taker.put(key, amount, all_of(amount, origin) if origin else recovered)
        self.note(event, source, target, kg, kg if found == kg else found, origin)

    def bring(self, event: Happening, target: str, key: str, kg: float, *, nowhere: bool = False) -> None:
        """Let matter come into `target` from outside the record, or from nowhere."""
        account = self[target].put(key, kg)
        if nowhere:
            account.into -= kg
            account.difference -= kg
        self.note(event, "", target, {key: kg}, {key: kg}, None)


def all_of(kg: float, origin: Origin) -> Recovered:
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
    return told if share is None else {key: kg * share for key, kg in held.items() if kg > 0} | dict(told)


def stated(mass_kg: float | None, elements_kg: Mapping[Element, float] | None) -> Kilograms:
    """Masses that an event states."""
    told = dict(cast(Kilograms, elements_kg or {}))
    if mass_kg is not None:
        told[MASS] = mass_kg
    return told


def of_part(part: Part) -> Kilograms:
    return stated(part.mass_kg, part.elements_kg)


def unstated(mass_kg: float | None, elements_kg: Mapping[Element, float] | None) -> frozenset[str]:
    """`mass` or `elements`, where it is not stated."""
    return frozenset(name for name, told in ((MASS, mass_kg), (ELEMENTS, elements_kg)) if told is None)
