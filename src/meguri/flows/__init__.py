"""What must follow from what is published: the outflow estimate, its uncertainty and its checks."""

from meguri.flows.estimate import TABLES, OutflowEstimate, estimate_outflow
from meguri.flows.exports import ExportTable
from meguri.flows.inputs import export_fingerprint, export_table
from meguri.flows.options import METHODS, OutflowOptions, Range, allowed_choices, assumptions, bases, parse_options
from meguri.flows.outflow import UNITS

__all__ = [
    "METHODS",
    "TABLES",
    "UNITS",
    "ExportTable",
    "OutflowEstimate",
    "OutflowOptions",
    "Range",
    "allowed_choices",
    "assumptions",
    "bases",
    "estimate_outflow",
    "export_fingerprint",
    "export_table",
    "parse_options",
]
