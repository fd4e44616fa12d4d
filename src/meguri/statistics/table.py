"""Tables of published figures: typed columns with unit and meaning, one source and status per row.

A `Table` is a Polars frame with its schema. Each row has a `row_id` made of the table's name and the row's key,
and says where it comes from (`source_id`, `locator`), how it came about (`status`) and since when it was public
(`known_from`). `overlaid` puts a user's rows over a shipped table; `known_by` goes back to what was known on a day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal

import msgspec
import polars as pl

from meguri.errors import NotFound, Said
from meguri.statistics.sources import Source

Language = Literal["ja", "en"]
Type = Literal["string", "integer", "number", "boolean", "date", "yearmonth"]

STATUSES = ("published", "read_off_chart", "derived", "assumed", "recalled", "inferred")
COMMON = ("source_id", "locator", "status", "known_from", "note")

POLARS: Mapping[str, pl.DataType] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "yearmonth": pl.String(),
}


class Constraints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits on the values of a column, as in Table Schema. A part of the key is required unless it says otherwise."""

    required: bool | None = None
    minimum: float | None = None
    maximum: float | None = None
    enum: tuple[str, ...] = ()
    pattern: str = ""


class Field(msgspec.Struct, frozen=True):
    """One column: type, unit, meaning in both languages, and the headers people give it.

    `period` marks a column of years as calendar or fiscal; `labels` lists other words for a value; `zero_padded` is
    the width to which a code is filled with zeros (spreadsheets drop them).
    """

    name: str
    type: Type
    title: str = ""
    title_ja: str = ""
    description: str = ""
    description_ja: str = ""
    unit: str = ""
    unit_ja: str = ""
    aliases: tuple[str, ...] = ()
    constraints: Constraints = Constraints()
    period: Literal["", "calendar", "fiscal"] = ""
    labels: dict[str, tuple[str, ...]] = {}
    zero_padded: int = 0

    def meaning(self, lang: Language = "en") -> str:
        """What the column holds, in the language."""
        return self.description_ja if lang == "ja" else self.description

    def label(self, lang: Language = "en") -> str:
        """Short heading of the column, in the language."""
        return self.title_ja if lang == "ja" else self.title

    def unit_label(self, lang: Language = "en") -> str:
        """Unit of the column, in the language."""
        return self.unit_ja or self.unit if lang == "ja" else self.unit


class Fill(msgspec.Struct, frozen=True, rename={"source": "from"}):
    """How a blank cell of a user's row is completed: look `source` up in another table."""

    field: str
    source: str
    table: str
    match: str = ""
    take: str = ""
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row with everything that a face needs to show where a figure is from."""

    row_id: str
    table: str
    fields: tuple[Field, ...]
    values: Mapping[str, Any]
    source: Source
    locator: str
    status: str
    known_from: date
    note: str

    def status_of(self, field: str) -> str:
        """Status of one cell: `published` when the row lists it among its `published_fields`, else the row's."""
        return "published" if field in str(self.values.get("published_fields") or "").split() else self.status


@dataclass(frozen=True)
class Table:
    """A table. `frame` holds `row_id`, the columns of `fields` in order (with the common ones last), sorted by `key`."""

    name: str
    package: str
    titles: Mapping[str, str]
    descriptions: Mapping[str, str]
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    frame: pl.DataFrame
    licence: str
    publication_lag_days: int | None = None
    fills: tuple[Fill, ...] = ()
    overridden: bool = False

    def title(self, lang: Language = "en") -> str:
        """Title of the table, in the language."""
        return self.titles[lang]

    def description(self, lang: Language = "en") -> str:
        """What the table holds, in the language."""
        return self.descriptions[lang]

    def field(self, name: str) -> Field:
        """The column of that name. Raises `NotFound`."""
        for field in self.fields:
            if field.name == name:
                return field
        raise NotFound(
            Said("The table {table} has no column “{name}”", table=self.name, name=name),
            mend=Said("Columns: {columns}", columns=tuple(field.name for field in self.fields)),
        )

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the contents, the same whatever order the rows came in."""
        rows = [[field.name for field in self.fields], *self.frame.select(f.name for f in self.fields).rows()]
        return hashlib.sha256(msgspec.json.encode([self.name, rows])).hexdigest()

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Place of each row by its id."""
        return {row_id: place for place, row_id in enumerate(self.frame["row_id"])}


def framed(name: str, fields: tuple[Field, ...], key: tuple[str, ...], rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the `row_id` in front, columns in schema order, sorted by key (blank parts first, shown as `-`)."""
    parts = [pl.col(part).cast(pl.String).fill_null("-") for part in key]
    row_id = pl.concat_str(pl.lit(f"{name}:"), pl.concat_str(parts, separator="/")).alias("row_id")
    return rows.sort(key, nulls_last=False).select(row_id, *(field.name for field in fields))


def overlaid(table: Table, rows: pl.DataFrame) -> Table:
    """The table with `rows` (columns of its schema) put in place of those with the same key, or added."""
    rows = framed(table.name, table.fields, table.key, rows)
    kept = table.frame.join(rows.select("row_id"), on="row_id", how="anti")
    frame = framed(table.name, table.fields, table.key, pl.concat([kept, rows]))
    return replace(table, frame=frame, overridden=True)


def known_by(rows: pl.DataFrame, day: date | None) -> pl.DataFrame:
    """The rows that were public on the day; all of them when no day is given."""
    return rows if day is None else rows.filter(pl.col("known_from") <= day)
