"""When a new car becomes a used one: shares by years since purchase, from a survey that is public only in part.

Of 1,051 answers six classes are itemised; the other years share the rest under a cap, since each had fewer
answers than the sixth. The split is unknown, so it is drawn uniformly over all splits the cap allows; the
sampling of the respondents is a Dirichlet distribution. A *reading* says what to make of the classes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meguri.errors import NotFound, Said
from meguri.flows.options import MIXTURE, USER_CURVE
from meguri.statistics import Statistics

Floats = NDArray[np.float64]

AGES = 21
"""Years since purchase 0 … 20."""
CLASSES = 13
SPLITS = 8192
LAST_SPREAD_AGE = 20


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers by years since purchase 1 … 13 (13 stands for 13+); NaN where not itemised."""

    counts: Floats
    rest: float
    cap: float

    @property
    def open(self) -> NDArray[np.int64]:
        return np.flatnonzero(np.isnan(self.counts))


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a survey; the columns of the table `survey_readings`."""

    name: str
    unitemised: str
    tail: str
    shift: int
    weight: float
    answers: Answers | None
    mean_years: float
    shape: float
    row_id: str


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of a table, known apart by its fingerprint."""

    fingerprint: str
    frame: pl.DataFrame = field(compare=False)


def readings(statistics: Statistics) -> tuple[Reading, ...]:
    """Every reading on offer, in the table's order."""
    offered, surveys = (statistics.table(name) for name in ("survey_readings", "used_conversion_survey"))
    return _read(_Rows(offered.fingerprint, offered.frame), _Rows(surveys.fingerprint, surveys.frame))


@lru_cache(maxsize=8)
def _read(offered: _Rows, surveys: _Rows) -> tuple[Reading, ...]:
    return tuple(
        Reading(
            name=row["reading"],
            unitemised=row["unitemised"],
            tail=row["tail"],
            shift=row["shift_years"],
            weight=row["mixture_weight"],
            answers=None
            if row["unitemised"] == "weibull"
            else _answers(surveys.frame.filter(pl.col("survey") == row["survey"]), row["respondents"]),
            mean_years=row["mean_years"] or 0.0,
            shape=row["weibull_shape"] or 1.0,
            row_id=row["row_id"],
        )
        for row in offered.frame.sort("position").iter_rows(named=True)
    )


def _answers(rows: pl.DataFrame, respondents: int) -> Answers:
    counts, rest = np.full(CLASSES, np.nan), float(respondents)
    for row in rows.iter_rows(named=True):
        age = re.fullmatch(r"(\d+)\+?", str(row["years_since_purchase"]))
        if age:
            counts[int(age[1]) - 1] = row["respondents"] or row["share"] * respondents
            rest -= counts[int(age[1]) - 1]
    return Answers(counts, rest, cap=float(np.nanmin(counts)) - 1)


def bounds_of_split(reading: Reading, *, least: float = 0.0) -> tuple[Floats, Floats]:
    """Splits of the open answers that are latest and earliest, (class,), each open year ≥ `least` answers."""
    answers = _open_answers(reading)
    latest, earliest = np.full(answers.open.size, least), np.full(answers.open.size, least)
    for split, order in ((latest, range(answers.open.size)[::-1]), (earliest, range(answers.open.size))):
        left = answers.rest - least * answers.open.size
        for index in order:
            taken = min(left, answers.cap - least)
            split[index] += taken
            left -= taken
    return latest, earliest


def _open_answers(reading: Reading) -> Answers:
    if reading.answers is None:
        raise NotFound(
            Said("Reading “{name}” has no un-itemised answers", name=reading.name), where="survey_readings"
        )
    if reading.unitemised == "open_no_first":
        counts = reading.answers.counts.copy()
        counts[0] = 0.0
        return Answers(counts, reading.answers.rest, reading.answers.cap)
    return reading.answers


@lru_cache(maxsize=8)
def splits(open_years: int, rest: float, cap: float, seed: int) -> Floats:
    """Splits of `rest` answers over `open_years` classes of at most `cap`, uniform over all allowed, (split, class).

    The gaps cap − x are uniform on a simplex; splits with a gap above the cap (x < 0) are redrawn.
    """
    gap = cap * open_years - rest
    rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(2, open_years)))
    kept = np.empty((0, open_years))
    while len(kept) < SPLITS:
        gaps = gap * rng.dirichlet(np.ones(open_years), SPLITS)
        kept = np.concatenate([kept, gaps[(gaps <= cap).all(axis=1)]])
    return cap - kept[:SPLITS]


