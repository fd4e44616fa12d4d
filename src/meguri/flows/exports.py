"""Used-BEV exports by year and destination, drawn from what was published about them.

Exports of a span of months to a destination are T · w · s: the year's total, the span's part of the year and
the destination's part of the span. log T is a random walk over years; w and s are softmaxes of Gaussian scores,
for s a random walk per destination plus noise per cell. Totals so depend on few parameters, and statements on
them stay nearly linear. Each published statement is a soft range for a ratio of sums of cells. A statement may
be wrong with a small probability, so one that contradicts the rest loses its weight and is named instead of
bending the table.

Sampling is Hamiltonian Monte Carlo over many chains at once (Duane et al. 1987; Neal 2011, Handbook of MCMC
ch. 5), preconditioned by the Gauss–Newton curvature at the posterior mode.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meguri.flows.customs import Recorded
from meguri.flows.statements import OTHER, Statements, compile_statements

Floats = NDArray[np.float64]

CHAINS = 128
WARM_UPS = 2
WARM_UP = 25
WARM_UP_STATES = 5
KEPT_PER_CHAIN = 64
LEAPFROG_STEPS = 32
SHRINKAGE = 0.1
DOUBTED_ABOVE = 0.5
"""A statement is called contradictory where its posterior probability of being wrong is above this."""


@dataclass(frozen=True, slots=True)
class ExportTable:
    """Joint draws of exports: `units` (draw, year, destination), in vehicles.

    `honours` has one row per statement: its range, the quantiles the draws give it, and whether the rest
    contradicts it. `acceptance` is the sampler's mean acceptance rate.
    """

    years: tuple[int, ...]
    destinations: tuple[str, ...]
    units: Floats
    honours: pl.DataFrame
    acceptance: float


@dataclass(frozen=True, slots=True)
class _Posterior:
    statements: Statements
    year_of: NDArray[np.int64]
    same_year: Floats
    member: Floats
    mean: Floats
    root: Floats
    width: Floats
    doubt: float
    doubt_width: float

    def parts(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """T by span (chain, span), w (chain, span) and s (chain, span, destination)."""
        statements = self.statements
        years, spans = len(statements.years), statements.months.size
        total = np.exp(x[:, :years])[:, self.year_of]
        weight = np.exp(x[:, years : years + spans])
        weight /= weight @ self.same_year
        score = np.exp(x[:, years + spans :].reshape(len(x), spans, -1)) * statements.possible
        return total, weight, score / score.sum(axis=2, keepdims=True)

    def cells(self, x: Floats) -> Floats:
        """Units per cell, (chain, cell), zero where exports are ruled out."""
        return _units(*self.parts(x))

    def ratios(self, units: Floats) -> tuple[Floats, Floats, Floats]:
        """log N − log D, N and D (1 where a statement has none), each (chain, statement)."""
        above = units @ self.statements.numerator.T
        below = np.where(self.statements.has_denominator, units @ self.statements.denominator.T, 1.0)
        return np.log(above) - np.log(below), above, below

    def misfit(self, log_ratio: Floats) -> Floats:
        """Signed distance outside the published range, zero within it."""
        return np.maximum(log_ratio - self.statements.high, 0) + np.minimum(
            log_ratio - self.statements.low, 0
        )

    def doubted(self, distance: Floats) -> tuple[Floats, Floats]:
        """Log-likelihood per group of statements and, per statement, the probability that it is wrong."""
        right = np.log1p(-self.doubt) - 0.5 * (distance / self.width) ** 2 @ self.member
        wrong = (
            np.log(self.doubt)
            + (np.log(self.width / self.doubt_width) - 0.5 * (distance / self.doubt_width) ** 2) @ self.member
        )
        total = np.logaddexp(right, wrong)
        return total, np.exp(wrong - total)[:, self.statements.group]

    def likelihood(self, x: Floats) -> tuple[Floats, Floats]:
        """Log-likelihood of the statements (chain) and its gradient in x."""
        total, weight, share = self.parts(x)
        units = _units(total, weight, share)
        log_ratio, above, below = self.ratios(units)
        distance = self.misfit(log_ratio)
        value, wrong = self.doubted(distance)
        slope = -distance * ((1 - wrong) / self.width**2 + wrong / self.doubt_width**2)
        by_cell = units * (
            (slope / above) @ self.statements.numerator
            - np.where(self.statements.has_denominator, slope / below, 0.0) @ self.statements.denominator
        )
        return value.sum(axis=1), self.pull_back(by_cell, weight, share)

    def pull_back(self, by_cell: Floats, weight: Floats, share: Floats) -> Floats:
        """Gradient in x from the gradient in log units: through T, then w, then s."""
        table = by_cell.reshape(len(by_cell), *share.shape[1:])
        by_span = table.sum(axis=2)
        in_year = by_span @ self.same_year
        by_year = by_span @ (self.year_of[:, None] == np.arange(len(self.statements.years)))
        by_score = table - share * by_span[:, :, None]
        return np.concatenate(
            [by_year, by_span - weight * in_year, by_score.reshape(len(by_cell), -1)], axis=1
        )


def _units(total: Floats, weight: Floats, share: Floats) -> Floats:
    """T · w · s as (chain, cell)."""
    units: Floats = ((total * weight)[:, :, None] * share).reshape(len(total), -1)
    return units


def draw_exports(
    observations: pl.DataFrame, prior: Mapping[str, float], *, last_year: int, seed: int
) -> ExportTable:
    """Draw the year × destination table given the statements of `used_bev_exports_observations`.

    `prior` holds the parameters of the table `export_table_prior`; `seed` fixes the draws.
    Returns `CHAINS × KEPT_PER_CHAIN` draws in shuffled order.
    """
    statements = compile_statements(observations, last_year=last_year)
    posterior = _posterior(statements, prior)
    mode = _mode(posterior)
    metric = _metric(posterior, mode)
    rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(0,)))
    x, acceptance = _sample(posterior, mode, metric, rng)
    units = posterior.cells(x[rng.permutation(len(x))])
    return ExportTable(
        years=statements.years,
        destinations=statements.destinations,
        units=_exact(statements, _by_year(statements, units)),
        honours=_honours(posterior, observations, units),
        acceptance=acceptance,
    )


def recorded_exports(recorded: Recorded, observations: pl.DataFrame) -> ExportTable:
    """The table on record, as an ensemble of one; statements on whole years are compared with it."""
    units = recorded.units[None]

    def total(start: str, end: str, destination: str) -> float | None:
        if start[5:] != "01" or end[5:] != "12" or int(end[:4]) > recorded.years[-1]:
            return None
        rows = slice(int(start[:4]) - recorded.years[0], int(end[:4]) - recorded.years[0] + 1)
        wanted = [
            index
            for index, name in enumerate(recorded.destinations)
            if destination == "all" or name in destination.split(" + ")
        ]
        return float(recorded.units[rows, wanted].sum())

    names, values, within = [], [], []
    for row in observations.iter_rows(named=True):
        above = total(row["period_start"], row["period_end"], row["destination"])
        below: float | None = 1.0
        if row["measure"] == "share":
            below = total(row["period_start"], row["period_end"], "all")
        elif row["reference_start"] is not None:
            below = total(row["reference_start"], row["reference_end"], row["reference_destination"])
        if above is not None and below:
            names.append(row["observation"])
            values.append(above / below)
            low, high = row["low"] or 0.0, row["high"] if row["high"] is not None else np.inf
            within.append(bool(low <= above / below <= high))
    drawn = pl.DataFrame({"observation": names, "p05": values, "p50": values, "p95": values}).with_columns(
        honoured=pl.Series(within).cast(pl.Float64), doubted=pl.lit(0.0), contradicts=~pl.Series(within)
    )
    honours = observations.join(drawn, on="observation", how="inner", maintain_order="left")
    return ExportTable(recorded.years, recorded.destinations, units, honours, 1.0)


def _posterior(statements: Statements, prior: Mapping[str, float]) -> _Posterior:
    years, places = statements.years, len(statements.destinations)
    year_of = np.searchsorted(years, statements.span_year)
    steps = np.minimum.outer(np.arange(len(years)), np.arange(len(years)))
    by_span = np.diag(1 / statements.months)
    totals = prior["total_start"] ** 2 + prior["total_step"] ** 2 * steps
    level = prior["place_start"] ** 2 + prior["place_step"] ** 2 * steps
    scores = level[np.ix_(year_of, year_of)] + prior["cell_noise"] ** 2 * by_span
    size = len(years) + statements.months.size * (1 + places)
    root = np.zeros((size, size))
    at = len(years)
    root[:at, :at] = np.linalg.cholesky(totals)
    root[at : at + statements.months.size, at : at + statements.months.size] = prior["span_noise"] * np.sqrt(
        by_span
    )
    at += statements.months.size
    root[at:, at:] = np.kron(np.linalg.cholesky(scores), np.eye(places))
    score = np.zeros(places)
    score[statements.destinations.index(OTHER)] = prior["other_score"]
    spread = np.where(
        np.isfinite(statements.low) & np.isfinite(statements.high), statements.high - statements.low, 0.0
    )
    return _Posterior(
        statements=statements,
        year_of=year_of,
        same_year=(year_of[:, None] == year_of).astype(float),
        member=(statements.group[:, None] == np.arange(statements.group.max() + 1)).astype(float),
        mean=np.concatenate(
            [
                np.full(len(years), np.log(prior["total_units"])),
                np.log(statements.months),
                np.tile(score, statements.months.size),
            ]
        ),
        root=root,
        width=np.maximum(prior["edge_of_range"] * spread, prior["edge_least"]),
        doubt=prior["doubt"],
        doubt_width=prior["doubt_width"],
    )


def _mode(posterior: _Posterior) -> Floats:
    """Posterior mode in z, approached from widened ranges so that no statement is doubted too early."""
    from scipy.optimize import minimize

    z = np.zeros(posterior.mean.size)
    for widening in (30.0, 8.0, 2.0, 1.0):
        width = np.minimum(posterior.width * widening, posterior.doubt_width / 2)
        softened = replace(posterior, width=width)

        def downhill(point: Floats, target: _Posterior = softened) -> tuple[float, Floats]:
            value, gradient = target.likelihood(target.mean + point[None, :] @ target.root.T)
            return 0.5 * float(point @ point) - float(value[0]), point - gradient[0] @ target.root

        z = minimize(downhill, z, jac=True, method="L-BFGS-B", options={"maxiter": 2000, "maxfun": 4000}).x
    return z


def _metric(posterior: _Posterior, mode: Floats) -> Floats:
    """Square root C of the inverse Gauss–Newton curvature at the mode: z = mode + C u is nearly white."""
    statements = posterior.statements
    total, weight, share = posterior.parts(posterior.mean + mode[None, :] @ posterior.root.T)
    units = _units(total, weight, share)
    log_ratio, above, below = posterior.ratios(units)
    _, wrong = posterior.doubted(posterior.misfit(log_ratio))
    slope = units * (statements.numerator / above.T)
    slope -= units * np.where(statements.has_denominator[:, None], statements.denominator / below.T, 0.0)
    jacobian = posterior.pull_back(slope, weight, share) @ posterior.root
    spread = statements.high - statements.low
    half = np.where(np.isfinite(spread), spread / 2, np.inf)
    trust = np.where(wrong[0] > DOUBTED_ABOVE, posterior.doubt_width, np.hypot(half, posterior.width)) ** -2
    curvature = np.eye(mode.size) + jacobian.T @ (trust[:, None] * jacobian)
    lower = np.linalg.cholesky(curvature)
    root: Floats = np.linalg.inv(lower).T
    return root


def _sample(
    posterior: _Posterior, mode: Floats, metric: Floats, rng: np.random.Generator
) -> tuple[Floats, float]:
    """Draws of x. Each warm-up gives the coordinates that whiten its own chains to what follows."""
    centre: Floats = mode
    root: Floats = metric
    u, step = 0.05 * rng.standard_normal((CHAINS, mode.size)), 0.1
    for _ in range(WARM_UPS):
        states, step, _ = _chains(
            posterior, centre, root, u, step, rng, iterations=WARM_UP, keep_every=WARM_UP // WARM_UP_STATES
        )
        late = np.concatenate(states[1:]) @ root.T + centre
        z = centre + states[-1] @ root.T
        centre = np.asarray(late.mean(axis=0), dtype=np.float64)
        spread = np.cov(late, rowvar=False)
        root = np.asarray(
            np.linalg.cholesky(SHRINKAGE * np.diag(np.diag(spread)) + (1 - SHRINKAGE) * spread),
            dtype=np.float64,
        )
        u = np.asarray(np.linalg.solve(root, (z - centre).T).T, dtype=np.float64)
        step *= 2.0
    (*_, u), step, _ = _chains(posterior, centre, root, u, step, rng, iterations=WARM_UP, keep_every=WARM_UP)
    kept, _, acceptance = _chains(
        posterior, centre, root, u, step, rng, iterations=KEPT_PER_CHAIN, keep_every=1, adapt=False
    )
    z = centre + np.concatenate(kept) @ root.T
    return posterior.mean + z @ posterior.root.T, acceptance


def _chains(
    posterior: _Posterior,
    centre: Floats,
    root: Floats,
    u: Floats,
    step: float,
    rng: np.random.Generator,
    *,
    iterations: int,
    keep_every: int,
    adapt: bool = True,
) -> tuple[list[Floats], float, float]:
    """Advance all chains in u, where z = centre + root u; returns kept states, the step and the acceptance."""

    to_x = posterior.root @ root
    x_centre, along, square = posterior.mean + posterior.root @ centre, root.T @ centre, root.T @ root

    def target(point: Floats) -> tuple[Floats, Floats]:
        value, gradient = posterior.likelihood(x_centre + point @ to_x.T)
        squared = point @ square
        return value - 0.5 * (point * squared).sum(axis=1) - point @ along, gradient @ to_x - squared - along

    value, gradient = target(u)
    kept, rates = [], []
    for iteration in range(1, iterations + 1):
        momentum = rng.standard_normal(u.shape)
        length = step * rng.uniform(0.7, 1.3)
        here, slope = u, gradient
        push = momentum + 0.5 * length * slope
        for leap in range(LEAPFROG_STEPS):
            here = here + length * push
            there, slope = target(here)
            push = push + (length if leap < LEAPFROG_STEPS - 1 else 0.5 * length) * slope
        energy_gain = there - value + 0.5 * ((momentum**2).sum(axis=1) - (push**2).sum(axis=1))
        chance = np.exp(np.minimum(energy_gain, 0.0))
        taken = rng.random(len(u)) < chance
        u = np.where(taken[:, None], here, u)
        gradient = np.where(taken[:, None], slope, gradient)
        value = np.where(taken, there, value)
        rates.append(float(chance.mean()))
        if adapt:
            step *= float(np.exp(0.15 * (rates[-1] - 0.8)))
        if iteration % keep_every == 0:
            kept.append(u)
    return kept, step, float(np.mean(rates))


def _by_year(statements: Statements, cells: Floats) -> Floats:
    table = cells.reshape(len(cells), statements.months.size, len(statements.destinations))
    starts = np.flatnonzero(np.diff(statements.span_year, prepend=-1))
    summed: Floats = np.add.reduceat(table, starts, axis=1)
    return summed


def _exact(statements: Statements, units: Floats) -> Floats:
    """Put whole-year figures that were published to the vehicle exactly into every draw."""
    units = units.copy()
    by_year: dict[int, dict[str, float]] = {}
    for year, place, value in statements.exact_units:
        by_year.setdefault(year, {})[place] = value
    for year, known in by_year.items():
        at = statements.years.index(year)
        fixed = [statements.destinations.index(place) for place in known if place != "all"]
        for index in fixed:
            units[:, at, index] = known[statements.destinations[index]]
        if "all" in known:
            free = [i for i in range(len(statements.destinations)) if i not in fixed]
            left = known["all"] - units[:, at, fixed].sum(axis=1)
            units[:, at, free] *= (left / units[:, at, free].sum(axis=1))[:, None]
    return units


def _honours(posterior: _Posterior, observations: pl.DataFrame, cells: Floats) -> pl.DataFrame:
    statements = posterior.statements
    log_ratio, _, _ = posterior.ratios(cells)
    distance = posterior.misfit(log_ratio)
    _, wrong = posterior.doubted(distance)
    p05, p50, p95 = np.exp(np.quantile(log_ratio, (0.05, 0.5, 0.95), axis=0))
    within = (np.abs(distance) <= 2 * posterior.width).mean(axis=0)
    drawn = pl.DataFrame(
        {
            "observation": statements.names,
            "p05": p05,
            "p50": p50,
            "p95": p95,
            "honoured": within,
            "doubted": wrong.mean(axis=0),
            "contradicts": wrong.mean(axis=0) > DOUBTED_ABOVE,
        }
    )
    return observations.join(drawn, on="observation", how="inner", maintain_order="left")
