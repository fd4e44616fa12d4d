"""Language of the command line: `--lang`, else `MEGURI_LANG`, else the locale. Phrases live in `locale/ja.po`.

English phrases are their own keys, so English needs no catalogue and a Japanese phrase can be found from the code.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from meguri.errors import Said

Language = Literal["ja", "en"]
Say = Callable[[str], str]

LANGUAGES: tuple[Language, ...] = ("ja", "en")

_CATALOGUES = Path(__file__).parent / "locale"


def language(told: str | None = None, environment: Mapping[str, str] | None = None) -> Language:
    """The language told, or that of the environment; English when neither says Japanese."""
    held = os.environ if environment is None else environment
    wanted = (told if told in LANGUAGES else "") or held.get("MEGURI_LANG") or ""
    if not wanted:
        wanted = next((held[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if held.get(name)), "")
    return "ja" if wanted.lower().startswith("ja") else "en"


def translator(lang: Language) -> Say:
    """Gives each English phrase in the language; a phrase without translation stays English.

    Sentences of errors (`Said`) are translated with the values in them.
    """
    if lang == "en":
        return _same
    phrases = catalogue(lang)

    def say(phrase: str) -> str:
        if isinstance(phrase, Said):
            from meguri.report import in_language

            return in_language(phrase, lang)
        return phrases.get(phrase, phrase)

    return say


@lru_cache(maxsize=2)
def catalogue(lang: Language) -> Mapping[str, str]:
    """Translated phrases by their English wording."""
    from babel.messages.pofile import read_po

    with (_CATALOGUES / f"{lang}.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id and entry.string}


def labelled(label: str, text: str, say: Say) -> str:
    """A label and what it stands before."""
    return say("{label}: {text}").format(label=label, text=text).rstrip()


def mark(phrase: str) -> str:
    """The phrase itself, noted for the catalogue: said later, in the language of a command."""
    return phrase


def _same(phrase: str) -> str:
    return phrase
