"""A log of a few entries that grows, whose files are made from the definitions, word for word."""

from collections.abc import Sequence

from meguri.errors import NotFound
from meguri.ledger.checkpoint import Checkpoint, sign_checkpoint
from meguri.ledger.note import SigningKey
from meguri.ledger.tiles import CHECKPOINT, all_tiles, pack_entries
from meguri.ledger.tree import EMPTY_ROOT, leaf_hash, node_hash

ORIGIN = "registry.example/log"


def root_by_definition(entries: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1."""
    if not entries:
        return EMPTY_ROOT
    if len(entries) == 1:
        return leaf_hash(entries[0])
    left = 1 << (len(entries) - 1).bit_length() - 1
    return node_hash(root_by_definition(entries[:left]), root_by_definition(entries[left:]))


class SmallLog:
    """Entries, and the files that tell of them: a TileSource."""

    def __init__(self, *entries: bytes, origin: str = ORIGIN, seed: bytes = b"\1" * 32) -> None:
        self.key = SigningKey(origin, seed)
        self.entries: list[bytes] = []
        self.files: dict[str, bytes] = {}
        self.grow(*entries)

    def grow(self, *entries: bytes) -> str:
        """Add entries; the new checkpoint."""
        self.entries += entries
        for tile in all_tiles(len(self.entries)):
            span = 256 ** max(tile.level, 0)
            first = tile.n * 256 * span
            parts = [self.entries[first + k * span : first + (k + 1) * span] for k in range(tile.width)]
            self.files[tile.text] = (
                pack_entries([entry for (entry,) in parts])
                if tile.is_entries
                else b"".join(map(root_by_definition, parts))
            )
        self.files[CHECKPOINT] = self.note.encode()
        return self.note

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.key.name, len(self.entries), root_by_definition(self.entries))

    @property
    def note(self) -> str:
        return sign_checkpoint(self.checkpoint, self.key)

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise NotFound(path)
        return self.files[path]
