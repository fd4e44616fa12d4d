"""A log as plain files: the paths, shapes and contents of tiles and entry bundles (C2SP tlog-tiles).

A tile of level l holds up to 256 hashes, each the root of 256^l entries; an entry bundle holds up to 256 entries. Whoever has
the files has the log: a `TileSource` reads them from a folder, a bucket, a server or a store.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from meguri.errors import InputError, NotFound, Said
from meguri.ledger.tree import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH

__all__ = ["TileSource"]

CHECKPOINT = "checkpoint"
ENTRIES = -1
MOST_ENTRY_BYTES = 0xFFFF
MOST_BUNDLE_BYTES = TILE_WIDTH * (2 + MOST_ENTRY_BYTES)
TILE_BYTES = TILE_WIDTH * HASH_BYTES

_path = re.compile(
    r"tile/(entries|[1-5]?[0-9]|6[0-3])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
).fullmatch
_length = struct.Struct(">H")


class TileSource(Protocol):
    """Where the files of a log are. `read` raises NotFound for a file that is not there, Unreachable if it cannot be known."""

    def read(self, path: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class TilePath:
    """A tile, or an entry bundle where `level` is ENTRIES: number `n` from the left, `width` of 256 places filled."""

    level: int
    n: int
    width: int = TILE_WIDTH

    @property
    def is_entries(self) -> bool:
        return self.level == ENTRIES

    @property
    def text(self) -> str:
        """The path below the log's prefix."""
        digits = str(self.n)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        above = "".join(f"x{digits[k : k + 3]}/" for k in range(0, len(digits) - 3, 3))
        part = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{'entries' if self.is_entries else self.level}/{above}{digits[-3:]}{part}"


def tile_path(level: int, n: int, width: int = TILE_WIDTH) -> str:
    """Path of a tile, such as `tile/0/x001/x234/067` or `tile/1/000.p/17`."""
    return TilePath(level, n, width).text


def entries_path(n: int, width: int = TILE_WIDTH) -> str:
    """Path of an entry bundle, such as `tile/entries/273.p/112`."""
    return TilePath(ENTRIES, n, width).text


def parse_path(path: str) -> TilePath:
    """What a path names. Raises NotFound for a path that no log has."""
    found = _path(path)
    if found:
        level, digits, width = found.groups()
        asked = TilePath(
            ENTRIES if level == "entries" else int(level),
            int(digits.replace("x", "").replace("/", "")),
            int(width or TILE_WIDTH),
        )
        if asked.text == path:
            return asked
    raise NotFound(
        Said("No log has a file {path}.", path=Said.of(path[:200])),
        where=path[:200],
        mend=Said("Tiles are named tile/<level>/<number>, bundles tile/entries/<number> (C2SP tlog-tiles)."),
    )


def width_of(size: int, level: int, n: int) -> int:
    """How many hashes tile `n` of a level has in a tree of `size` entries, 0 to 256."""
    below = size >> TILE_HEIGHT * max(level, 0)
    return max(0, min(TILE_WIDTH, below - n * TILE_WIDTH))


def levels_of(size: int) -> int:
    """How many levels of tiles a tree of `size` entries has."""
    return -(-size.bit_length() // TILE_HEIGHT)


def tiles_of(size: int, level: int, first: int = 0) -> Iterator[TilePath]:
    """The tiles of one level (or bundles, for ENTRIES) of a tree of `size` entries, from number `first` on; the last may be partial."""
    below = size >> TILE_HEIGHT * max(level, 0)
    for n in range(first, -(-below // TILE_WIDTH)):
        yield TilePath(level, n, min(TILE_WIDTH, below - n * TILE_WIDTH))


def all_tiles(size: int) -> Iterator[TilePath]:
    """Every bundle and tile of a tree of `size` entries."""
    for level in range(ENTRIES, levels_of(size)):
        yield from tiles_of(size, level)


def pack_entries(entries: Sequence[bytes]) -> bytes:
    """A bundle: each entry after its length, two bytes big-endian. Raises InputError for an entry over 65,535 bytes."""
    try:
        return b"".join([part for entry in entries for part in (_length.pack(len(entry)), entry)])
    except struct.error as fault:
        raise InputError(
            Said("An entry of a log has at most {bytes} bytes.", bytes=MOST_ENTRY_BYTES),
            mend=Said("Keep what is larger outside the log, and its digest inside."),
        ) from fault


def unpack_entries(bundle: bytes, count: int | None = None) -> list[bytes]:
    """The entries of a bundle, `count` of them if it is given, never more than 256. Raises InputError."""
    entries, rest = unpack_leading(bundle, TILE_WIDTH if count is None else count)
    if rest or (count is not None and len(entries) != count):
        raise InputError(
            Said(
                "A bundle of entries is cut off or has too much in it, after entry {count}.",
                count=len(entries),
            ),
            mend=Said("Fetch the file again."),
        )
    return entries


def unpack_leading(bundle: bytes, most: int) -> tuple[list[bytes], bytes]:
    """Up to `most` entries that stand whole at the beginning of a bundle, and what is left after them."""
    entries: list[bytes] = []
    start, end = 0, len(bundle)
    while start + 2 <= end and len(entries) < most:
        stop = start + 2 + (bundle[start] << 8 | bundle[start + 1])
        if stop > end:
            break
        entries.append(bundle[start + 2 : stop])
        start = stop
    return entries, bundle[start:]


def read_hashes(source: TileSource, level: int, n: int, width: int = TILE_WIDTH) -> bytes:
    """The first `width` hashes of a tile, 32 bytes each; from the full tile if the partial one is gone.

    Raises NotFound, or InputError for a file of another length.
    """
    path = tile_path(level, n, width)
    try:
        held = source.read(path)
    except NotFound:
        if width == TILE_WIDTH:
            raise
        return _of_length(source.read(tile_path(level, n)), TILE_BYTES, path)[: width * HASH_BYTES]
    return _of_length(held, width * HASH_BYTES, path)


def read_entries(source: TileSource, n: int, width: int = TILE_WIDTH) -> list[bytes]:
    """The first `width` entries of a bundle; from the full bundle if the partial one is gone. Raises NotFound or InputError."""
    path = entries_path(n, width)
    try:
        held, holds = source.read(path), width
    except NotFound:
        if width == TILE_WIDTH:
            raise
        held, holds = source.read(entries_path(n)), TILE_WIDTH
    try:
        return unpack_entries(held, holds)[:width]
    except InputError as fault:
        raise InputError(fault.what, where=path, mend=fault.mend) from fault


def read_entry(source: TileSource, index: int, size: int) -> bytes:
    """One entry of a log of `size` entries. Raises NotFound or InputError."""
    n = index // TILE_WIDTH
    return read_entries(source, n, width_of(size, ENTRIES, n))[index % TILE_WIDTH]


def _of_length(held: bytes, length: int, path: str) -> bytes:
    if len(held) != length:
        raise InputError(
            Said(
                "The tile {path} has {found} bytes instead of {expected}.",
                path=path,
                found=len(held),
                expected=length,
            ),
            where=path,
            mend=Said("Fetch the file again."),
        )
    return held
