"""A battery's life told from its events: which stage it was at after each, and where the telling cannot be true.

`replay` walks the words of one life through the table of stages. `fold` does so for events as they were recorded:
late, out of order, corrected or erased, and as anyone knew them at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from meguri.battery.stages import LINK, RULE, Stage, after

__all__ = ["GONE", "Step", "Word", "replay"]

Word = str | tuple[str, str]
"""An event's word; for a thing that an event only names, the word and the field that names it."""

GONE: frozenset[Stage] = frozenset({"material", "consumed", "recycled", "disposed"})
"""No longer a battery: no event that should not happen here brings it back."""
BIRTHS = frozenset({"manufactured", "assembled"})


@dataclass(frozen=True, slots=True)
class Step:
    """One word of a life: the stage it found and the stage it left behind; `order` is its place in the record."""

    time: datetime
    order: int
    word: Word
    before: Stage
    after: Stage
    impossible: bool


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
