"""Sources: the documents that published figures come from.

Every row of every table names one source by its id and a place in it. Sources live in the `sources` list of a
data package; a table that a user adds brings a source of its own, made from the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

import msgspec

from meguri.errors import MeguriError, Said


class Source(msgspec.Struct, frozen=True, rename={"url": "path", "place_note": "place"}):
    """A document. `date` is ISO, as exact as known (`2024`, `2023-07`, `2018-02-27`), or empty; `url` may be empty."""

    id: str
    title: str
    publisher: str
    date: str = ""
    url: str = ""
    place_note: str = ""
    licence: str = ""
    credit: str = ""


def merged(lists: Iterable[Iterable[Source]]) -> Mapping[str, Source]:
    """All sources by id. Raises `MeguriError` when one id stands for two documents."""
    found: dict[str, Source] = {}
    for sources in lists:
        for source in sources:
            if found.setdefault(source.id, source) != source:
                raise MeguriError(
                    Said("The source id “{id}” stands for two documents", id=source.id),
                    where=f"{found[source.id].title} / {source.title}",
                    mend=Said("Give one of them another id, or make both entries the same."),
                )
    return MappingProxyType(found)


def of_file(name: str, sha256: str, added_on: date | None) -> Source:
    """The source that stands for a user's own file; its id holds the start of the file's SHA-256."""
    return Source(
        id=f"file-{sha256[:12]}",
        title=name,
        publisher="user's own file",
        date=added_on.isoformat() if added_on else "",
        place_note=f"sha256 {sha256}",
        licence="as the user's file",
        credit=name,
    )
