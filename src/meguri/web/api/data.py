"""The tables of published figures over HTTP, and the way from an id to its row and document."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.params import Parameter

from meguri.report.files import encoded, rows
from meguri.web.answers import answer
from meguri.web.api.responses import FILE, FORM_TYPES, FORMS, JSON, UNKNOWN
from meguri.web.asked import named_form, results_of
from meguri.web.found import found_document, table_document


@get(
    "/api/data",
    sync_to_thread=True,
    operation_id="data_tables",
    summary="Every table: its columns with meaning and unit, its rows counted",
    tags=["data"],
    responses={200: JSON},
)
def data_tables(request: Request[Any, Any, Any]) -> Response[bytes]:
    statistics = results_of(request).statistics
    return answer(
        request,
        statistics.fingerprint,
        lambda: msgspec.json.encode(
            {"tables": [table_document(table) for table in statistics.tables.values()]}
        ),
        "application/json",
    )


@get(
    "/api/data/{table:str}",
    sync_to_thread=True,
    operation_id="data_table",
    summary="One table with all its rows",
    description="As JSON, or as a file: end the name with .json, .csv, .parquet or .xlsx.",
    tags=["data"],
    responses={200: FILE, 404: UNKNOWN},
)
def data_table(
    request: Request[Any, Any, Any],
    table: Annotated[
        str,
        Parameter(
            description=f"Name of a table; with or without the ending .{', .'.join(FORMS)}.", max_length=80
        ),
    ],
) -> Response[bytes]:
    name, form = named_form(table, FORMS, "json")
    statistics = results_of(request).statistics
    frame = statistics.table(name).frame
    return answer(
        request,
        statistics.fingerprint,
        lambda: msgspec.json.encode(rows(frame)) if form == "json" else encoded({name: frame}, form),
        FORM_TYPES[form],
        filename="" if form == "json" else f"{name}.{form}",
    )


@get(
    "/api/sources/{id:path}",
    sync_to_thread=True,
    operation_id="source",
    summary="What an id stands for: a row with its document and place, a document, or a table",
    tags=["data"],
    responses={200: JSON, 404: UNKNOWN},
)
def source(
    request: Request[Any, Any, Any],
    id: Annotated[
        str, Parameter(description="A row id (<table>:<key>), the id of a document, or the name of a table.")
    ],
) -> Response[bytes]:
    statistics = results_of(request).statistics
    found = found_document(statistics, id.removeprefix("/"))
    return answer(request, statistics.fingerprint, lambda: msgspec.json.encode(found), "application/json")
