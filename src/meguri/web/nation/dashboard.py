"""The first view and the dashboard of the outflow: headline, five figures, charts with what stands beside each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl
from litestar import Request, Response, get
from markupsafe import Markup

from meguri.flows import OutflowOptions
from meguri.report import (
    Language,
    charts,
    headlines,
    interval_meaning,
    last_year,
    mark,
    outflow_headline,
    sensitivity_sentence,
)
from meguri.report.files import cite
from meguri.statistics import Source
from meguri.web.asked import options_of, results_of
from meguri.web.language import language_of
from meguri.web.nation.controls import controls
from meguri.web.nation.figures import (
    DASHBOARD,
    FLOW,
    PLACES,
    Place,
    drawing,
    frames_of,
    offered,
    sources_behind,
    table_of,
)
from meguri.web.nation.live import parts, places
from meguri.web.nation.tables import Line, lines
from meguri.web.nation.ways import home as way_home
from meguri.web.results import Results
from meguri.web.shell import page, render

WIDTHS = {"wide": 720, "phone": 320}
SENSITIVE_TO = "outflow_ratio:{year}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A chart on a page: `pictures` are drawings by width where it is drawn at once, else empty (they load later)."""

    place: Place
    title: str
    message: str
    figure: str
    pictures: dict[str, Markup]
    lines: list[Line]
    sources: list[tuple[Source, str]]


def shown_charts(
    results: Results, options: OutflowOptions, language: Language, chosen: Iterable[Place], at_once: int
) -> list[Shown]:
    """The charts of a page, the first `at_once` with their drawing."""
    estimate, held = results.estimate(options), offered(chosen)
    frames = frames_of(results, estimate, [place.name for place in held])
    year = last_year(estimate)
    made = []
    for index, place in enumerate(held):
        table = table_of(results, estimate, place)
        pictures = {
            size: Markup(drawing(results, options, place.name, language, "page", width))  # noqa: S704
            for size, width in WIDTHS.items()
            if index < at_once
        }
        made.append(
            Shown(
                place=place,
                title=charts.title(place.name, language),
                message=charts.describe(place.name, frames, language),
                figure=place.figure.format(year=year),
                pictures=pictures,
                lines=lines(table, language),
                sources=sources_behind(results.statistics, table),
            )
        )
    return made


def common(results: Results, options: OutflowOptions, language: Language) -> dict[str, Any]:
    """What both pages show: the sentence, the five figures, and what the interval rests on."""
    estimate = results.estimate(options)
    year = last_year(estimate)
    figure, sensitivity = SENSITIVE_TO.format(year=year), results.check("sensitivity", options)
    return {
        "estimate": estimate,
        "headline": outflow_headline(estimate, language),
        "five": [
            (place, figure, parts(figure, language))
            for place, figure in zip(places(), headlines(estimate, language), strict=False)
        ],
        "meaning": interval_meaning(language),
        "cited": cite(estimate, language),
        "year": year,
        "sensitive": sensitivity_sentence(sensitivity, figure, language)
        if (sensitivity["figure"] == figure).any()
        else "",
        "paper_ratio": _published(results, options),
    }


def _published(results: Results, options: OutflowOptions) -> dict[str, Any] | None:
    held = results.check("anchors", options).filter(pl.col("anchor") == "ratio_2024")
    return held.row(0, named=True) if held.height else None


@get("/", sync_to_thread=True, include_in_schema=False)
def nation(request: Request[Any, Any, Any]) -> Response[bytes]:
    results, options = results_of(request), options_of(request, page=True)

    def shown(language: Language) -> dict[str, Any]:
        first = shown_charts(results, options, language, (FLOW, PLACES["outflow_ratio"], PLACES["value"]), 2)
        return common(results, options, language) | {"charts": first}

    return page(request, "nation.html", shown, options=options)


@get("/nation/outflow", sync_to_thread=True, include_in_schema=False)
def dashboard(request: Request[Any, Any, Any]) -> Response[bytes]:
    results, options = results_of(request), options_of(request, page=True)

    def shown(language: Language) -> dict[str, Any]:
        return common(results, options, language) | {
            "charts": shown_charts(results, options, language, (*DASHBOARD[:1], FLOW, *DASHBOARD[1:]), 1),
            "controls": controls(results.statistics, options, language, results.data_date),
            "crumbs": (way_home(language),),
        }

    return page(request, "dashboard.html", shown, options=options, title=mark("Outflow abroad"))


@get("/nation/outflow/rows/{name:str}", sync_to_thread=True, include_in_schema=False)
def rows_of_chart(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    """The table beside a chart, as a piece of a page."""
    results, options, language = results_of(request), options_of(request, page=True), language_of(request)
    place = PLACES.get(name, DASHBOARD[0])
    estimate = results.estimate(options)
    body = render(
        request,
        "rows.html",
        language,
        options=options,
        lines=lines(table_of(results, estimate, place), language),
    )
    return Response(body, media_type="text/html", headers={"Cache-Control": "no-cache"})
