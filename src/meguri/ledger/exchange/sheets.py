"""Events from a sheet that people filled in, CSV or XLSX: every row becomes an event, or is told what is wrong with it.

Headings may be in English or Japanese, or the names of fields; a sheet's name, or its column “type”, says what happened. A row
without an id gets one that follows from what it says, so that the same row is recorded once, however often it is sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any
from uuid import UUID, uuid5

import msgspec

from meguri.battery import EVENTS, Event, checked
from meguri.errors import InputError, Problem, Said
from meguri.ledger.canonical import canonical
from meguri.ledger.exchange.book import Cells, Sheet, read_sheets
from meguri.ledger.exchange.cells import CellFault, is_blank, read_cell
from meguri.ledger.exchange.columns import WORDS, columns_of
from meguri.ledger.exchange.moments import JAPAN
from meguri.ledger.exchange.names import code_of, label

__all__ = ["Place", "Rows", "read_sheet"]

HEADER_WITHIN = 20
MOST_SHOWN = 60
SPACE = UUID("5d2f6a0e-6d0b-5a51-9a6c-0f4bd3c1b7aa")
"""The namespace of ids that follow from a row (UUIDv5, RFC 9562 §5.5)."""

NO_ID = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands; `row` counts from 1 as a spreadsheet shows it."""

    sheet: str
    row: int


@dataclass(slots=True)
class Rows:
    """What a file holds: `events`, each with its place; what is wrong with other rows; headings that mean nothing here."""

    events: list[Event] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Rows that were read, examples left out."""
        return len(self.events) + len({(held.sheet, held.row) for held in self.problems})


def read_sheet(data: bytes, name: str = "", *, zone: tzinfo = JAPAN) -> Rows:
    """Read a file; `name` is what it is called in messages, and times without an offset are of `zone`.

    Events come in the order of time; those of one moment in the order of the file.
    Raises InputError for a file that is not read at all: no table of events, too large, or broken.
    """
    found = Rows()
    reader = _Reader(name, zone, found)
    tables = [(sheet, header) for sheet in read_sheets(data, name) if (header := _header(sheet))]
    for sheet, header in tables:
        reader.read(sheet, header)
    order = sorted(range(len(found.events)), key=lambda place: found.events[place].time)
    found.events = [found.events[place] for place in order]
    found.places = [found.places[place] for place in order]
    if not tables:
        raise InputError(
            Said("The file was not read: {what}.", what=Said("no row in it names the columns")),
            where=name,
            mend=Said("Head the columns as in the template: meguri event template."),
        )
    return found


@dataclass(frozen=True, slots=True)
class _Header:
    """The row below which data begins, and the field in each place, with its heading."""

    row: int
    fields: Mapping[int, str]
    headings: Mapping[str, str]
    ignored: tuple[str, ...]


def _header(sheet: Sheet) -> _Header | None:
    """The last of the first rows that name columns; one of a template's two rows completes the other."""
    found: dict[int, str] = {}
    headings: dict[str, str] = {}
    unknown: dict[int, str] = {}
    last = 0
    for number, cells in sheet.rows[:HEADER_WITHIN]:
        told = {place: code for place, cell in enumerate(cells) if (code := _field(cell))}
        if not {"battery", "time"} <= set(told.values()):
            continue
        headings = {code: headings.get(code) or str(cells[place]).strip() for place, code in told.items()}
        found, last = found | told, number
        unknown = {
            place: str(cell).strip() for place, cell in enumerate(cells) if not is_blank(cell)
        } | unknown
    if not found:
        return None
    ignored = tuple(heading for place, heading in unknown.items() if place not in found)
    return _Header(last, found, headings, ignored)


def _field(cell: object) -> str | None:
    return code_of("field", cell) if isinstance(cell, str) else None


