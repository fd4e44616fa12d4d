"""Japanese and English on every face. English sentences are the message ids; `locale/ja.po` says them in Japanese.

The catalogue is read when it is first needed. `mark` names a sentence that is translated later (constants of a
module). `tools/catalogues.py` brings the catalogue in line with the code and names what lacks a translation.
What went wrong is said by `in_language`, from a catalogue of its own (`locale/ja.errors.po`).
"""

from __future__ import annotations

import functools
import gettext
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

from meguri.errors import Problem, Said

Language = Literal["ja", "en"]
Translate = Callable[[str], str]

LANGUAGES: Final[tuple[Language, ...]] = ("ja", "en")
COMMA: Final[dict[Language, str]] = {"ja": "、", "en": ", "}
CATALOGUES: Final = Path(__file__).parent / "locale"


def mark(message: str) -> str:
    """The message itself, noted for the catalogue."""
    return message


def translator(lang: Language) -> Translate:
    """The function that says an English message in the language."""
    return translations(lang).gettext


@functools.cache
def translations(lang: Language) -> gettext.NullTranslations:
    """The catalogue of a language, as Jinja's i18n extension takes it."""
    return gettext.NullTranslations() if lang == "en" else _read(lang, f"{lang}.po")


def in_language(text: str, lang: Language) -> str:
    """A sentence of an error in the language; text that is not `Said` stays as it is."""
    if not isinstance(text, Said) or lang == "en":
        return str(text)
    values = {name: _value_in_language(value, lang) for name, value in text.values.items()}
    return _errors(lang).gettext(text.template).format_map(values) if text else ""


def problem_in_language(problem: Problem, lang: Language) -> str:
    """One fault of an input as a line: its place, what it is, what was found and how to mend it."""
    if lang == "en":
        return str(problem)
    parts = (
        Said("sheet {sheet}", sheet=problem.sheet) if problem.sheet else "",
        Said("row {row}", row=problem.row) if problem.row is not None else "",
        Said("column {column}", column=problem.column) if problem.column else "",
    )
    place = Said("{file}: {place}", file=problem.file, place=tuple(filter(None, parts)))
    what = Said("{what} (found “{value}”)", what=problem.what, value=problem.value)
    told = Said(
        "{place}: {what}. {mend}",
        place=place if any(parts) else problem.file,
        what=what if problem.value else problem.what,
        mend=problem.mend,
    )
    return in_language(told, lang)


def _value_in_language(value: Any, lang: Language) -> Any:
    if isinstance(value, tuple):
        return COMMA[lang].join(in_language(one, lang) if isinstance(one, str) else str(one) for one in value)
    return in_language(value, lang) if isinstance(value, str) else value


@functools.cache
def _errors(lang: Language) -> gettext.NullTranslations:
    return _read(lang, f"{lang}.errors.po")


def _read(lang: Language, name: str) -> gettext.NullTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with (CATALOGUES / name).open("rb") as file:
        write_mo(compiled, read_po(file, locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def best_language(accept_header: str = "", chosen: str | None = None) -> Language:
    """The language chosen, else the one the browser prefers (`Accept-Language`), else Japanese."""
    wanted = [(chosen or "", 2.0)]
    for part in accept_header[:400].split(","):
        name, _, weight = part.partition(";")
        try:
            wanted.append((name.strip(), float(weight.strip().removeprefix("q=") or 1)))
        except ValueError:
            continue
    for name, weight_told in sorted(wanted, key=lambda pair: -pair[1]):
        for lang in LANGUAGES:
            if weight_told > 0 and name.lower().split("-")[0].split("_")[0] == lang:
                return lang
    return "ja"
