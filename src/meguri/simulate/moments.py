"""The moments of a life and their clock: seconds of Japan since `EPOCH`; what never happens is at `NEVER`."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from enum import IntEnum

import numpy as np

JAPAN = timezone(timedelta(hours=9))
EPOCH = datetime(2008, 1, 1, tzinfo=JAPAN)
NEVER = np.iinfo(np.int32).max
DAY = 86_400
YEAR = round(365.25 * DAY)
MOST_INSPECTIONS = 6


class Moment(IntEnum):
    """What can happen once in a life, in the order in which it can."""

    MADE = 0
    ON_MARKET = 1
    INSTALLED = 2
    REGISTERED = 3
    INSPECTED = 4
    SOLD_USED = INSPECTED + MOST_INSPECTIONS
    REGISTERED_USED = 11
    WRECKED = 12
    DEREGISTERED = 13
    EXPORTED = 14
    REMOVED = 15
    COLLECTED = 16
    SORTED = 17
    REPURPOSED = 18
    COMMISSIONED = 19
    CHECKED = 20
    DECOMMISSIONED = 21
    COLLECTED_AGAIN = 22
    SORTED_AGAIN = 23
    DISMANTLED = 24
    SHREDDED = 25


MOMENTS = Moment.SHREDDED + 1
WORDS: tuple[str, ...] = (
    "manufactured",
    "placed_on_market",
    "installed",
    "registered",
    *("measured",) * MOST_INSPECTIONS,
    "transferred",
    "registered",
    "damaged",
    "deregistered",
    "exported",
    "removed",
    "collected",
    "sorted",
    "repurposed",
    "commissioned",
    "measured",
    "decommissioned",
    "collected",
    "sorted",
    "dismantled",
    "shredded",
)
"""The event that tells of each moment."""


def second_of(year: int, month: int = 1) -> int:
    """The first second of a month in Japan."""
    return int((datetime(year, month, 1, tzinfo=JAPAN) - EPOCH).total_seconds())
