"""Makes small logs out of nothing, as files in memory or in a folder."""

import uuid
from base64 import b64encode
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from meguri.errors import NotFound
from meguri.ledger.checkpoint import Checkpoint, sign_checkpoint
from meguri.ledger.note import SigningKey
from meguri.ledger.seal import line_of, signed_message
from meguri.ledger.tiles import entries_path, pack_entries, tile_path
from meguri.ledger.tree import TILE_WIDTH, Tree, leaf_hashes, root_of

ORIGIN = "registry.example/meguri"
LOG_KEY = SigningKey(ORIGIN, b"\1" * 32)
RECORDER = SigningKey("registry.example/yard", b"\2" * 32)
WITNESS = SigningKey("witness.example/w1", b"\3" * 32).as_cosigner()
RECORDERS = {RECORDER.verifying.signer: RECORDER.verifying}


class Files(dict[str, bytes]):
    """A log's files in memory: a TileSource."""

    def read(self, path: str) -> bytes:
        if path not in self:
            raise NotFound(path)
        return self[path]

    def write_to(self, folder: Path) -> Path:
        for path, held in self.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(held)
        return folder


def statements(count: int, *, seed: int = 0, recorder: SigningKey = RECORDER) -> list[bytes]:
    draw = Random(seed)
    name = recorder.verifying.signer
    return [
        line_of(str(uuid.UUID(bytes=draw.randbytes(16))), (b"{}", b"{}", b"{}"), draw.randbytes(48), name)
        for _ in range(count)
    ]


def closing(lines: Sequence[bytes], time: str, *, recorder: SigningKey = RECORDER) -> bytes:
    root = root_of(leaf_hashes(lines))
    signature = recorder.sign(signed_message(ORIGIN, len(lines), root))
    return (
        f'{{"count":{len(lines)},"derived":"{"0" * 64}","recorder":"{recorder.verifying.signer}",'
        f'"root":"{b64encode(root).decode()}","signature":"{b64encode(signature).decode()}","time":"{time}"}}'
    ).encode()


def recording(count: int, *, seed: int, minute: int = 0, recorder: SigningKey = RECORDER) -> list[bytes]:
    lines = statements(count, seed=seed, recorder=recorder)
    time = f"2026-01-{minute // 1440 + 1:02d}T{minute // 60 % 24:02d}:{minute % 60:02d}:00.000Z"
    return [*lines, closing(lines, time, recorder=recorder)]


def entries_of(*counts: int, seed: int = 0) -> list[bytes]:
    """Recordings of so many events each, one a minute."""
    return [
        line for k, count in enumerate(counts) for line in recording(count, seed=seed * 1000 + k, minute=k)
    ]


def files_of(entries: Sequence[bytes], *, key: SigningKey = LOG_KEY, sizes: Iterable[int] = ()) -> Files:
    """The files of a log with these entries; also the partial ones that it had at the earlier `sizes`."""
    files, tree, done = Files(), Tree(), 0
    for size in [*sorted(sizes), len(entries)]:
        full = tree.extend(leaf_hashes(entries[done:size]))
        for tile in full + tree.edges():
            files[tile_path(tile.level, tile.n, tile.width)] = tile.hashes
        for n in range(done // TILE_WIDTH, -(-size // TILE_WIDTH)):
            held = entries[n * TILE_WIDTH : min(size, (n + 1) * TILE_WIDTH)]
            files[entries_path(n, len(held))] = pack_entries(held)
        done = size
    files["checkpoint"] = sign_checkpoint(Checkpoint(ORIGIN, len(entries), tree.root()), key).encode()
    return files
