"""Charts over HTTP: as SVG and PNG pictures, and as a Vega-Lite document with its rows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get
from litestar.params import Parameter

from meguri.errors import OptionError, Said
from meguri.report import Language, charts
from meguri.web.answers import answer
from meguri.web.api.responses import FORM_TYPES, PICTURE, REFUSED, UNKNOWN
from meguri.web.asked import named_form, options_of, results_of
from meguri.web.language import language_of
from meguri.web.nation.figures import drawing, frames_of

DRAWN: tuple[Literal["svg", "png", "json"], ...] = ("svg", "png", "json")


@get(
    "/api/charts/{chart:str}",
    sync_to_thread=True,
    operation_id="chart",
    summary="A chart under the options, as a picture or a Vega-Lite document",
    tags=["charts"],
    responses={200: PICTURE, 400: REFUSED, 404: UNKNOWN},
)
def chart(
    request: Request[Any, Any, Any],
    chart: Annotated[
        str,
        Parameter(
            description=f"One of {', '.join(charts.CHARTS)} with the ending .{', .'.join(DRAWN)}.",
            max_length=60,
            pattern=rf"^({'|'.join(charts.CHARTS)})\.({'|'.join(DRAWN)})$",
        ),
    ],
    lang: Annotated[
        Language | None, Parameter(description="Language of the labels; else as the browser asks")
    ] = None,
    theme: Annotated[
        Literal["light", "dark", "page"],
        Parameter(description="Colours; “page” takes them from the page that holds the drawing"),
    ] = "light",
    width: Annotated[int, Parameter(description="Width in px", ge=280, le=1200)] = charts.WIDE,
) -> Response[bytes]:
    name, form = named_form(chart, DRAWN)
    if form == "png" and theme == "page":
        raise OptionError(
            Said("A PNG has no page to take its colours from"), where="theme", mend=Said("Use light or dark.")
        )
    results, language = results_of(request), lang or language_of(request)
    options = options_of(request)

    def spec() -> dict[str, Any]:
        held = frames_of(results, results.estimate(options), [name])
        return charts.spec(name, held, language, theme=theme, width=width)

    def content() -> bytes:
        if form == "svg":
            return drawing(results, options, name, language, theme, width).encode()
        return charts.png(spec()) if form == "png" else msgspec.json.encode(spec())

    return answer(request, results.tag(options), content, FORM_TYPES[form], language=language)
