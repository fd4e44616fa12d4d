"""How a figure came about: the steps, their formulas, and the table rows that went in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from meguri.flows.inputs import Plan


class Step(msgspec.Struct, frozen=True):
    """One step of the estimate: what it gives, by which formula, from which quantities and rows."""

    number: str
    gives: tuple[str, ...]
    formula: str
    takes: tuple[str, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """The graph of steps of one run, with its method and seed; `by_year` holds rows that belong to one year."""

    method: str
    seed: int
    draws: int
    steps: tuple[Step, ...]
    by_year: Mapping[str, Mapping[int, tuple[str, ...]]]

    def step(self, quantity: str) -> Step:
        """The step that gives a quantity."""
        return next(step for step in self.steps if quantity in step.gives)

    def sources(self, quantity: str, year: int) -> list[str]:
        """Rows behind a figure, the most direct first: its own, those of its year, then its inputs' in turn."""
        step = self.step(quantity)
        rows = [*self.by_year.get(quantity, {}).get(year, ()), *step.rows]
        for taken in step.takes:
            rows += self.sources(taken, year)
        return list(dict.fromkeys(rows))


def provenance_of(plan: Plan) -> Provenance:
    """The graph of a plan."""
    sales_rows = {year: (row,) for year, row in zip(plan.years, plan.sales_rows, strict=True)}
    statements: dict[int, tuple[str, ...]] = {}
    for row in plan.exports.honours.iter_rows(named=True):
        first, last = int(row["period_start"][:4]), int(row["period_end"][:4])
        for year in range(first, last + 1):
            statements[year] = (*statements.get(year, ()), row["row_id"])
    outlook = ("outflow_assumptions:export_growth", "outflow_assumptions:export_change_from_now")
    for year in plan.export_years:
        if year not in plan.exports.years:
            statements[year] = outlook
    assumption = "outflow_assumptions:{}".format
    price = "outflow_assumptions:price_level"
    before = assumption("exports_before_2017_units")
    scope = assumption("export_scope_factor")
    steps = (
        Step("①", ("new_sales",), "s[y]: new BEVs sold in year y", (), ()),
        Step("①", ("new_sales_cum",), "Σ s[y] since 2009", ("new_sales",), ()),
        Step("②", ("used_arising",), "u[y] = Σ_k s[y−k] · p[k]", ("new_sales",), plan.survey_rows),
        Step("③", ("used_arising_cum",), "U[y] = Σ u up to y", ("used_arising",), ()),
        Step(
            "④", ("exports", "destination_share"), "e[y]: drawn from the published statements", (), (scope,)
        ),
        Step("⑤", ("exports_cum",), "E[y] = before 2017 + Σ e up to y", ("exports",), (before,)),
        Step("⑥", ("outflow_ratio",), "E[y] ÷ U[y]", ("exports_cum", "used_arising_cum"), ()),
        Step(
            "⑥",
            ("outflow_ratio_inverse",),
            "U[y] ÷ E[y], as the paper's text words it",
            ("outflow_ratio",),
            (),
        ),
        Step("⑥", ("kept_home_cum",), "U[y] − E[y]", ("used_arising_cum", "exports_cum"), ()),
        Step("⑦", ("mass_t",), "m[y] = e[y] · content[y] ÷ 1000", ("exports",), _shown(plan.content_rows)),
        Step("⑦", ("mass_t_cum",), "Σ m since 2017", ("mass_t",), ()),
        Step("⑦", ("value_jpy",), "m[y] · 1000 · price[y]", ("mass_t",), (price,)),
        Step("⑦", ("value_jpy_cum",), "Σ value since 2017", ("value_jpy",), ()),
    )
    return Provenance(
        method=plan.options.method,
        seed=plan.options.seed,
        draws=plan.options.draws,
        steps=steps,
        by_year={
            "new_sales": sales_rows,
            "exports": statements,
            "destination_share": statements,
            "value_jpy": dict(plan.price_rows),
        },
    )


def _shown(rows: tuple[str, ...]) -> tuple[str, ...]:
    """Rows of a small basis one by one, a large table by its name."""
    return rows if len(rows) <= 6 else tuple(dict.fromkeys(row.split(":")[0] for row in rows))
