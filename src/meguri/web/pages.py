"""Pages over the published figures: documents and rows, tables to browse, and the one search."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import Parameter

from meguri.report import Language, figure_name, mark
from meguri.statistics import Row, Source, Table
from meguri.web.asked import options_of, results_of
from meguri.web.battery.reader import page_reader
from meguri.web.battery.search import battery_hits
from meguri.web.found import look_up
from meguri.web.language import sentences
from meguri.web.ledger import has_ledger, ledger_of
from meguri.web.nation.ways import home
from meguri.web.search import hits
from meguri.web.shell import Crumb, page
from meguri.web.sources import COMMON, figures_using, told_rows, value_text

ROWS_A_PAGE = 100
ROWS_OF_A_SOURCE = 60


@get("/sources", sync_to_thread=True, include_in_schema=False)
def source_list(request: Request[Any, Any, Any]) -> Response[bytes]:
    statistics = results_of(request).statistics

    def shown(language: Language) -> dict[str, Any]:
        cited: dict[str, int] = {}
        for table in statistics.tables.values():
            for told in table.frame["source_id"]:
                cited[told] = cited.get(told, 0) + 1
        ordered = sorted(
            statistics.sources.values(), key=lambda source: (-cited.get(source.id, 0), source.id)
        )
        return {
            "documents": [(source, cited[source.id]) for source in ordered if source.id in cited],
            "crumbs": (home(language),),
        }

    return page(request, "source_list.html", shown, title=mark("Sources"))


@get("/sources/{id:path}", sync_to_thread=True, include_in_schema=False)
def source_page(request: Request[Any, Any, Any], id: str) -> Response[bytes]:
    results, told = results_of(request), id.removeprefix("/")
    if told.endswith(".json"):
        return Response(
            b"", status_code=307, headers={"Location": f"/api/sources/{told.removesuffix('.json')}"}
        )
    statistics = results.statistics
    held = look_up(statistics, told)
    options = options_of(request, page=True)

    def shown(language: Language) -> dict[str, Any]:
        crumbs = (home(language), Crumb(sentences(language).gettext("Sources"), "/sources"))
        estimate = results.estimate(options)
        common = {"estimate": estimate, "crumbs": crumbs, "told": told}
        if isinstance(held, Table):
            figures, count = figures_using(estimate, told)
            return common | {
                "kind": "table",
                "table": held,
                "named": [(figure, figure_name(figure, language)) for figure in figures],
                "count": count,
            }
        if isinstance(held, Source):
            rows = statistics.citing(held.id)
            return common | {
                "kind": "document",
                "document": held,
                "rows": told_rows(statistics, rows[:ROWS_OF_A_SOURCE], language),
                "count": len(rows),
            }
        figures, count = figures_using(estimate, told)
        return common | {
            "kind": "row",
            "row": held,
            "table": statistics.table(held.table),
            "cells": _cells(held, language),
            "named": [(figure, figure_name(figure, language)) for figure in figures],
            "count": count,
        }

    return page(request, "source.html", shown, options=options, title=told)


def _cells(row: Row, language: Language) -> list[tuple[str, str, str, str]]:
    """Heading, value with unit, meaning and status of each cell that a row holds."""
    return [
        (
            field.label(language) or field.name,
            value_text(row.values[field.name], field, language),
            field.meaning(language),
            row.status_of(field.name),
        )
        for field in row.fields
        if field.name not in COMMON and row.values[field.name] is not None
    ]


@get("/data", sync_to_thread=True, include_in_schema=False)
def table_list(request: Request[Any, Any, Any]) -> Response[bytes]:
    statistics = results_of(request).statistics

    def shown(language: Language) -> dict[str, Any]:
        return {"tables": list(statistics.tables.values()), "crumbs": (home(language),)}

    return page(request, "table_list.html", shown, title=mark("Data"))


@get("/data/{table:str}", sync_to_thread=True, include_in_schema=False)
def table_page(
    request: Request[Any, Any, Any],
    table: str,
    at: Annotated[int, Parameter(query="page", ge=1, le=10_000)] = 1,
) -> Response[bytes]:
    statistics = results_of(request).statistics
    stem, dot, form = table.rpartition(".")
    if dot and stem in statistics.tables:
        return Response(b"", status_code=307, headers={"Location": f"/api/data/{stem}.{form}"})
    held = statistics.table(table)

    def shown(language: Language) -> dict[str, Any]:
        fields = [
            field for field in held.fields if field.name not in ("source_id", "locator", "known_from", "note")
        ]
        used = [field for field in fields if held.frame[field.name].null_count() < max(held.frame.height, 1)]
        cut = held.frame.slice((at - 1) * ROWS_A_PAGE, ROWS_A_PAGE)
        return {
            "table": held,
            "columns": [field for field in used if field.name != "status"],
            "rows": [
                (
                    row["row_id"],
                    row["status"],
                    [
                        (value_text(row[field.name], field, language), field.type)
                        for field in used
                        if field.name != "status"
                    ],
                )
                for row in cut.iter_rows(named=True)
            ],
            "at": at,
            "pages": -(-held.frame.height // ROWS_A_PAGE),
            "crumbs": (home(language), Crumb(sentences(language).gettext("Data"), "/data")),
        }

    return page(request, "table.html", shown, title=table)


@get("/search", sync_to_thread=True, include_in_schema=False)
def search_page(
    request: Request[Any, Any, Any], q: Annotated[str, Parameter(max_length=100)] = ""
) -> Response[bytes]:
    results = results_of(request)
    options = results.options({}, page=True)

    def shown(language: Language) -> dict[str, Any]:
        found = hits(results.statistics, results.estimate(options), q, language)
        return {"found": [*battery_hits(request, q, language), *found], "crumbs": (home(language),)}

    tag = ledger_of(request).checkpoint if has_ledger(request) else ""
    return page(request, "search.html", shown, title=mark("Search"), tag=f"{tag} {page_reader(request)}")


HANDLERS = (source_list, source_page, table_list, table_page, search_page)
