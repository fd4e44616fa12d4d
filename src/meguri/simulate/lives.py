"""The fleet's lives as events, month by month across all vehicles, in the order of time: what truly happened.

Only one month's events are at hand at a time, whatever the size of the fleet.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from meguri.battery import Event
from meguri.simulate.fleet import Fleet
from meguri.simulate.identities import chassis, event_ids, item, pack_link, serial
from meguri.simulate.materials import Lot, Works
from meguri.simulate.moments import EPOCH, YEAR, Moment, second_of
from meguri.simulate.recycling import Recycler
from meguri.simulate.telling import Now, Teller

EPOCH_MS = int(EPOCH.timestamp() * 1000)


def events(fleet: Fleet) -> Iterator[Event]:
    """All that happened until `fleet.until`, in the order of time."""
    return _Lives(fleet).all()


def pack(fleet: Fleet, vehicle: int) -> tuple[str, str]:
    """Serial number and canonical identifier of a vehicle's battery."""
    made = EPOCH + timedelta(seconds=int(fleet.times[Moment.MADE, vehicle]))
    number = serial(vehicle, made.year)
    return number, item(fleet.market.models[fleet.model[vehicle]].number, number)


class _Lives:
    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.random = np.random.default_rng(np.random.SeedSequence(fleet.seed, spawn_key=(1,)))
        self.works = Works(fleet.parameters)
        self.teller = Teller(fleet, self.works)
        self.recycler = Recycler(fleet, self.teller, self.works, self.random)
        self.links = [pack_link(model.number) for model in fleet.market.models]
        self.noise = fleet.parameters["measuring"]["soh_error_percent"].value

    def all(self) -> Iterator[Event]:
        first = int(self.fleet.times[Moment.MADE].min(initial=self.fleet.until))
        year, month = (EPOCH + timedelta(seconds=first)).timetuple()[:2]
        ready: list[Lot] = []
        while (start := second_of(year, month)) < self.fleet.until:
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
            products: list[Lot] = []
            refinings = [self.recycler.refining(held, start, products) for held in ready]
            yield from _merged(list(self._month(start, second_of(year, month))), refinings)
            self.works.store(products)
            ready = self.works.full()

    def _month(self, start: int, end: int) -> Iterator[Event]:
        """What happens to vehicles' batteries from `start` until `end`."""
        fleet = self.fleet
        moments, vehicles = np.nonzero((fleet.times >= start) & (fleet.times < end))
        times = fleet.times[moments, vehicles]
        order = np.lexsort((vehicles, moments, times))
        moments, vehicles, times = moments[order], vehicles[order], times[order]
        made, registered = (fleet.times[moment, vehicles] for moment in (Moment.MADE, Moment.REGISTERED))
        driven = fleet.km_per_year[vehicles] * np.maximum(times - registered.astype(np.int64), 0) / YEAR
        month = (EPOCH + timedelta(seconds=start)).strftime("%Y%m")
        columns = zip(
            moments.tolist(),
            vehicles.tolist(),
            times.tolist(),
            event_ids(self.random, EPOCH_MS + 1000 * times.astype(np.int64)),
            fleet.model[vehicles].tolist(),
            made.tolist(),
            fleet.health(vehicles, times).tolist(),
            self.random.normal(0, self.noise, len(times)).tolist(),
            driven.astype(np.int64).tolist(),
            strict=True,
        )
        for moment, vehicle, second, event_id, place, born, health, error, odometer in columns:
            number = serial(vehicle, (EPOCH + timedelta(seconds=born)).year)
            model = fleet.market.models[place]
            now = Now(
                vehicle,
                event_id,
                EPOCH + timedelta(seconds=second),
                month,
                model,
                number,
                self.links[place] + number,
                chassis(model.number, vehicle),
                health,
                error,
                odometer,
            )
            if moment == Moment.SHREDDED:
                yield from self.recycler.shreddings(now)
            elif moment == Moment.DISMANTLED:
                yield self.recycler.dismantled(now)
            else:
                yield self.teller.told(moment, now)


def _merged(first: list[Event], second: list[Event]) -> list[Event]:
    return sorted([*first, *second], key=lambda event: event.time) if second else first
