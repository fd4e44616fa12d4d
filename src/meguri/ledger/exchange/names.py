"""What columns, events and values are called in sheets: in English, in Japanese, and as people write them otherwise."""

from __future__ import annotations

import csv
import functools
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from meguri.battery.words import EVENT_NAMES, KIND_NAMES, VALUE_NAMES

Language = Literal["ja", "en"]

_ENGLISH = {"event": EVENT_NAMES, "kind": KIND_NAMES, **VALUE_NAMES}


@dataclass(frozen=True, slots=True)
class Name:
    """One thing that has a `code` of ours, in both languages; `also` are other ways to call it."""

    code: str
    en: str
    ja: str
    also: tuple[str, ...]


@functools.cache
def names() -> Mapping[str, Mapping[str, Name]]:
    """All names by kind (`field`, `event`, `text`, and each field that has values to choose from), then by code."""
    found: dict[str, dict[str, Name]] = {}
    with (Path(__file__).parent / "names.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            kind, code = row["kind"], row["code"]
            en = row["en"] or str(_ENGLISH[kind][code])
            also = tuple(filter(None, row["also"].split("|")))
            found.setdefault(kind, {})[code] = Name(code, en, row["ja"], also)
    return found


def label(kind: str, code: str, language: Language) -> str:
    """What a code is called; itself where it has no name, such as a chemistry."""
    name = names().get(kind, {}).get(code)
    return code if name is None else name.ja if language == "ja" else name.en


def code_of(kind: str, text: str) -> str | None:
    """The code that a text means, whatever it is written in, or None."""
    return _codes(kind).get(folded(text))


@functools.cache
def _codes(kind: str) -> Mapping[str, str]:
    return {
        folded(written): name.code
        for name in reversed(list(names().get(kind, {}).values()))
        for written in (*name.also, name.ja, name.en, name.code)
    }


def folded(text: str) -> str:
    """Text without what makes no difference between names: width, case, spaces, line breaks, a star at the end."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(plain.split()).rstrip("*").replace("_", "")
