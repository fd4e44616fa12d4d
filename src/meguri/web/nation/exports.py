"""Every published statement on exports of used BEVs, and how well the draws honour it."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from meguri.report import Language, chances, mark
from meguri.web.asked import options_of, results_of
from meguri.web.nation.periods import measured, published, said
from meguri.web.nation.ways import to_outflow
from meguri.web.shell import page


@get("/nation/outflow/exports", sync_to_thread=True, include_in_schema=False)
def exports(request: Request[Any, Any, Any]) -> Response[bytes]:
    results, options = results_of(request), options_of(request, page=True)

    def shown(language: Language) -> dict[str, Any]:
        rows = [
            {
                "said": said(row, language),
                "published": published(row, language),
                "drawn": [measured(row[end], row["measure"], language) for end in ("p05", "p50", "p95")],
                "honoured": row["honoured"],
                "chances": chances(row["honoured"], language),
                "contradicts": row["contradicts"],
                "row_id": row["sources"][0],
                "source": results.statistics.resolve(row["sources"][0]),
            }
            for row in results.check("statements", options)
            .sort("period_start", "period_end")
            .iter_rows(named=True)
        ]
        return {
            "estimate": results.estimate(options),
            "crumbs": to_outflow(language),
            "rows": rows,
            "against": [row for row in rows if row["contradicts"]],
        }

    return page(request, "exports.html", shown, options=options, title=mark("What was published on exports"))
