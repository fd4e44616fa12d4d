"""The outflow report as a page and as a PDF, under the options of its address."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException

from meguri.web.answers import answer
from meguri.web.asked import options_of, results_of
from meguri.web.language import language_of

TYPES = {"outflow.html": "text/html", "outflow.pdf": "application/pdf"}


@get("/report/{name:str}", sync_to_thread=True, include_in_schema=False)
def outflow_report(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    """The report of the estimate; the first one of some options takes seconds."""
    if name not in TYPES:
        raise NotFoundException
    results, language = results_of(request), language_of(request)
    options = options_of(request, page=True)
    return answer(
        request,
        results.tag(options),
        lambda: results.report(options, language, name.rpartition(".")[2]),
        TYPES[name],
        language=language,
    )
