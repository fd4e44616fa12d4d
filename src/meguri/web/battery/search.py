"""Batteries by a piece of their name, for the reader who asks."""

from __future__ import annotations

from typing import Any

from litestar import Request

from meguri.ledger.find import Found, find
from meguri.ledger.view import may_see
from meguri.report import Language, battery_words
from meguri.web.battery.address import path_of
from meguri.web.battery.reader import page_reader
from meguri.web.ledger.opened import has_ledger, ledger_of
from meguri.web.search import MOST_OF_A_KIND, Hit

__all__ = ["battery_hits", "found_by"]

SHORTEST = 5
"""Characters of a name that the one search looks for among batteries; shorter ones are numbers and years."""


def found_by(request: Request[Any, Any, Any], asked: str, most: int) -> list[Found]:
    """Batteries that bear the text in a name that the reader may see."""
    if not asked or not has_ledger(request):
        return []
    shows_aliases = may_see("aliases", page_reader(request))
    return [
        held
        for held in find(ledger_of(request), asked, most)
        if shows_aliases or asked.casefold() in held.battery.casefold()
    ]


def battery_hits(request: Request[Any, Any, Any], asked: str, language: Language) -> list[Hit]:
    """Batteries for the one search."""
    if len(asked.strip()) < SHORTEST:
        return []
    stages = battery_words(language).stages
    return [
        Hit("battery", held.battery, stages[held.stage], path_of(held.battery))
        for held in found_by(request, asked.strip(), MOST_OF_A_KIND)
    ]
