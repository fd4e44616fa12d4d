"""What goes wrong on the way into a record: late, repeated, mistyped and impossible records, masses that do not balance.

Each event of a true stream is sent on as it is, or altered, in the shares of the group `errors` of the parameters; each
alteration says which kind it is. Batteries with an altered event are `odd` from then on: their history cannot be
expected to hold together.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import numpy as np

from meguri.battery import RULE, Corrected, Event, Part, Stage, after, identify
from meguri.simulate import telling
from meguri.simulate.identities import LABEL, event_ids, mistyped
from meguri.simulate.parameters import Parameters

CANNOT = ("commissioned", "deregistered", "removed", "registered")
"""Words that somebody may record for the wrong battery."""
SLIPS = ("soh_percent", "odometer_km")
BLOCK = 4096
SHORTEST = 0.1
"""Least part of a mean delay."""


@dataclass(frozen=True, slots=True)
class Alteration:
    """How an event differs from what happened. `battery` is the one that it truly happened to; `detail` says more.

    `kind` is delayed, twice, wrong_value, correction, wrong_identity, impossible, mass or seen_again. `late` tells
    whether something that happened later to the battery was recorded before.
    """

    kind: str
    battery: str
    detail: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """An event on its way into a record."""

    event: Event
    odd: bool = False
    alteration: Alteration | None = None


def spoil(events: Iterable[Event], parameters: Parameters, seed: int) -> Iterator[Sent]:
    """Events in the order in which they are recorded: mostly that of time."""
    return _Office(parameters, np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,)))).send(
        events
    )


@dataclass(order=True, slots=True)
class _Waiting:
    """Something that is recorded at a time, later than it happened or after what it is about."""

    time: datetime
    count: int
    event: Event = field(compare=False)
    alteration: Alteration = field(compare=False)


class _Office:
    def __init__(self, parameters: Parameters, random: np.random.Generator) -> None:
        self.random, self.delays = random, parameters["mistakes"]
        self.share = {name: share.value for name, share in parameters["errors"].items()}
        self.waiting: list[_Waiting] = []
        self.odd: set[str] = set()
        self.newest: dict[str, datetime] = {}
        self.count = 0
        self.chances = self._chances()

    def send(self, events: Iterable[Event]) -> Iterator[Sent]:
        for event in events:
            while self.waiting and self.waiting[0].time <= event.time:
                yield self._late(heapq.heappop(self.waiting))
            yield from self._pass(event)
        while self.waiting:
            yield self._late(heapq.heappop(self.waiting))

    def _chances(self) -> Iterator[float]:
        while True:
            yield from self.random.random(BLOCK).tolist()

    def _pass(self, event: Event) -> Iterator[Sent]:
        """Record an event now, or later, or wrongly; and what else is recorded because of it."""
        chance, share = next(self.chances), self.share
        if event.type in ("shredded", "refined"):
            yield self._weighed(event) if chance < share["mass"] else self._true(event)
            return
        if event.type == "exported" and next(self.chances) < share["seen_again"]:
            self._later(self._sighting(event), "days_to_sighting", "seen_again", event.battery)
        for kind, alter in _ALTERS:
            chance -= share[kind]
            if chance < 0:
                yield from alter(self, event)
                return
        yield self._true(event)

    def _sent(self, event: Event, odd: bool, alteration: Alteration | None = None) -> Sent:
        """The event on its way; noted where a delayed one of the same battery is still to come."""
        if odd and event.battery in self.newest:
            self.newest[event.battery] = max(self.newest[event.battery], event.time)
        return Sent(event, odd, alteration)

    def _true(self, event: Event) -> Sent:
        """The event as it is; what an odd battery falls into is odd as well."""
        odd = event.battery in self.odd
        if odd:
            self.odd.update(part.id for part in _named(event))
        return self._sent(event, odd)

    def _altered(self, event: Event, kind: str, battery: str, detail: str = "") -> Sent:
        self.odd.update((battery, event.battery))
        return self._sent(event, odd=True, alteration=Alteration(kind, battery, detail))

    def _later(self, event: Event, delay: str, kind: str, battery: str, detail: str = "") -> None:
        """Record an event some days after its own time, or let it happen then."""
        self.odd.add(battery)
        self.newest.setdefault(battery, event.time)
        self.count += 1
        drawn = self.random.normal(self.delays[delay].value, self.delays[delay].spread)
        wait = timedelta(days=max(drawn, SHORTEST * self.delays[delay].value))
        time = (event.time + wait).replace(microsecond=0)
        if kind in _HAPPEN_THEN:
            event = msgspec.structs.replace(event, time=time)
        heapq.heappush(self.waiting, _Waiting(time, self.count, event, Alteration(kind, battery, detail)))

    def _late(self, held: _Waiting) -> Sent:
        told = held.alteration
        late = self.newest[told.battery] > held.event.time
        return self._sent(held.event, odd=True, alteration=replace(told, late=late))

    def _delay(self, event: Event) -> Iterator[Sent]:
        if event.names:
            yield self._true(event)
        else:
            self._later(event, "days_late", "delayed", event.battery)

    def _repeat(self, event: Event) -> Iterator[Sent]:
        yield self._true(event)
        if event.type == "dismantled":
            return
        changed: dict[str, Any] = {"id": self._id(event.time)}
        if event.type == "manufactured":
            changed["materials"] = ()
        self._later(
            msgspec.structs.replace(event, **changed), "days_to_repeat", "twice", event.battery, event.id
        )

    def _slip(self, event: Event) -> Iterator[Sent]:
        """A decimal point in the wrong place, mostly corrected later."""
        name = next((slip for slip in SLIPS if getattr(event, slip, None)), None)
        if name is None:
            yield self._true(event)
            return
        right = getattr(event, name)
        factor = self.delays["decimal_slip"].value
        wrong = round(right / factor, 2) if name == "soh_percent" else round(right * factor)
        is_corrected = next(self.chances) < self.delays["corrected_share"].value
        detail = f"{name}: {wrong} for {right}" + ("" if is_corrected else ", never corrected")
        yield self._altered(
            msgspec.structs.replace(event, **{name: wrong}), "wrong_value", event.battery, detail
        )
        if is_corrected:
            mend = Corrected(
                id=self._id(event.time),
                battery=event.battery,
                time=event.time,
                by=event.by,
                country=event.country,
                corrects=event.id,
                reason="decimal point",
                replacement={name: right},
            )
            self._later(mend, "days_to_correction", "correction", event.battery, event.id)

    def _mistype(self, event: Event) -> Iterator[Sent]:
        held = identify(event.battery)
        number = held.parts.get("21", "")
        wrong = mistyped(number) if number.isdigit() else None
        if wrong is None or event.names:
            yield self._true(event)
            return
        told = event.battery.removesuffix(number) + wrong
        yield self._altered(
            msgspec.structs.replace(event, battery=told),
            "wrong_identity",
            event.battery,
            f"{wrong} for {number}",
        )

    def _confuse(self, event: Event) -> Iterator[Sent]:
        """The event, and soon after it one that cannot follow."""
        yield self._true(event)
        stage: Stage | None = RULE[event.type].to
        words = [word for word in CANNOT if stage and after(stage, word) is None]
        if not words:
            return
        word = words[int(next(self.chances) * len(words))]
        time = event.time + timedelta(seconds=1)
        made = telling.event(
            word,
            id=self._id(time),
            battery=event.battery,
            time=time,
            by=f"{LABEL}somebody",
            country=telling.HOME,
        )
        yield self._altered(made, "impossible", event.battery, f"at {stage}")

    def _weighed(self, event: Any) -> Sent:
        """A shredding or refining that puts out more than went in."""
        factor = 1 + self.delays["mass_excess"].value
        name = "into" if event.type == "shredded" else "outputs"
        held = getattr(event, name)
        parts = tuple(_heavier(part, factor) for part in ((held,) if isinstance(held, Part) else held))
        self.odd.update(part.id for part in parts)
        wrong = msgspec.structs.replace(event, **{name: parts[0] if isinstance(held, Part) else parts})
        return self._altered(wrong, "mass", event.battery, f"{name} × {factor:g}")

    def _sighting(self, event: Event) -> Event:
        """Somebody in Japan holds an exported battery, without its having been imported."""
        word = "measured" if next(self.chances) < 1 / 2 else "collected"
        made = telling.event(
            word,
            id=self._id(event.time),
            battery=event.battery,
            time=event.time,
            by=f"{LABEL}somebody",
            country=telling.HOME,
        )
        return made

    def _id(self, time: datetime) -> str:
        return event_ids(self.random, np.array([int(time.timestamp() * 1000)]))[0]


_ALTERS = (
    ("late", _Office._delay),
    ("twice", _Office._repeat),
    ("wrong_value", _Office._slip),
    ("wrong_identity", _Office._mistype),
    ("impossible", _Office._confuse),
)
_HAPPEN_THEN = frozenset({"correction", "seen_again"})
"""Kinds of events that happen when they are recorded; others happened before."""


def _named(event: Event) -> Iterator[Part]:
    for name in event.names:
        held = getattr(event, name)
        yield from (held,) if isinstance(held, Part) else held


def _heavier(part: Part, factor: float) -> Part:
    return msgspec.structs.replace(
        part,
        mass_kg=round((part.mass_kg or 0) * factor, 3),
        elements_kg={name: round(held * factor, 3) for name, held in (part.elements_kg or {}).items()},
    )
