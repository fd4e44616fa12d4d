"""Events from JSON, checked: form, identifiers and ids, each fault placed by row and field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from meguri.battery.events import Event, Part
from meguri.battery.identity import subject
from meguri.errors import InputError, MeguriError, Problem, Said

MOST_BYTES = 256 << 20

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_is_uuid = re.compile(_UUID).fullmatch
_are_uuids = re.compile(f"(?:{_UUID})+").fullmatch
_array: msgspec.json.Decoder[list[Event]] = msgspec.json.Decoder(list[Event])
_each: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_plain = msgspec.json.Decoder()


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
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _refusal(data, file) from None
    return checked(events, file=file)


def checked(events: Sequence[Event], *, file: str = "") -> list[Event]:
    """Events with ids that are UUIDs and identifiers in canonical form. Raises InputError, all faults placed."""
    if _is_plain(events):
        return list(events)
    found: list[Event] = []
    problems: list[Problem] = []
    for row, event in enumerate(events, start=1):
        try:
            if not _is_uuid(event.id):
                raise InputError(
                    Said("“{id}” is not a UUID in lower case.", id=event.id),
                    where="id",
                    mend=Said("Leave it out to get one, or draw a UUIDv7."),
                )
            named = subject(event.battery)
            if named != event.battery:
                event = msgspec.structs.replace(event, battery=named)
            found.append(_with_links(event) if event.names else event)
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


def _is_plain(events: Sequence[Event]) -> bool:
    """Whether nothing has to be mended: ids and identifiers are as they should be, and no event names other things."""
    if not events or any(event.names for event in events):
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
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
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
            told, _, path = str(fault).partition(" - at `$")
            yield Problem(
                Said.of(told),
                Said("See the vocabulary of events for what this field holds."),
                file=file,
                row=row,
                column=path.rstrip("`").lstrip("."),
            )
