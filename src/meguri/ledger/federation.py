"""Several ledgers seen as one: what each operator recorded of a battery in its own log, and copies of it, told once.

No ledger stands above the others. An event is the same event wherever its id is found; what was erased in one is shown from none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from meguri.battery import Told
from meguri.errors import NotFound, Said
from meguri.ledger.content import Recorded
from meguri.ledger.errors import Conflict
from meguri.ledger.family import told
from meguri.ledger.readable import ReadableLedger
from meguri.ledger.view import visible_event

__all__ = ["Found", "battery_in", "life_in", "told_in"]


@dataclass(frozen=True, slots=True)
class Found:
    """An event, the logs it is in, and whether they differ in what they say publicly under its id."""

    recorded: Recorded
    origins: tuple[str, ...]
    differs: bool = False


def battery_in(ledgers: Sequence[ReadableLedger], name: str) -> str:
    """The battery that a name belongs to. Raises NotFound, or Conflict where ledgers give the name to different ones."""
    found: dict[str, str] = {}
    for ledger in ledgers:
        try:
            found.setdefault(ledger.resolve(name), ledger.origin)
        except NotFound:
            continue
    if not found:
        raise NotFound(
            Said("No battery “{name}” is recorded in any of these ledgers.", name=Said.of(name)),
            where=name,
            mend=Said("Give its identifier, or another name of it."),
        )
    if len(found) > 1:
        (one, here), (other, there) = list(found.items())[:2]
        raise Conflict(
            Said(
                "{name} names {one} in {here}, and {other} in {there}.",
                name=Said.of(name),
                one=one,
                here=here,
                other=other,
                there=there,
            ),
            where=name,
            mend=Said("Ask by the battery's identifier, and have the wrong one corrected."),
        )
    return next(iter(found))


def life_in(ledgers: Sequence[ReadableLedger], name: str) -> tuple[Found, ...]:
    """All events of a battery in all of the ledgers, each once, in the order in which they were first recorded.

    Raises NotFound, or Conflict for a name that different batteries bear.
    """
    battery = battery_in(ledgers, name)
    held: dict[tuple[str, str], list[tuple[ReadableLedger, Recorded]]] = {}
    for ledger in ledgers:
        for one in _life(ledger, battery):
            held.setdefault((one.id, one.named_in), []).append((ledger, one))
    merged = [_merged(copies) for copies in held.values()]
    return tuple(sorted(merged, key=lambda one: (one.recorded.recorded, one.origins, one.recorded.index)))


def told_in(ledgers: Sequence[ReadableLedger], name: str) -> tuple[Told, ...]:
    """The same as folds take it: `index` counts the events in the order of the record over all ledgers."""
    return tuple(
        Told(place, found.recorded.recorded, told(found.recorded).event)
        for place, found in enumerate(life_in(ledgers, name))
    )


def _life(ledger: ReadableLedger, battery: str) -> tuple[Recorded, ...]:
    try:
        return ledger.life(battery)
    except NotFound:
        return ()


def _merged(copies: Sequence[tuple[ReadableLedger, Recorded]]) -> Found:
    """One event of its copies: of the fewest parts that are left after erasures, the fullest; recorded when it first was."""
    _, best = max(
        copies, key=lambda copy: (len(copy[1].erased), len(copy[0].given), copy[1].event is not None)
    )
    first = min((one for _, one in copies), key=lambda one: one.recorded)
    kept = msgspec.structs.replace(best, recorded=first.recorded, index=first.index, recorder=first.recorder)
    origins = tuple(dict.fromkeys(ledger.origin for ledger, _ in copies))
    return Found(kept, origins, differs=_differ(one for _, one in copies))


def _differ(copies: Iterable[Recorded]) -> bool:
    told_ = [visible_event(one.event, "public") for one in copies if one.event is not None]
    return any(one != told_[0] for one in told_)
