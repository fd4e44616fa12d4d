"""The Merkle tree over the log's entries: hashes (RFC 6962 §2.1, RFC 9162 §2.1.1) and a tree that grows by batches.

A `Tree` keeps only the right edge: at most one waiting hash per binary level, and the hashes of each tile (C2SP tlog-tiles)
that is not full yet. Adding n entries costs n hashes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry), RFC 6962 §2.1."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right), RFC 6962 §2.1."""
    return sha256(b"\x01" + left + right).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def parents(hashes: Sequence[bytes]) -> list[bytes]:
    """The hashes one level up; an odd last hash is left out."""
    pairs = iter(hashes)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]


def root_of(hashes: Sequence[bytes]) -> bytes:
    """MTH of leaf hashes (RFC 6962 §2.1); of a power of two of them this is also the hash of their subtree."""
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = parents(row) + odd
    return row[0]


@dataclass(frozen=True, slots=True)
class Tile:
    """Hashes of a tile: `level` and `n` as in tlog-tiles; `hashes` is 32 bytes for each of up to 256 nodes."""

    level: int
    n: int
    hashes: bytes

    @property
    def width(self) -> int:
        return len(self.hashes) // HASH_BYTES


@dataclass(slots=True)
class Tree:
    """A tree of `size` entries that grows at its right edge.

    `waiting[k]` is the root of a complete subtree of 2^k entries that has no right sibling yet, or None.
    `edge[level]` are the hashes of the tile at the right edge of a tile level, fewer than 256.
    """

    size: int = 0
    waiting: list[bytes | None] = field(default_factory=list)
    edge: list[list[bytes]] = field(default_factory=list)

    @classmethod
    def from_edges(cls, size: int, edges: Sequence[Sequence[bytes]]) -> Tree:
        """The tree whose tiles at the right edge hold these hashes, `size // 256**level % 256` of them at each level."""
        tree = cls(size=size, edge=[list(edge) for edge in edges])
        for level, edge in enumerate(tree.edge):
            if len(edge) != (size >> (TILE_HEIGHT * level)) % TILE_WIDTH:
                raise ValueError(
                    f"tile level {level} of a tree of {size} entries cannot hold {len(edge)} hashes"
                )
            start = 0
            for height in reversed(range(TILE_HEIGHT)):
                if len(edge) >> height & 1:
                    tree._wait(TILE_HEIGHT * level + height, root_of(edge[start : start + (1 << height)]))
                    start += 1 << height
        return tree

    def copy(self) -> Tree:
        return Tree(self.size, list(self.waiting), [list(edge) for edge in self.edge])

    def extend(self, leaves: Sequence[bytes]) -> list[Tile]:
        """Add leaf hashes; the tiles that became full, lowest level first."""
        full: list[Tile] = []
        row: Sequence[bytes] = leaves
        binary, before = 0, self.size
        self.size += len(leaves)
        while row:
            if binary % TILE_HEIGHT == 0:
                full += self._fill(binary // TILE_HEIGHT, before >> binary, row)
            held = self._waiting(binary)
            if held is not None:
                row = [held, *row]
            self._wait(binary, row[-1] if len(row) % 2 else None)
            row = parents(row)
            binary += 1
        return full

    def root(self) -> bytes:
        """MTH of all entries."""
        root: bytes | None = None
        for held in self.waiting:
            if held is not None:
                root = held if root is None else node_hash(held, root)
        return EMPTY_ROOT if root is None else root

    def edges(self) -> list[Tile]:
        """The tiles at the right edge that are not full and not empty."""
        return [
            Tile(level, self.size >> (TILE_HEIGHT * (level + 1)), b"".join(edge))
            for level, edge in enumerate(self.edge)
            if edge
        ]

    def _waiting(self, binary: int) -> bytes | None:
        return self.waiting[binary] if binary < len(self.waiting) else None

    def _wait(self, binary: int, held: bytes | None) -> None:
        while len(self.waiting) <= binary:
            self.waiting.append(None)
        self.waiting[binary] = held

    def _fill(self, level: int, first: int, row: Sequence[bytes]) -> list[Tile]:
        while len(self.edge) <= level:
            self.edge.append([])
        edge = self.edge[level]
        edge.extend(row)
        n, start, full = first // TILE_WIDTH, 0, []
        while len(edge) - start >= TILE_WIDTH:
            full.append(Tile(level, n, b"".join(edge[start : start + TILE_WIDTH])))
            n, start = n + 1, start + TILE_WIDTH
        if start:
            self.edge[level] = edge[start:]
        return full
