"""A fleet's life written into a ledger, batch by batch through its open door, and the truth kept beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np

from meguri.battery import Event
from meguri.ledger import Ledger
from meguri.simulate.errors import Sent, spoil
from meguri.simulate.fleet import Fleet
from meguri.simulate.lives import events
from meguri.simulate.truth import Altered, Truth, true_lives

BATCH = 1000
SIMULATED = "simulated/"
"""What the names of ledgers with invented lives begin with."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was sent: events by word, how many of them are not as they happened (by kind), and the truth."""

    events: Mapping[str, int]
    altered: Mapping[str, int]
    truth: Truth


def origin_of(vehicles: int, seed: int) -> str:
    """The name of the ledger of a simulated fleet."""
    return f"{SIMULATED}{vehicles}-vehicles-seed-{seed}"


def is_simulated(origin: str) -> bool:
    """Whether a ledger of this name tells invented lives. Faces say so."""
    return origin.startswith(SIMULATED)


def batches(fleet: Fleet) -> Iterator[tuple[tuple[Sent, ...], bool]]:
    """All that is recorded, in the order of the record, in batches; and whether a batch is sent a second time."""
    random = np.random.default_rng(np.random.SeedSequence(fleet.seed, spawn_key=(3,)))
    again = fleet.parameters["errors"]["sent_again"].value
    sent = spoil(events(fleet), fleet.parameters, fleet.seed)
    while batch := tuple(islice(sent, BATCH)):
        yield batch, bool(random.random() < again)


def write_fleet(ledger: Ledger, fleet: Fleet, progress: Callable[[int, int], None] | None = None) -> Written:
    """Record a fleet's life. What may be odd goes in as recorded elsewhere, so that it is flagged and not refused.

    `progress` is told how many of about how many events are in. Written again, the same fleet adds nothing. Raises as
    `Ledger.append` does.
    """
    altered, counted, kinds = Altered(), Counter[str](), Counter[str]()
    about, done = int((fleet.times < fleet.until).sum()), 0
    for batch, again in batches(fleet):
        for odd in (False, True):
            told: list[Event] = [sent.event for sent in batch if sent.odd is odd]
            for _ in range(2 if again else 1):
                ledger.append(told, elsewhere=odd)
        for sent in batch:
            counted[sent.event.type] += 1
            if sent.alteration:
                kinds[sent.alteration.kind] += 1
                altered.note(sent)
        done += len(batch)
        if progress:
            progress(done, max(about, done))
    return Written(dict(counted), dict(kinds), Truth(true_lives(fleet), altered.table()))
