"""An event in the words of a command line: `--set name=value`, `--parts id:kg`, a time as people write it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, get_args

from meguri.errors import InputError, MeguriError, NotFound, OptionError, Said

if TYPE_CHECKING:
    import msgspec

    from meguri.battery import Event
    from meguri.ledger import Ledger

GIVEN = ("battery", "time", "by", "country", "type")
"""What has a place of its own on the command line."""
MASSES = "elements_kg"

_weighed = re.compile(r"(.+):([0-9]+(?:\.[0-9]+)?)").fullmatch


def event_of(word: str, battery: str, when: datetime, told: Mapping[str, Any], parts: Sequence[str]) -> Event:
    """The event that the words tell; values of `told` are text as it was typed. Raises OptionError or NotFound."""
    from meguri.battery import EVENTS
    from meguri.ledger import new_id

    fields = _fields(word)
    values = {name: _value(fields[name], told[name]) for name in told}
    if parts:
        values[_for_parts(word)] = _parts(word, parts)
    values.setdefault("id", new_id())
    missing = tuple(
        name for name, field in fields.items() if field.required and name not in values and name not in GIVEN
    )
    if missing:
        raise OptionError(
            Said("“{word}” needs more: {fields}.", word=word, fields=missing),
            where="--set",
            mend=Said(
                "Add --set {field}=…; it means: {meaning}.", field=missing[0], meaning=_meaning(missing[0])
            ),
        )
    event: Event = EVENTS[word](battery=battery, time=when, **values)  # type: ignore[assignment]
    return event


def about(battery: str, event: Event) -> Event:
    """The same event of another battery."""
    import msgspec

    return msgspec.structs.replace(event, battery=battery)


def settings(word: str, given: Iterable[str]) -> dict[str, Any]:
    """What `--set` says, by field; one that holds several values may be set again. Raises OptionError."""
    fields = _fields(word)
    told: dict[str, Any] = {}
    for setting in given:
        name, equals, text = setting.partition("=")
        name = name.strip()
        if not equals or not name:
            raise OptionError(
                Said("“{setting}” sets nothing", setting=setting),
                where="--set",
                mend=Said("Write it as name=value, such as soh_percent=87.5."),
            )
        if name in GIVEN or name not in fields:
            raise OptionError(
                Said("“{word}” has no field “{field}” to set.", word=word, field=name),
                where="--set",
                mend=Said("It has: {fields}", fields=tuple(held for held in fields if held not in GIVEN)),
            )
        if not _holds_several(fields[name]):
            if name in told:
                raise OptionError(
                    Said("“{key}” is given twice", key=name), where="--set", mend=Said("Give it once.")
                )
            told[name] = text.strip()
        else:
            told.setdefault(name, []).append(text.strip())
    return told


def instant_of(text: str | None, *, end_of_day: bool = False, where: str = "--time") -> datetime:
    """A time in ISO 8601; the zone of this machine where none is said, now where nothing is. Raises OptionError.

    A day alone is its beginning, or its last instant.
    """
    if text is None:
        return datetime.now(UTC).astimezone().replace(microsecond=0)
    try:
        held = datetime.fromisoformat(text.strip())
        if end_of_day and len(text.strip()) <= len("2026-04-01"):
            held = datetime.combine(held.date(), time.max)
        return held if held.tzinfo else held.astimezone()
    except (ValueError, OverflowError) as fault:
        raise OptionError(
            Said("“{text}” is not a time.", text=text),
            where=where,
            mend=Said("Write it as 2026-04-01T09:30+09:00, or as a day: 2026-04-01."),
        ) from fault


def battery_of(name: str, ledger: Ledger) -> str:
    """The identifier of a battery, from itself or from an alias that it bears in the ledger.

    Raises InputError, or NotFound for an alias that nothing bears.
    """
    from meguri.battery import alias, subject

    try:
        return subject(name)
    except InputError as fault:
        try:
            alias(name)
        except InputError:
            raise fault from None
    return ledger.resolve(name)


def _fields(word: str) -> dict[str, msgspec.structs.FieldInfo]:
    import msgspec

    from meguri.battery import EVENTS

    if word not in EVENTS:
        raise NotFound(
            Said("“{word}” is not an event that is known here.", word=word),
            where="WORD",
            mend=Said("Known are: {words}", words=tuple(EVENTS)),
        )
    return {field.name: field for field in msgspec.structs.fields(EVENTS[word])}


def _value(field: msgspec.structs.FieldInfo, told: Any) -> Any:
    """What was typed, as the field holds it. Raises OptionError."""
    import msgspec

    held = told if isinstance(told, list) else [told]
    try:
        plain = [_plain(field.name, text) for text in held]
        if isinstance(told, list):
            plain = [one for text in plain for one in (text if isinstance(text, list) else [text])]
        if field.name == MASSES:
            plain = [{key: value for one in plain for key, value in one.items()}]
        return msgspec.convert(plain if _is_tuple(field) else plain[0], field.type, strict=False)
    except (msgspec.ValidationError, ValueError, TypeError, AttributeError) as fault:
        raise OptionError(
            Said("“{value}” is not a value of {field}.", value=", ".join(held), field=field.name),
            where="--set",
            mend=_mend(field),
        ) from fault


def _plain(name: str, text: str) -> Any:
    """JSON where it looks like it; names of things with a mass, and masses by element, as they are typed."""
    from meguri.battery import LINK

    if text.startswith(("{", "[")):
        return json.loads(text)
    if name == MASSES:
        return dict(pair.strip().split(":") for pair in text.split(","))
    return part_of(text) if any(name == field for _, field in LINK) else text


def part_of(text: str) -> dict[str, Any]:
    """`ID` or `ID:KG`; what stands before the last colon must be an identifier itself, else the colon belongs to it."""
    from meguri.battery import subject

    weighed = _weighed(text.strip())
    if weighed:
        try:
            return {"id": subject(weighed[1]), "mass_kg": float(weighed[2])}
        except MeguriError:
            pass
    return {"id": text.strip()}


def _for_parts(word: str) -> str:
    """The field of a word that `--parts` fills. Raises OptionError."""
    from meguri.battery import EVENTS

    names = EVENTS[word].names
    if not names:
        raise OptionError(
            Said("“{word}” names no parts.", word=word),
            where="--parts",
            mend=Said(
                "Parts go with: {words}", words=tuple(held for held, kind in EVENTS.items() if kind.names)
            ),
        )
    return names[0]


def _parts(word: str, parts: Sequence[str]) -> Any:
    import msgspec

    field = _fields(word)[_for_parts(word)]
    held = [part_of(text) for text in parts]
    if not _is_tuple(field) and len(held) > 1:
        raise OptionError(
            Said("“{word}” names one thing only.", word=word),
            where="--parts",
            mend=Said("Give --parts once."),
        )
    try:
        return msgspec.convert(held if _is_tuple(field) else held[0], field.type)
    except msgspec.ValidationError as fault:
        raise OptionError(
            Said("“{value}” is not a value of {field}.", value=", ".join(parts), field=field.name),
            where="--parts",
            mend=Said("Write each part as ID, or as ID:KG."),
        ) from fault


def _inner(kind: Any) -> Iterable[Any]:
    """The types that a type is made of, itself first."""
    yield kind
    for held in get_args(kind):
        yield from _inner(held)


def _is_tuple(field: msgspec.structs.FieldInfo) -> bool:
    return any(getattr(kind, "__origin__", None) is tuple for kind in _inner(field.type))


def _holds_several(field: msgspec.structs.FieldInfo) -> bool:
    return _is_tuple(field) or field.name == MASSES


def _choices(field: msgspec.structs.FieldInfo) -> tuple[str, ...]:
    """Words that the field is chosen from."""
    if bool in _inner(field.type):
        return ("true", "false")
    return tuple(dict.fromkeys(held for held in _inner(field.type) if isinstance(held, str)))


def _meaning(name: str) -> Said:
    from meguri.battery import FIELDS

    held = FIELDS[name]
    return Said("{meaning} ({unit})", meaning=held.meaning, unit=held.unit) if held.unit else held.meaning


def _mend(field: msgspec.structs.FieldInfo) -> Said:
    if field.name == MASSES:
        return Said("Write it as --set elements_kg=Li:3.2,Ni:12.")
    choices = _choices(field)
    if choices:
        return Said("Choose one of: {choices}", choices=choices)
    return Said("It holds: {meaning}.", meaning=_meaning(field.name))
