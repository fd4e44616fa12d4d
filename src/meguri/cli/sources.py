"""`meguri sources`: the documents that the figures come from, and where in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from meguri.cli.language import language, translator
from meguri.cli.output import Columns, Json, Lang, console, grid, output, worded, write_document
from meguri.errors import NotFound, Said

if TYPE_CHECKING:
    from meguri.statistics import Source, Statistics

_ = translator(language())

HELP = _(
    "Show a document and the rows taken from it, or a row and the document it was taken from; without ID, list all"
    " documents."
)
MOST_ROWS = 20


def sources(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", show_default=False, help=_("A source's id, or a row's (new_bev_sales:2022).")
        ),
    ] = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.statistics import load

    _chosen, say = worded(lang)
    statistics = load()
    screen = console()
    if name is None:
        held = statistics.sources.values()
        if json:
            return write_document({"sources": list(held)}, output(json=True))
        columns: Columns = ((say("id"), "left"), (say("title"), "left"), (say("date"), "left"))
        screen.print(grid(columns, [(one.id, one.title, one.date) for one in held], wraps=(0, 1)))
        return None
    if ":" in name:
        row = statistics.resolve(name)
        values = {key: value for key, value in row.values.items() if value is not None}
        if json:
            return write_document(
                {
                    "row_id": row.row_id,
                    "table": row.table,
                    "values": row.values,
                    "source": row.source,
                    "locator": row.locator,
                    "status": row.status,
                    "known_from": row.known_from,
                    "note": row.note,
                },
                output(json=True),
            )
        _pairs(
            screen,
            {"row": row.row_id, **{key: value for key, value in values.items() if key not in ("source_id",)}},
            say,
        )
        screen.print()
        _document(screen, row.source, say)
        return None
    rows = _citing(statistics, name)
    source = statistics.sources[name]
    if json:
        return write_document({"source": source, "rows": rows}, output(json=True))
    _document(screen, source, say)
    screen.print()
    screen.print(say("{count} rows come from it:").format(count=f"{len(rows):,}"))
    for row_id in rows[:MOST_ROWS]:
        screen.print(f"  {row_id}", markup=False)
    if len(rows) > MOST_ROWS:
        screen.print(
            "  " + say("… and {more} more (--json lists all).").format(more=f"{len(rows) - MOST_ROWS:,}"),
            style="dim",
        )
    return None


def _citing(statistics: Statistics, name: str) -> tuple[str, ...]:
    if name not in statistics.sources:
        near = [key for key in statistics.sources if name.casefold() in key.casefold()][:8]
        raise NotFound(
            Said("There is no source “{name}”", name=name),
            where="ID",
            mend=Said("Near: {near}. All are listed by: meguri sources", near=tuple(near))
            if near
            else Said("All are listed by: meguri sources"),
        )
    return statistics.citing(name)


def _document(screen: Any, source: Source, say: Any) -> None:
    told = {
        "id": source.id,
        "title": source.title,
        "publisher": source.publisher,
        "date": source.date,
        "place": source.place_note,
        "address": source.url,
        "licence": source.licence,
        "credit": source.credit,
    }
    _pairs(screen, {key: value for key, value in told.items() if value}, say)


def _pairs(screen: Any, pairs: dict[str, Any], say: Any) -> None:
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in pairs.items():
        table.add_row(say(key), say(value) if key == "status" else str(value))
    screen.print(table, markup=False)
