"""A figure explained: formula with the numbers put in, the rows and documents behind it, and what sways it most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from meguri.cli.headline import cell, name_of
from meguri.cli.language import Language, Say, labelled
from meguri.cli.output import Columns, grid
from meguri.cli.result import heading, told_by
from meguri.report import chip, sensitivity_sentence

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

    from meguri.flows import Explanation, OutflowEstimate
    from meguri.statistics import Statistics

BAR = 12
LEAST_SHARE = 0.005


def document(statistics: Statistics, estimate: OutflowEstimate, explanation: Explanation) -> dict[str, Any]:
    """The explanation as JSON: rows carry their document."""
    return {
        **heading(estimate),
        "figure": explanation.figure,
        "step": explanation.step,
        "formula": explanation.step.formula,
        "with_numbers": explanation.with_numbers,
        "parts": explanation.parts,
        "inputs": [_input(statistics, row) for row in explanation.rows],
        "sources": [statistics.sources[key] for key in _documents(statistics, explanation)],
        "sensitivity": explanation.sensitivities.rows(named=True),
    }


def show(
    screen: Console,
    statistics: Statistics,
    estimate: OutflowEstimate,
    explanation: Explanation,
    lang: Language,
    say: Say,
) -> None:
    """Print the explanation."""
    figure = explanation.figure
    screen.print(
        labelled(name_of(figure, lang), cell(figure, lang), say) + f"  [{chip(str(figure['status']), lang)}]",
        style="bold",
        markup=False,
    )
    screen.print()
    screen.print(say("How it is computed"), style="bold")
    screen.print(f"  {explanation.step.number} {say(explanation.step.formula)}", markup=False)
    taken = Table.grid(padding=(0, 2))
    taken.add_column()
    taken.add_column(justify="right")
    for part in explanation.parts:
        taken.add_row("    " + name_of(part, lang), cell(part, lang))
    taken.add_row("  → " + name_of(figure, lang), cell(figure, lang), style="bold")
    screen.print(taken)
    screen.print()
    screen.print(say("What goes in"), style="bold")
    for (status, document), rows in _grouped(statistics, explanation.rows, lang).items():
        screen.print(f"  {document}" + (f"  [{status}]" if status else ""), markup=False)
        screen.print(Padding(Text(", ".join(rows), style="dim", overflow="fold"), (0, 0, 0, 4)))
    screen.print()
    screen.print(
        sensitivity_sentence(explanation.sensitivities, str(figure["figure"]), lang),
        style="bold",
        markup=False,
    )
    _show_shares(screen, explanation.sensitivities, lang, say)
    screen.print(say("A row or document in full: meguri sources ID"), style="dim")
    screen.print(told_by(estimate, say), style="dim", markup=False)


def show_sensitivities(
    screen: Console, estimate: OutflowEstimate, shares: pl.DataFrame, lang: Language, say: Say
) -> None:
    """Print what sways each figure."""
    for figure in shares["figure"].unique(maintain_order=True):
        row = estimate.figure(figure)
        screen.print(labelled(name_of(row, lang), cell(row, lang), say), style="bold", markup=False)
        screen.print(sensitivity_sentence(shares, figure, lang), markup=False)
        _show_shares(screen, shares.filter(shares["figure"] == figure), lang, say)
    screen.print(told_by(estimate, say), style="dim", markup=False)


def address_of(statistics: Statistics, name: str) -> str:
    """The address of a figure, told as such or as an anchor's name."""
    frame = statistics.table("white_paper_anchors").frame
    return dict(zip(frame["anchor"], frame["figure"], strict=True)).get(name) or name


def _show_shares(screen: Console, shares: pl.DataFrame, lang: Language, say: Say) -> None:
    rows = [row for row in shares.iter_rows(named=True) if row["total"] >= LEAST_SHARE]
    if not rows:
        screen.print(say("Nothing uncertain goes into it."))
        return
    cells = [
        (
            row[f"label_{lang}"],
            f"{row['first_order']:.0%}",
            f"{row['total']:.0%}",
            "█" * round(row["total"] * BAR),
        )
        for row in rows
    ]
    columns: Columns = (
        (say("what its uncertainty comes from"), "left"),
        (say("alone"), "right"),
        (say("in all"), "right"),
        ("", "left"),
    )
    screen.print(grid(columns, cells, wraps=(0,)))


def _grouped(statistics: Statistics, rows: Sequence[str], lang: Language) -> dict[tuple[str, str], list[str]]:
    """Rows by status and document; a whole table stands under its title."""
    groups: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if ":" in row:
            held = statistics.resolve(row)
            key = (chip(held.status, lang), held.source.title)
        else:
            key = ("", statistics.table(row).title(lang))
        groups.setdefault(key, []).append(row)
    return groups


def _input(statistics: Statistics, row: str) -> Mapping[str, Any]:
    """A row of a table, or a whole table, with its document."""
    if ":" not in row:
        table = statistics.table(row)
        return {
            "row": row,
            "table": row,
            "status": "",
            "source_id": "",
            "source": table.title("en"),
            "locator": "",
        }
    held = statistics.resolve(row)
    return {
        "row": row,
        "table": held.table,
        "status": held.status,
        "source_id": held.source.id,
        "source": held.source.title,
        "locator": held.locator,
    }


def _documents(statistics: Statistics, explanation: Explanation) -> list[str]:
    ids: list[str] = []
    for row in explanation.rows:
        if ":" in row:
            ids.append(statistics.resolve(row).source.id)
        else:
            ids += sorted(set(statistics.table(row).frame["source_id"]))
    return list(dict.fromkeys(ids))
