"""A new key for the log: the old key names the new one in a note, the ledger records that, and one checkpoint bears both.

Whoever trusts the old key reads the hand-over and trusts the new one from there on. The old private key is kept under another
name. An interrupted rotation is finished when it is asked for again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select, update

from meguri.battery import Enrolled, Event, Rotated
from meguri.errors import Said
from meguri.ledger.checkpoint import open_checkpoint, sign_checkpoint
from meguri.ledger.errors import NotVerified
from meguri.ledger.ids import new_id
from meguri.ledger.keys import NEXT, keep_key, read_key, settled_key
from meguri.ledger.ledger import Ledger
from meguri.ledger.note import open_note, sign_note, signature_of
from meguri.ledger.recorders import PREFIX
from meguri.ledger.signing import SigningKey, VerifyingKey
from meguri.ledger.tables import log

__all__ = ["open_handover", "rotate_log_key"]


def rotate_log_key(ledger: Ledger) -> SigningKey:
    """Give the log a new key and return it; open the ledger again afterwards. Raises what `Ledger.append` raises."""
    old = ledger.key
    new = _next_key(ledger.keys, ledger.origin)
    told = _told(ledger, old, new)
    if told:
        ledger.say(told)
    with ledger.store.writing() as connection:
        note = str(connection.execute(select(log.c.checkpoint)).scalar())
        checkpoint = open_checkpoint(note, old.verifying)
        both = sign_checkpoint(checkpoint, new, (signature_of(checkpoint.text, old),))
        connection.execute(update(log).values(vkey=new.vkey, checkpoint=both))
    settled_key(ledger.keys, new.vkey)
    return new


def handover(old: SigningKey, new: VerifyingKey) -> str:
    return sign_note(f"meguri/log-key/v1\n{new.name}\n{new.vkey}\n", (old,))


def open_handover(note: str, old: VerifyingKey) -> VerifyingKey:
    """The key that an old one has named as its successor. Raises NotVerified or InputError."""
    opened = open_note(note, (old,))
    head, name, vkey, *_ = [*opened.text.split("\n"), "", ""]
    if opened.by(old) is None or head != "meguri/log-key/v1" or name != old.name:
        raise NotVerified(
            Said("The note does not hand the log over from the key {key}.", key=old.signer),
            where="handover",
            mend=Said("Take the note of the event “rotated” that replaced the key you hold."),
        )
    return VerifyingKey.parse(vkey)


def _told(ledger: Ledger, old: SigningKey, new: SigningKey) -> list[Event]:
    """Events that say it: the log's key as a recorder without roles, and its successor; none if they are recorded."""
    held = [one for one in ledger.recorders() if one.name == ledger.origin]
    if any(one.vkey == new.vkey for one in held):
        return []
    name, now = f"{PREFIX}{ledger.origin}", datetime.now(UTC)
    first: list[Event] = (
        []
        if held
        else [Enrolled(id=new_id(), battery=name, time=now, vkey=old.vkey, roles=(), operator=ledger.origin)]
    )
    return [
        *first,
        Rotated(id=new_id(), battery=name, time=now, vkey=new.vkey, handover=handover(old, new.verifying)),
    ]


def _next_key(folder: Path, origin: str) -> SigningKey:
    if not (folder / f"{NEXT}.key").exists():
        keep_key(folder, NEXT, SigningKey.generate(origin))
    return read_key(folder, NEXT)
