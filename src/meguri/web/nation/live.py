"""What changes on a page while assumptions are dragged: texts and rows of charts, nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from litestar import Request, Response, get

from meguri.flows import OutflowEstimate
from meguri.report import Headline, Language, chip, headlines, outflow_headline, place_name
from meguri.web.answers import answer
from meguri.web.asked import options_of, results_of
from meguri.web.language import language_of, sentences
from meguri.web.nation.figures import drawn


def texts(estimate: OutflowEstimate, language: Language) -> dict[str, str]:
    """Text by the place on the page that shows it."""
    first = outflow_headline(estimate, language)
    told = {
        "before": first.before,
        "said": first.said,
        "after": first.after,
        "fingerprint": estimate.fingerprint[:16],
    }
    for place, figure in zip(places(), headlines(estimate, language), strict=False):
        told |= dict(_figure_texts(place, figure, language))
    return told


def places() -> Sequence[str]:
    """Places of the five figures, in their order."""
    return ("used", "abroad", "metals", "value", "first")


def parts(figure: Headline, language: Language) -> tuple[str, str]:
    """A figure as it is set large and small: number and unit, or a destination and its share."""
    quantity, _, *place = figure.figure.split(":")
    if quantity == "destination_share":
        return place_name(place[0], language), figure.value_text
    return figure.number_text, figure.unit_text


def _figure_texts(place: str, figure: Headline, language: Language) -> Iterator[tuple[str, str]]:
    yield f"{place}-label", figure.label
    number, unit = parts(figure, language)
    yield f"{place}-number", number
    yield f"{place}-unit", unit
    yield f"{place}-interval", figure.interval_text
    yield f"{place}-status", chip(figure.status, language)


@get("/nation/outflow/live", sync_to_thread=True, include_in_schema=False)
def live(request: Request[Any, Any, Any]) -> Response[bytes]:
    results, language = results_of(request), language_of(request)
    options = options_of(request, page=True)

    def content() -> bytes:
        estimate = results.estimate(options)
        rows, messages = drawn(results, estimate, language)
        told: dict[str, Any] = {
            "texts": texts(estimate, language)
            | {f"message-{name}": message for name, message in messages.items()},
            "messages": messages,
            "rows": rows,
            "said": sentences(language).gettext("Calculated again."),
            "fingerprint": estimate.fingerprint,
        }
        return msgspec.json.encode(told)

    return answer(request, results.tag(options), content, "application/json", language=language)
