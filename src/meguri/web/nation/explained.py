"""One figure explained: formula, numbers put in, rows, and what its uncertainty comes from."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from meguri.report import Language, figure_name, group_name, mark, sensitivity_sentence
from meguri.web.asked import options_of, results_of
from meguri.web.nation.ways import to_outflow
from meguri.web.shell import page
from meguri.web.sources import told_rows


@get("/nation/outflow/explain/{figure:str}", sync_to_thread=True, include_in_schema=False)
def explain_page(request: Request[Any, Any, Any], figure: str) -> Response[bytes]:
    results, options = results_of(request), options_of(request, page=True)
    explained = results.explanation(figure, options)
    address = str(explained.figure["figure"])

    def shown(language: Language) -> dict[str, Any]:
        causes = [
            (group_name(row["group"], language), row["first_order"], row["total"])
            for row in explained.sensitivities.sort("total", descending=True).iter_rows(named=True)
            if row["total"] >= 0.005
        ]
        return {
            "estimate": results.estimate(options),
            "crumbs": to_outflow(language),
            "figure": explained.figure,
            "name": figure_name(address, language),
            "step": explained.step,
            "with_numbers": explained.with_numbers,
            "parts": [(figure_name(str(part["figure"]), language), part) for part in explained.parts],
            "rows": told_rows(results.statistics, explained.rows, language),
            "causes": causes,
            "sentence": sensitivity_sentence(explained.sensitivities, address, language),
        }

    return page(request, "explain.html", shown, options=options, title=mark("How a figure was computed"))
