"""A table shown on a terminal: what it holds, its first rows with their status, and its columns with unit and meaning."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.table import Table as Grid
from rich.text import Text

from meguri.cli.language import Language, Say
from meguri.cli.output import Columns, grid
from meguri.report import chip

if TYPE_CHECKING:
    from rich.console import Console

    from meguri.statistics import Field, Table

STATUS = "status"
COMMON = ("source_id", "locator", STATUS, "known_from", "note")
WIDEST_CELL = 40
GAP = 2
Cells = Mapping[str, Sequence[str]]


def show_table(screen: Console, table: Table, rows: int, lang: Language, say: Say) -> None:
    """Print a table; `rows` 0 prints all of its rows. Columns that do not fit the width follow in further blocks."""
    screen.print(f"{table.title(lang)} ({table.name})", style="bold", markup=False)
    screen.print(table.description(lang), markup=False)
    screen.print()
    own = [
        field for field in table.fields if field.name not in COMMON and not _other_language(field.name, lang)
    ]
    frame = table.frame if rows == 0 else table.frame.head(rows)
    if frame.height == 0:
        screen.print(say("The table has no rows yet."))
    else:
        _rows(screen, table, own, frame, lang, say)
    if table.frame.height > frame.height:
        told = say("{shown} of {rows} rows are shown; --rows 0 shows all.")
        screen.print(told.format(shown=f"{frame.height:,}", rows=f"{table.frame.height:,}"), style="dim")
    screen.print()
    screen.print(say("Columns (* key)"), style="bold")
    listed = Grid.grid(padding=(0, 2))
    listed.add_column(no_wrap=True)
    listed.add_column(overflow="fold")
    for field in own:
        listed.add_row(f"{field.name} *" if field.name in table.key else field.name, _told(field, lang, say))
    screen.print(listed)
    screen.print(
        say("Every row has a source, its place in it and the day it became public: --json or --csv."),
        style="dim",
    )


def _rows(screen: Console, table: Table, own: Sequence[Field], frame: Any, lang: Language, say: Say) -> None:
    fields = {field.name: field for field in own}
    cells = {name: [_cell(value, fields[name], say) for value in frame[name]] for name in fields}
    cells[STATUS] = [chip(status, lang) for status in frame[STATUS]]
    key = [name for name in table.key if name in fields]
    right = {name for name in fields if _counts(fields[name])}
    print_blocks(screen, key, [name for name in fields if name not in key], STATUS, cells, right)


def print_blocks(
    screen: Console, key: Sequence[str], names: Sequence[str], last: str, cells: Cells, right: Collection[str]
) -> None:
    """Print columns in blocks that fit the width, each led by the key; the first one ends with the column `last`."""
    blocks: list[list[str]] = [[]]
    for name in names:
        led = [*key, *blocks[-1], name, *((last,) if len(blocks) == 1 else ())]
        if blocks[-1] and sum(_width(one, cells[one]) for one in led) > screen.width:
            blocks.append([])
        blocks[-1].append(name)
    for place, block in enumerate(blocks):
        shown = [*key, *block, *((last,) if place == 0 else ())]
        lines = list(zip(*(cells[name] for name in shown), strict=True))
        wide = [at for at, name in enumerate(shown) if _width(name, cells[name]) >= WIDEST_CELL]
        columns: Columns = [(name, "right" if name in right else "left") for name in shown]
        screen.print(grid(columns, lines, wraps=wide))
        screen.print()


def _width(name: str, cells: Sequence[str]) -> int:
    return GAP + min(WIDEST_CELL, max(map(cell_len, (name, *cells))))


def _told(field: Field, lang: Language, say: Say) -> Text:
    unit = field.unit_label(lang)
    told = Text(field.meaning(lang) + (say(" ({unit})").format(unit=unit) if unit else ""))
    if field.aliases:
        told.append(
            "\n" + say("headers understood: {headers}").format(headers=" · ".join(field.aliases)), style="dim"
        )
    return told


def _other_language(name: str, lang: Language) -> bool:
    return name.endswith("_en" if lang == "ja" else "_ja")


def _counts(field: Field) -> bool:
    """Whether a column holds quantities, as against years, codes and words."""
    return (
        field.type in ("integer", "number")
        and not field.period
        and "year" not in field.unit
        and field.unit != "month"
    )


def _cell(value: object, field: Field, say: Say) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, int):
        return f"{value:,}" if _counts(field) else str(value)
    if isinstance(value, float):
        return f"{value:,.0f}" if value == int(value) else f"{value:,.6g}"
    return str(value)
