"""An event from what was typed into a form, every fault named by its field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from meguri.battery import EVENTS, Event, checked
from meguri.errors import InputError, MeguriError, NotFound, Problem, Said
from meguri.web.battery.fields import form_of

__all__ = ["event_of"]

_offset = re.compile(r"[+-][0-9]{2}:[0-9]{2}|Z").fullmatch
_part = re.compile(r"(\S+)(?:[\s,;]+([0-9.,]+)\s*(?:kg)?)?").fullmatch
_mass = re.compile(r"([A-Z][a-z]?)\s*[:=]?\s*([0-9]+(?:\.[0-9]+)?)").findall


def event_of(told: Mapping[str, str]) -> Event:
    """The event that a form tells: `word`, `id`, `battery`, `time` with `offset`, and fields by their names.

    Raises InputError with a `Problem` for each field that is wrong, NotFound for a word that is not known.
    """
    word = told.get("word", "")
    if word not in EVENTS:
        raise NotFound(
            Said("“{word}” is not an event that is known here.", word=word),
            where="word",
            mend=Said("Choose one of the events that the page offers."),
        )
    values: dict[str, Any] = {"type": word}
    problems: list[Problem] = []
    for field in msgspec.structs.fields(EVENTS[word]):
        text = (
            unicodedata.normalize("NFKC", told.get(field.name, "")).strip()
            if field.name != "note"
            else told.get("note", "").strip()
        )
        try:
            if field.name == "time":
                values["time"] = _instant(text, told.get("offset", ""))
            elif text:
                values[field.name] = _value(field, text)
            elif field.required:
                raise InputError(Said("This is needed."), mend=Said("Fill it in."))
        except MeguriError as fault:
            problems.append(Problem(fault.what, fault.mend, column=field.name, value=text))
    if not problems:
        try:
            return checked([msgspec.convert(values, Event)])[0]
        except msgspec.ValidationError as fault:
            problems.append(Problem(Said.of(str(fault)), Said("Mend the field that is named."), column=word))
        except InputError as fault:
            problems += [
                Problem(one.what, one.mend, column=one.column, value=told.get(one.column, ""))
                for one in fault.problems
            ]
    raise InputError(
        Said("Not recorded yet: {count} of the fields cannot be taken.", count=len(problems)),
        tuple(problems),
        where=problems[0].column,
        mend=Said("Mend the fields that are marked; what you typed is still there."),
    )


def _value(field: msgspec.structs.FieldInfo, text: str) -> Any:
    form = form_of(field.name, field.type)
    plain: Any = text
    if form == "parts":
        parts = [_a_part(line) for line in text.splitlines() if line.strip()]
        plain = parts[0] if field.name == "into" else parts
    elif form == "masses":
        plain = {element: float(kg) for element, kg in _mass(text)}
        if not plain or _mass_rest(text):
            raise InputError(
                Said("“{text}” does not tell masses of elements.", text=text),
                mend=Said("Write them as: Li 4.6, Ni 19.8"),
            )
    elif form == "names":
        plain = [line.strip() for line in text.splitlines() if line.strip()]
    elif form == "yes":
        plain = text == "yes"
    elif form == "number":
        plain = text.replace(",", "")
    elif form == "time":
        plain = f"{text}:00+09:00" if len(text) == 16 else text
    elif field.name in ("country", "destination", "origin"):
        plain = text.upper()
    try:
        return msgspec.to_builtins(msgspec.convert(plain, field.type, strict=False))
    except msgspec.ValidationError as fault:
        raise InputError(
            Said("“{text}” cannot be taken here: {reason}.", text=text[:80], reason=Said.of(str(fault))),
            mend=Said("See what the field holds, and mend it."),
        ) from fault


def _mass_rest(text: str) -> str:
    """What is left of a line of masses besides the masses."""
    left = re.sub(r"([A-Z][a-z]?)\s*[:=]?\s*([0-9]+(?:\.[0-9]+)?)\s*(kg)?", "", text)
    return left.strip(" ,;、\n\r\t")


def _a_part(line: str) -> dict[str, Any]:
    found = _part(line.strip())
    if not found:
        raise InputError(
            Said("“{line}” does not name a part.", line=line.strip()[:80]),
            mend=Said("Write one part a line: its identifier, then its mass in kg."),
        )
    mass = found[2].replace(",", "") if found[2] else ""
    try:
        return {"id": found[1], **({"mass_kg": float(mass)} if mass else {})}
    except ValueError as fault:
        raise InputError(
            Said("“{line}” does not name a part.", line=line.strip()[:80]),
            mend=Said("Write one part a line: its identifier, then its mass in kg."),
        ) from fault


def _instant(text: str, offset: str) -> str:
    try:
        when = datetime.fromisoformat(text)
    except ValueError as fault:
        raise InputError(
            Said("“{text}” is not a date with a time.", text=text), mend=Said("Write it as 2026-04-01T09:30.")
        ) from fault
    if when.tzinfo is None:
        if not _offset(offset):
            raise InputError(
                Said("“{text}” is not an offset from UTC.", text=offset), mend=Said("Write it as +09:00.")
            )
        return f"{when.isoformat()}{offset}"
    return when.isoformat()
