"""An event from what was typed into a form, read as a sheet's cells are, every fault named by its field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from meguri.battery import Event, checked
from meguri.errors import InputError, NotFound, Problem, Said
from meguri.ledger.exchange import WORDS, CellFault, columns_of, read_cell
from meguri.web.battery.words import JAPAN

__all__ = ["event_of"]


def event_of(told: Mapping[str, str]) -> Event:
    """The event that a form tells: `word`, `id`, `battery`, `time` on the clock of `offset`, and fields by their names.

    Raises InputError with a `Problem` for each field that is wrong, NotFound for a word that no form has.
    """
    word = told.get("word", "")
    if word not in WORDS:
        raise NotFound(
            Said("“{word}” is not an event that is known here.", word=word),
            where="word",
            mend=Said("Choose one of the events that the page offers."),
        )
    values: dict[str, Any] = {"type": word}
    problems: list[Problem] = []
    zone = _zone(told.get("offset", ""))
    for name, column in columns_of(word).items():
        text = told.get(name, "")
        try:
            value = read_cell(text, column, zone)
        except CellFault as fault:
            problems.append(Problem(fault.what, fault.mend, column=name, value=text))
            continue
        if value is not None:
            values[name] = value
        elif column.needed or name == "id":
            problems.append(Problem(Said("This is needed."), Said("Fill it in."), column=name))
    if not problems:
        try:
            return checked([msgspec.convert(values, Event)])[0]
        except msgspec.ValidationError as fault:
            what, _, path = str(fault).partition(" - at `$.")
            name = path.rstrip("`").partition("[")[0].partition(".")[0]
            problems.append(Problem(Said.of(what), Said("Mend the field that is named."), column=name))
        except InputError as fault:
            problems += [Problem(one.what, one.mend, column=one.column) for one in fault.problems]
    raise InputError(
        Said("Not recorded yet: {count} of the fields cannot be taken.", count=len(problems)),
        tuple(problems),
        where=problems[0].column,
        mend=Said("Mend the fields that are marked; what you typed is still there."),
    )


def _zone(offset: str) -> tzinfo:
    """The clock of an offset such as +09:00; Japan's where it is none."""
    try:
        return datetime.fromisoformat(f"2000-01-01T00:00{offset}").tzinfo or JAPAN
    except ValueError:
        return JAPAN
