"""A proof that one entry is in a log, as a text that is verified offline for ever (C2SP tlog-proof v1, `.tlog-proof`)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from meguri.errors import InputError, Said
from meguri.ledger.checkpoint import Checkpoint, open_cosigned, parse_hash, parse_size
from meguri.ledger.errors import NotVerified
from meguri.ledger.note import MOST_BYTES, VerifyingKey, from_base64
from meguri.ledger.proofs import verify_inclusion
from meguri.ledger.tree import leaf_hash

__all__ = ["Policy", "Proof", "format_proof", "parse_proof", "verify_proof"]

HEADER = "c2sp.org/tlog-proof@v1"
MOST_HASHES = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """The entry at `index` is in the tree of the `checkpoint` (a signed note). `extra` is for its readers, and not proven."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom a reader trusts: the log's key, and how many of which witnesses must have seen the checkpoint."""

    log: VerifyingKey
    witnesses: tuple[VerifyingKey, ...] = ()
    quorum: int = 0
    origin: str | None = None


def format_proof(index: int, path: Sequence[bytes], checkpoint: str, *, extra: bytes | None = None) -> str:
    """The proof as text."""
    lines = [HEADER]
    if extra is not None:
        lines.append(f"extra {b64encode(extra).decode()}")
    lines.append(f"index {index}")
    lines += [b64encode(held).decode() for held in path]
    return "\n".join(lines) + f"\n\n{checkpoint}"


def parse_proof(text: str) -> Proof:
    """Read a proof, nothing verified. Raises InputError for any deviation from the form."""
    if len(text) > MOST_BYTES:
        raise _no_proof(Said("it is longer than {bytes} bytes", bytes=MOST_BYTES))
    head, parted, checkpoint = text.partition("\n\n")
    header, *lines = head.split("\n")
    if header != HEADER or not parted:
        raise _no_proof(
            Said("its first line is {header}, and a checkpoint follows an empty line", header=HEADER)
        )
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = from_base64(lines.pop(0).removeprefix("extra "))
        if extra is None:
            raise _no_proof(Said("what is extra is not base64"))
    if not lines or not lines[0].startswith("index "):
        raise _no_proof(Said("the line with the index is missing"))
    index = parse_size(lines.pop(0).removeprefix("index "))
    if len(lines) > MOST_HASHES:
        raise _no_proof(Said("it has more than {count} hashes", count=MOST_HASHES))
    return Proof(index, tuple(map(parse_hash, lines)), checkpoint, extra)


def verify_proof(proof: Proof | str, entry: bytes, policy: Policy) -> Checkpoint:
    """The checkpoint under which the entry is proven to be. Raises InputError or NotVerified."""
    held = parse_proof(proof) if isinstance(proof, str) else proof
    checkpoint, note = open_cosigned(held.checkpoint, policy.log, policy.witnesses, origin=policy.origin)
    seen = {key.public for key in policy.witnesses if note.by(key)}
    if len(seen) < policy.quorum:
        raise NotVerified(
            Said(
                "{found} of the {quorum} witnesses asked for have signed.",
                found=len(seen),
                quorum=policy.quorum,
            ),
            mend=Said("Ask the log for a proof under a checkpoint that more witnesses have seen."),
        )
    if not verify_inclusion(leaf_hash(entry), held.index, checkpoint.size, held.path, checkpoint.root):
        raise NotVerified(
            Said(
                "The entry is not the one at place {index} of {origin}.",
                index=held.index,
                origin=checkpoint.origin,
            ),
            mend=Said(
                "Compare the entry with the receipt, byte by byte; whoever gave it may have changed it."
            ),
        )
    return checkpoint


def _no_proof(reason: Said) -> InputError:
    return InputError(
        Said("This is not a proof: {reason}.", reason=reason),
        mend=Said("Copy the .tlog-proof file whole, without changing spaces or ends of lines."),
    )
