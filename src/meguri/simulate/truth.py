"""What is true of a simulated fleet, kept apart from what is recorded of it, and how well the record's flags find its errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meguri.battery import RULE
from meguri.ledger import Ledger
from meguri.simulate.errors import Sent
from meguri.simulate.fleet import Fleet, Seconds
from meguri.simulate.identities import chassis
from meguri.simulate.lives import pack
from meguri.simulate.moments import DAY, EPOCH, NEVER, WORDS, Moment

BATTERIES, ALTERED = "batteries.parquet", "altered_events.parquet"
ALTERED_SCHEMA: Final[dict[str, Any]] = {
    "event": pl.String,
    "type": pl.String,
    "time": pl.Datetime("us", "UTC"),
    "kind": pl.String,
    "battery": pl.String,
    "recorded_battery": pl.String,
    "late": pl.Boolean,
    "detail": pl.String,
}
AT_ONCE = 50_000
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Truth:
    """`batteries`: one row each with its true life, also where it lies in the future; `altered`: one row for each event
    that is not as it happened. An event that is not listed is true.
    """

    batteries: pl.DataFrame
    altered: pl.DataFrame

    def write(self, folder: Path) -> None:
        """Write both tables as Parquet."""
        folder.mkdir(parents=True, exist_ok=True)
        self.batteries.write_parquet(folder / BATTERIES)
        self.altered.write_parquet(folder / ALTERED)

    @classmethod
    def read(cls, folder: Path) -> Truth:
        return cls(pl.read_parquet(folder / BATTERIES), pl.read_parquet(folder / ALTERED))


class Altered:
    """Gathers altered events as they are sent."""

    def __init__(self) -> None:
        self.frames: list[pl.DataFrame] = [pl.DataFrame(schema=ALTERED_SCHEMA)]
        self.rows: list[tuple[object, ...]] = []

    def note(self, sent: Sent) -> None:
        event, told = sent.event, sent.alteration
        if told is None:
            return
        self.rows.append(
            (event.id, event.type, event.time, told.kind, told.battery, event.battery, told.late, told.detail)
        )
        if len(self.rows) >= AT_ONCE:
            self._put_away()

    def table(self) -> pl.DataFrame:
        self._put_away()
        return pl.concat(self.frames)

    def _put_away(self) -> None:
        self.frames.append(pl.DataFrame(self.rows, schema=ALTERED_SCHEMA, orient="row"))
        self.rows = []


def true_lives(fleet: Fleet) -> pl.DataFrame:
    """One row per battery: what it is, the day of each step of its life, and `stage` and health when the record ends.

    Days in Japan; empty where it never comes to it.
    """
    return pl.concat(
        _lives_of(fleet, np.arange(start, min(start + AT_ONCE, fleet.vehicles)))
        for start in range(0, fleet.vehicles, AT_ONCE)
    )


def _lives_of(fleet: Fleet, vehicles: NDArray[np.int64]) -> pl.DataFrame:
    models = [fleet.market.models[place] for place in fleet.model[vehicles].tolist()]
    known = [pack(fleet, vehicle) for vehicle in vehicles.tolist()]
    times = fleet.times[:, vehicles]
    leaves = (times[Moment.EXPORTED] < NEVER).tolist()
    return pl.DataFrame(
        {
            "battery": [battery for _, battery in known],
            "serial": [serial for serial, _ in known],
            "vehicle": [
                chassis(model.number, vehicle)
                for vehicle, model in zip(vehicles.tolist(), models, strict=True)
            ],
            "model": [model.name for model in models],
            "chemistry": [model.chemistry for model in models],
            "energy_kwh": [float(model.energy_kwh) for model in models],
            "stage": _stages(times, fleet.until),
            "soh_percent": fleet.health(vehicles, np.minimum(np.int32(fleet.until), times[Moment.SHREDDED])),
            "fade_percent_first_year": fleet.fade_percent[vehicles],
            "km_per_year": fleet.km_per_year[vehicles],
            "destination": pl.Series(
                [
                    fleet.destinations[place] if gone else None
                    for place, gone in zip(fleet.destination[vehicles].tolist(), leaves, strict=True)
                ],
                dtype=pl.String,
            ),
            **{moment.name.lower(): _days(times[moment]) for moment in Moment if moment != Moment.INSPECTED},
        }
    )


def _days(times: Seconds) -> pl.Series:
    first = date(EPOCH.year, EPOCH.month, EPOCH.day) - date(1970, 1, 1)
    days = pl.Series(times // DAY + first.days, dtype=pl.Int32)
    return days.set(pl.Series(times == NEVER), None).cast(pl.Date)


def _stages(times: Seconds, until: int) -> list[str]:
    """The stage of each battery at the end of the record, by the table of stages. One taken apart stays so."""
    last = np.zeros(times.shape[1], np.int8)
    for at, word in enumerate(WORDS):
        if RULE[word].to:
            last[times[at] < until] = at
    last[times[Moment.DISMANTLED] < until] = Moment.DISMANTLED
    return [str(RULE[WORDS[at]].to) for at in last.tolist()]


FLAGGED: Mapping[str, Callable[[pl.DataFrame], pl.Series]] = {
    "late": lambda altered: altered["late"],
    "impossible": lambda altered: altered["kind"].is_in(["impossible", "wrong_identity", "twice"]),
    "seen_after_export": lambda altered: (
        (altered["kind"] == "seen_again")
        | ((altered["kind"] == "impossible") & (altered["detail"] == "at abroad"))
        | ((altered["kind"] == "twice") & (altered["type"] == "exported"))
    ),
    "twice": lambda altered: (altered["kind"] == "twice") & (altered["type"] == "manufactured"),
    "mass": lambda altered: altered["kind"] == "mass",
}
"""Which altered events each flag of a ledger is meant to find."""


def score_flags(ledger: Ledger, truth: Truth) -> pl.DataFrame:
    """How well a ledger's flags find what is wrong.

    One row for each flag, over events; `any`, over batteries, counts those with any flag and any altered event, since an
    error also shows at true events that follow. Columns: flag, over, flagged, wrong, found, precision, recall.
    """
    flagged: dict[str, set[str]] = {flag: set() for flag in FLAGGED}
    batteries: set[str] = set()
    after = -1
    while page := ledger.anomalies(after=after, limit=PAGE):
        after = page[-1].index
        for held in page:
            batteries.add(held.battery)
            for flag in held.flags:
                if flag in flagged and held.event is not None:
                    flagged[flag].add(held.event.id)
    rows = [
        _scored(flag, "events", found, set(truth.altered.filter(FLAGGED[flag](truth.altered))["event"]))
        for flag, found in flagged.items()
    ]
    wrong = set(truth.altered["battery"]) | set(truth.altered["recorded_battery"])
    rows.append(_scored("any", "batteries", batteries, wrong))
    return pl.DataFrame(rows)


def _scored(flag: str, over: str, flagged: set[str], wrong: set[str]) -> dict[str, object]:
    found = len(flagged & wrong)
    return {
        "flag": flag,
        "over": over,
        "flagged": len(flagged),
        "wrong": len(wrong),
        "found": found,
        "precision": found / len(flagged) if flagged else None,
        "recall": found / len(wrong) if wrong else None,
    }
