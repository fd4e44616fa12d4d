"""A ledger: opened on a database, added to, read, and proved."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, select

from meguri.battery import (
    ROLES,
    AccessClass,
    Enrolled,
    Erased,
    Event,
    Revoked,
    Role,
    Rotated,
    checked,
    decode_events,
)
from meguri.errors import InputError, MeguriError, Said
from meguri.ledger import home
from meguri.ledger.append import Intake, Request
from meguri.ledger.bulk import sealed_ahead
from meguri.ledger.checkpoint import Checkpoint, sign_checkpoint
from meguri.ledger.errors import NotVerified
from meguri.ledger.ids import new_id
from meguri.ledger.keys import HOUSE, LOG, keep_key, read_key, settled_key
from meguri.ledger.lines import read_statements
from meguri.ledger.readable import ReadableLedger
from meguri.ledger.receipt import Receipt, Receipts
from meguri.ledger.recorders import PREFIX, Recorder, active, find_active, read_recorders
from meguri.ledger.replica import Replica, open_replica
from meguri.ledger.schema import prepare
from meguri.ledger.seal import Recording, Sealed, check_count, seal, signed_message, unseal
from meguri.ledger.signing import SigningKey
from meguri.ledger.store import Store, open_store
from meguri.ledger.tables import log, source
from meguri.ledger.tree import EMPTY_ROOT
from meguri.ledger.values import id_text

CHUNK = 50
"""Recordings whose signatures one thread checks at a stretch."""


class Ledger(ReadableLedger):
    """A ledger to add to. Made by `Ledger.open`; safe to use from several threads."""

    def __init__(self, store: Store, keys: Path, key: SigningKey, origin: str) -> None:
        super().__init__(store, origin, key.vkey)
        self.keys, self.key = keys, key
        self._intake = Intake(store, key, origin)
        self._read: dict[str, SigningKey] = {}

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
            _check_is_own(connection, where)
            vkey = connection.execute(select(log.c.vkey)).scalar()
            if vkey is None:
                name = origin or f"localhost/{uuid4()}"
                key = SigningKey.generate(name)
                keep_key(folder, LOG, key)
                keep_key(folder, HOUSE, SigningKey.generate(HOUSE))
                note = sign_checkpoint(Checkpoint(name, 0, EMPTY_ROOT), key)
                vkey = key.vkey
                connection.execute(
                    log.insert().values(
                        id=1, origin=name, vkey=key.vkey, size=0, recorded_us=0, checkpoint=note
                    )
                )
        key = settled_key(folder, vkey)
        opened = cls(store, folder, key, key.name)
        opened._check_name(origin)
        if not opened.recorders():
            opened._enrol_house()
        return opened

    @staticmethod
    def open_replica(where: str | Path) -> Replica:
        """Open a copy of another ledger, to read. Raises NotFound where there is none that is whole."""
        return open_replica(where)

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
        told = Enrolled(
            id=new_id(),
            battery=f"{PREFIX}{HOUSE}",
            time=_now(),
            vkey=self.signing_key(None).vkey,
            roles=ROLES,
            operator=self.origin,
        )
        self.say([told])

    def say(self, events: Sequence[Event]) -> Sequence[Receipt]:
        """Record what only the house says: changes of keys, erasures."""
        given, key = checked(events), self.signing_key(None)
        return self._take(seal(given, key, self.origin), key, {}, elsewhere=False, by_house=True)

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
        key = self.signing_key(recorder)
        return self._take(seal(given, key, self.origin), key, expected or {}, elsewhere=elsewhere)

    def append_many(
        self,
        batches: Iterable[bytes],
        *,
        recorder: str | SigningKey | None = None,
        elsewhere: bool = False,
        workers: int = 0,
    ) -> Iterator[Sequence[Receipt]]:
        """Record batch after batch, each as `append` does; the next are prepared in `workers` other processes meanwhile.

        Gives the receipts of a batch when it is durable. Raises what `append` raises at the first batch that it concerns:
        those before are recorded then, and of those after some may be. All can be sent again, since an event is taken once.
        Other processes need a main module that can be imported; without `workers` all is done in this one.
        """
        key = self.signing_key(recorder)
        for recordings in sealed_ahead(batches, key, self.origin, workers=workers):
            requests = [Request(recording, key, {}, elsewhere) for recording in recordings]
            self._intake.take(requests)
            yield from map(self._taken, requests)

    def append_sealed(
        self,
        sealed: Sealed | Recording,
        *,
        expected: Mapping[str, int] | None = None,
        elsewhere: bool = False,
    ) -> Sequence[Receipt]:
        """Record what a recorder sealed and signed itself. Raises NotVerified besides what `append` raises."""
        recording = self._opened_seal(sealed, self._known())
        return self._take(recording, None, expected or {}, elsewhere=elsewhere)

    def append_sealed_many(
        self, sealed: Iterable[Sealed | Recording], *, elsewhere: bool = False
    ) -> list[Sequence[Receipt] | MeguriError]:
        """Record what recorders sealed, each recording by itself, all in one transaction: receipts, or why it failed."""
        known, given = self._known(), list(sealed)
        chunks = [given[start : start + CHUNK] for start in range(0, len(given), CHUNK)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            opened = pool.map(lambda chunk: [self._request(one, known, elsewhere) for one in chunk], chunks)
            requests = [request for chunk in opened for request in chunk]
        self._intake.take([request for request in requests if isinstance(request, Request)])
        return [
            request if isinstance(request, MeguriError) else self._answer(request) for request in requests
        ]

    def _request(
        self, sealed: Sealed | Recording, known: Mapping[str, Recorder], elsewhere: bool
    ) -> Request | MeguriError:
        try:
            return Request(self._opened_seal(sealed, known), None, {}, elsewhere)
        except MeguriError as fault:
            return fault

    def _answer(self, request: Request) -> Sequence[Receipt] | MeguriError:
        if isinstance(request.failure, MeguriError):
            return request.failure
        return self._taken(request)

    def _known(self) -> dict[str, Recorder]:
        with self.store.reading() as connection:
            return active(read_recorders(connection))

    def _opened_seal(self, sealed: Sealed | Recording, known: Mapping[str, Recorder]) -> Recording:
        """A recording whose form, commitments and signature hold. Raises NotVerified, Refused or InputError."""
        recording = unseal(sealed) if isinstance(sealed, Sealed) else sealed
        check_count(len(recording))
        held = known.get(recording.recorder) or find_active(self.recorders(), recording.recorder)
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
        ids, spoilt = read_statements(recording.entries)
        if spoilt is not None or ids != b"".join(recording.keys):
            raise NotVerified(
                Said("A line of the recording is not one that this log can hold."),
                where="events",
                mend=Said("Check the events before sealing: their ids are UUIDs in lower case."),
            )
        return recording

    def dry_run(
        self, events: Sequence[Event], *, recorder: str | SigningKey | None = None, elsewhere: bool = False
    ) -> list[MeguriError | tuple[str, ...]]:
        """What `append` would say of each event in turn: its flags, or why it is refused. Nothing is written."""
        from meguri.ledger.rehearse import rehearse

        return rehearse(self.store, events, self.signing_key(recorder), elsewhere=elsewhere)

    def signing_key(self, recorder: str | SigningKey | None) -> SigningKey:
        """A key, or the one kept under a name in the folder of keys. Raises NotVerified where there is none."""
        if isinstance(recorder, SigningKey):
            return recorder
        name = recorder or HOUSE
        if name not in self._read:
            self._read[name] = read_key(self.keys, name)
        return self._read[name]

    def _take(
        self,
        recording: Recording,
        key: SigningKey | None,
        expected: Mapping[str, int],
        *,
        elsewhere: bool,
        by_house: bool = False,
    ) -> Sequence[Receipt]:
        request = Request(recording, key, expected, elsewhere, by_house)
        self._intake.take([request])
        return self._taken(request)

    def _taken(self, request: Request) -> Sequence[Receipt]:
        """The receipts of a request that was taken; what it failed with is raised."""
        if request.failure is not None:
            raise request.failure
        taken = Receipts(request.rows, self.origin)
        if not request.known:
            return taken
        fresh = {held.event: held for held in taken}
        names = [id_text(key) for key in request.asked]
        return [fresh.get(name) or self.receipt(name) for name in names]

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
        return self.say([told])[0]

    def erase(self, event_id: str, classes: Sequence[AccessClass], reason: str) -> Receipt:
        """Remove what classes of an event say, for privacy. Its line stays, and the log verifies as before."""
        found = self.event(event_id)
        return self.say(
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


def _check_is_own(connection: Connection, where: str | Path) -> None:
    if connection.execute(select(source.c.id)).first() is not None:
        raise InputError(
            Said("This is a copy of another ledger; it is read, never added to."),
            where=str(where).split("@")[-1],
            mend=Said("Name another database with --db."),
        )


def _now() -> datetime:
    return datetime.now(UTC)
