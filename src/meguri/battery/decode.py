"""Events from JSON, checked: form, identifiers and ids, each fault placed by row and field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from meguri.battery.events import Corrected, Event, Instant, Part
from meguri.battery.identity import subject
from meguri.errors import InputError, MeguriError, Problem, Said

MOST_BYTES = 256 << 20
FIRST_YEAR, LAST_YEAR = 1900, 2199

_NUL = b"\\u0000"
_MISFITS = (msgspec.MsgspecError, UnicodeError, RecursionError)
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_is_uuid = re.compile(_UUID).fullmatch
_are_uuids = re.compile(f"(?:{_UUID})+").fullmatch
_array: msgspec.json.Decoder[list[Event]] = msgspec.json.Decoder(list[Event])
_each: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_plain = msgspec.json.Decoder()
_holds_nul = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000").search


def decode_events(data: bytes, *, file: str = "") -> list[Event]:
    """Events of a JSON array, or one a line (NDJSON); identifiers in canonical form.

    Raises InputError with a `Problem` for each event that is not one; `row` counts events from 1.
    """
    if len(data) > MOST_BYTES:
        raise InputError(
            Said("The file has more than {most} bytes.", most=MOST_BYTES),
            where=file,
            mend=Said("Send it in several parts."),
        )
    try:
        events = _array.decode(data) if data.lstrip()[:1] == b"[" else _each.decode_lines(data)
    except _MISFITS:
        raise _refusal(data, file) from None
    if _NUL not in data and _is_plain(events):
        return events
    return _mended(events, file, formed=_NUL not in data)


def checked(events: Sequence[Event], *, file: str = "") -> list[Event]:
    """Events made in Python, held to their form, with ids that are UUIDs and identifiers in canonical form.

    Raises InputError, all faults placed.
    """
    try:
        data = msgspec.json.encode(list(events))
        formed = _array.decode(data)
    except _MISFITS:
        return _mended(events, file, formed=False)
    if b"null" in data or _NUL in data:
        return _mended(events, file, formed=False)
    return formed if _is_plain(formed) else _mended(formed, file, formed=True)


def _mended(events: Sequence[Event], file: str, *, formed: bool) -> list[Event]:
    """Events one by one in canonical form, whether or not they have that of their class. Raises InputError with all problems."""
    found: list[Event] = []
    problems: list[Problem] = []
    for row, event in enumerate(events, start=1):
        try:
            found.append(_canonical(event if formed else _formed(event)))
        except (msgspec.ValidationError, RecursionError) as fault:
            problems.append(_misfit(fault, file, row))
        except MeguriError as fault:
            problems.append(
                Problem(fault.what, fault.mend, file=file, row=row, column=fault.where or "battery")
            )
    if problems:
        raise InputError(
            Said("{count} of {all} events cannot be taken.", count=len(problems), all=len(events)),
            tuple(problems),
            where=file or "events",
            mend=Said("Mend the rows that are named; nothing was recorded."),
        )
    return found


def _formed(event: Event) -> Event:
    """An event held to the form of its class. Raises ValidationError, or InputError for text that cannot be kept."""
    try:
        held: Event = msgspec.convert(msgspec.to_builtins(event, builtin_types=(datetime,)), Event)
        if not _holds_nul(msgspec.json.encode(held)):
            return held
    except UnicodeError:
        pass
    raise InputError(
        Said("A text holds a character that cannot be kept: NUL, or half of a surrogate pair."),
        where=next((name for name in event.__struct_fields__ if "\0" in str(getattr(event, name))), "event"),
        mend=Said("Take it out; type the text instead of copying it."),
    )


def _canonical(event: Event) -> Event:
    """The same event with its names in canonical form. Raises InputError."""
    if not _is_uuid(event.id):
        raise InputError(
            Said("“{id}” is not a UUID in lower case.", id=event.id),
            where="id",
            mend=Said("Leave it out to get one, or draw a UUIDv7."),
        )
    _check_year(event.time)
    if isinstance(event, Corrected) and (right := (event.replacement or {}).get("time")) is not None:
        _check_year(msgspec.convert(right, Instant))
    named = subject(event.battery)
    if named != event.battery:
        event = msgspec.structs.replace(event, battery=named)
    return _with_links(event) if event.names else event


def _check_year(time: datetime) -> None:
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise InputError(
            Said("Nothing recorded here happened in the year {year}.", year=time.year),
            where="time",
            mend=Said(
                "Give the time of the event, from {first} to {last}.", first=FIRST_YEAR, last=LAST_YEAR
            ),
        )


def _is_plain(events: Sequence[Event]) -> bool:
    """Whether nothing has to be mended: ids, times and identifiers are as they should be, and all else is formed."""
    if not events or any(event.names or type(event) is Corrected for event in events):
        return False
    years = [event.time.year for event in events]
    if min(years) < FIRST_YEAR or max(years) > LAST_YEAR:
        return False
    batteries = [event.battery for event in events]
    try:
        return (
            bool(_are_uuids("".join([event.id for event in events])))
            and list(map(subject, batteries)) == batteries
        )
    except MeguriError:
        return False


def _with_links(event: Event) -> Event:
    """The same event with the things that it names in canonical form."""
    changed: dict[str, Any] = {}
    for name in event.names:
        held = getattr(event, name)
        parts = (held,) if isinstance(held, Part) else held
        mended = tuple(msgspec.structs.replace(part, id=subject(part.id)) for part in parts)
        if mended != parts:
            changed[name] = mended[0] if isinstance(held, Part) else mended
    return msgspec.structs.replace(event, **changed) if changed else event


def _refusal(data: bytes, file: str) -> InputError:
    """Why bytes are not events, row by row."""
    problems = tuple(_problems(data, file))
    return InputError(
        Said("{count} of the events cannot be read.", count=len(problems)),
        problems,
        where=file or "events",
        mend=Said("Mend the rows that are named; nothing was recorded."),
    )


def _problems(data: bytes, file: str) -> Iterable[Problem]:
    try:
        rows: list[Any] = _plain.decode(data) if data.lstrip()[:1] == b"[" else _plain.decode_lines(data)
    except _MISFITS as fault:
        yield Problem(
            Said("This is not JSON: {reason}", reason=Said.of(str(fault))),
            Said("Send a JSON array of events, or one event a line."),
            file=file,
        )
        return
    for row, held in enumerate(rows, start=1):
        try:
            msgspec.convert(held, Event)
        except msgspec.ValidationError as fault:
            yield _misfit(fault, file, row)


def _misfit(fault: Exception, file: str, row: int) -> Problem:
    told, _, path = str(fault).partition(" - at `$")
    return Problem(
        Said.of(told),
        Said("See the vocabulary of events for what this field holds."),
        file=file,
        row=row,
        column=path.rstrip("`").lstrip("."),
    )
