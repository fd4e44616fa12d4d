"""A ledger: opened on a database, added to, read, and proved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from uuid import uuid4

from sqlalchemy import func, select

from meguri.battery import (
    ROLES,
    AccessClass,
    Corrected,
    Enrolled,
    Erased,
    Event,
    Revoked,
    Role,
    Rotated,
    checked,
    decode_events,
    subject,
)
from meguri.errors import InputError, MeguriError, NotFound, Said
from meguri.ledger import home
from meguri.ledger.append import Intake, Request
from meguri.ledger.bulk import sealed_ahead
from meguri.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from meguri.ledger.content import Recorded, recorded, select_events, select_links
from meguri.ledger.errors import NotVerified
from meguri.ledger.flags import Flag
from meguri.ledger.ids import new_id
from meguri.ledger.keys import HOUSE, LOG, keep_key, read_key
from meguri.ledger.proofs import inclusion_proof
from meguri.ledger.receipt import Receipt, Receipts
from meguri.ledger.recorders import PREFIX, Recorder, allowed, read_recorders
from meguri.ledger.resolve import battery_of
from meguri.ledger.schema import prepare
from meguri.ledger.seal import MOST_EVENTS, Recording, Sealed, seal, signed_message, unseal
from meguri.ledger.signing import SigningKey, VerifyingKey
from meguri.ledger.store import Store, open_store
from meguri.ledger.stored_tiles import StoredTiles
from meguri.ledger.tables import event, link, log
from meguri.ledger.tlog_proof import format_proof
from meguri.ledger.tree import EMPTY_ROOT
from meguri.ledger.values import id_bytes, id_text, instant


class Ledger:
    """The events of all batteries in one database. Made by `Ledger.open`; safe to use from several threads."""

    def __init__(self, store: Store, keys: Path, key: SigningKey, origin: str) -> None:
        self.store, self.keys, self.origin = store, keys, origin
        self.key = key
        self.tiles = StoredTiles(store)
        self._intake = Intake(store, key, origin)

    @classmethod
    def open(
        cls, db: str | Path | None = None, *, origin: str | None = None, keys: Path | None = None
    ) -> Ledger:
        """Open a ledger, and make it where the database is empty: tables, keys, and its own recorder enrolled.

        `db` is a file, `sqlite:///FILE` or `postgresql://…`; `origin` names a new ledger for ever, such as
        `registry.example/meguri`. Raises InputError, StoreUnavailable, or NotVerified where the keys are missing.
        """
        where = db if db is not None else home.default_db()
        folder = keys or home.keys_folder(where)
        store = open_store(where)
        with store.writing() as connection:
            prepare(connection)
            row = connection.execute(select(log.c.origin, log.c.vkey)).first()
            if row is None:
                name = origin or f"localhost/{uuid4()}"
                key = SigningKey.generate(name)
                keep_key(folder, LOG, key)
                keep_key(folder, HOUSE, SigningKey.generate(HOUSE))
                note = sign_checkpoint(Checkpoint(name, 0, EMPTY_ROOT), key)
                connection.execute(
                    log.insert().values(
                        id=1, origin=name, vkey=key.vkey, size=0, recorded_us=0, checkpoint=note
                    )
                )
        key = read_key(folder, LOG)
        opened = cls(store, folder, key, key.name)
        opened._check_name(origin)
        if not opened.recorders():
            opened._enrol_house()
        return opened

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_name(self, origin: str | None) -> None:
        with self.store.reading() as connection:
            named, vkey = connection.execute(select(log.c.origin, log.c.vkey)).one()
        if vkey != self.key.vkey:
            raise NotVerified(
                Said("The key in the folder is not that of the ledger “{origin}”.", origin=named),
                where=str(self.keys),
                mend=Said("Name the folder of this ledger's keys (--keys)."),
            )
        if origin is not None and origin != named:
            raise InputError(
                Said(
                    "This ledger is “{found}”, not “{origin}”; its name cannot change.",
                    found=named,
                    origin=origin,
                ),
                where="--origin",
                mend=Said("Leave the name out, or make a new ledger in another database."),
            )

    def _enrol_house(self) -> None:
        house = read_key(self.keys, HOUSE)
        told = Enrolled(
            id=new_id(),
            battery=f"{PREFIX}{HOUSE}",
            time=_now(),
            vkey=house.vkey,
            roles=ROLES,
            operator=self.origin,
        )
        self._take(seal([told], house, self.origin), house, {}, elsewhere=False)

    def append(
        self,
        events: Sequence[Event] | bytes,
        *,
        recorder: str | SigningKey | None = None,
        expected: Mapping[str, int] | None = None,
        elsewhere: bool = False,
    ) -> Sequence[Receipt]:
        """Record events, all or none, each once: an event that is here already gives its first receipt again.

        `recorder` is a key, or the name of one in the folder of keys; the house's own if None. `expected` names the version
        that a battery must be at. With `elsewhere`, an impossible history is flagged; else it is refused.
        Raises InputError, Refused, Conflict, StoreUnavailable.
        """
        given = decode_events(events) if isinstance(events, bytes) else checked(events)
        if not given:
            return Receipts((), self.origin)
        self._check_count(len(given))
        key = self.signing_key(recorder)
        return self._take(seal(given, key, self.origin), key, expected or {}, elsewhere=elsewhere)

    def append_many(
        self,
        batches: Iterable[bytes],
        *,
        recorder: str | SigningKey | None = None,
        elsewhere: bool = False,
        workers: int = 1,
    ) -> Iterator[Sequence[Receipt]]:
        """Record batch after batch, each as `append` does; the next are prepared in `workers` other processes meanwhile.

        Gives the receipts of a batch when it is durable. Raises what `append` raises; batches before stay recorded.
        """
        key = self.signing_key(recorder)
        for recording in sealed_ahead(batches, key, self.origin, workers=workers):
            self._check_count(len(recording))
            yield self._take(recording, key, {}, elsewhere=elsewhere)

    def append_sealed(
        self,
        sealed: Sealed | Recording,
        *,
        expected: Mapping[str, int] | None = None,
        elsewhere: bool = False,
    ) -> Sequence[Receipt]:
        """Record what a recorder sealed and signed itself. Raises NotVerified besides what `append` raises."""
        recording = unseal(sealed) if isinstance(sealed, Sealed) else sealed
        self._check_count(len(recording))
        with self.store.reading() as connection:
            known = read_recorders(connection)
        held = allowed(known, recording.recorder, ())
        if not held.key.verify(
            signed_message(self.origin, len(recording), recording.root), recording.signature
        ):
            raise NotVerified(
                Said(
                    "The signature is not that of {recorder} over these events for this ledger.",
                    recorder=recording.recorder,
                ),
                where="signature",
                mend=Said(
                    "Sign the recording for the ledger “{origin}”, with the key that is enrolled.",
                    origin=self.origin,
                ),
            )
        if any(subject(battery) != battery for battery in recording.batteries):
            raise InputError(
                Said("A sealed event names something in a form that is not canonical."),
                where="battery",
                mend=Said("Write identifiers in canonical form before sealing."),
            )
        return self._take(recording, None, expected or {}, elsewhere=elsewhere)

    def dry_run(
        self, events: Sequence[Event], *, recorder: str | SigningKey | None = None, elsewhere: bool = False
    ) -> list[MeguriError | tuple[str, ...]]:
        """What `append` would say of each event in turn: its flags, or why it is refused. Nothing is written."""
        from meguri.ledger.rehearse import rehearse

        return rehearse(self.store, events, self.signing_key(recorder), elsewhere=elsewhere)

    def signing_key(self, recorder: str | SigningKey | None) -> SigningKey:
        return recorder if isinstance(recorder, SigningKey) else read_key(self.keys, recorder or HOUSE)

    def _check_count(self, count: int) -> None:
        if count > MOST_EVENTS:
            raise InputError(
                Said("{count} events are too many for one recording.", count=count),
                where="events",
                mend=Said("Send at most {most} at once.", most=MOST_EVENTS),
            )

    def _take(
        self, recording: Recording, key: SigningKey | None, expected: Mapping[str, int], *, elsewhere: bool
    ) -> Sequence[Receipt]:
        request = Request(recording, key, expected, elsewhere)
        self._intake.take([request])
        if request.failure is not None:
            raise request.failure
        taken, when = request.recording, instant(request.recorded_us)
        columns = [
            (key, index, when, battery, version, line)
            for key, (index, version), battery, line in zip(
                taken.keys, request.places, taken.batteries, taken.entries, strict=False
            )
        ]
        if not request.known:
            return Receipts(columns, self.origin)
        fresh = {held.event: held for held in Receipts(columns, self.origin)}
        names = [id_text(key) for key in recording.keys]
        return [fresh.get(name) or self.receipt(name) for name in names]

    @property
    def checkpoint(self) -> str:
        """The newest signed checkpoint (C2SP tlog-checkpoint)."""
        with self.store.reading() as connection:
            return str(connection.execute(select(log.c.checkpoint)).scalar())

    @property
    def size(self) -> int:
        """Lines in the log."""
        return self._opened().size

    @property
    def root(self) -> bytes:
        return self._opened().root

    @property
    def vkey(self) -> str:
        return self.key.vkey

    def _opened(self) -> Checkpoint:
        return open_checkpoint(self.checkpoint, VerifyingKey.parse(self.vkey))

    def receipt(self, event_id: str) -> Receipt:
        """The receipt of an event. Raises NotFound."""
        with self.store.reading() as connection:
            row = connection.execute(
                select(
                    event.c.idx, event.c.recorded_us, event.c.battery_id, event.c.version, event.c.line
                ).where(event.c.event_id == _asked(event_id))
            ).first()
        if row is None:
            raise _no_event(event_id)
        index, recorded_us, battery, version, line = row
        return Receipts(
            [(id_bytes(event_id), index, instant(recorded_us), battery, version, line)], self.origin
        )[0]

    def event(self, event_id: str) -> Recorded:
        """One event. Raises NotFound."""
        with self.store.reading() as connection:
            found = recorded(connection.execute(select_events(event.c.event_id == _asked(event_id))))
        if not found:
            raise _no_event(event_id)
        return found[0]

    def read(self, after: int = -1, limit: int = 1000) -> tuple[Recorded, ...]:
        """Events in the order of the log, from behind index `after` on: the change feed."""
        asked = select_events(event.c.idx > after).order_by(event.c.idx).limit(limit)
        with self.store.reading() as connection:
            return recorded(connection.execute(asked))

    def life(self, battery: str) -> tuple[Recorded, ...]:
        """All events of a battery, those that name it, and corrections of either, in the order of the record.

        Raises NotFound.
        """
        with self.store.reading() as connection:
            named = battery_of(connection, battery)
            own = recorded(connection.execute(select_events(event.c.battery_id == named)))
            named_in = recorded(connection.execute(select_links(link.c.battery_id == named)))
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
            return recorded(connection.execute(asked))

    def recorders(self) -> tuple[Recorder, ...]:
        """All recorders' keys there ever were."""
        with self.store.reading() as connection:
            return read_recorders(connection)

    def enrol(self, name: str, vkey: str, roles: Sequence[Role], operator: str | None = None) -> Receipt:
        """Let a recorder sign from now on."""
        return self._about_recorder(
            Enrolled(
                id=new_id(),
                battery=PREFIX + name,
                time=_now(),
                vkey=vkey,
                roles=tuple(roles),
                operator=operator,
            )
        )

    def rotate(self, name: str, vkey: str) -> Receipt:
        """Give a recorder a new key; the old one signs no more."""
        return self._about_recorder(Rotated(id=new_id(), battery=PREFIX + name, time=_now(), vkey=vkey))

    def revoke(self, name: str, reason: str) -> Receipt:
        """Let a recorder sign no more."""
        return self._about_recorder(Revoked(id=new_id(), battery=PREFIX + name, time=_now(), reason=reason))

    def _about_recorder(self, told: Event) -> Receipt:
        return self.append([told])[0]

    def erase(self, event_id: str, classes: Sequence[AccessClass], reason: str) -> Receipt:
        """Remove what classes of an event say, for privacy. Its line stays, and the log verifies as before."""
        found = self.event(event_id)
        return self.append(
            [
                Erased(
                    id=new_id(),
                    battery=found.battery,
                    time=max(_now(), found.time),
                    erases=event_id,
                    classes=tuple(classes),
                    reason=reason,
                )
            ]
        )[0]

    def count(self) -> int:
        """Events recorded, without the lines that close recordings."""
        with self.store.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(event)).scalar() or 0)


def _now() -> datetime:
    return datetime.now(UTC)


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