@dataclass(slots=True)
class _Reader:
    """Reads sheet after sheet into `found`. `seen` counts rows that say the same, which are events of their own."""

    file: str
    zone: tzinfo
    found: Rows
    seen: Counter[bytes] = field(default_factory=Counter)

    def read(self, sheet: Sheet, header: _Header) -> None:
        word = code_of("event", sheet.name)
        self.found.ignored += header.ignored
        for number, cells in sheet.rows:
            if number > header.row and not _is_example(cells, header):
                self._row(Place(sheet.name, number), cells, header, word)

    def _row(self, place: Place, cells: Cells, header: _Header, word: str | None) -> None:
        filled = {
            code: cells[at]
            for at, code in header.fields.items()
            if at < len(cells) and not is_blank(cells[at])
        }
        if not filled:
            return
        problems: list[Problem] = []

        def note(what: str, mend: str, column: str = "", value: object = "") -> None:
            shown = str(value)
            if len(shown) > MOST_SHOWN:
                shown = shown[:MOST_SHOWN] + "…"
            heading = header.headings.get(column, column)
            problems.append(Problem(what, mend, self.file, place.sheet, place.row, heading, shown))

        told = _word(filled.pop("type", None), word, note)
        if told is not None:
            values = dict(self._values(told, filled, note))
            event = None if problems else self._event(told, values, note)
            if event is not None:
                self.found.events.append(event)
                self.found.places.append(place)
        self.found.problems += problems

    def _values(self, word: str, filled: Mapping[str, object], note: Any) -> Iterator[tuple[str, Any]]:
        columns = columns_of(word)
        for code, cell in filled.items():
            column = columns.get(code)
            if column is None:
                note(
                    Said("“{word}” has no such field", word=word),
                    Said("Clear the cell, or mend what happened."),
                    code,
                    cell,
                )
                continue
            try:
                yield code, read_cell(cell, column, self.zone)
            except CellFault as fault:
                note(fault.what, fault.mend, code, cell)
        for code, column in columns.items():
            if column.needed and code not in filled:
                note(Said("the cell is blank"), Said("“{word}” needs it.", word=word), code)

    def _event(self, word: str, values: dict[str, Any], note: Any) -> Event | None:
        """The event, with identifiers in canonical form; None where something is noted."""
        given = values.pop("id", None)
        try:
            event_id = str(UUID(given)) if given else str(NO_ID)
        except ValueError:
            note(
                Said("“{id}” is not a UUID", id=given),
                Said("Leave the cell blank: the row gets an id by itself."),
                "id",
                given,
            )
            return None
        try:
            held: Any = msgspec.convert({**values, "id": event_id}, EVENTS[word])
            (event,) = checked([held])
            return event if given else self._with_id(event)
        except msgspec.ValidationError as fault:
            what, _, path = str(fault).partition(" - at `$.")
            code = path.rstrip("`").split("[")[0].split(".")[0]
            note(
                Said.of(what),
                Said("See the template for what this column holds."),
                code,
                values.get(code, ""),
            )
        except InputError as fault:
            for problem in fault.problems or (Problem(fault.what, fault.mend, column=fault.where),):
                note(problem.what, problem.mend, problem.column, values.get(problem.column, ""))
        return None

    def _with_id(self, event: Event) -> Event:
        said = canonical(msgspec.to_builtins(event))
        number = self.seen[said]
        self.seen[said] += 1
        return msgspec.structs.replace(event, id=str(uuid5(SPACE, f"{said.decode()}#{number}")))


def _word(cell: object, word: str | None, note: Any) -> str | None:
    """What happened, by the row's own cell or by the sheet's name; None where neither says it."""
    told = word if cell is None else code_of("event", str(cell).partition("[")[0])
    if told is None and cell is not None and str(cell).rstrip().endswith("]"):
        told = code_of("event", str(cell).rpartition("[")[2].rstrip("] "))
    if told is None or told not in WORDS:
        note(
            Said("it is not said what happened"),
            Said("Name the sheet after it, or say it in the column “type”: {words}.", words=WORDS),
            "type",
            "" if cell is None else cell,
        )
        return None
    return told


def _is_example(cells: Cells, header: _Header) -> bool:
    """Whether a row is the template's example."""
    marks = {label("text", "example", "ja"), label("text", "example", "en")}
    return any(
        code == "id" and place < len(cells) and cells[place] in marks for place, code in header.fields.items()
    )
