"""The log's public files, made from the store when they are asked for: checkpoint, tiles and entry bundles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, null, select, union_all

from meguri.errors import NotFound, Said
from meguri.ledger.store import Store, insert_rows
from meguri.ledger.tables import event, log, seal, tile, witness
from meguri.ledger.tiles import CHECKPOINT, pack_entries, parse_path
from meguri.ledger.tree import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Tile, Tree, leaf_hashes


def write_tiles(connection: Connection, full: Sequence[Tile], before: Tree, after: Tree) -> None:
    """Add tiles that became full, and, above level 0, renew those at the right edge that changed."""
    kept = {(held.level, held.n, held.width) for held in before.edges()}
    fresh = [
        *full,
        *(held for held in after.edges() if held.level and (held.level, held.n, held.width) not in kept),
    ]
    for held in fresh:
        if held.level:
            connection.execute(delete(tile).where(tile.c.level == held.level, tile.c.n == held.n))
    insert_rows(connection, tile, [(held.level, held.n, held.hashes) for held in fresh])


def read_tree(connection: Connection, size: int) -> Tree:
    """The growing tree of `size` entries, from the right edge of what is stored."""
    edges: list[list[bytes]] = []
    level = 0
    while size >> (TILE_HEIGHT * level):
        width = (size >> (TILE_HEIGHT * level)) % TILE_WIDTH
        n = size >> (TILE_HEIGHT * (level + 1))
        hashes = read_hashes(connection, level, n, width) if width else b""
        edges.append([hashes[k : k + HASH_BYTES] for k in range(0, len(hashes), HASH_BYTES)])
        level += 1
    return Tree.from_edges(size, edges)


def read_hashes(connection: Connection, level: int, n: int, width: int) -> bytes:
    """The first `width` hashes of a tile; fewer where the store has fewer."""
    held = connection.execute(select(tile.c.hashes).where(tile.c.level == level, tile.c.n == n)).scalar()
    if held is not None or level:
        return (held or b"")[: width * HASH_BYTES]
    return b"".join(leaf_hashes(read_lines(connection, n * TILE_WIDTH, n * TILE_WIDTH + width)))


def read_lines(connection: Connection, start: int, end: int) -> list[bytes]:
    return [line for _, _, line in connection.execute(select_lines(start, end))]


def select_lines(start: int, end: int) -> Select[Any]:
    """Index, event id (none for a closing line) and line of the log's lines from `start` up to before `end`, in order."""
    asked = union_all(
        select(event.c.idx, event.c.event_id, event.c.line).where(event.c.idx >= start, event.c.idx < end),
        select(seal.c.idx, null(), seal.c.line).where(seal.c.idx >= start, seal.c.idx < end),
    ).subquery()
    return select(asked).order_by(asked.c.idx)


def read_note(connection: Connection) -> str:
    """The newest checkpoint as a note: the log's own signature, and those of the witnesses that have signed this size."""
    note, size = connection.execute(select(log.c.checkpoint, log.c.size)).one()
    lines = connection.execute(
        select(witness.c.line)
        .where(witness.c.size == size, witness.c.line.is_not(None))
        .order_by(witness.c.url)
    ).scalars()
    return str(note) + "".join(lines)


class StoredTiles:
    """A TileSource over a store. `read` raises NotFound for files that the log does not have (yet)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, path: str) -> bytes:
        with self._store.reading() as connection:
            if path == CHECKPOINT:
                return read_note(connection).encode()
            asked = parse_path(path)
            size = int(connection.execute(select(log.c.size)).scalar() or 0)
            below = size >> (TILE_HEIGHT * max(asked.level, 0))
            if asked.n * TILE_WIDTH + asked.width > below:
                raise NotFound(
                    Said("The log has no {path} at its size of {size}.", path=path, size=size),
                    where=path,
                    mend=Said("Read the checkpoint again and ask for what its size holds."),
                )
            if asked.is_entries:
                start = asked.n * TILE_WIDTH
                return pack_entries(read_lines(connection, start, start + asked.width))
            return read_hashes(connection, asked.level, asked.n, asked.width)
