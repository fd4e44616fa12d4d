"""The options in the API's own description: every word, what it means and what it accepts, from the tables."""

from __future__ import annotations

from litestar.openapi.spec import OpenAPI, OpenAPIType, Parameter, Schema

from meguri.flows import allowed_choices
from meguri.statistics import Statistics

WITH_OPTIONS = ("outflow", "outflow_table", "explain_figure", "chart")
FIXED = {
    "draws": ("Draws of the ensemble", Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=100_000)),
    "seed": (
        "Seed of the draws; the same seed gives the same bytes",
        Schema(type=OpenAPIType.INTEGER, minimum=0, maximum=2**63 - 1),
    ),
    "until": (
        "Last calendar year of the result",
        Schema(type=OpenAPIType.INTEGER, minimum=2017, maximum=2030),
    ),
    "as_of": (
        "Use only what was public on this date",
        Schema(type=OpenAPIType.STRING, pattern=r"^20\d\d-\d\d-\d\d$"),
    ),
}
MEANINGS = {
    "method": "Method of the estimate",
    "survey_reading": "How to read the survey of when people sell a car",
    "content_basis": "Content of Li, Ni and Co per vehicle",
    "price_basis": "Prices: by year, or one for all years",
}
NUMBER = r"-?\d+(\.\d+)?"


def option_parameters(statistics: Statistics) -> list[Parameter]:
    """A query parameter for each option and each assumption."""
    told = [_query(name, meaning, schema) for name, (meaning, schema) in FIXED.items()]
    for name, allowed in allowed_choices(statistics).items():
        told.append(
            _query(name, MEANINGS.get(name, name), Schema(type=OpenAPIType.STRING, enum=list(allowed)))
        )
    for row in statistics.table("outflow_assumptions").frame.iter_rows(named=True):
        meaning = (
            f"{row['label_en']}. A number, low..high or low..likely..high, from {row['least']:g} to {row['most']:g}"
            f" ({row['unit']}). See /sources/{row['row_id']}."
        )
        schema = Schema(type=OpenAPIType.STRING, pattern=rf"^{NUMBER}(\.\.{NUMBER}){{0,2}}$", max_length=60)
        told.append(_query(row["assumption"], meaning, schema))
    return told


def _query(name: str, meaning: str, schema: Schema) -> Parameter:
    return Parameter(name=name, param_in="query", description=meaning, schema=schema, required=False)


def describe_options(document: OpenAPI, statistics: Statistics) -> None:
    """Add the options to the operations that take them."""
    for item in (document.paths or {}).values():
        operation = item.get
        if operation is not None and operation.operation_id in WITH_OPTIONS:
            operation.parameters = [*(operation.parameters or []), *option_parameters(statistics)]
