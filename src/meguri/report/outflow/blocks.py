"""What a report is made of: headings, paragraphs, pictures, tables, formulas and lists, whatever they are set in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec


class Heading(msgspec.Struct, frozen=True, tag="heading"):
    """A section begins. `anchor` names it in links."""

    text: str
    anchor: str


class Paragraph(msgspec.Struct, frozen=True, tag="paragraph"):
    """Running text; `lead` is the sentence to be read first."""

    text: str
    lead: bool = False


class Listing(msgspec.Struct, frozen=True, tag="listing"):
    """Short items."""

    items: Sequence[str]


class Picture(msgspec.Struct, frozen=True, tag="picture"):
    """A chart by its name, with caption, note on status and sources, and a text alternative. `tall` is no wider than high."""

    chart: str
    caption: str
    note: str
    alternative: str
    tall: bool = False


class Column(msgspec.Struct, frozen=True):
    """A column of a table. Columns with a `share` divide the room that the others leave."""

    title: str
    side: Literal["left", "right"] = "left"
    share: int = 0


class Grid(msgspec.Struct, frozen=True, tag="grid"):
    """A table of text cells; a line break in a cell stays one."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    note: str = ""


class Formula(msgspec.Struct, frozen=True):
    """One step of the method."""

    number: str
    gives: str
    formula: str


class Formulas(msgspec.Struct, frozen=True, tag="formulas"):
    """The steps of the method, in order."""

    steps: Sequence[Formula]


Block = Heading | Paragraph | Listing | Picture | Grid | Formulas


class Document(msgspec.Struct, frozen=True):
    """A report in one language. `date` is that of its data, ISO; `foot` stands on every page."""

    lang: Literal["ja", "en"]
    title: str
    subtitle: str
    date: str
    foot: str
    contents: str
    blocks: Sequence[Block]
