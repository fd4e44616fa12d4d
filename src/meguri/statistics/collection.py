"""Statistics: all tables that a run uses, and the way back from a figure to its row and document.

`load` lays the user's kept tables and the files given for one run over the shipped packages. A view *as of* a day
leaves out whatever was not public yet, layer by layer: a later revision gives way to the row it replaced.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from meguri.errors import NotFound, Said
from meguri.statistics.sources import Source
from meguri.statistics.table import Row, Table


@dataclass(frozen=True)
class Statistics:
    """Tables by name and sources by id."""

    tables: Mapping[str, Table]
    sources: Mapping[str, Source]

    def table(self, name: str) -> Table:
        """The table of that name. Raises `NotFound`, naming the tables there are."""
        if name not in self.tables:
            raise NotFound(
                Said("There is no table “{name}”", name=name),
                mend=Said("Tables: {tables}", tables=tuple(self.tables)),
            )
        return self.tables[name]

    def resolve(self, row_id: str) -> Row:
        """The row that `row_id` (`<table>:<key>`) names, with its source. Raises `NotFound`."""
        table = self.table(row_id.partition(":")[0])
        if row_id not in table.positions:
            raise NotFound(
                Said("The table {name} has no row “{row_id}”", name=table.name, row_id=row_id),
                mend=Said(
                    "A row id is {form}", form=f"{table.name}:" + "/".join(f"<{part}>" for part in table.key)
                ),
            )
        held = table.frame.row(table.positions[row_id], named=True)
        return Row(
            row_id=row_id,
            table=table.name,
            fields=table.fields,
            values={field.name: held[field.name] for field in table.fields},
            source=self.sources[held["source_id"]],
            locator=held["locator"] or "",
            status=held["status"],
            known_from=held["known_from"],
            note=held["note"] or "",
        )

    def citing(self, source_id: str) -> tuple[str, ...]:
        """Ids of the rows taken from a source. Raises `NotFound` for an unknown source."""
        if source_id not in self.sources:
            raise NotFound(
                Said("There is no source “{source_id}”", source_id=source_id),
                mend=Said("The list of sources is shown by `meguri data list`."),
            )
        return tuple(
            row_id
            for table in self.tables.values()
            for row_id in table.frame.filter(table.frame["source_id"] == source_id)["row_id"]
        )

    def search(self, text: str, limit: int = 50) -> tuple[str, ...]:
        """Names of tables, ids of sources and ids of rows in which all words of `text` occur, in that order."""
        words = text.casefold().split()
        if not words:
            return ()
        found: list[str] = []
        for name, table in self.tables.items():
            told = " ".join((name, *table.titles.values(), *table.descriptions.values())).casefold()
            if all(word in told for word in words):
                found.append(name)
        for source in self.sources.values():
            told = " ".join((source.id, source.title, source.publisher, source.credit)).casefold()
            if all(word in told for word in words):
                found.append(source.id)
        for table in self.tables.values():
            told_rows = (
                " ".join(str(cell) for cell in row if cell is not None).casefold()
                for row in table.frame.iter_rows()
            )
            for row_id, told in zip(table.frame["row_id"], told_rows, strict=True):
                if len(found) >= limit:
                    break
                if all(word in told for word in words):
                    found.append(row_id)
        return tuple(found[:limit])

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the contents of all tables, the same on every machine."""
        told = "\n".join(f"{name} {self.tables[name].fingerprint}" for name in sorted(self.tables))
        return hashlib.sha256(told.encode()).hexdigest()
