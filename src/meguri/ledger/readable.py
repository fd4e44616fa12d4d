"""Everything that can be read of a ledger, be it one's own or a copy of another's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import func, select

from meguri.battery import CLASSES, AccessClass, Corrected
from meguri.errors import NotFound, Said
from meguri.ledger.checkpoint import Checkpoint, open_checkpoint
from meguri.ledger.content import Recorded, read_links, recorded, select_events
from meguri.ledger.flags import Flag
from meguri.ledger.home import begun
from meguri.ledger.proofs import inclusion_proof
from meguri.ledger.receipt import Receipt, Receipts
from meguri.ledger.recorders import Recorder, read_recorders
from meguri.ledger.resolve import battery_of
from meguri.ledger.signing import VerifyingKey
from meguri.ledger.store import Store, open_store
from meguri.ledger.stored_tiles import StoredTiles, read_note
from meguri.ledger.tables import event, link, log
from meguri.ledger.tlog_proof import format_proof
from meguri.ledger.values import id_bytes

__all__ = ["ReadableLedger", "open_readable"]


def open_readable(where: str | Path) -> ReadableLedger:
    """Open a ledger to read it only; no private key is needed. Raises NotFound where none has begun, and makes none."""
    if begun(where):
        store = open_store(where)
        with store.reading() as connection:
            row = connection.execute(select(log.c.origin, log.c.vkey)).first()
        if row is not None:
            return ReadableLedger(store, row.origin, row.vkey)
        store.close()
    raise NotFound(
        Said("There is no ledger here yet."),
        where=str(where).split("@")[-1],
        mend=Said("Name another with --db, or begin one: meguri ledger init."),
    )


class ReadableLedger:
    """The events of all batteries in one database, under the checkpoint of the log `origin`. Safe to read from several threads."""

    given: Collection[AccessClass] = CLASSES
    """Which parts of events are here at all."""

    def __init__(self, store: Store, origin: str, vkey: str) -> None:
        self.store, self.origin, self.vkey = store, origin, vkey
        self.tiles = StoredTiles(store)

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _recorded(self, rows: Iterable[Sequence[Any]]) -> tuple[Recorded, ...]:
        return recorded(rows, self.given)

    @property
    def checkpoint(self) -> str:
        """The newest signed checkpoint (C2SP tlog-checkpoint), with what witnesses have signed of it."""
        with self.store.reading() as connection:
            return read_note(connection)

    @property
    def size(self) -> int:
        """Lines in the log."""
        return self._opened().size

    @property
    def root(self) -> bytes:
        return self._opened().root

    def _opened(self) -> Checkpoint:
        return open_checkpoint(self.checkpoint, VerifyingKey.parse(self.vkey))

    def receipt(self, event_id: str) -> Receipt:
        """The receipt of an event. Raises NotFound."""
        with self.store.reading() as connection:
            row = connection.execute(select(event).where(event.c.event_id == _asked(event_id))).first()
        if row is None:
            raise _no_event(event_id)
        return Receipts([tuple(row)], self.origin)[0]

    def event(self, event_id: str) -> Recorded:
        """One event. Raises NotFound."""
        with self.store.reading() as connection:
            found = self._recorded(connection.execute(select_events(event.c.event_id == _asked(event_id))))
        if not found:
            raise _no_event(event_id)
        return found[0]

    def read(self, after: int = -1, limit: int = 1000) -> tuple[Recorded, ...]:
        """Events in the order of the log, from behind index `after` on: the change feed."""
        asked = select_events(event.c.idx > after).order_by(event.c.idx).limit(limit)
        with self.store.reading() as connection:
            return self._recorded(connection.execute(asked))

    def life(self, battery: str) -> tuple[Recorded, ...]:
        """All events of a battery, those that name it, and corrections of either, in the order of the record.

        Raises NotFound.
        """
        with self.store.reading() as connection:
            named = battery_of(connection, battery)
            own = self._recorded(connection.execute(select_events(event.c.battery_id == named)))
            named_in = self._recorded(read_links(connection, link.c.battery_id == named))
            ids = {held.id for held in named_in}
            subjects = select(event.c.battery_id).where(event.c.idx.in_(held.index for held in named_in))
            corrections = (
                recorded(
                    connection.execute(
                        select_events(event.c.type == "corrected", event.c.battery_id.in_(subjects))
                    )
                )
                if ids
                else ()
            )
        others = [
            held for held in corrections if isinstance(held.event, Corrected) and held.event.corrects in ids
        ]
        return tuple(sorted((*own, *named_in, *others), key=lambda held: held.index))

    def resolve(self, name: str) -> str:
        """The identifier of the battery that a name belongs to: an identifier of any form, or an alias. Raises NotFound."""
        with self.store.reading() as connection:
            return battery_of(connection, name)

    def prove(self, event_id: str) -> str:
        """An offline proof that an event is in the log (C2SP tlog-proof); the line it proves is in `extra`."""
        receipt = self.receipt(event_id)
        checkpoint = self.checkpoint
        size = open_checkpoint(checkpoint, VerifyingKey.parse(self.vkey)).size
        path = inclusion_proof(self.tiles, receipt.index, size)
        return format_proof(receipt.index, path, checkpoint, extra=receipt.entry.encode())

    def anomalies(self, kind: str | None = None, after: int = -1, limit: int = 100) -> tuple[Recorded, ...]:
        """Events with something odd about them, in the order of the log; `kind` is a word of `flags`."""
        wanted = int(Flag[kind.upper()]) if kind else int(~Flag.FOREIGN)
        asked = (
            select_events(event.c.flags != 0, event.c.flags.op("&")(wanted) != 0, event.c.idx > after)
            .order_by(event.c.idx)
            .limit(limit)
        )
        with self.store.reading() as connection:
            return self._recorded(connection.execute(asked))

    def recorders(self) -> tuple[Recorder, ...]:
        """All recorders' keys there ever were."""
        with self.store.reading() as connection:
            return read_recorders(connection)

    def count(self) -> int:
        """Events recorded, without the lines that close recordings."""
        with self.store.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(event)).scalar() or 0)


def _asked(event_id: str) -> bytes:
    try:
        held = id_bytes(event_id)
    except ValueError:
        held = b""
    if len(held) != 16:
        raise _no_event(event_id)
    return held


def _no_event(event_id: str) -> NotFound:
    return NotFound(
        Said("No event “{event}” is recorded here.", event=event_id),
        where=event_id,
        mend=Said("See the id on the receipt, or list a battery's events: meguri battery show."),
    )
