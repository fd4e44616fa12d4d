"""The shell around every page: navigation, search, language, theme, and at the foot what makes a figure citable."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from markupsafe import Markup

from meguri import __version__
from meguri.flows import OutflowEstimate, OutflowOptions
from meguri.report import LANGUAGES, Language, amount, chip, figure_name, interval, mark, middle
from meguri.web.answers import answer, assets_tag
from meguri.web.asked import results_of
from meguri.web.language import COOKIE, language_of, sentences, told_language
from meguri.web.problems import Told
from meguri.web.static_files import bundle_name

TEMPLATES = Path(__file__).parent / "templates"
HTML = "text/html"

SECTIONS = (
    ("/", mark("The nation")),
    ("/nation/outflow", mark("Outflow abroad")),
    ("/battery", mark("Battery")),
    ("/ledger", mark("Ledger")),
    ("/sources", mark("Sources")),
    ("/data", mark("Data")),
)
OUTFLOW_PAGES = (
    ("/nation/outflow", mark("The estimate")),
    ("/nation/outflow/identified", mark("What the data identify")),
    ("/nation/outflow/white-paper", mark("The white paper read closely")),
    ("/nation/outflow/exports", mark("What was published on exports")),
)
ANCHORS = {"ru_nz_share_2023": mark("Russia and New Zealand, share of 2023")}
SCOPES = {
    "airia_registered": mark("registered passenger BEVs (AIRIA)"),
    "cevpc": mark("registered and light BEVs (CEV promotion centre)"),
    "cevpc_registered": mark("registered BEVs (CEV promotion centre)"),
    "cevpc_kei": mark("light BEVs (CEV promotion centre)"),
    "cevpc_passenger": mark("passenger BEVs (CEV promotion centre)"),
    "circulation": mark("“in circulation”, basis not stated"),
    "circulation_cumulative": mark("“in circulation”, in fact sales added up"),
    "cumulative_sales": mark("sales added up"),
    "iea_stock": mark("stock by the IEA"),
}


@dataclass(frozen=True)
class Crumb:
    """One step of the way here."""

    title: str
    path: str


@cache
def environment(language: Language) -> Environment:
    """The templates in a language; a name that a page does not give is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(sentences(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters |= filters(language)
    return made


def filters(language: Language) -> dict[str, Callable[..., object]]:
    """Figures, names and statuses as words of the language."""
    say = sentences(language).gettext
    return {
        "address": lambda told: quote(str(told), safe=":/()+,"),
        "amount": lambda value, unit: amount(value, unit, language),
        "anchor_name": lambda anchor: say(ANCHORS.get(anchor) or anchor),
        "chip": lambda status: chip(status, language),
        "deviation": lambda share: f"{share * 100:+.1f}%".replace("-", "−"),
        "figure_name": lambda address: figure_name(address, language),
        "interval": lambda row: interval(row, language),
        "linked": linked,
        "middle": lambda row: middle(row, language).text,
        "scope": lambda scope: say(SCOPES.get(scope) or scope),
        "share": lambda share: amount(share, "1", language),
    }


def linked(text: object) -> Markup:
    """The text with its web addresses as links."""
    parts = re.split(r"(https?://[^\s<>\"]+)", str(text))
    return Markup("").join(
        Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(part) if index % 2 else part
        for index, part in enumerate(parts)
    )


class Links:
    """Addresses inside the site; the language stays when the visitor's own address named it."""

    def __init__(self, language: Language | None, options: Mapping[str, str]) -> None:
        self._kept = {"lang": language} if language else {}
        self._options = dict(options)

    def plain(self, path: str, **words: str) -> str:
        """An address without the options of this page."""
        return _address(path, {**words, **self._kept})

    def same(self, path: str, **words: str) -> str:
        """An address that keeps the assumptions of this page."""
        return _address(path, {**self._options, **words, **self._kept})

    def file(self, path: str, **words: str) -> str:
        """The address of a file under the assumptions of this page."""
        return _address(path, {**self._options, **words})


def _address(path: str, words: Mapping[str, str]) -> str:
    place, mark, fragment = path.partition("#")
    query = urlencode(words)
    return quote(place, safe="/:()+,%") + (f"?{query}" if query else "") + mark + fragment


def page(
    request: Request[Any, Any, Any],
    template: str,
    make: Any,
    *,
    options: OutflowOptions | None = None,
    title: str = "",
    tag: str = "",
) -> Response[bytes]:
    """Answer with a page. `make(language)` gives what the template shows; it runs only when the asker lacks it.

    `tag` is what fixes the page besides the statistics, the options and the address.
    """
    language, results = language_of(request), results_of(request)
    named = told_language(request)

    def content() -> bytes:
        return render(request, template, language, options=options, title=title, **make(language))

    return answer(
        request,
        results.tag(options) + tag,
        content,
        HTML,
        language=language,
        cookies={COOKIE: named} if named else None,
    )


def render(
    request: Request[Any, Any, Any],
    template: str,
    language: Language,
    *,
    options: OutflowOptions | None = None,
    title: str = "",
    crumbs: tuple[Crumb, ...] = (),
    estimate: OutflowEstimate | None = None,
    **shown: Any,
) -> bytes:
    """The page as bytes."""
    results, say = results_of(request), sentences(language).gettext
    words = options.to_query() if options else {}
    if options and words.get("draws") == str(results.settings.page_draws):
        words = {name: word for name, word in words.items() if name != "draws"}
    links = Links(told_language(request), words)
    path = request.url.path
    held = environment(language).get_template(template)
    return held.render(
        language=language,
        languages={
            one: _address(path, {**dict(request.query_params.items()), "lang": one}) for one in LANGUAGES
        },
        title=say(title) if title else "",
        crumbs=crumbs,
        path=path,
        sections=[(links.plain(place), say(name), _within(path, place)) for place, name in SECTIONS],
        outflow_pages=[(links.same(place), say(name), path == place) for place, name in OUTFLOW_PAGES],
        links=links,
        static=f"/static/{assets_tag()}",
        bundle=f"/static/{bundle_name()}",
        version=__version__,
        data_date=results.data_date,
        options=options,
        query=words,
        fingerprint=(estimate.fingerprint if estimate else results.statistics.fingerprint)[:16],
        seed=options.seed if options else None,
        searched=request.query_params.get("q", ""),
        **shown,
    ).encode()


def _within(path: str, place: str) -> bool:
    return path == place or (place != "/" and path.startswith(place + "/"))


def problem_page(request: Request[Any, Any, Any], told: Told) -> bytes:
    """A problem as a page, in the visitor's language as far as the sentence is known in it."""
    language = language_of(request)
    return render(request, "problem.html", language, title=told.title, told=told)
