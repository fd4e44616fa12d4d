"""Two copies of a log compared: whether one continues the other, and if not, at which entry and event their histories part.

The trees are descended from the roots, so that a comparison reads two tiles per level of each, however long the logs are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from meguri.errors import Said
from meguri.ledger.checkpoint import Checkpoint
from meguri.ledger.errors import NotVerified
from meguri.ledger.lines import event_of_line
from meguri.ledger.note import VerifyingKey, parse_note
from meguri.ledger.proofs import NodeReader, complete_subtrees, node_reader, range_root
from meguri.ledger.sources import read_checkpoint
from meguri.ledger.tiles import CHECKPOINT, TileSource, read_entry
from meguri.ledger.tree import leaf_hash

__all__ = ["Comparison", "Side", "audit"]

Relation = Literal["same", "continued", "behind", "parted"]


@dataclass(frozen=True, slots=True)
class Side:
    """One copy at the entry where histories part: its line, and the event that the line tells of (none in a closing)."""

    line: bytes
    event: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """How copy b stands to copy a: the `same`, `continued` from it, `behind` it, or `parted` from it at entry `index`."""

    relation: Relation
    size_a: int
    size_b: int
    index: int | None = None
    a: Side | None = None
    b: Side | None = None


def audit(
    a: TileSource, b: TileSource, log_key: VerifyingKey | None = None, *, origin: str | None = None
) -> Comparison:
    """Compare two copies. With the log's key, both checkpoints must be signed by it.

    Raises NotVerified where a copy's tiles do not lead to its own root (then `verify_log` names the fault), and what reading
    raises.
    """
    (size_a, read_a), (size_b, read_b) = (_opened(source, log_key, origin) for source in (a, b))
    common = min(size_a, size_b)
    index = first_difference(read_a, read_b, common)
    if index is None:
        relation: Relation = "same" if size_a == size_b else "continued" if size_a < size_b else "behind"
        return Comparison(relation, size_a, size_b)
    sides = (_side(a, read_a, index, size_a), _side(b, read_b, index, size_b))
    return Comparison("parted", size_a, size_b, index, *sides)


def first_difference(read_a: NodeReader, read_b: NodeReader, size: int) -> int | None:
    """The first of `size` entries whose leaf hashes differ in two trees, or None. Raises NotVerified if a tree contradicts itself."""
    for height, index in complete_subtrees(0, size):
        if read_a(height, index) == read_b(height, index):
            continue
        while height:
            height, index = height - 1, index * 2
            if read_a(height, index) == read_b(height, index):
                index += 1
        if read_a(0, index) == read_b(0, index):
            raise NotVerified(
                Said(
                    "The tiles of one of the copies contradict each other above entry {index}.", index=index
                ),
                mend=Said("Verify both copies; the fault is then named."),
            )
        return index
    return None


def _opened(source: TileSource, log_key: VerifyingKey | None, origin: str | None) -> tuple[int, NodeReader]:
    """Size and nodes of a copy whose tiles lead to the root of its checkpoint."""
    if log_key is None:
        checkpoint = Checkpoint.parse(parse_note(source.read(CHECKPOINT))[0])
    else:
        checkpoint = read_checkpoint(source, log_key, origin=origin)
    read = node_reader(source, checkpoint.size)
    if range_root(read, 0, checkpoint.size) != checkpoint.root:
        raise NotVerified(
            Said(
                "The tiles of {origin} do not lead to the root in its checkpoint.", origin=checkpoint.origin
            ),
            where=CHECKPOINT,
            mend=Said("Verify the copy; the fault is then named."),
        )
    return checkpoint.size, read


def _side(source: TileSource, read: NodeReader, index: int, size: int) -> Side:
    line = read_entry(source, index, size)
    if leaf_hash(line) != read(0, index):
        raise NotVerified(
            Said("Entry {index} of a copy was changed: its hash is not the one in the tree.", index=index),
            mend=Said("Verify the copy; the fault is then named."),
        )
    return Side(line, event_of_line(line))
