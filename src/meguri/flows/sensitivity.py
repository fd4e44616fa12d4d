"""What dominates the uncertainty: first-order and total Sobol indices by group of inputs.

Groups are independent. A group of several random columns is one factor: its value picks one of many joint draws
of the columns, which leaves the variance decomposition exact (Sobol 1993; Saltelli et al. 2010; estimators of
`scipy.stats.sobol_indices`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meguri.errors import NotFound, Said
from meguri.flows.draws import Columns, Noise, noise
from meguri.flows.estimate import OutflowEstimate
from meguri.flows.inputs import draw_inputs, plan
from meguri.flows.known import known_on
from meguri.flows.outflow import columns_of, compute, labels_of
from meguri.statistics import Statistics

Floats = NDArray[np.float64]

SAMPLES = 1024
POOL = 4096
DEFAULT_FIGURES = (
    "outflow_ratio:2024",
    "used_arising_cum:2024",
    "mass_t_cum:2024:total",
    "value_jpy_cum:2024:total",
)
GROUPS: Mapping[str, tuple[str, str]] = {
    "sales": ("new-car sales", "新車販売台数"),
    "survey_reading": ("how the survey is read", "買い替え調査の読み方"),
    "survey_answers": (
        "the answers the survey does not itemise, and its sample",
        "調査の明細のない回答と標本の誤差",
    ),
    "export_statements": ("what was published about exports", "輸出について公表された記述"),
    "export_scope": ("what the customs heading counts", "輸出統計の範囲"),
    "exports_before_2017": ("exports before 2017", "2017年より前の輸出"),
    "content": ("metal content of the exported cars", "輸出車の金属含有量"),
    "prices": ("metal prices", "資源価格"),
    "outlook": ("the outlook after the data", "見通しの仮定"),
}
"""Group → name in English and Japanese."""
_OWN_GROUP = {"export_scope_factor": "export_scope", "exports_before_2017_units": "exports_before_2017"}
_COLUMN_GROUP = {
    "reading": "survey_reading",
    "split": "survey_answers",
    "respondents": "survey_answers",
    "export_table": "export_statements",
    "sales_by_year": "sales",
    "price_by_year": "prices",
}


def sensitivity(
    statistics: Statistics, estimate: OutflowEstimate, figures: Sequence[str] = DEFAULT_FIGURES
) -> pl.DataFrame:
    """Sobol indices of each figure: share of its variance from a group alone (`first_order`) and with all its
    interactions (`total`). Raises NotFound for a figure that the estimate does not hold."""
    from scipy.stats import sobol_indices, uniform

    known = known_on(statistics, estimate.options.as_of)
    made = plan(known, estimate.options, estimate.exports)
    addresses = [label.figure for label in labels_of(made)]
    missing = [figure for figure in figures if figure not in addresses]
    if missing:
        raise NotFound(
            Said("There is no figure “{address}”", address=missing[0]),
            where="sensitivity",
            mend=Said("See `meguri estimate outflow`."),
        )
    wanted = [addresses.index(figure) for figure in figures]
    groups = _groups(statistics, made.columns)
    base = noise(made.columns, made.options.seed, 0, POOL)

    def outcome(factors: Floats) -> Floats:
        picked = _picked(base, groups, factors)
        columns = np.concatenate(columns_of(compute(made, draw_inputs(known, made, picked))), axis=1)
        return columns[:, wanted].T

    found = sobol_indices(
        func=outcome, n=SAMPLES, dists=[uniform()] * len(groups), rng=np.random.default_rng(made.options.seed)
    )
    first, total = np.atleast_2d(found.first_order), np.atleast_2d(found.total_order)
    return pl.DataFrame(
        [
            {
                "figure": figure,
                "group": group,
                "label_en": GROUPS[group][0],
                "label_ja": GROUPS[group][1],
                "first_order": float(np.clip(np.nan_to_num(first[row, column]), 0, 1)),
                "total": float(np.clip(np.nan_to_num(total[row, column]), 0, 1)),
                "unit": "1",
                "status": "modelled",
            }
            for row, figure in enumerate(figures)
            for column, group in enumerate(groups)
        ]
    ).sort("figure", "total", descending=[False, True], maintain_order=True)


def _groups(statistics: Statistics, columns: Columns) -> dict[str, tuple[list[int], list[int]]]:
    """Group → its uniform and normal columns."""
    table = statistics.table("outflow_assumptions").frame
    of_assumption = dict(zip(table["assumption"], table["group"], strict=True))
    groups: dict[str, tuple[list[int], list[int]]] = {}
    for kind, named in enumerate((columns.uniform, columns.normal)):
        at = 0
        for name, width in named:
            group = _COLUMN_GROUP.get(name) or _OWN_GROUP.get(name) or of_assumption[name]
            group = "survey_answers" if group == "survey" else group
            groups.setdefault(group, ([], []))[kind].extend(range(at, at + width))
            at += width
    return groups


def _picked(base: Noise, groups: Mapping[str, tuple[list[int], list[int]]], factors: Floats) -> Noise:
    """Random columns for factors (group, draw) on [0, 1): each group takes its columns from one joint draw."""
    draws = factors.shape[1]
    uniforms, normals = np.empty((len(base.uniform), draws)), np.empty((len(base.normal), draws))
    for factor, (uniform_rows, normal_rows) in zip(factors, groups.values(), strict=True):
        if len(uniform_rows) == 1 and not normal_rows:
            uniforms[uniform_rows[0]] = np.minimum(factor, np.nextafter(1, 0))
            continue
        pick = np.minimum((factor * base.draws).astype(np.intp), base.draws - 1)
        uniforms[uniform_rows] = base.uniform[np.ix_(uniform_rows, pick)]
        normals[normal_rows] = base.normal[np.ix_(normal_rows, pick)]
    return Noise(base.columns, uniforms, normals, 0)
