"""The floor of the outflow estimate: steps ① to ⑦ in one numpy function, on rows that run over the draws.

No tables, sources, labels or checks; whatever does not depend on draws is given. It takes the same random columns
as the estimate and gives the same quantiles, so it is what the arithmetic alone costs in plain numpy, on one thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meguri.flows.draws import Noise, triangular
from meguri.flows.inputs import ROUNDED_UNTIL, Plan
from meguri.flows.quantiles import LEVELS
from meguri.flows.survey import AGES, CLASSES, SPLITS, Reading, shares_of, splits

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ReadSurvey:
    """One reading, ready to draw: itemised `counts` (class), the `open` classes with their `pool` of splits
    (class, split), and `book` (age, class), the share of each class booked at each age. `fixed` shares need no draw.
    """

    weight: float
    counts: Floats
    open: NDArray[np.int64]
    pool: Floats
    book: Floats
    fixed: Floats | None = None


@dataclass(frozen=True)
class Given:
    """What does not depend on draws: the plan, the readings, and the export pool (place, year, pool draw)."""

    plan: Plan
    readings: tuple[ReadSurvey, ...]
    pool: Floats


def ready(reading: Reading, seed: int) -> ReadSurvey:
    """A reading of the survey as arrays."""
    book = np.zeros((AGES, CLASSES))
    for index in range(CLASSES if reading.tail == "at_13" else CLASSES - 1):
        book[index + 1 + reading.shift, index] = 1.0
    if reading.tail == "spread_20":
        book[CLASSES + reading.shift : AGES + reading.shift, -1] = 1 / (AGES - CLASSES)
    none = np.empty(0, dtype=np.int64)
    if reading.answers is None:
        fixed = shares_of(reading, np.zeros((1, CLASSES)), np.zeros(1), early=None, seed=seed)[0]
        return ReadSurvey(reading.weight, np.zeros(CLASSES), none, np.empty((0, 0)), book, fixed)
    counts, free = reading.answers.counts.copy(), reading.answers.open
    if reading.unitemised == "open_no_first":
        counts[0], free = 0.0, free[free > 0]
    if reading.unitemised in ("equal", "equal_rest"):
        counts[free], free = reading.answers.rest / free.size, none
    pool = (
        splits(free.size, reading.answers.rest, reading.answers.cap, seed).T
        if free.size
        else np.empty((0, 0))
    )
    return ReadSurvey(reading.weight, counts, free, np.ascontiguousarray(pool), book)


def given(plan: Plan, offered: Sequence[Reading]) -> Given:
    """All that is worked out before the first draw, for the mixture of readings."""
    read = tuple(ready(reading, plan.options.seed) for reading in offered if reading.weight > 0)
    return Given(plan, read, np.ascontiguousarray(plan.exports.units.transpose(2, 1, 0)))


def bare_outflow(given: Given, noise: Noise) -> Floats:
    """Quantiles (level, column) of every figure, the columns in the order of the estimate's."""
    plan, draws = given.plan, noise.draws
    value = {n: triangular(r, noise[n][:, 0]) for n, r in plan.ranges.items() if r is not None}
    years, since = len(plan.years), len(plan.export_years)
    places, ages = given.pool.shape[0], given.readings[0].book.shape[0]
    start = years - since
    out = np.empty((4 * years + 5 * since + 2 * places * since + 16 * since, draws))
    at = 0

    def rows(*shape: int) -> Floats:
        nonlocal at
        first, at = at, at + int(np.prod(shape))
        return out[first:at].reshape(*shape, draws)

    sales, sales_cum, used, used_cum = (rows(years) for _ in range(4))
    exports, exports_cum, ratio, inverse, kept = (rows(since) for _ in range(5))
    by_place, share = rows(places, since), rows(places, since)
    mass, mass_cum, worth, worth_cum = (rows(4, since) for _ in range(4))

    swing = 2 * noise["sales_by_year"].T - 1
    for y, year in enumerate(plan.years):
        if year > plan.last_sales_year:
            sales[y] = sales[y - 1] * (1 + value["sales_growth"])
            continue
        half: Floats | float = value["sales_rounding_units"] if year <= ROUNDED_UNTIL else 0.0
        if plan.sales_status[y] != "published":
            half = half + value["recalled_sales_rel"] * plan.sales[y]
        sales[y] = np.maximum(plan.sales[y] + half * swing[y], 0.0)

    weights = np.cumsum([reading.weight for reading in given.readings])
    which = np.searchsorted(weights / weights[-1], noise["reading"][:, 0], side="right")
    normal, split = noise["respondents"].T, (noise["split"][:, 0] * SPLITS).astype(np.intp)
    shares = np.empty((ages, draws))
    for index, reading in enumerate(given.readings):
        mine = np.flatnonzero(which == index)
        if reading.fixed is not None:
            shares[:, mine] = reading.fixed[:, None]
            continue
        counts = np.repeat(reading.counts[:, None], mine.size, axis=1)
        if reading.open.size:
            counts[reading.open] = reading.pool[:, split[mine]]
        safe = np.maximum(counts, 1e-9)
        cube = safe * np.maximum(1 - 1 / (9 * safe) + normal[:, mine] / (3 * np.sqrt(safe)), 0.0) ** 3
        counts = np.where(counts > 0.5, cube, counts)
        shares[:, mine] = reading.book @ (counts / counts.sum(axis=0))

    scope, growth = value["export_scope_factor"], 1 + value["export_growth"]
    pick = (noise["export_table"][:, 0] * given.pool.shape[2]).astype(np.intp)
    for s, year in enumerate(plan.export_years):
        if s < given.pool.shape[1]:
            by_place[:, s] = given.pool[:, s, pick] * scope
        else:
            change = 1 + value["export_change_from_now"] if year == plan.last_sales_year + 1 else 1.0
            by_place[:, s] = by_place[:, s - 1] * (growth * change)
    by_place.sum(axis=0, out=exports)

    spread = plan.content_high - plan.content_low
    for y in range(years):
        reach = min(ages, y + 1)
        converting = sales[y::-1][:reach] * shares[:reach]
        converting.sum(axis=0, out=used[y])
        if y >= start:
            s = y - start
            low = plan.content_low[y::-1][:reach].T @ converting
            per_vehicle = low + (spread[y::-1][:reach].T @ converting) * value["content_within_range"]
            mass[:3, s] = per_vehicle * (exports[s] * value["pack_energy_rel"] / used[y] / 1000)
    mass[:3].sum(axis=0, out=mass[3])

    noisy = noise["price_by_year"].T.reshape(3, -1, draws)[:, :since]
    factor = np.maximum(1 + value["price_noise_rel"] * noisy, 0.0) * (value["price_level"] * 1000)
    worth[:3] = mass[:3] * (factor * plan.price[:, :, None])
    worth[:3].sum(axis=0, out=worth[3])

    np.cumsum(sales, axis=0, out=sales_cum)
    np.cumsum(used, axis=0, out=used_cum)
    np.cumsum(exports, axis=0, out=exports_cum)
    exports_cum += value["exports_before_2017_units"]
    np.cumsum(mass, axis=1, out=mass_cum)
    np.cumsum(worth, axis=1, out=worth_cum)
    np.divide(exports_cum, used_cum[start:], out=ratio)
    np.divide(1.0, ratio, out=inverse)
    np.subtract(used_cum[start:], exports_cum, out=kept)
    np.divide(by_place, exports, out=share)

    place = np.array(LEVELS) * (draws - 1)
    below = place.astype(np.intp)
    above = np.minimum(below + 1, draws - 1)
    out.partition(np.unique([below, above]), axis=1)
    low, high = out[:, below].T, out[:, above].T
    return np.asarray(low + (high - low) * (place - below)[:, None])
