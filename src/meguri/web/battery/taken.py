"""What a file to be taken in holds, and what would become of each of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meguri.battery import Event
from meguri.errors import InputError, MeguriError, Problem, Said
from meguri.ledger.exchange import form_of, read_file, read_sheet
from meguri.report import Language, battery_words, in_language
from meguri.web.battery.address import short_name
from meguri.web.battery.words import FLAGS, in_sentences, moment
from meguri.web.language import sentences

__all__ = ["RowVerdict", "Taken", "read_taken", "verdicts_by_row"]

MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Taken:
    """Events with the sheet and row where each stands, those of sheets in the order of time, and what is wrong with other rows."""

    events: Sequence[Event]
    places: Sequence[tuple[str, int]]
    problems: Sequence[Problem]


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """One row on the page: where it stands, what it tells, and what would become of it."""

    sheet: str
    row: int
    event: str
    battery: str
    when: str
    refused: bool
    said: str


def read_taken(content: bytes, name: str) -> Taken:
    """Read a file by what it holds. Raises InputError where nothing of it can be read."""
    if form_of(content) == "sheet":
        rows = read_sheet(content, name)
        order = sorted(range(len(rows.events)), key=lambda at: rows.events[at].time)
        taken = Taken(
            [rows.events[at] for at in order],
            [(rows.places[at].sheet, rows.places[at].row) for at in order],
            rows.problems,
        )
    else:
        events = read_file(content, name)
        taken = Taken(events, [("", row) for row in range(1, len(events) + 1)], ())
    if len(taken.events) > MOST_ROWS:
        raise InputError(
            Said(
                "The file has {count:,} events; a page takes at most {most:,}.",
                count=len(taken.events),
                most=MOST_ROWS,
            ),
            where=name,
            mend=Said("Use the command line: meguri event import FILE."),
        )
    return taken


def verdicts_by_row(
    taken: Taken, verdicts: Sequence[MeguriError | tuple[str, ...]], language: Language
) -> list[RowVerdict]:
    """All rows, those that cannot be recorded first."""
    say, words = sentences(language).gettext, battery_words(language)
    told = [
        RowVerdict(one.sheet, one.row or 0, "", "", "", True, _problem(one, language))
        for one in taken.problems
    ]
    for event, (sheet, row), verdict in zip(taken.events, taken.places, verdicts, strict=True):
        refused = isinstance(verdict, MeguriError)
        said = (
            in_sentences((verdict.what, verdict.mend), language)
            if isinstance(verdict, MeguriError)
            else say(", ").join(say(FLAGS[flag]) for flag in verdict)
        )
        told.append(
            RowVerdict(
                sheet,
                row,
                words.events[event.type],
                short_name(event.battery),
                moment(event.time, language),
                refused,
                said,
            )
        )
    return sorted(told, key=lambda one: not one.refused)


def _problem(problem: Problem, language: Language) -> str:
    """What is wrong with a cell: its column, what was found, and how to mend it."""
    found = (
        f"（{problem.value}）"
        if problem.value and language == "ja"
        else f" ({problem.value})"
        if problem.value
        else ""
    )
    what = in_language(problem.what, language) + found
    between = "：" if language == "ja" else ": "
    return problem.column + between + in_sentences((what, problem.mend), language)
