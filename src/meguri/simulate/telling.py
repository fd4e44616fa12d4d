"""Each thing that can happen to a battery, told as an event by whoever does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from meguri.battery import EVENTS, Event
from meguri.simulate.fleet import Fleet
from meguri.simulate.identities import LABEL, Operator, operators
from meguri.simulate.materials import GRAMS, Works, kilograms
from meguri.simulate.models import Model
from meguri.simulate.moments import MOST_INSPECTIONS, Moment

HOME = "JP"


def event(word: str, **fields: Any) -> Event:
    """An event of the word."""
    kind: Any = EVENTS[word]
    made: Event = kind(**fields)
    return made


@dataclass(slots=True)
class Now:
    """One thing that happens: to whom, when, and what there is to know of the battery then."""

    vehicle: int
    id: str
    time: datetime
    month: str
    model: Model
    serial: str
    battery: str
    chassis: str
    health: float
    error: float
    odometer_km: int


class Teller:
    """Tells what happens to the batteries of a fleet; new packs draw on the `works`."""

    def __init__(self, fleet: Fleet, works: Works) -> None:
        self.fleet, self.works = fleet, works
        self.operators = operators(fleet.parameters)
        self.reach = fleet.parameters["measuring"]["interval_width"].value
        self.reach *= fleet.parameters["measuring"]["soh_error_percent"].value

    def told(self, moment: int, now: Now) -> Event:
        """The event of a moment; all but those of recycling."""
        return _TOLD[moment](self, now)

    def at(self, trade: str, now: Now) -> Operator:
        return one_of(self.operators[trade], now.vehicle)

    def tell(self, word: str, trade: str, now: Now, country: str | None = HOME, **fields: Any) -> Event:
        by = self.at(trade, now)
        return event(
            word,
            id=now.id,
            battery=now.battery,
            time=now.time,
            by=by.name,
            country=country,
            site=by.site,
            **fields,
        )

    def _made(self, now: Now) -> Event:
        model = now.model
        by = self.at("pack plant", now)
        return self.tell(
            "manufactured",
            "pack plant",
            now,
            None if model.imported else HOME,
            model=model.name,
            maker=by.name,
            chemistry=model.chemistry,
            energy_kwh=model.energy_kwh,
            mass_kg=model.mass_g / GRAMS,
            elements_kg=kilograms(model.elements_g),
            aliases=(f"serial:{by.name}/{model.number}-{now.serial}",),
            materials=self.works.draw(model.elements_g),
        )

    def _on_market(self, now: Now) -> Event:
        trade = "importer" if now.model.imported else "pack plant"
        return self.tell("placed_on_market", trade, now, responsible=self.at(trade, now).name)

    def _installed(self, now: Now) -> Event:
        return self.tell(
            "installed",
            "importer" if now.model.imported else "pack plant",
            now,
            vehicle=now.chassis,
            vehicle_model=now.model.name,
        )

    def _registered(self, now: Now) -> Event:
        return self.tell(
            "registered",
            "registration office",
            now,
            vehicle=now.chassis,
            vehicle_model=now.model.name,
            prefecture=self.fleet.prefectures[self.fleet.prefecture[now.vehicle]],
        )

    def _registered_used(self, now: Now) -> Event:
        return self.tell(
            "registered",
            "registration office",
            now,
            vehicle=now.chassis,
            vehicle_model=now.model.name,
            used=True,
            odometer_km=now.odometer_km,
        )

    def _inspected(self, now: Now) -> Event:
        return self._measured("workshop", now, odometer_km=now.odometer_km)

    def _checked(self, now: Now) -> Event:
        return self._measured("reuser", now)

    def _measured(self, trade: str, now: Now, **fields: Any) -> Event:
        found = max(now.health + now.error, 0.0)
        return self.tell(
            "measured",
            trade,
            now,
            method="full charge and discharge",
            soh_percent=round(found, 1),
            soh_low_percent=round(max(found - self.reach, 0.0), 1),
            soh_high_percent=round(found + self.reach, 1),
            energy_kwh=round(now.model.energy_kwh * found / 100, 2),
            **fields,
        )

    def _sold_used(self, now: Now) -> Event:
        leaves = (
            self.fleet.times[Moment.REGISTERED_USED, now.vehicle]
            > self.fleet.times[Moment.EXPORTED, now.vehicle]
        )
        return self.tell(
            "transferred",
            "dealer",
            now,
            to=self.at("exporter", now).name if leaves else f"{LABEL}keeper",
            odometer_km=now.odometer_km,
        )

    def _wrecked(self, now: Now) -> Event:
        return self.tell("damaged", "workshop", now, cause="accident", severity="critical")

    def _deregistered(self, now: Now) -> Event:
        leaves = (
            self.fleet.times[Moment.EXPORTED, now.vehicle] < self.fleet.times[Moment.REMOVED, now.vehicle]
        )
        return self.tell(
            "deregistered",
            "registration office",
            now,
            reason="export" if leaves else "scrap",
            vehicle=now.chassis,
        )

    def _exported(self, now: Now) -> Event:
        to = self.fleet.destinations[self.fleet.destination[now.vehicle]]
        return self.tell("exported", "exporter", now, destination=to, vehicle=now.chassis)

    def _removed(self, now: Now) -> Event:
        return self.tell("removed", "dismantler", now, vehicle=now.chassis, odometer_km=now.odometer_km)

    def _collected(self, now: Now) -> Event:
        trade = "pack plant" if self.fleet.rejected[now.vehicle] else "dismantler"
        return self.tell(
            "collected",
            "collector",
            now,
            source=self.at(trade, now).name,
            mass_kg=now.model.mass_g / GRAMS,
        )

    def _collected_again(self, now: Now) -> Event:
        return self.tell("collected", "collector", now, source=self.at("reuser", now).name)

    def _sorted(self, now: Now) -> Event:
        reused = self.fleet.reused[now.vehicle]
        return self.tell("sorted", "collector", now, decision="repurpose" if reused else "recycle")

    def _sorted_again(self, now: Now) -> Event:
        return self.tell("sorted", "collector", now, decision="recycle")

    def _repurposed(self, now: Now) -> Event:
        return self.tell(
            "repurposed",
            "reuser",
            now,
            use="stationary storage",
            energy_kwh=round(now.model.energy_kwh * now.health / 100, 1),
        )

    def _commissioned(self, now: Now) -> Event:
        return self.tell("commissioned", "reuser", now, use="stationary storage")

    def _decommissioned(self, now: Now) -> Event:
        return self.tell("decommissioned", "reuser", now, cause="end of use")


def one_of(held: tuple[Operator, ...], place: int) -> Operator:
    """The operator that a number falls to."""
    return held[place % len(held)]


_TOLD: Mapping[int, Callable[[Teller, Now], Event]] = {
    Moment.MADE: Teller._made,
    Moment.ON_MARKET: Teller._on_market,
    Moment.INSTALLED: Teller._installed,
    Moment.REGISTERED: Teller._registered,
    **{Moment.INSPECTED + at: Teller._inspected for at in range(MOST_INSPECTIONS)},
    Moment.SOLD_USED: Teller._sold_used,
    Moment.REGISTERED_USED: Teller._registered_used,
    Moment.WRECKED: Teller._wrecked,
    Moment.DEREGISTERED: Teller._deregistered,
    Moment.EXPORTED: Teller._exported,
    Moment.REMOVED: Teller._removed,
    Moment.COLLECTED: Teller._collected,
    Moment.SORTED: Teller._sorted,
    Moment.REPURPOSED: Teller._repurposed,
    Moment.COMMISSIONED: Teller._commissioned,
    Moment.CHECKED: Teller._checked,
    Moment.DECOMMISSIONED: Teller._decommissioned,
    Moment.COLLECTED_AGAIN: Teller._collected_again,
    Moment.SORTED_AGAIN: Teller._sorted_again,
}
