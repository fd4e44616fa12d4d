"""The white paper read closely: its figures recomputed, and each of its choices with what it does to the result."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from msgspec.structs import replace

from meguri import flows
from meguri.flows import OutflowOptions
from meguri.report import Language, last_year, mark
from meguri.web.asked import options_of, results_of
from meguri.web.nation.ways import to_outflow
from meguri.web.results import Results
from meguri.web.shell import page

STEPS: tuple[tuple[str, dict[str, str]], ...] = (
    (mark("The white paper’s own choices"), {}),
    (mark("with the survey read in several ways, weighed"), {"survey_reading": "mixture"}),
    (mark("with exports before 2017 as an unknown"), {"exports_before_2017_units": "0..1500..6000"}),
    (mark("with the content by model year and chemistry"), {"content_basis": "by_model_year"}),
    (mark("with each year’s prices"), {"price_basis": "by_year"}),
)
"""One choice changed at a time, from the white paper's method."""
RATIO_YEARS = (2017, 2019, 2024)


def changed(results: Results, options: OutflowOptions, words: dict[str, str]) -> OutflowOptions:
    """The white paper's method with some words changed, at the draws, seed and date of the page."""
    base = flows.parse_options({"method": "whitepaper", **words}, results.statistics)
    return replace(base, draws=options.draws, seed=options.seed, as_of=options.as_of)


@get("/nation/outflow/white-paper", sync_to_thread=True, include_in_schema=False)
def white_paper(request: Request[Any, Any, Any]) -> Response[bytes]:
    results, options = results_of(request), options_of(request, page=True)

    def shown(language: Language) -> dict[str, Any]:
        paper = changed(results, options, {})
        estimate = results.estimate(options)
        year = min(last_year(estimate), 2024)
        tried = [(title, changed(results, options, words)) for title, words in STEPS]
        ours = replace(OutflowOptions(), draws=options.draws, seed=options.seed, as_of=options.as_of)
        tried.append((mark("Meguri’s method"), ours))
        alternatives = list(results.check("alternatives", options).iter_rows(named=True))
        return {
            "estimate": estimate,
            "crumbs": to_outflow(language),
            "anchors": [
                (theirs, mine)
                for theirs, mine in zip(
                    results.check("anchors", paper).iter_rows(named=True),
                    results.check("anchors", options).iter_rows(named=True),
                    strict=False,
                )
            ],
            "ratios": [
                tuple(
                    results.estimate(paper).figure(f"{name}:{held}")
                    for name in ("outflow_ratio", "outflow_ratio_inverse")
                )
                for held in RATIO_YEARS
                if held <= year
            ],
            "steps": [
                (
                    title,
                    held.to_query(),
                    [
                        results.estimate(held).figure(address)
                        for address in (
                            f"outflow_ratio:{year}",
                            f"mass_t_cum:{year}:total",
                            f"value_jpy_cum:{year}:total",
                        )
                    ],
                )
                for title, held in tried
            ],
            "contents": [row for row in alternatives if row["kind"] == "content"],
            "prices": [row for row in alternatives if row["kind"] == "price"],
            "year": year,
        }

    return page(
        request, "white_paper.html", shown, options=options, title=mark("The white paper read closely")
    )
