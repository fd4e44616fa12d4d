"""What the public data identify and what they don't: readings against published figures, the band, what is circular."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from meguri.report import Language, amount, mark
from meguri.web.asked import options_of, results_of
from meguri.web.nation.ways import to_outflow
from meguri.web.shell import page

COMPARED = ("used_cum_2024", "ratio_2017", "ratio_2019", "ratio_2024")
SCALE = 120
"""Right end of the drawn bands, in per cent."""


@get("/nation/outflow/identified", sync_to_thread=True, include_in_schema=False)
def identified(request: Request[Any, Any, Any]) -> Response[bytes]:
    results, options = results_of(request), options_of(request, page=True)

    def shown(language: Language) -> dict[str, Any]:
        anchors = {row["anchor"]: row for row in results.check("anchors", options).iter_rows(named=True)}
        bands = list(results.check("band", options).iter_rows(named=True))
        return {
            "estimate": results.estimate(options),
            "crumbs": to_outflow(language),
            "compared": [anchors[name] for name in COMPARED if name in anchors],
            "readings": list(results.check("readings", options).iter_rows(named=True)),
            "bands": bands,
            "widest": [amount(bands[-1][end], "1", language) for end in ("low", "high")],
            "inner": [amount(bands[0][end], "1", language) for end in ("low", "high")],
            "scale": SCALE,
            "circular": [row for row in anchors.values() if row["circular"]],
            "independent": [row for row in anchors.values() if not row["circular"]],
            "stock": list(results.check("stock-check", options).iter_rows(named=True)),
            "subsidies": list(results.check("subsidy-check", options).iter_rows(named=True)),
        }

    return page(request, "identified.html", shown, options=options, title=mark("What the data identify"))
