"""Checkpoints: the signed statement of how long a log is and what its root hash is (C2SP tlog-checkpoint)."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from meguri.errors import InputError, Said
from meguri.ledger.errors import NotVerified
from meguri.ledger.note import Note, Signature, SigningKey, VerifyingKey, from_base64, open_note, sign_note
from meguri.ledger.tree import HASH_BYTES

MOST_ENTRIES = (1 << 63) - 1

_number = re.compile(r"0|[1-9][0-9]{0,18}").fullmatch


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log named `origin` has `size` entries under `root` (32 bytes). Extension lines are kept, and mean nothing here."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a note's text. Raises InputError for any deviation from the form."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise _no_checkpoint(Said("it has at least three lines, none of them empty"))
        origin, size, root, *extensions = lines
        return cls(origin, parse_size(size), parse_hash(root), tuple(extensions))

    @property
    def text(self) -> str:
        """The note's text."""
        lines = self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions
        return "".join(f"{line}\n" for line in lines)


def parse_size(text: str) -> int:
    """A number of entries: decimal without leading zeros, below 2⁶³. Raises InputError."""
    if not _number(text) or int(text) > MOST_ENTRIES:
        raise _no_checkpoint(Said("a size is a decimal number without leading zeros"))
    return int(text)


def parse_hash(text: str) -> bytes:
    """A SHA-256 hash in base64. Raises InputError."""
    held = from_base64(text)
    if held is None or len(held) != HASH_BYTES:
        raise _no_checkpoint(Said("a hash is 32 bytes in base64"))
    return held


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey, cosignatures: Sequence[Signature] = ()) -> str:
    """The checkpoint as a note of the log's key, with what witnesses have signed."""
    return sign_note(checkpoint.text, (key,)) + "".join(signature.line for signature in cosignatures)


def open_checkpoint(note: str | bytes, key: VerifyingKey, *, origin: str | None = None) -> Checkpoint:
    """A checkpoint that the log's key has signed for its `origin` (the key's name unless given).

    Raises InputError for what is no checkpoint, NotVerified for one that is not this log's.
    """
    return open_cosigned(note, key, (), origin=origin)[0]


def open_cosigned(
    note: str | bytes, key: VerifyingKey, witnesses: Sequence[VerifyingKey], *, origin: str | None = None
) -> tuple[Checkpoint, Note]:
    """The same, and the note with the cosignatures of those of the `witnesses` that signed too."""
    opened = open_note(note, (key, *witnesses))
    if opened.by(key) is None:
        raise NotVerified(
            Said("The log's own key {key} has not signed the checkpoint.", key=key.signer),
            mend=Said("Ask the log's operator for a checkpoint, and for the key in use now."),
        )
    checkpoint = Checkpoint.parse(opened.text)
    expected = key.name if origin is None else origin
    if checkpoint.origin != expected:
        raise NotVerified(
            Said(
                "The checkpoint is of the log {found}, not of {expected}.",
                found=checkpoint.origin,
                expected=expected,
            ),
            mend=Said("Fetch the checkpoint from the log whose key you hold."),
        )
    return checkpoint, opened


def _no_checkpoint(reason: Said) -> InputError:
    return InputError(
        Said("This is not a checkpoint: {reason}.", reason=reason),
        mend=Said("Fetch the file named checkpoint from the log again."),
    )
