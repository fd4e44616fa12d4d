"""A battery's life as lines of a page: what happened, when, who, where, its place in the log, and what is odd about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from meguri.battery import AccessClass, Happening, Life, Place
from meguri.ledger import Recorded
from meguri.ledger.view import visible, visible_event
from meguri.report import Language, battery_words, in_language
from meguri.web.battery.address import path_of, short_name
from meguri.web.battery.values import country_name, field_label, value_text
from meguri.web.battery.words import FLAG_MEANINGS, FLAGS, JAPAN, gap, moment
from meguri.web.language import sentences

__all__ = ["Entry", "entries", "facts", "kind_of", "told_flags"]

SHOWN_APART = ("id", "type", "battery", "time", "by", "country")
FACTS = ("maker", "model", "chemistry", "energy_kwh", "mass_kg", "vehicle_model", "soh_percent")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event on a page."""

    id: str
    index: int
    word: str
    title: str
    time: str
    when: str
    who: str
    where: str
    recorded: str
    recorder: str
    stage: str
    flags: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]
    taken_back: bool
    corrected_by: tuple[str, ...]
    details: tuple[tuple[str, str], ...]
    subject: tuple[str, str]
    """Name and address of the battery that the event is about, where it is another one."""


def entries(
    life: Life, recorded: Mapping[int, Recorded], reader: AccessClass, language: Language
) -> list[Entry]:
    """What the reader may see of a life, in its order."""
    seen = {held.index for held in visible(recorded.values(), reader)}
    return [
        _entry(place, recorded[place.index], life.battery, reader, language)
        for place in life.places
        if place.index in seen
    ]


def told_flags(flags: tuple[str, ...], language: Language) -> tuple[tuple[str, str], ...]:
    """Each flag as a few words, with a sentence about what it means."""
    say = sentences(language).gettext
    return tuple((say(FLAGS[flag]), say(FLAG_MEANINGS[flag])) for flag in flags if flag in FLAG_MEANINGS)


def kind_of(life: Life) -> str:
    """Pack, module, cell or lot, as events tell it."""
    for place in life.places:
        event = place.event
        if isinstance(event, Happening):
            for held in (getattr(event, "parts", ()), getattr(event, "outputs", ())):
                found = next((part.kind for part in held if part.id == life.battery), None)
                if found:
                    return str(found)
            own = getattr(event, "kind", None)
            if own and event.battery == life.battery:
                return str(own)
            into = getattr(event, "into", None)
            if into is not None and into.id == life.battery:
                return "lot"
    return "lot" if life.stage == "material" else "pack"


def facts(life: Life, reader: AccessClass, language: Language) -> list[tuple[str, str]]:
    """The newest value of what one wants to know first, as far as the reader may see it."""
    known: dict[str, str] = {}
    for place in life.places:
        event = place.event
        if place.void or not isinstance(event, Happening) or event.battery != life.battery:
            continue
        shown = visible_event(event, reader)
        for name in FACTS:
            if shown.get(name) is not None:
                known[name] = value_text(name, shown[name], language)
    return [(field_label(name, language), known[name]) for name in FACTS if name in known]


def _entry(place: Place, held: Recorded, battery: str, reader: AccessClass, language: Language) -> Entry:
    words, event = battery_words(language), place.event
    shown = visible_event(event, reader) if isinstance(event, Happening) else {}
    where = country_name(shown["country"], language) if shown.get("country") else ""
    other = event.battery if event.battery != battery else ""
    return Entry(
        id=held.id,
        index=held.index,
        word=held.type,
        title=words.events[held.type],
        time=event.time.isoformat(),
        when=moment(event.time, language),
        who=str(shown.get("by") or ""),
        where=where,
        recorded=moment(held.recorded.astimezone(JAPAN), language),
        recorder=held.recorder.rpartition("+")[0],
        stage=words.stages[place.after],
        flags=told_flags(held.flags, language),
        remarks=_remarks(place, held, language),
        taken_back=place.void is not None,
        corrected_by=(*place.corrected_by, *((place.void,) if place.void else ())),
        details=tuple(
            (field_label(name, language), value_text(name, value, language))
            for name, value in shown.items()
            if name not in SHOWN_APART
        ),
        subject=(short_name(other), path_of(other)) if other else ("", ""),
    )


def _remarks(place: Place, held: Recorded, language: Language) -> tuple[str, ...]:
    """What is to be said of an event in sentences of its own."""
    say = sentences(language).gettext
    told = []
    if place.late > timedelta(0):
        told.append(
            say("It was recorded when an event that lies {gap} later was already known.").format(
                gap=gap(place.late, language)
            )
        )
    if place.because:
        told.append(in_language(place.because, language) + say("."))
    again = "seen_after_export"
    if place.seen_after_export and again not in held.flags:
        told.append(say(FLAG_MEANINGS[again]))
    if held.erased:
        access = battery_words(language).access
        told.append(
            say("Erased: what was shown to {classes}.").format(
                classes=say(", ").join(access[name] for name in held.erased)
            )
        )
    return tuple(told)
