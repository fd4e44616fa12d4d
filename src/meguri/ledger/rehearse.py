"""A rehearsal: what the ledger would say of each event, one after the other, without writing any."""

from __future__ import annotations

from collections.abc import Sequence

from meguri.battery import Event, checked
from meguri.errors import MeguriError
from meguri.ledger import flags
from meguri.ledger.heads import Heads, find_event
from meguri.ledger.plan import Planner, Rows
from meguri.ledger.recorders import check_may, check_words, find_active, read_recorders
from meguri.ledger.seal import WORD, seal, signer
from meguri.ledger.signing import SigningKey
from meguri.ledger.store import Store

Verdict = MeguriError | tuple[str, ...]
KNOWN = "known"


def rehearse(store: Store, events: Sequence[Event], key: SigningKey, *, elsewhere: bool) -> list[Verdict]:
    """For each event the flags that it would carry, or why it would be refused; later ones build on those before.

    An event that is here already has the flag `known`.
    """
    verdicts: list[Verdict] = []
    with store.reading() as connection:
        recorders, heads, before = read_recorders(connection), Heads(), Rows()
        for place, event in enumerate(events):
            planner = Planner(connection, heads, before, 0, elsewhere)
            try:
                (event,) = checked([event])
                check_words((event.type,), by_house=False)
                check_may(find_active(recorders, signer(key)), {WORD[type(event)]})
                if find_event(connection, event.id) is not None:
                    verdicts.append((KNOWN,))
                    continue
                planner.add(seal([event], key, ""), place)
            except MeguriError as fault:
                verdicts.append(fault)
                continue
            verdicts.append(flags.words(planner.rows.event[0][8]))
            before.absorb(planner.rows)
    return verdicts
