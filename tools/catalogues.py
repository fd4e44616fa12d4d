"""Bring the catalogues of sentences in line with the code: `python tools/catalogues.py`.

Sentences are collected from the Python modules and page templates of the rooms that speak to people; translations
that exist are kept, sentences no longer used go. `--check` changes nothing and fails when something is missing.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).resolve().parent.parent / "src" / "meguri"
LOCALE = SOURCE / "report" / "locale"
TRANSLATED = ("ja",)
METHODS = [
    ("report/**.py", "python"),
    ("report/**.html", "jinja2.ext.babel_extract"),
    ("report/**.typ", "jinja2.ext.babel_extract"),
    ("web/**.py", "python"),
    ("web/**.html", "jinja2.ext.babel_extract"),
]
KEYWORDS = {"_": None, "gettext": None, "mark": None, "say": None}
OPTIONS = {
    pattern: {"encoding": "utf-8", "silent": "false", "trimmed": "true"}
    for pattern, method in METHODS
    if method != "python"
}


def used() -> dict[str, list[tuple[str, int]]]:
    """Every sentence that the code says, with the files that say it."""
    found: dict[str, list[tuple[str, int]]] = {}
    for name, _, message, _, _ in extract_from_dir(
        SOURCE, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS
    ):
        if not isinstance(message, str):
            raise SystemExit(f"{name}: a sentence with a plural form is not provided for: {message}")
        if name not in {held for held, _ in found.get(message, [])}:
            found.setdefault(message, []).append((Path(name).as_posix(), 0))
    return found


def held(lang: str) -> Catalog:
    """The catalogue as it is on disk."""
    path = LOCALE / f"{lang}.po"
    return read_po(io.BytesIO(path.read_bytes() if path.exists() else b""), locale=lang)


def renewed(old: Catalog, sentences: dict[str, list[tuple[str, int]]], lang: str) -> Catalog:
    """The sentences in use, in alphabetical order, with the translations that are known."""
    new = Catalog(locale=lang)
    for sentence in sorted(sentences):
        known = old.get(sentence)
        new.add(sentence, known.string if known else "", locations=sorted(sentences[sentence]))
    return new


def written(catalogue: Catalog) -> bytes:
    """The catalogue as a file, the same on every machine and day."""
    out = io.BytesIO()
    write_po(out, catalogue, width=100, omit_header=True, include_lineno=False)
    return out.getvalue()


def faults(lang: str, sentences: dict[str, list[tuple[str, int]]]) -> list[str]:
    """What is missing, fuzzy, unused or lacks a placeholder."""
    catalogue = held(lang)
    known = {str(entry.id): entry for entry in catalogue if entry.id}
    told = [
        f"{lang}: not translated: {sentence!r}"
        for sentence in sentences
        if sentence not in known or not known[sentence].string
    ]
    told += [f"{lang}: fuzzy: {sentence!r}" for sentence, entry in known.items() if entry.fuzzy]
    told += [f"{lang}: no longer used: {sentence!r}" for sentence in known if sentence not in sentences]
    return told


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when something is missing")
    check = parser.parse_args(arguments).check
    sentences = used()
    for lang in TRANSLATED:
        if not check:
            data = written(renewed(held(lang), sentences, lang))
            (LOCALE / f"{lang}.po").write_bytes(data)
    missing = [line for lang in TRANSLATED for line in faults(lang, sentences)]
    for line in missing:
        print(line, file=sys.stderr)
    print(f"{len(sentences)} sentences, {len(missing)} to mend")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
