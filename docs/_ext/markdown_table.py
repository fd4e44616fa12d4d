"""The little Markdown that the reference pages are written in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ").strip()


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Lines of a table; columns that are empty in every row are left out."""
    held = [tuple(cell(value) for value in row) for row in rows]
    columns = [index for index in range(len(head)) if not held or any(row[index] for row in held)]
    yield "| " + " | ".join(head[index] for index in columns) + " |"
    yield "|" + " --- |" * len(columns)
    for row in held:
        yield "| " + " | ".join(row[index] for index in columns) + " |"
    yield ""