def shares_of(
    reading: Reading, normal: Floats, split: Floats, *, early: float | None, seed: int, sampled: bool = True
) -> Floats:
    """Share of a year's new cars that become used cars k years later, (draw, AGES), stored by column.

    `normal` (draw, CLASSES) carries the sampling of respondents, `split` (draw,) on [0, 1) picks a split of the
    un-itemised answers; `early` in [0, 1] replaces it by a fixed one (0 latest, ½ equal, 1 earliest).
    """
    draws = len(split)
    shares = np.zeros((draws, AGES), order="F")
    if reading.answers is None:
        _book(shares, reading, np.tile(_weibull_classes(reading), (draws, 1)).T)
        return shares
    counts = np.tile(reading.answers.counts[:, None], (1, draws))
    answers = _open_answers(reading)
    if reading.unitemised == "equal_rest" or reading.unitemised == "equal":
        counts[answers.open] = answers.rest / answers.open.size
    elif reading.unitemised == "none":
        counts[answers.open] = 0.0
    elif early is not None:
        latest, earliest = bounds_of_split(reading)
        equal = np.full(answers.open.size, answers.rest / answers.open.size)
        near, share = (latest, 2 * early) if early <= 0.5 else (earliest, 2 - 2 * early)
        counts[0] = np.where(np.isnan(counts[0]), 0.0, counts[0])
        counts[answers.open] = (near + (equal - near) * share)[:, None]
    else:
        pool = splits(answers.open.size, answers.rest, answers.cap, seed)
        counts[0] = np.where(np.isnan(counts[0]), 0.0, counts[0])
        counts[answers.open] = pool[(split * SPLITS).astype(np.intp)].T
    total = reading.answers.counts[~np.isnan(reading.answers.counts)].sum() + reading.answers.rest
    left_out = total - counts.sum(axis=0)
    if sampled:
        counts = _gamma(counts, normal.T)
    classes = counts / (counts.sum(axis=0) + np.maximum(left_out, 0.0))
    _book(shares, reading, classes)
    return shares


def _gamma(shape: Floats, normal: Floats) -> Floats:
    """Gamma variates by the Wilson–Hilferty cube (1931, PNAS 17:684), whose ratios are Dirichlet."""
    safe = np.maximum(shape, 1e-9)
    root = 1 - 1 / (9 * safe) + normal / (3 * np.sqrt(safe))
    cube: Floats = np.where(shape > 0.5, safe * np.maximum(root, 0.0) ** 3, shape)
    return cube


def _book(shares: Floats, reading: Reading, classes: Floats) -> None:
    last = CLASSES if reading.tail == "at_13" else CLASSES - 1
    for index in range(len(classes) if reading.answers is None else last):
        shares[:, index + 1 + reading.shift] += classes[index]
    if reading.tail == "spread_20":
        ages = range(CLASSES, LAST_SPREAD_AGE + 1)
        for age in ages:
            shares[:, age + reading.shift] += classes[CLASSES - 1] / len(ages)


def _weibull_classes(reading: Reading) -> Floats:
    """Share converting at age k: S(k − ½) − S(k + ½) of a Weibull with the stated mean, k = 1 … 20."""
    scale = reading.mean_years / math.gamma(1 + 1 / reading.shape)
    edges = np.arange(AGES) + 0.5
    edges[0] = 0.0
    survival = np.exp(-((edges / scale) ** reading.shape))
    classes: Floats = survival[:-1] - survival[1:]
    return classes


def user_curve(statistics: Statistics) -> Floats:
    """The user's own shares by years since purchase, (AGES,)."""
    curve = np.zeros(AGES)
    for row in statistics.table("used_conversion_curve").frame.iter_rows(named=True):
        if row["years_since_purchase"] < AGES:
            curve[row["years_since_purchase"]] = row["share"]
    return curve


def rows_of(statistics: Statistics, chosen: str) -> tuple[str, ...]:
    """Ids of what a reading, the mixture or the user's curve is read from."""
    if chosen == USER_CURVE:
        return ("used_conversion_curve",)
    used = [r for r in readings(statistics) if r.name == chosen or (chosen == MIXTURE and r.weight > 0)]
    return (*(r.row_id for r in used), "used_conversion_survey")


def draw_shares(
    statistics: Statistics,
    chosen: str,
    pick: Floats,
    normal: Floats,
    split: Floats,
    *,
    early: float | None,
    seed: int,
) -> Floats:
    """Shares (draw, AGES) under a reading, the mixture of readings, or the user's curve."""
    if chosen == USER_CURVE:
        return np.asfortranarray(np.tile(user_curve(statistics), (len(pick), 1)))
    offered = readings(statistics)
    if chosen != MIXTURE:
        (reading,) = (r for r in offered if r.name == chosen)
        return shares_of(reading, normal, split, early=early, seed=seed)
    used = [r for r in offered if r.weight > 0]
    edges = np.cumsum([r.weight for r in used])
    which = np.searchsorted(edges / edges[-1], pick, side="right")
    shares = np.zeros((len(pick), AGES), order="F")
    for index, reading in enumerate(used):
        mine = np.flatnonzero(which == index)
        shares[mine] = shares_of(reading, normal[mine], split[mine], early=early, seed=seed)
    return shares
