"""What recorded events say after all corrections: fields replaced, events taken back, contents erased."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from meguri.battery.events import Corrected, Erased, Happening
from meguri.errors import Said

__all__ = ["Header", "Standing", "Told", "as_corrected", "standing"]

FIXED = frozenset({"id", "type"})
"""What no correction changes."""


@dataclass(frozen=True, slots=True)
class Header:
    """What stays of an event whose content is erased."""

    id: str
    type: str
    battery: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it was recorded: its place in the record and when it was put there."""

    index: int
    recorded: datetime
    event: Happening | Header


@dataclass(slots=True)
class Standing:
    """An event as it stands: `void` is the correction that took it back, `fault` why it could not be heard."""

    told: Told
    event: Happening | Header
    corrected_by: tuple[str, ...] = ()
    void: str | None = None
    erased: bool = False
    fault: Said | None = None


def standing(told: Iterable[Told], *, by_time: bool = True) -> tuple[Standing, ...]:
    """Every event as it stands, in the order given.

    Of two corrections of one field the newer counts: by event time, or by the record where `by_time` is false. A
    correction is itself corrected or taken back by a newer one that names it. An event that is taken back keeps
    its place.
    """
    stand = tuple(Standing(one, one.event, erased=isinstance(one.event, Header)) for one in told)
    known = {one.event.id: one for one in stand}
    heard: dict[str, list[Standing]] = {}
    newest_first = sorted(
        (one for one in stand if isinstance(one.event, Corrected)),
        key=lambda one: (one.event.time if by_time else one.told.recorded, one.told.index),
        reverse=True,
    )
    for one in newest_first:
        _correct(one, heard.pop(one.event.id, []))
        if one.void is None and isinstance(one.event, Corrected):
            heard.setdefault(one.event.corrects, []).append(one)
    for identifier, corrections in heard.items():
        if identifier in known:
            _correct(known[identifier], corrections)
    for one in stand:
        _look_up(one, known)
    return stand


def as_corrected(told: Iterable[Told]) -> tuple[Happening, ...]:
    """The events that stand, with their right values: what a genealogy or a geometry is made from."""
    return tuple(one.event for one in standing(told) if one.void is None and isinstance(one.event, Happening))


def corrected_event(event: Happening, correction: Corrected) -> Happening:
    """The event with the fields that the correction replaces; None takes a field away.

    Raises `msgspec.ValidationError` where the event could not be so.
    """
    values = msgspec.to_builtins(event) | {
        name: value for name, value in (correction.replacement or {}).items() if name not in FIXED
    }
    return msgspec.convert({name: value for name, value in values.items() if value is not None}, type(event))


def _correct(one: Standing, newest_first: Sequence[Standing]) -> None:
    """Let corrections that stand work on the event."""
    heard = []
    for correction in reversed(newest_first):
        word = correction.event
        if not isinstance(word, Corrected):
            continue
        if word.replacement is None:
            one.void = word.id
        elif not isinstance(one.event, Header):
            try:
                one.event = corrected_event(one.event, word)
                heard.append(word.id)
            except msgspec.ValidationError as fault:
                correction.fault = Said("the correction does not fit the event: {fault}", fault=str(fault))
    one.corrected_by = tuple(heard)


def _look_up(one: Standing, known: dict[str, Standing]) -> None:
    """Say where a correction or an erasure names an event that is not known."""
    aim = getattr(one.event, "corrects", None) or getattr(one.event, "erases", None)
    if aim is None:
        return
    if aim not in known:
        one.fault = Said("it names an event that is not known here: {event}", event=aim)
    elif isinstance(one.event, Erased):
        known[aim].erased = True
