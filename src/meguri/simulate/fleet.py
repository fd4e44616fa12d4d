"""A fleet of plausible lives, drawn whole: when each thing happens to each vehicle's battery, as arrays.

Sales, models, used vehicles and exports follow the shipped statistics; all else follows `parameters.csv`. Lives are drawn
to their end, also where it lies in the future: what was recorded ends at `until`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meguri.errors import OptionError, Said
from meguri.simulate.models import Market, read_market
from meguri.simulate.moments import DAY, MOMENTS, MOST_INSPECTIONS, NEVER, YEAR, Moment, second_of
from meguri.simulate.parameters import Parameter, Parameters, read_parameters
from meguri.statistics import Statistics, load

MOST_VEHICLES = 1_000_000

Seconds = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fleet:
    """`times` (moment, vehicle); `model` and `destination` are places in `market.models` and `destinations`, (vehicle,).

    `fade_percent` is the loss of health in the first year, `km_per_year` the distance, `prefecture` a place in
    `prefectures`; `reused` tells who gets a second life, `rejected` who never leaves the plant.
    """

    seed: int
    market: Market
    parameters: Parameters
    destinations: tuple[str, ...]
    prefectures: tuple[str, ...]
    until: int
    times: Seconds
    model: NDArray[np.int16]
    destination: NDArray[np.int8]
    prefecture: NDArray[np.int8]
    fade_percent: NDArray[np.float32]
    km_per_year: NDArray[np.float32]
    reused: NDArray[np.bool_]
    rejected: NDArray[np.bool_]

    @property
    def vehicles(self) -> int:
        return len(self.model)

    def health(self, vehicle: NDArray[np.int64], at: Seconds) -> Floats:
        """True state of health in %, (vehicle,): 100 less fade × age in years ^ exponent."""
        exponent = self.parameters["ageing"]["exponent"].value
        return _health(self.fade_percent[vehicle], at - self.times[Moment.MADE, vehicle], exponent)


def draw_fleet(vehicles: int, seed: int, statistics: Statistics | None = None) -> Fleet:
    """A fleet of so many vehicles; the same seed and tables give the same fleet. Raises OptionError."""
    if not 1 <= vehicles <= MOST_VEHICLES:
        raise OptionError(
            Said("A fleet has 1 to {most} vehicles, not {vehicles}.", most=MOST_VEHICLES, vehicles=vehicles),
            where="--vehicles",
            mend=Said("Give a number in between."),
        )
    statistics, parameters = statistics or load(), read_parameters()
    market = read_market(statistics, parameters)
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,)))
    cohort = np.sort(random.choice(len(market.years), vehicles, p=market.sales / market.sales.sum()))
    mixes = market.mix.cumsum(axis=1)
    model = (random.random(vehicles)[:, None] > mixes[cohort, :-1]).sum(axis=1)
    places, weights = _prefectures(statistics)
    destinations = parameters["destination"]
    shares = np.array([share.value for share in destinations.values()])
    rejected = random.random(vehicles) < parameters["making"]["rejected_share"].value
    fade, kilometres = _wear(random, market, model, parameters)
    times, reused = _Lives(random, parameters, market, vehicles).draw(cohort, rejected, fade)
    return Fleet(
        seed=seed,
        market=market,
        parameters=parameters,
        destinations=tuple(destinations),
        prefectures=places,
        until=second_of(market.years[-1] + 1),
        times=times,
        model=model.astype(np.int16),
        destination=random.choice(len(shares), vehicles, p=shares / shares.sum()).astype(np.int8),
        prefecture=random.choice(len(places), vehicles, p=weights).astype(np.int8),
        fade_percent=fade.astype(np.float32),
        km_per_year=kilometres.astype(np.float32),
        reused=reused,
        rejected=rejected,
    )


def _health(fade_percent: NDArray[np.floating], age: NDArray[np.integer], exponent: float) -> Floats:
    years = np.maximum(age, 0) / YEAR
    return np.asarray(np.maximum(0.0, 100.0 - fade_percent * years**exponent))


def _prefectures(statistics: Statistics) -> tuple[tuple[str, ...], Floats]:
    """Prefectures by ISO 3166-2, weighed by the subsidies that went there."""
    codes = statistics.table("prefectures").frame.select("jis_code", "iso3166_2")
    paid = statistics.table("cev_subsidies_by_prefecture_year").frame
    units = paid.filter(pl.col("kind") == "total").group_by("jis_code").agg(pl.col("units").sum())
    held = codes.join(units, on="jis_code", how="inner").sort("jis_code")
    weights = held["units"].to_numpy().astype(float)
    return tuple(held["iso3166_2"]), weights / weights.sum()


def _wear(
    random: np.random.Generator, market: Market, model: NDArray[np.int64], parameters: Parameters
) -> tuple[Floats, Floats]:
    """Fade in % of the first year, and km a year, (vehicle,): log-normal around the values of the table."""
    fades = parameters["fade_percent"]
    chosen = [fades.get(one.group, fades["other"]) for one in market.models]
    middle, spread = (
        np.array([getattr(fade, name) for fade in chosen])[model] for name in ("value", "spread")
    )
    distance = parameters["ageing"]["km_per_year"]
    return (
        middle * np.exp(spread * random.standard_normal(len(model))),
        distance.value * np.exp(distance.spread * random.standard_normal(len(model))),
    )


@dataclass(slots=True)
class _Lives:
    """Draws the times of all lives, stage by stage, in seconds since `EPOCH` as float (infinite: never)."""

    random: np.random.Generator
    parameters: Parameters
    market: Market
    vehicles: int

    def draw(
        self, cohort: NDArray[np.int64], rejected: NDArray[np.bool_], fade: Floats
    ) -> tuple[Seconds, NDArray[np.bool_]]:
        times = np.full((MOMENTS, self.vehicles), np.inf)
        self._first_life(times, cohort)
        times[Moment.ON_MARKET :, rejected] = np.inf
        self._inspections(times)
        held = self._leave(times, cohort)
        reused = self._second_life(times, held, fade, rejected)
        self._recycling(times, reused)
        times[times >= NEVER] = NEVER
        return times.astype(np.int32), reused

    def _after(self, start: Floats, delay: Parameter, unit: int = DAY) -> Floats:
        """A time after `start`; a delay is at least a tenth of its middle, to the second."""
        drawn = self.random.normal(delay.value, delay.spread, self.vehicles)
        return np.asarray(start + np.ceil(np.maximum(drawn, delay.value / 10) * unit))

    def _first_life(self, times: Floats, cohort: NDArray[np.int64]) -> None:
        first, lengths = self._of_year(cohort)
        registered = first + np.floor(self.random.random(self.vehicles) * lengths)
        making, nought = self.parameters["making"], np.zeros(self.vehicles)
        steps = [
            self._after(nought, making[name])
            for name in ("days_to_market", "days_to_vehicle", "days_to_registration")
        ]
        times[Moment.REGISTERED] = registered
        times[Moment.INSTALLED] = registered - steps[2]
        times[Moment.ON_MARKET] = times[Moment.INSTALLED] - steps[1]
        times[Moment.MADE] = times[Moment.ON_MARKET] - steps[0]

    def _of_year(self, place: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """First second and length of years, given by their place after the first of the market."""
        edges = np.array([second_of(self.market.years[0] + at) for at in range(int(place.max()) + 2)], float)
        return edges[place], edges[place + 1] - edges[place]

    def _inspections(self, times: Floats) -> None:
        measuring = self.parameters["measuring"]
        taken = self.random.random(self.vehicles) < measuring["share"].value
        early = measuring["days_early"].spread * DAY
        for at in range(MOST_INSPECTIONS):
            years = measuring["first_years"].value + at * measuring["every_years"].value
            due = times[Moment.REGISTERED] + years * YEAR
            when = np.floor(due - np.abs(self.random.normal(0, early, self.vehicles)))
            times[Moment.INSPECTED + at] = np.where(taken, when, np.inf)

    def _leave(self, times: Floats, cohort: NDArray[np.int64]) -> NDArray[np.bool_]:
        """From the first keeper to export, the scrap yard or another keeper; tells who may still be reused."""
        leaving, random, count = self.parameters["leaving"], self.random, self.vehicles
        age = random.choice(len(self.market.used_at_age), count, p=self.market.used_at_age)
        first, lengths = self._of_year(cohort + age)
        sold = np.maximum(first + np.floor(random.random(count) * lengths), times[Moment.REGISTERED] + DAY)
        wrecked = times[Moment.REGISTERED] + np.floor(
            YEAR * random.random(count) * leaving["accident_years_most"].value
        )
        wrecked[(random.random(count) >= leaving["accident_share"].value) | (wrecked >= sold)] = np.inf
        is_wreck, here = np.isfinite(wrecked), np.isfinite(times[Moment.REGISTERED])
        sold[is_wreck | ~here] = np.inf
        exported = np.isfinite(sold) & (random.random(count) < self.market.exported[cohort + age])
        again = self._after(sold, leaving["days_to_deregistration"])
        last = self._after(again, leaving["used_in_japan_years"], YEAR)
        end = np.where(is_wreck, wrecked, np.where(exported, sold, last))
        gone = self._after(end, leaving["days_to_deregistration"])
        times[Moment.SOLD_USED], times[Moment.WRECKED], times[Moment.DEREGISTERED] = sold, wrecked, gone
        times[Moment.REGISTERED_USED] = np.where(exported, np.inf, again)
        times[Moment.EXPORTED] = np.where(exported, self._after(gone, leaving["days_to_export"]), np.inf)
        times[Moment.REMOVED] = np.where(exported, np.inf, self._after(gone, leaving["days_to_removal"]))
        inspected = times[Moment.INSPECTED : Moment.SOLD_USED]
        inspected[inspected >= np.where(is_wreck, wrecked, gone)] = np.inf
        return np.asarray(~is_wreck)

    def _second_life(
        self, times: Floats, held: NDArray[np.bool_], fade: Floats, rejected: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        reuse = self.parameters["reuse"]
        from_plant = np.where(rejected, times[Moment.MADE], times[Moment.REMOVED])
        collected = self._after(from_plant, reuse["days_to_collection"])
        ready = self._after(collected, reuse["days_to_sorting"])
        times[Moment.COLLECTED], times[Moment.SORTED] = collected, ready
        age = np.where(np.isfinite(ready), ready - times[Moment.MADE], 0)
        health = _health(fade, age.astype(np.int64), self.parameters["ageing"]["exponent"].value)
        fit = health >= reuse["soh_least_percent"].value
        lucky = self.random.random(self.vehicles) < reuse["share"].value
        reused = np.asarray(np.isfinite(ready) & held & ~rejected & fit & lucky)
        at = np.where(reused, ready, np.inf)
        for moment, name, unit in (
            (Moment.REPURPOSED, "days_to_repurposing", DAY),
            (Moment.COMMISSIONED, "days_to_commissioning", DAY),
            (Moment.DECOMMISSIONED, "years", YEAR),
            (Moment.COLLECTED_AGAIN, "days_to_collection", DAY),
            (Moment.SORTED_AGAIN, "days_to_sorting", DAY),
        ):
            at = self._after(at, reuse[name], unit)
            times[moment] = at
        checked = self._after(times[Moment.COMMISSIONED], reuse["days_to_check"])
        times[Moment.CHECKED] = np.where(checked < times[Moment.DECOMMISSIONED], checked, np.inf)
        return reused

    def _recycling(self, times: Floats, reused: NDArray[np.bool_]) -> None:
        recycling = self.parameters["recycling"]
        ready = np.where(reused, times[Moment.SORTED_AGAIN], times[Moment.SORTED])
        apart = self.random.random(self.vehicles) < recycling["dismantled_share"].value
        dismantled = np.where(apart, self._after(ready, recycling["days_to_dismantling"]), np.inf)
        times[Moment.DISMANTLED] = dismantled
        times[Moment.SHREDDED] = self._after(
            np.where(apart, dismantled, ready), recycling["days_to_shredding"]
        )
