"""Events of a file in any form: read with the place of each, or some at a time, or sealed by their recorder."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from meguri.errors import InputError, Problem, Said

if TYPE_CHECKING:
    from meguri.battery import Event
    from meguri.ledger import Sealed

SEALED = ".sealed.json"
BIG_BYTES = 32 << 20
"""Beyond this a file is recorded batch by batch."""


@dataclass(frozen=True, slots=True)
class Given:
    """Events of a file with the sheet and row of each, and what is wrong with other rows."""

    events: Sequence[Event]
    places: Sequence[tuple[str, int]]
    problems: Sequence[Problem] = ()

    @classmethod
    def counted(cls, events: Sequence[Event], before: int = 0) -> Given:
        """Events in rows of no sheet, which come after `before` others."""
        return cls(events, [("", row) for row in range(before + 1, before + len(events) + 1)])


def read(file: Path, *, whole: bool = False) -> Given | Sealed | Iterator[list[Event]]:
    """The events of a file, some at a time where it is big and not asked for `whole`; or the sealed recording in it.

    Raises InputError with every fault placed, NotFound, or OSError.
    """
    from meguri.ledger.exchange import iter_file, read_file, read_sheet

    if file.name.endswith(SEALED):
        return _sealed(file)
    if not whole and file.is_file() and file.stat().st_size > BIG_BYTES:
        return iter_file(file)
    data = file.read_bytes()
    if _is_sheet(data):
        rows = read_sheet(data, file.name)
        return Given(rows.events, [(place.sheet, place.row) for place in rows.places], rows.problems)
    return Given.counted(read_file(data, file.name))


def _is_sheet(data: bytes) -> bool:
    start = data[:64].removeprefix(codecs.BOM_UTF8).lstrip()
    return not start.startswith((b"[", b"{", b"PAR1"))


def _sealed(file: Path) -> Sealed:
    import msgspec

    from meguri.ledger import Sealed

    try:
        return msgspec.json.decode(file.read_bytes(), type=Sealed)
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise InputError(
            Said("This is not a sealed recording: {reason}", reason=Said.of(str(fault))),
            where=file.name,
            mend=Said("Seal the events again: meguri recorder seal."),
        ) from fault


def refuse_problems(given: Given) -> None:
    """Raise InputError where a row is no event."""
    if given.problems:
        count = len({(held.sheet, held.row) for held in given.problems})
        raise InputError(
            Said("{count} of {all} events cannot be taken.", count=count, all=count + len(given.events)),
            tuple(given.problems),
            where="FILE",
            mend=Said("Mend the rows that are named; nothing was recorded."),
        )
