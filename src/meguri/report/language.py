"""Japanese and English on every face. English sentences are the message ids; `locale/ja.po` says them in Japanese.

The catalogue is read when it is first needed. `mark` names a sentence that is translated later (constants of a
module). `tools/catalogues.py` brings the catalogue in line with the code and names what lacks a translation.
"""

from __future__ import annotations

import functools
import gettext
import io
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

Language = Literal["ja", "en"]
Translate = Callable[[str], str]

LANGUAGES: Final[tuple[Language, ...]] = ("ja", "en")
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
    if lang == "en":
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with (CATALOGUES / f"{lang}.po").open("rb") as file:
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
