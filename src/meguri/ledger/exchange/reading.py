"""Events of a file in any form that is known here; which one it is, is told from its contents."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from meguri.battery import EVENTS, Event, decode_events
from meguri.errors import InputError, NotFound, Said

__all__ = ["form_of", "iter_file", "read_file"]

Form = Literal["parquet", "sheet", "epcis", "lines", "array"]

BATCH: Final = 10_000
MOST_LINE: Final = 4 << 20
MOST_HEAD: Final = 32 << 20


def read_file(source: str | Path | bytes, name: str = "") -> list[Event]:
    """All events of a file: JSON array, NDJSON, EPCIS 2.0 in JSON-LD, CSV or XLSX after the template, Parquet.

    Those of sheets come in the order of time. Raises InputError, with a `Problem` for each row that is no event, or NotFound.
    """
    data = source if isinstance(source, bytes) else _content(Path(source))
    name = name or ("" if isinstance(source, bytes) else Path(source).name)
    data = data.removeprefix(codecs.BOM_UTF8) if _is_json(data) else data
    form = form_of(data)
    if form == "parquet":
        from meguri.ledger.exchange.parquet import read_parquet

        return [event for events in read_parquet(data, name) for event in events]
    if form == "sheet":
        return _of_sheet(data, name)
    if form == "epcis":
        from meguri.ledger.exchange.epcis import from_epcis

        return from_epcis(data, file=name)
    return decode_events(data, file=name)


def iter_file(path: str | Path, name: str = "") -> Iterator[list[Event]]:
    """The events of a file, some at a time: of NDJSON and Parquet never all at once. Raises what `read_file` does."""
    file = Path(path)
    name = name or file.name
    head = _content(file, MOST_LINE)
    if head.startswith(b"PAR1"):
        from meguri.ledger.exchange.parquet import read_parquet

        yield from read_parquet(file, name)
    elif head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and _is_event(
        head.lstrip().partition(b"\n")[0]
    ):
        yield from _lines(file, name)
    else:
        yield read_file(file, name)


def form_of(data: bytes) -> Form:
    """What a file is. One that is none of the others is taken for a sheet."""
    if data.startswith(b"PAR1"):
        return "parquet"
    start = data.lstrip()[:1]
    if start == b"[":
        return "array"
    if start != b"{":
        return "sheet"
    if len(data) <= MOST_HEAD and _told(data) not in (None, *EVENTS):
        return "epcis"
    return "lines"


def _is_json(data: bytes) -> bool:
    return data.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"[", b"{")


def _told(data: bytes) -> str | None:
    """The type of the JSON object that the data is; empty where it says none, None where it is no single object."""
    try:
        held: Any = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return str(held.get("type", "")) if isinstance(held, dict) else None


def _is_event(line: bytes) -> bool:
    return _told(line.removeprefix(codecs.BOM_UTF8)) in EVENTS


def _of_sheet(data: bytes, name: str) -> list[Event]:
    from meguri.ledger.exchange.sheets import read_sheet

    rows = read_sheet(data, name)
    if rows.problems:
        raise InputError(
            Said(
                "{count} of {all} events cannot be taken.",
                count=rows.count - len(rows.events),
                all=rows.count,
            ),
            tuple(rows.problems),
            where=name or "events",
            mend=Said("Mend the rows that are named; nothing was recorded."),
        )
    return rows.events


def _lines(file: Path, name: str) -> Iterator[list[Event]]:
    before = 0
    with file.open("rb") as lines:
        while some := list(islice(iter(lambda: lines.readline(MOST_LINE + 1), b""), BATCH)):
            if any(len(line) > MOST_LINE for line in some):
                raise InputError(
                    Said("A line has more than {most} bytes.", most=MOST_LINE),
                    where=name,
                    mend=Said("Write one event a line."),
                )
            if not before:
                some[0] = some[0].removeprefix(codecs.BOM_UTF8)
            yield _decoded(some, before, name)
            before += len(some)


def _decoded(lines: list[bytes], before: int, name: str) -> list[Event]:
    try:
        return decode_events(b"".join(lines), file=name)
    except InputError as fault:
        problems = tuple(replace(held, row=before + (held.row or 1)) for held in fault.problems)
        raise InputError(fault.what, problems, where=fault.where, mend=fault.mend) from fault


def _content(file: Path, most: int = -1) -> bytes:
    try:
        with file.open("rb") as held:
            return held.read(most)
    except OSError as fault:
        raise NotFound(
            Said("The file cannot be read: {reason}", reason=Said.of(fault.strerror or "")),
            where=str(file),
            mend=Said("Check the path."),
        ) from fault
