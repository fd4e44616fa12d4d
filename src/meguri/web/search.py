"""The one search: figures of the estimate, pages, tables, documents, rows, and words of the trade."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from meguri.flows import OutflowEstimate
from meguri.report import Language, figure_name, with_interval
from meguri.statistics import Statistics
from meguri.web.language import sentences
from meguri.web.shell import OUTFLOW_PAGES
from meguri.web.sources import told_rows

GLOSSARY = Path(__file__).parent / "glossary.csv"
MOST_OF_A_KIND = 12


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: what kind of thing, its name, a line about it, and its address (empty for a word)."""

    kind: str
    title: str
    line: str
    path: str


@cache
def glossary() -> tuple[tuple[str, str, str], ...]:
    """Words of the trade: English, Japanese, meaning."""
    with GLOSSARY.open(encoding="utf-8", newline="") as file:
        return tuple((row["en"], row["ja"], row["meaning"] or "") for row in csv.DictReader(file))


def hits(statistics: Statistics, estimate: OutflowEstimate, asked: str, language: Language) -> list[Hit]:
    """What holds all words asked for, figures of the last year of data first."""
    words = _plain(asked).split()
    if not words:
        return []

    def matches(*texts: str) -> bool:
        told = _plain(" ".join(texts))
        return all(word in told for word in words)

    found = [hit for hit in _pages(language) if matches(hit.title)]
    found += _figures(estimate, language, matches)
    found += [
        Hit(
            "word",
            ja if language == "ja" else en,
            f"{en if language == 'ja' else ja}{' — ' + note if note and language == 'en' else ''}",
            "",
        )
        for en, ja, note in glossary()
        if matches(en, ja, note)
    ]
    for line in told_rows(statistics, statistics.search(asked, limit=40), language):
        kind = "row" if ":" in line.id else "table" if line.id in statistics.tables else "document"
        path = f"/data/{line.id}" if kind == "table" else f"/sources/{line.id}"
        found.append(Hit(kind, line.title, line.values, path))
    return found


def _figures(estimate: OutflowEstimate, language: Language, matches: object) -> list[Hit]:
    assert callable(matches)
    told = []
    for table in estimate.tables.values():
        for row in table.iter_rows(named=True):
            address, name = row["figure"], figure_name(row["figure"], language)
            if matches(address, name, figure_name(address, "en"), figure_name(address, "ja")):
                nearness = (row["year"] != estimate.last_data_year, -row["year"])
                told.append(
                    (
                        nearness,
                        Hit(
                            "figure", name, with_interval(row, language), f"/nation/outflow/explain/{address}"
                        ),
                    )
                )
    return [hit for _, hit in sorted(told, key=lambda pair: pair[0])][:MOST_OF_A_KIND]


def _pages(language: Language) -> Iterator[Hit]:
    say = sentences(language).gettext
    for path, title in OUTFLOW_PAGES:
        yield Hit("page", say(title), "", path)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
