"""The outflow estimate over HTTP: the whole document, each table in four forms, and one figure explained."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.params import Parameter

from meguri import flows
from meguri.report.files import about, encoded, rows
from meguri.web.answers import answer
from meguri.web.api.documents import estimate_document, explanation_document
from meguri.web.api.responses import FILE, FORM_TYPES, FORMS, JSON, REFUSED, UNKNOWN
from meguri.web.asked import named_form, options_of, results_of
from meguri.web.results import CHECKS

TABLE_NAMES = (*flows.TABLES, *CHECKS)


@get(
    "/api/outflow",
    sync_to_thread=True,
    operation_id="outflow",
    summary="The outflow estimate under the options: headline figures, all tables, provenance",
    tags=["outflow"],
    responses={200: JSON, 400: REFUSED},
)
def outflow(request: Request[Any, Any, Any]) -> Response[bytes]:
    results, options = results_of(request), options_of(request)
    return answer(
        request,
        results.tag(options),
        lambda: msgspec.json.encode(estimate_document(results.estimate(options))),
        "application/json",
    )


@get(
    "/api/outflow/{table:str}",
    sync_to_thread=True,
    operation_id="outflow_table",
    summary="One table of the estimate, or a check of it",
    description="Rows of the table as JSON, or as a file: end the name with .json, .csv, .parquet or .xlsx.",
    tags=["outflow"],
    responses={200: FILE, 400: REFUSED, 404: UNKNOWN},
)
def outflow_table(
    request: Request[Any, Any, Any],
    table: Annotated[
        str,
        Parameter(
            description=f"One of {', '.join(TABLE_NAMES)}; with or without an ending.",
            max_length=60,
            pattern=rf"^({'|'.join(TABLE_NAMES)})(\.({'|'.join(FORMS)}))?$",
        ),
    ],
) -> Response[bytes]:
    name, form = named_form(table, FORMS, "json")
    results, options = results_of(request), options_of(request)

    def content() -> bytes:
        held = results.table(name, options)
        if form == "json":
            return msgspec.json.encode(rows(held))
        told = about(results.statistics, results.estimate(options), "en", [held]) if form == "xlsx" else ()
        return encoded({name: held}, form, about=told)

    return answer(
        request,
        results.tag(options),
        content,
        FORM_TYPES[form],
        filename="" if form == "json" else f"outflow-{name}.{form}",
    )


@get(
    "/api/outflow/explain/{figure:str}",
    sync_to_thread=True,
    operation_id="explain_figure",
    summary="One figure: its formula with the numbers put in, its rows, and what it is most sensitive to",
    tags=["outflow"],
    responses={200: JSON, 400: REFUSED, 404: UNKNOWN},
)
def explained(
    request: Request[Any, Any, Any],
    figure: Annotated[
        str,
        Parameter(
            description="Address of a figure, such as outflow_ratio:2024 or mass_t_cum:2024:Li, or the name of an anchor.",
            max_length=80,
        ),
    ],
) -> Response[bytes]:
    results, options = results_of(request), options_of(request)
    return answer(
        request,
        results.tag(options),
        lambda: msgspec.json.encode(explanation_document(results.explanation(figure, options))),
        "application/json",
    )
