"""Evidence against a log: two checkpoints that it signed and that cannot both be true of one history.

Anyone who has the log's key can check evidence of a split, without the log and without trusting who found it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

import msgspec

from meguri.errors import InputError, Said
from meguri.ledger.checkpoint import Checkpoint, open_checkpoint
from meguri.ledger.note import VerifyingKey, parse_note
from meguri.ledger.proofs import verify_consistency


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a witness saw `before` and what the log showed `now`: notes with the log's signatures; found at a time (UTC).

    Of a split, `prefix` (base64) is the root that the log now gives to its first entries, as many as it had before, and `proof`
    joins that to the root now. A log that is `shorter` than before may have lost entries; that it ever had more, only the note
    `before` shows.
    """

    kind: Literal["split", "shorter"]
    found: datetime
    before: str
    now: str
    prefix: str = ""
    proof: tuple[str, ...] = ()

    @classmethod
    def of_split(
        cls, before: str, now: str, found: int, *, prefix: bytes, proof: Sequence[bytes] = ()
    ) -> Evidence:
        return cls(
            kind="split",
            found=datetime.fromtimestamp(found, UTC),
            before=before,
            now=now,
            prefix=b64encode(prefix).decode(),
            proof=tuple(b64encode(held).decode() for held in proof),
        )

    @classmethod
    def of_shorter(cls, before: str, now: str, found: int) -> Evidence:
        return cls(kind="shorter", found=datetime.fromtimestamp(found, UTC), before=before, now=now)

    @classmethod
    def parse(cls, text: str | bytes) -> Evidence:
        """Read a file of evidence. Raises InputError."""
        try:
            return msgspec.json.decode(text, type=cls)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
            raise InputError(
                Said("This is not evidence against a log: {reason}.", reason=Said.of(str(fault))),
                mend=Said("Give the file that was kept when the log was watched."),
            ) from fault

    @property
    def text(self) -> str:
        """JSON, indented for reading."""
        return msgspec.json.format(msgspec.json.encode(self)).decode() + "\n"

    @property
    def name(self) -> str:
        """The same for the same two checkpoints, whenever they were found."""
        texts = parse_note(self.before)[0], parse_note(self.now)[0]
        sizes = "-".join(str(Checkpoint.parse(text).size) for text in texts)
        return f"{self.kind}-{sizes}-{sha256(''.join(texts).encode()).hexdigest()[:12]}"

    @property
    def sentence(self) -> Said:
        """What it says, for people."""
        before, now = (Checkpoint.parse(parse_note(note)[0]) for note in (self.before, self.now))
        if self.kind == "shorter":
            return Said(
                "The log {origin} had {before} entries and now shows {now}.",
                origin=now.origin,
                before=before.size,
                now=now.size,
            )
        return Said(
            "The log {origin} has signed two histories: its first {size} entries are not what they were.",
            origin=now.origin,
            size=before.size,
        )


def proves(evidence: Evidence, key: VerifyingKey, *, origin: str | None = None) -> bool:
    """Whether the evidence shows, to anyone, that the log signed two histories. Raises NotVerified or InputError."""
    before = open_checkpoint(evidence.before, key, origin=origin)
    now = open_checkpoint(evidence.now, key, origin=origin)
    try:
        prefix, *proof = (b64decode(held, validate=True) for held in (evidence.prefix, *evidence.proof))
    except ValueError:
        return False
    return prefix != before.root and verify_consistency(before.size, now.size, proof, prefix, now.root)
