"""The way to a page: what stands above it."""

from __future__ import annotations

from meguri.report import Language
from meguri.web.language import sentences
from meguri.web.shell import Crumb


def home(language: Language) -> Crumb:
    return Crumb(sentences(language).gettext("The nation"), "/")


def to_outflow(language: Language) -> tuple[Crumb, ...]:
    """The way to a page below the estimate of the outflow."""
    return home(language), Crumb(sentences(language).gettext("Outflow abroad"), "/nation/outflow")
