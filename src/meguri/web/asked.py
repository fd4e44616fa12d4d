"""What a request asks for: the options of the estimate among the words of its query, and names with their form."""

from __future__ import annotations

from typing import Any, TypeVar

from litestar import Request

from meguri.errors import NotFound, OptionError, Said
from meguri.flows import OutflowOptions
from meguri.web.results import Results

Form = TypeVar("Form", bound=str)

PRESENTATION = ("lang", "theme", "width", "q", "page")
"""Words of a query that choose how a result is shown, not what it is."""


def results_of(request: Request[Any, Any, Any]) -> Results:
    """The results that the server holds."""
    held = request.app.state.results
    assert isinstance(held, Results)
    return held


def words_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Words of the query that are options; blank ones, as an unfilled form sends them, are left out."""
    words: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in words and words[name] != value:
            raise OptionError(
                Said("“{name}” is given twice", name=name), where=name, mend=Said("Give it once.")
            )
        if name not in PRESENTATION and value != "":
            words[name] = value
    return words


def options_of(request: Request[Any, Any, Any], *, page: bool = False) -> OutflowOptions:
    """The options that the query asks for, within the limits of a page or of the API. Raises OptionError."""
    return results_of(request).options(words_of(request), page=page)


def named_form(name: str, forms: tuple[Form, ...], default: Form | None = None) -> tuple[str, Form]:
    """Split `by_year.csv` into name and form. Raises NotFound for a form that isn't offered."""
    stem, dot, form = name.rpartition(".")
    if not dot and default is not None:
        return name, default
    for offered in forms:
        if form == offered:
            return stem, offered
    raise NotFound(
        Said("There is no “{name}”", name=name),
        mend=Said("End the address with one of: {endings}.", endings=tuple(f".{form}" for form in forms)),
    )
