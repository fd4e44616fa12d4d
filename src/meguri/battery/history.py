"""A battery's life told from its events: which stage it was at after each, and where the telling cannot be true.

`replay` walks the words of one life through the table of stages. `fold` does so for events as they were recorded:
late, out of order, corrected or erased, and as anyone knew them at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from meguri.battery.corrections import Header, Standing, Told, standing
from meguri.battery.events import EVENTS, Happening
from meguri.battery.stages import LINK, RULE, Stage, after
from meguri.battery.words import EVENT_NAMES, STAGE_NAMES
from meguri.errors import Said

__all__ = ["GONE", "Life", "Order", "Place", "Step", "Word", "fold", "replay", "seen_after_export"]

Word = str | tuple[str, str]
"""An event's word; for a thing that an event only names, the word and the field that names it."""

Order = Literal["event time", "record time"]

GONE: frozenset[Stage] = frozenset({"material", "consumed", "recycled", "disposed"})
"""No longer a battery: no event that should not happen here brings it back."""
BIRTHS = frozenset({"manufactured", "assembled"})
ON_PAPER = frozenset(
    {
        "transferred",
        "deregistered",
        "audited",
        "attested",
        "corrected",
        "erased",
        "enrolled",
        "rotated",
        "revoked",
    }
)
"""Words that do not show where the battery itself is."""


@dataclass(frozen=True, slots=True)
class Step:
    """One word of a life: the stage it found and the stage it left behind; `order` is its place in the record."""

    time: datetime
    order: int
    word: Word
    before: Stage
    after: Stage
    impossible: bool


