"""The end of a life, told by the recycler and the refiner: packs taken apart, shredded into lots, lots refined."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from meguri.battery import Event, Part
from meguri.simulate.fleet import Fleet
from meguri.simulate.identities import MODULE, event_ids, item
from meguri.simulate.materials import GRAMS, Lot, Works, kilograms
from meguri.simulate.moments import DAY, EPOCH, NEVER, Moment
from meguri.simulate.telling import HOME, Now, Teller, event, one_of

OPENING = 8
"""The hour at which a day's work on lots begins."""
DAYS = 25
"""Days from the begin of a month within which the last month's lots are refined."""


class Recycler:
    """Tells of recycling; `works` keeps what is in the lots."""

    def __init__(self, fleet: Fleet, teller: Teller, works: Works, random: np.random.Generator) -> None:
        self.teller, self.works, self.random = teller, works, random
        self.modules = int(fleet.parameters["making"]["modules"].value)
        self.modules_mass_share = fleet.parameters["recycling"]["modules_mass_share"].value
        self.apart = fleet.times[Moment.DISMANTLED] < NEVER

    def dismantled(self, now: Now) -> Event:
        return self.teller.tell("dismantled", "recycler", now, parts=tuple(self._modules(now)))

    def _modules(self, now: Now) -> Iterator[Part]:
        """The modules of a pack; the last ones hold what does not divide."""
        mass = int(now.model.mass_g * self.modules_mass_share)
        for place in range(self.modules):
            yield Part(
                id=item(MODULE + now.model.number, f"{now.serial}-{place + 1}"),
                kind="module",
                mass_kg=_share(mass, place, self.modules) / GRAMS,
                elements_kg=kilograms([_share(grams, place, self.modules) for grams in now.model.elements_g]),
            )

    def shreddings(self, now: Now) -> Iterator[Event]:
        """A pack goes into the month's lot as one, or module by module."""
        recycler = now.vehicle % len(self.teller.operators["recycler"])
        mass = int(now.model.mass_g * self.modules_mass_share)
        if not self.apart[now.vehicle]:
            into = self.works.shred(recycler, now.month, mass, now.model.elements_g)
            yield self.teller.tell("shredded", "recycler", now, into=into, mass_kg=now.model.mass_g / GRAMS)
            return
        again = event_ids(self.random, np.full(self.modules, milliseconds(now.time)))
        for place, module in enumerate(self._modules(now)):
            grams = [_share(held, place, self.modules) for held in now.model.elements_g]
            into = self.works.shred(recycler, now.month, _share(mass, place, self.modules), grams)
            now.id, now.battery = again[place], module.id
            yield self.teller.tell("shredded", "recycler", now, into=into, mass_kg=module.mass_kg)

    def refining(self, held: Lot, start: int, products: list[Lot]) -> Event:
        """The refining of a full lot on some day of the month that begins at `start`; its products are added."""
        day = int(self.random.integers(0, DAYS))
        time = EPOCH + timedelta(seconds=start + day * DAY, hours=OPENING, minutes=day)
        made = self.works.refine(held, time.strftime("%Y%m"))
        products += made
        by = one_of(self.teller.operators["refiner"], day)
        (event_id,) = event_ids(self.random, np.array([milliseconds(time)]))
        return event(
            "refined",
            id=event_id,
            battery=held.id,
            time=time,
            by=by.name,
            country=HOME,
            site=by.site,
            mass_kg=held.mass_g / GRAMS,
            elements_kg=kilograms(held.elements_g),
            outputs=tuple(product.part() for product in made),
        )


def milliseconds(time: datetime) -> int:
    """Since 1970."""
    return int(time.timestamp() * 1000)


def _share(whole: int, place: int, of: int) -> int:
    """One of `of` whole numbers that add up to `whole`."""
    return whole * (place + 1) // of - whole * place // of
