"""What added tables change: rows and cells of the tables, and the headline results before and after."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meguri.cli.headline import cell, name_of, sentences
from meguri.cli.language import Language, Say
from meguri.cli.output import Columns, grid
from meguri.cli.run import Run, estimated

if TYPE_CHECKING:
    from rich.console import Console

    from meguri.statistics import Statistics, TableDifference

NO_HOME = Path(os.devnull)
"""A home in which nothing is kept: the shipped tables alone."""

MOST_LINES = 12


@dataclass(frozen=True, slots=True)
class Told:
    """The tables that differ, and each headline figure as a pair of rows before and after."""

    tables: tuple[TableDifference, ...]
    figures: tuple[tuple[dict[str, Any] | None, dict[str, Any] | None], ...]


def told(before: Statistics, after: Statistics, run: Run, say: Say) -> Told:
    """Compare two collections of tables and the estimates that follow from them."""
    from meguri.statistics import difference

    differing = difference(before, after)
    earlier = _leading(before, run, say)
    later = _leading(after, run, say) if differing else earlier
    addresses = dict.fromkeys((*earlier, *later))
    return Told(differing, tuple((earlier.get(one), later.get(one)) for one in addresses))


def _leading(statistics: Statistics, run: Run, say: Say) -> dict[str, dict[str, Any]]:
    return {row["figure"]: row for _, row in sentences(estimated(run, say, statistics)[1], "en")}


def document(told: Told) -> dict[str, Any]:
    """The comparison as JSON."""
    return {
        "tables": told.tables,
        "headline": [
            {
                "figure": (after or before or {})["figure"],
                "quantity": (after or before or {})["quantity"],
                "unit": (after or before or {})["unit"],
                "before": _interval(before),
                "after": _interval(after),
                "changed": _interval(before) != _interval(after),
            }
            for before, after in told.figures
        ],
    }


def show(screen: Console, told: Told, lang: Language, say: Say) -> None:
    """Print the comparison."""
    if not told.tables:
        screen.print(say("The tables hold the same as before; so do the results."))
        return
    for table in told.tables:
        _show_table(screen, table, say)
    rows = [
        (
            "" if _interval(before) == _interval(after) else "*",
            name_of(after or before or {}, lang),
            cell(before, lang),
            cell(after, lang),
        )
        for before, after in told.figures
    ]
    columns: Columns = (
        ("", "left"),
        (say("result"), "left"),
        (say("before"), "right"),
        (say("after"), "right"),
    )
    screen.print(grid(columns, rows, title=say("Headline results (median, 90 % interval)"), wraps=(1,)))
    if any(mark for mark, *_ in rows):
        screen.print(say("* changed"), style="dim")
    else:
        screen.print(say("The headline results do not depend on these rows."), style="dim")


def _show_table(screen: Console, table: TableDifference, say: Say) -> None:
    counted = say("{table}: {added} rows added, {removed} removed, {changed} cells changed")
    screen.print(
        counted.format(
            table=table.table,
            added=f"{len(table.added):,}",
            removed=f"{len(table.removed):,}",
            changed=f"{len(table.changed):,}",
        ),
        style="bold",
        markup=False,
    )
    lines = [f"+ {row_id}" for row_id in table.added] + [f"− {row_id}" for row_id in table.removed]
    lines += [
        f"~ {one.row_id} · {one.field}: {_text(one.before, say)} → {_text(one.after, say)}"
        for one in table.changed
        if one.field not in ("source_id", "locator", "known_from")
    ]
    for line in lines[:MOST_LINES]:
        screen.print(f"  {line}", markup=False)
    if len(lines) > MOST_LINES:
        screen.print(
            "  " + say("… and {more} more (--json lists all).").format(more=f"{len(lines) - MOST_LINES:,}"),
            style="dim",
        )
    screen.print()


def _text(value: object, say: Say) -> str:
    return say("blank") if value is None else str(value)


def _interval(row: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if row is None else {name: row[name] for name in ("p05", "p50", "p95", "status")}
