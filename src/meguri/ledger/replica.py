"""A copy of another ledger in a SQLite file, read like one's own and never written to but by `follow`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from sqlalchemy import select

from meguri.battery import READABLE, AccessClass
from meguri.errors import NotFound, Said
from meguri.ledger.checkpoint import Checkpoint
from meguri.ledger.home import begun
from meguri.ledger.note import parse_note
from meguri.ledger.readable import ReadableLedger
from meguri.ledger.store import Store, open_store
from meguri.ledger.tables import log
from meguri.ledger.tables import source as table
from meguri.ledger.values import instant

__all__ = ["Lag", "Replica", "open_replica", "read_lag"]


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a copy is behind: `lines` here of `of` there when the source was last `seen`.

    The recovery point is `whole`: all that the source had recorded by then is here (None: never yet).
    """

    url: str
    access: AccessClass
    lines: int
    of: int
    seen: datetime
    whole: datetime | None

    @property
    def behind(self) -> int:
        """Lines that are known there and are not here."""
        return self.of - self.lines

    def age(self, now: datetime | None = None) -> timedelta | None:
        """What would be lost if the source were lost now: all it recorded in this time."""
        return None if self.whole is None else (now or datetime.now(UTC)) - self.whole


class Replica(ReadableLedger):
    """A copy that has come to a checkpoint at least once; holds the parts of events that a reader of class `access` may see."""

    def __init__(self, store: Store, origin: str, vkey: str, access: AccessClass) -> None:
        super().__init__(store, origin, vkey)
        self.access = access
        self.given = READABLE[access]

    def lag(self) -> Lag:
        found = read_lag(self.store)
        assert found is not None
        return found


def open_replica(where: str | Path) -> Replica:
    """Open a copy to read. Raises NotFound where there is none, or none that has come to a checkpoint yet."""
    store = open_store(where) if begun(where) else None
    lag = read_lag(store) if store else None
    row = None
    if store and lag:
        with store.reading() as connection:
            row = connection.execute(select(log.c.origin, log.c.vkey)).first()
    if store is None or lag is None or row is None:
        if store:
            store.close()
        raise NotFound(
            Said("There is no whole copy of a ledger here."),
            where=str(where),
            mend=Said("Follow one to its end first: meguri ledger follow URL."),
        )
    return Replica(store, row.origin, row.vkey, lag.access)


def read_lag(store: Store) -> Lag | None:
    """How far the copy in a store is; None where it holds none."""
    with store.reading() as connection:
        row = connection.execute(select(table)).first()
    if row is None:
        return None
    return Lag(
        row.url,
        cast(AccessClass, row.access),
        row.lines,
        Checkpoint.parse(parse_note(row.target)[0]).size,
        instant(row.seen_us),
        None if row.whole_us is None else instant(row.whole_us),
    )
