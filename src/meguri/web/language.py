"""Which language a visitor reads: what the address says, else what was chosen before, else what the browser asks for."""

from __future__ import annotations

from typing import Any

from litestar import Request

from meguri.report import LANGUAGES, Language, best_language, translations

COOKIE = "lang"
sentences = translations
"""The sentences of a language; those of the pages stand in the same catalogue as the report's."""


def language_of(request: Request[Any, Any, Any]) -> Language:
    """The language to answer in; Japanese where nothing is told."""
    chosen = request.query_params.get("lang") or request.cookies.get(COOKIE)
    return best_language(request.headers.get("accept-language", ""), chosen)


def program_language(request: Request[Any, Any, Any]) -> Language:
    """The language in which a program is told of a problem; English where nothing is told."""
    chosen = request.query_params.get("lang") or request.cookies.get(COOKIE)
    return best_language(f"{request.headers.get('accept-language', '')[:380]},en;q=0.001", chosen)


def told_language(request: Request[Any, Any, Any]) -> Language | None:
    """The language that the address itself names."""
    named = request.query_params.get("lang")
    return next((language for language in LANGUAGES if language == named), None)