@dataclass(frozen=True, slots=True)
class Place:
    """An event in a life: as it stands after corrections, the stages around it, and what is to be said of it.

    `late`: how far before the newest event then known it happened. `because`: why it cannot have happened here.
    `void`: the correction that took it back. `erased` content leaves the header. All else is as in `Step`.
    """

    index: int
    recorded: datetime
    event: Happening | Header
    before: Stage
    after: Stage
    late: timedelta = timedelta(0)
    corrected_by: tuple[str, ...] = ()
    void: str | None = None
    erased: bool = False
    seen_after_export: bool = False
    because: Said | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of one battery: its `stage`, and its events in the `order` stated."""

    battery: str
    order: Order
    as_of: datetime | None
    stage: Stage
    places: tuple[Place, ...]

    @property
    def impossible(self) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.because)


def replay(steps: Iterable[tuple[datetime, int, Word]]) -> tuple[Step, ...]:
    """The stages of one life, in the order of event time, then of the record.

    A step that the table of stages does not allow is impossible. If its word says where the thing is now (a battery
    that is `collected` is held, whatever was missed before), the stage follows it. It stays where the word leads
    nowhere, where the thing is no longer a battery (`GONE`), or where the word makes again what exists.
    """
    stage: Stage = "none"
    told = []
    for time, order, word in sorted(steps, key=lambda step: step[:2]):
        following = possible(stage, word)
        then = following or believed(stage, word)
        told.append(Step(time, order, word, stage, then, following is None))
        stage = then
    return tuple(told)


def fold(
    events: Iterable[Told], battery: str, *, as_of: datetime | None = None, order: Order = "event time"
) -> Life:
    """The life of `battery` from the events that are about it, name it, or correct one of these.

    Only what was recorded by `as_of` is known. In the order of event time the life does not depend on the order
    of arrival, but for how late each event was and for events of the same instant, which follow the record.
    """
    known = sorted(
        (told for told in events if as_of is None or told.recorded <= as_of), key=lambda told: told.index
    )
    by_time = order == "event time"
    stand = standing(known, by_time=by_time)
    here = [one for one in stand if _is_in(one, battery)]
    steps = [
        (one.event.time if by_time else one.told.recorded, place, word)
        for place, one in enumerate(here)
        if one.void is None
        for word in _words(one.event, battery)
    ]
    walked: dict[int, list[Step]] = {}
    for step in replay(steps):
        walked.setdefault(step.order, []).append(step)
    line = sorted(
        range(len(here)), key=lambda at: (here[at].event.time if by_time else here[at].told.recorded, at)
    )
    late = _lateness(here)
    again = dict(
        zip(
            (at for at in line if at in walked),
            seen_after_export(here[at].event for at in line if at in walked),
            strict=True,
        )
    )
    places: list[Place] = []
    stage: Stage = "none"
    for at in line:
        one, own = here[at], walked.get(at, ())
        before, stage = stage, own[-1].after if own else stage
        places.append(
            Place(
                one.told.index,
                one.told.recorded,
                one.event,
                before,
                stage,
                late[at],
                one.corrected_by,
                one.void,
                one.erased,
                again.get(at, False),
                next((why(step) for step in own if step.impossible), one.fault),
            )
        )
    return Life(battery, order, as_of, stage, tuple(places))


def possible(stage: Stage, word: Word) -> Stage | None:
    """The stage that follows by the table; None where the word cannot stand here."""
    if isinstance(word, str):
        return after(stage, word)
    link = LINK[word]
    return (link.to or stage) if stage in link.at else None


def believed(stage: Stage, word: Word) -> Stage:
    """Where a thing is after a word that cannot stand here."""
    to = RULE[word].to if isinstance(word, str) else LINK[word].to
    return stage if to is None or stage in GONE or word in BIRTHS else to


def why(step: Step) -> Said:
    """Why an impossible step is so, in plain words."""
    word = step.word if isinstance(step.word, str) else step.word[0]
    event, stage = EVENT_NAMES[word], STAGE_NAMES[step.before]
    if step.before == "none":
        return Said(
            "“{event}” is the first that is known of it: what came before is not recorded", event=event
        )
    if word in BIRTHS and isinstance(step.word, str):
        return Said(
            "“{event}” cannot happen twice: it exists and is at the stage “{stage}”", event=event, stage=stage
        )
    if step.before in GONE:
        return Said(
            "“{event}” cannot happen after its end: it is at the stage “{stage}”", event=event, stage=stage
        )
    allowed = RULE[word].at if isinstance(step.word, str) else LINK[step.word].at
    return Said(
        "“{event}” cannot happen at the stage “{stage}”, only at: {allowed}",
        event=event,
        stage=stage,
        allowed=tuple(STAGE_NAMES[at] for at in allowed),
    )


def seen_after_export(events: Iterable[Happening | Header]) -> Iterator[bool]:
    """For each event of one life in order: whether it shows the battery in a country that it has left, with no import.

    The country left is where the export was recorded, else where the battery was last seen. An import that does not
    say where counts for every country. An event whose content is erased shows nothing.
    """
    left: set[str] = set()
    last: str | None = None
    for event in events:
        country = getattr(event, "country", None)
        if event.type == "imported":
            left = left - {country} if country else set()
        seen = country in left and event.type not in ON_PAPER
        yield seen
        if event.type == "exported":
            left = (left | {home} if (home := country or last) else left) - {
                getattr(event, "destination", None)
            }
        elif event.type not in ON_PAPER:
            last = country or last


def _is_in(one: Standing, battery: str) -> bool:
    return one.event.battery == battery or any(True for _ in _words(one.event, battery))


def _words(event: Happening | Header, battery: str) -> Iterator[Word]:
    """What an event is in the life of `battery`: its own word, and each field that names it.

    A header tells no names: what it is for another thing is known where its word has one field that names things.
    """
    if event.battery == battery:
        yield event.type
        if isinstance(event, Header):
            return
    fields = EVENTS[event.type].names
    if isinstance(event, Header):
        yield from ((event.type, field) for field in fields if len(fields) == 1)
        return
    for field in fields:
        named = getattr(event, field)
        if any(part.id == battery for part in (named if isinstance(named, tuple) else (named,))):
            yield event.type, field


def _lateness(here: list[Standing]) -> list[timedelta]:
    """How far each event lay behind the newest event time recorded before it; `here` is in record order."""
    late, newest = [], None
    for one in here:
        time = one.told.event.time
        late.append(max(newest - time, timedelta(0)) if newest else timedelta(0))
        newest = max(newest, time) if newest else time
    return late
