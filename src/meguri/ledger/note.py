"""Signed notes: text that people can read, under signatures of keys with names (C2SP signed-note).

A note of a log, its checkpoint, may also carry cosignatures: a witness's signature with the time at which it saw the checkpoint
(C2SP tlog-cosignature).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from meguri.errors import InputError, Said
from meguri.ledger.errors import NotVerified
from meguri.ledger.signing import (
    COSIGNATURE,
    ED25519,
    TIME_BYTES,
    SigningKey,
    VerifyingKey,
    cosigned_message,
    from_base64,
    is_name,
)

__all__ = [
    "COSIGNATURE",
    "ED25519",
    "Note",
    "Signature",
    "SigningKey",
    "VerifyingKey",
    "cosignature_of",
    "from_base64",
    "open_note",
    "parse_note",
    "parse_signatures",
    "sign_note",
    "signature_of",
]

MOST_BYTES = 1_000_000

_control = re.compile(r"[\x00-\x09\x0b-\x1f]").search


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        return f"— {self.name} {b64encode(self.key_id + self.value).decode()}\n"

    @property
    def time(self) -> int:
        """Of a cosignature: seconds since 1970 UTC."""
        return int.from_bytes(self.value[:TIME_BYTES])


@dataclass(frozen=True, slots=True)
class Note:
    """A note of which at least one known key's signature holds. `verified` has one for each such key."""

    text: str
    verified: tuple[Signature, ...]
    unverified: tuple[Signature, ...]

    def by(self, key: VerifyingKey) -> Signature | None:
        """The key's own signature."""
        return next((one for one in self.verified if (one.name, one.key_id) == (key.name, key.key_id)), None)


def sign_note(text: str, keys: Sequence[SigningKey]) -> str:
    """The note with one signature of each key, in their order. Raises InputError for text that no note can carry."""
    return f"{text}\n" + "".join(signature_of(text, key).line for key in keys)


def signature_of(text: str, key: SigningKey) -> Signature:
    """A key's signature of a note's text. Raises InputError."""
    _check_text(text)
    return Signature(key.name, key.key_id, key.sign(text.encode()))


def cosignature_of(text: str, key: SigningKey, time: int) -> Signature:
    """A witness's signature of a checkpoint's text as seen at `time`, seconds since 1970 UTC. Raises InputError."""
    _check_text(text)
    cosigner = key if key.kind == COSIGNATURE else key.as_cosigner()
    signed = cosigner.sign(cosigned_message(text.encode(), time))
    return Signature(cosigner.name, cosigner.key_id, time.to_bytes(TIME_BYTES) + signed)


def open_note(note: str | bytes, known_keys: Sequence[VerifyingKey]) -> Note:
    """A note's text, once a known key's signature of it holds; signatures of unknown keys are set aside.

    Raises InputError for what is not a note, NotVerified if a known key's signature fails or none is there.
    """
    text, signatures = parse_note(note)
    known = {(key.name, key.key_id): key for key in known_keys}
    message = text.encode()
    verified: dict[tuple[str, bytes], Signature] = {}
    unverified = []
    for signature in signatures:
        named = signature.name, signature.key_id
        if named not in known:
            unverified.append(signature)
        elif known[named].verify(message, signature.value):
            verified.setdefault(named, signature)
        else:
            raise NotVerified(
                Said("The signature of {name} on a note does not hold.", name=known[named].signer),
                mend=Said("The text was changed after it was signed; fetch it again from another place."),
            )
    if not verified:
        raise NotVerified(
            Said(
                "No known key has signed the note; known are: {keys}.",
                keys=tuple(key.signer for key in known_keys),
            ),
            mend=Said("Give the key (vkey) of whoever should have signed it."),
        )
    return Note(text, tuple(verified.values()), tuple(unverified))


def parse_note(note: str | bytes) -> tuple[str, tuple[Signature, ...]]:
    """Text and signature lines, nothing verified. Raises InputError for what is not a note."""
    told = _decoded(note)
    text, parted, below = told.rpartition("\n\n")
    if not parted or not below.endswith("\n"):
        raise _no_note(Said("text, an empty line and signature lines are needed"))
    text += "\n"
    _check_text(text)
    return text, parse_signatures(below)


def parse_signatures(lines: str) -> tuple[Signature, ...]:
    """Signature lines, each ended by a newline. Raises InputError."""
    return tuple(_signature(line) for line in lines.removesuffix("\n").split("\n"))


def _decoded(note: str | bytes) -> str:
    if len(note) > MOST_BYTES:
        raise _no_note(Said("it is longer than {bytes} bytes", bytes=MOST_BYTES))
    try:
        return note.decode() if isinstance(note, bytes) else note.encode().decode()
    except UnicodeError as fault:
        raise _no_note(Said("it is not UTF-8")) from fault


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise _no_note(Said("its text must end with a newline"))
    if _control(text):
        raise _no_note(Said("it holds a control character"))
    _decoded(text)


def _signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    held = from_base64(encoded)
    if dash != "—" or not is_name(name) or held is None or len(held) <= 4:
        raise _no_note(Said("a signature line is “— name base64”"))
    return Signature(name, held[:4], held[4:])


def _no_note(reason: Said) -> InputError:
    return InputError(
        Said("This is not a signed note: {reason}.", reason=reason),
        mend=Said("Copy the note whole, without changing spaces or ends of lines."),
    )
