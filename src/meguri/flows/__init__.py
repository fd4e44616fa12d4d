"""What must follow from what is published: the outflow estimate, its uncertainty and its checks."""

from meguri.flows.checks import anchors, statements, stock_check, subsidy_check
from meguri.flows.ensemble import Progress
from meguri.flows.estimate import TABLES, OutflowEstimate, estimate_outflow
from meguri.flows.explain import Explanation, explain
from meguri.flows.exports import ExportTable
from meguri.flows.identified import alternatives, compare_readings, ratio_band
from meguri.flows.inputs import export_fingerprint, export_table
from meguri.flows.known import known_on
from meguri.flows.options import (
    METHODS,
    OutflowOptions,
    Range,
    allowed_choices,
    assumptions,
    bases,
    parse_options,
)
from meguri.flows.outflow import UNITS
from meguri.flows.sensitivity import DEFAULT_FIGURES, GROUPS, sensitivity

__all__ = [
    "DEFAULT_FIGURES",
    "GROUPS",
    "METHODS",
    "TABLES",
    "UNITS",
    "Explanation",
    "ExportTable",
    "OutflowEstimate",
    "OutflowOptions",
    "Progress",
    "Range",
    "allowed_choices",
    "alternatives",
    "anchors",
    "assumptions",
    "bases",
    "compare_readings",
    "estimate_outflow",
    "explain",
    "export_fingerprint",
    "export_table",
    "known_on",
    "parse_options",
    "ratio_band",
    "sensitivity",
    "statements",
    "stock_check",
    "subsidy_check",
]
