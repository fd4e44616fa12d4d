"""What pages of the ledger say: stages as a sentence, and the marks of events in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Final

from babel.dates import format_date

from meguri.report import Language, in_language, mark
from meguri.web.language import sentences

__all__ = [
    "FLAGS",
    "FLAG_MEANINGS",
    "JAPAN",
    "STAGES_SAID",
    "day",
    "gap",
    "in_sentences",
    "moment",
    "stage_sentence",
]

JAPAN: Final = timezone(timedelta(hours=9))
"""The clock of dates that name none, and of when things were recorded."""

THINGS: Final[Mapping[str, str]] = {
    "pack": mark("This battery"),
    "module": mark("This module"),
    "cell": mark("This cell"),
    "lot": mark("This lot of material"),
}
STAGES_SAID: Final[Mapping[str, str]] = {
    "none": mark("Nothing is recorded yet that would tell where it is."),
    "made": mark("{thing} was made and is not on the market yet."),
    "market": mark("{thing} is on the market."),
    "vehicle": mark("{thing} is in a vehicle that is not registered."),
    "use": mark("{thing} is in use in a vehicle."),
    "off_road": mark("{thing} is in a vehicle that was deregistered."),
    "abroad": mark("{thing} has left the country."),
    "removed": mark("{thing} was removed from its vehicle."),
    "held": mark("{thing} is held by a collector."),
    "sorted": mark("{thing} was sorted and waits for what comes next."),
    "ready": mark("{thing} is ready to be used again."),
    "second_life": mark("{thing} is in its second use."),
    "retired": mark("{thing} was retired from its second use."),
    "parts": mark("{thing} was taken apart."),
    "built_in": mark("{thing} is built into another."),
    "material": mark("{thing} is at hand as material."),
    "consumed": mark("{thing} was shredded."),
    "recycled": mark("{thing} was recycled."),
    "disposed": mark("{thing} was disposed of."),
}
FLAGS: Final[Mapping[str, str]] = {
    "late": mark("recorded late"),
    "impossible": mark("cannot have happened so"),
    "seen_after_export": mark("seen again after export"),
    "twice": mark("came into being twice"),
    "alias_clash": mark("bears a name of another"),
    "foreign": mark("taken in from elsewhere"),
    "known": mark("recorded already"),
}
FLAG_MEANINGS: Final[Mapping[str, str]] = {
    "late": mark("It happened before an event that was recorded earlier."),
    "impossible": mark(
        "By the table of stages this cannot happen where the battery was, or what follows cannot."
    ),
    "seen_after_export": mark("The battery had left the country, and no import was recorded."),
    "twice": mark(
        "An identifier came into being a second time: one of the two events names the wrong battery."
    ),
    "alias_clash": mark("The event gives the battery a name that another battery bears."),
    "foreign": mark("The event was recorded elsewhere; this ledger took it in without judging it."),
}


def stage_sentence(stage: str, kind: str, language: Language) -> str:
    """Where a thing is now, in one sentence."""
    say = sentences(language).gettext
    return say(STAGES_SAID[stage]).format(thing=say(THINGS.get(kind, THINGS["pack"])))


def in_sentences(parts: tuple[str, ...], language: Language) -> str:
    """What is wrong and how to mend it, each as a sentence of its own."""
    told = [in_language(part, language) for part in parts if part]
    full, between = ("。", "") if language == "ja" else (".", " ")
    return between.join(part if part.endswith((full, ".", "!", "?", "。")) else part + full for part in told)


def day(when: date, language: Language) -> str:
    """A date as people write it."""
    return format_date(when, "long" if language == "ja" else "d MMM y", locale=language)


def moment(when: datetime, language: Language) -> str:
    """An instant on the clock on which it was told, with that clock's offset."""
    offset = when.utcoffset() or timedelta(0)
    minutes = int(abs(offset).total_seconds()) // 60
    sign = "−" if offset < timedelta(0) else "+"
    zone = (
        "UTC"
        if not minutes
        else f"UTC{sign}{minutes // 60}" + (f":{minutes % 60:02d}" if minutes % 60 else "")
    )
    clock = f"{day(when, language)}{' ' if language == 'ja' else ', '}{when:%H:%M}"
    return f"{clock}（{zone}）" if language == "ja" else f"{clock} ({zone})"


def gap(span: timedelta, language: Language) -> str:
    """A span of time in whole days, or hours where it is shorter."""
    say = sentences(language).gettext
    if span >= timedelta(days=1):
        return say("{count} days").format(count=f"{span.days:,}")
    hours = int(span.total_seconds()) // 3600
    return say("{count} hours").format(count=hours) if hours else say("less than an hour")
