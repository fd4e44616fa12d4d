"""Proofs that an entry is in a tree, and that a tree continues an older one: made from tiles, verified without them.

Numbers of entries and places count from 0; hashes are 32 bytes. A proof of a tree of 10⁸ entries has up to 27 hashes and needs
at most eight tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from meguri.errors import OptionError, Said
from meguri.ledger.tiles import TileSource, read_hashes, width_of
from meguri.ledger.tree import EMPTY_ROOT, HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, node_hash, root_of

Range = tuple[int, int]
"""The entries from the first number up to, not including, the second."""


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from a leaf hash at `index` to the root of `size` entries (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes((leaf, root, *proof)):
        return False
    here, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(sibling, found)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether the tree of `new` entries begins with the tree of `old` entries (RFC 9162 §2.1.4.2).

    Never true of an old size of 0, of which there is nothing to prove.
    """
    if not 0 < old <= new or not _are_hashes((old_root, new_root, *proof)):
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not proof:
        return False
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def inclusion_proof(source: TileSource, index: int, size: int) -> list[bytes]:
    """Hashes from the leaf's sibling up (RFC 9162 §2.1.3.1). Raises OptionError, NotFound or InputError."""
    if not 0 <= index < size:
        raise _out_of_tree(index, size)
    read = node_reader(source, size)
    return [range_root(read, *asked) for asked in inclusion_ranges(index, size)]


def consistency_proof(source: TileSource, old: int, new: int) -> list[bytes]:
    """Hashes that join the trees of `old` and `new` entries (RFC 9162 §2.1.4.1). Raises OptionError, NotFound or InputError."""
    if not 0 < old <= new:
        raise _out_of_tree(old, new)
    read = node_reader(source, new)
    return [range_root(read, *asked) for asked in consistency_ranges((0, old), new)]


def root_from_tiles(source: TileSource, size: int) -> bytes:
    """The root of the first `size` entries. Raises NotFound or InputError."""
    return range_root(node_reader(source, size), 0, size)


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The entries under each hash of an inclusion proof, from the leaf up."""
    start, end, found = 0, size, []
    while end - start > 1:
        middle = start + _left(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency_ranges(part: Range, size: int) -> list[Range]:
    """The entries under each hash of the proof that a subtree is part of the tree of `size` entries."""
    start, end, found, known = 0, size, [], True
    while (start, end) != part:
        middle = start + _left(end - start)
        if part[1] <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            if part[0] < middle:
                part, known = (middle, part[1]), False
            start = middle
    return ([] if known else [(start, end)]) + found[::-1]


NodeReader = Callable[[int, int], bytes]
"""Gives the hash of a complete subtree: of entries `index << height` up to `(index + 1) << height`."""


def node_reader(source: TileSource, size: int) -> NodeReader:
    """Reads nodes of the tree of `size` entries, each tile once."""

    @lru_cache(maxsize=64)
    def tile(level: int, n: int) -> bytes:
        return read_hashes(source, level, n, width_of(size, level, n))

    def node(height: int, index: int) -> bytes:
        level, above = divmod(height, TILE_HEIGHT)
        n, place = divmod(index << above, TILE_WIDTH)
        held = tile(level, n)
        return root_of(
            [held[k * HASH_BYTES : (k + 1) * HASH_BYTES] for k in range(place, place + (1 << above))]
        )

    return node


def range_root(read: NodeReader, start: int, end: int) -> bytes:
    """The root of a subtree's entries, which may end where the tree ends (RFC 6962 §2.1)."""
    found: bytes | None = None
    for height, index in reversed(list(complete_subtrees(start, end))):
        held = read(height, index)
        found = held if found is None else node_hash(held, found)
    return EMPTY_ROOT if found is None else found


def complete_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Height and index of the largest complete subtrees that make up a subtree's entries, from the left."""
    while start < end:
        height = (end - start).bit_length() - 1
        yield height, start >> height
        start += 1 << height


def _left(count: int) -> int:
    """The largest power of two below a count."""
    return 1 << ((count - 1).bit_length() - 1)


def _are_hashes(held: Sequence[bytes]) -> bool:
    return all(len(one) == HASH_BYTES for one in held)


def _out_of_tree(place: int, size: int) -> OptionError:
    return OptionError(
        Said("There is no proof for {place} in a log of {size} entries.", place=place, size=size),
        mend=Said(
            "Entries are numbered from 0; sizes of trees to compare are at least 1, the older one first."
        ),
    )
