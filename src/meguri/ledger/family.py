"""The events that tell where a battery's matter came from: its own life, and the lives of all that went into it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from meguri.battery import EVENTS, Happening, Header, Part, Told
from meguri.errors import NotFound
from meguri.ledger.content import Recorded

__all__ = ["Lives", "family", "told"]

TAKES_IN = frozenset({"manufactured", "assembled"})
"""Words whose battery takes in what they name; in all others it gives."""


class Lives(Protocol):
    """Whatever tells the life of a battery, such as a ledger."""

    def life(self, battery: str) -> tuple[Recorded, ...]: ...
    def resolve(self, name: str) -> str: ...


def told(recorded: Recorded) -> Told:
    """A recorded event as folds take it; its header alone where its public part is erased."""
    event: Happening | Header = recorded.event or Header(
        recorded.id, recorded.type, recorded.battery, recorded.time
    )
    return Told(recorded.index, recorded.recorded, event)


def family(ledger: Lives, battery: str) -> tuple[Told, ...]:
    """Every event of a battery and of its forebears (parts, lots, and the batteries these came from), as recorded.

    Enough for `battery.trace` to tell the flows and balances of all of them. Raises NotFound.
    """
    named = ledger.resolve(battery)
    known: dict[int, Told] = {}
    seen, waiting = {named}, [named]
    while waiting:
        one = waiting.pop()
        for index, held in _life(ledger, one):
            known[index] = held
            for other in _forebears(held.event, one):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
    return tuple(known[index] for index in sorted(known))


def _life(ledger: Lives, battery: str) -> Iterator[tuple[int, Told]]:
    try:
        recorded = ledger.life(battery)
    except NotFound:
        return
    yield from ((held.index, told(held)) for held in recorded)


def _forebears(event: Happening | Header, battery: str) -> Iterator[str]:
    """What gives matter to the battery in an event."""
    if isinstance(event, Header):
        return
    names = EVENTS[event.type].names
    takes_in = event.type in TAKES_IN
    for name in names:
        held = getattr(event, name)
        for part in (held,) if isinstance(held, Part) else held:
            if takes_in and event.battery == battery:
                yield part.id
            elif not takes_in and part.id == battery:
                yield event.battery
