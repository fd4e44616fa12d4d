"""Watching another log as its witness: each look either continues what was seen before and is signed, or is evidence."""

from __future__ import annotations

from dataclasses import dataclass

from meguri.errors import Said
from meguri.ledger.checkpoint import Checkpoint, open_cosigned
from meguri.ledger.errors import NotVerified
from meguri.ledger.evidence import Evidence
from meguri.ledger.note import Signature, SigningKey, VerifyingKey, cosignature_of
from meguri.ledger.proofs import (
    consistency_proof,
    node_reader,
    range_root,
    root_from_tiles,
    verify_consistency,
)
from meguri.ledger.tiles import CHECKPOINT, TileSource
from meguri.ledger.witness_state import Witnessed, WitnessState

__all__ = ["Watched", "watch"]


@dataclass(frozen=True, slots=True)
class Watched:
    """One look at a log. It is signed (`cosignature`, and `note` with it), or refused with `evidence`, kept at `kept`."""

    checkpoint: Checkpoint
    note: str
    before: int
    cosignature: Signature | None = None
    evidence: Evidence | None = None
    kept: str = ""

    @property
    def grown(self) -> int:
        """New entries since the last look; negative where the log lost some."""
        return self.checkpoint.size - self.before


def watch(
    source: TileSource,
    log_key: VerifyingKey,
    state: WitnessState,
    key: SigningKey,
    now: int,
    *,
    origin: str | None = None,
) -> Watched:
    """Look at a log at `now` (seconds since 1970 UTC) and sign its checkpoint, if the log still begins with all that was seen.

    If not, nothing is signed, and the evidence is kept. Raises NotFound, Unreachable, InputError, or NotVerified for a
    checkpoint or tiles that are not the log's own.
    """
    checkpoint, opened = open_cosigned(source.read(CHECKPOINT), log_key, (), origin=origin)
    by_log = "".join(signature.line for signature in opened.verified)
    note = f"{opened.text}\n{by_log}"
    seen = state.get(checkpoint.origin)
    evidence = compare(source, checkpoint, note, seen, now)
    before = seen.size if seen else 0
    if evidence:
        return Watched(checkpoint, note, before, evidence=evidence, kept=state.keep(evidence))
    cosignature = cosignature_of(opened.text, key, now)
    cosigned = note + cosignature.line
    if not state.replace(checkpoint.origin, seen, Witnessed(checkpoint.size, checkpoint.root, cosigned)):
        return watch(source, log_key, state, key, now, origin=origin)
    return Watched(checkpoint, cosigned, before, cosignature=cosignature)


def compare(
    source: TileSource, checkpoint: Checkpoint, note: str, seen: Witnessed | None, now: int
) -> Evidence | None:
    """Evidence against a log that does not continue what was seen, or None. Raises NotVerified for tiles not its own."""
    size, root = checkpoint.size, checkpoint.root
    if seen is None or seen.size == 0:
        if root_from_tiles(source, size) != root:
            raise _foreign_tiles(checkpoint)
        return None
    if size < seen.size:
        return Evidence.of_shorter(seen.note, note, now)
    if size == seen.size:
        return Evidence.of_split(seen.note, note, now, prefix=root) if root != seen.root else None
    proof = consistency_proof(source, seen.size, size)
    if verify_consistency(seen.size, size, proof, seen.root, root):
        return None
    prefix = range_root(node_reader(source, size), 0, seen.size)
    if prefix == seen.root or not verify_consistency(seen.size, size, proof, prefix, root):
        raise _foreign_tiles(checkpoint)
    return Evidence.of_split(seen.note, note, now, prefix=prefix, proof=proof)


def _foreign_tiles(checkpoint: Checkpoint) -> NotVerified:
    return NotVerified(
        Said(
            "The tiles of {origin} do not lead to the root of its checkpoint of {size} entries.",
            origin=checkpoint.origin,
            size=checkpoint.size,
        ),
        where=checkpoint.origin,
        mend=Said("Read the log from another place, or wait until its tiles are whole again."),
    )
