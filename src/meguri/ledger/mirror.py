"""A log copied as plain files to a folder or an object store, where it is read and verified without its server.

New files first, the checkpoint last: whoever reads meanwhile sees the log as it was, or as it is. A copy that was broken off
goes on where it stopped. Beside the files of the log stands `recorders.txt`: whose keys sign from which line to which.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from meguri.errors import InputError, MeguriError, Said
from meguri.ledger.checkpoint import Checkpoint, open_checkpoint
from meguri.ledger.errors import NotVerified, StoreUnavailable
from meguri.ledger.files import write_together
from meguri.ledger.proofs import root_from_tiles
from meguri.ledger.readable import ReadableLedger
from meguri.ledger.recorders import Recorder
from meguri.ledger.signing import VerifyingKey
from meguri.ledger.tiles import CHECKPOINT, ENTRIES, TilePath, levels_of, tiles_of
from meguri.ledger.tree import TILE_HEIGHT, TILE_WIDTH

__all__ = ["RECORDERS", "Mirrored", "mirror", "parse_recorders", "read_recorder_keys"]

RECORDERS = "recorders.txt"
AT_ONCE = 256
MOST_BYTES = 4 << 20
_HEAD = (
    "# key, first line of the log that it may sign, line from which on it no longer may (- if it still may)"
)

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Mirrored:
    """What copying has done: the log had `before` lines there and has `size` now; files written, their bytes, files removed."""

    origin: str
    before: int
    size: int
    files: int = 0
    bytes: int = 0
    removed: int = 0


def mirror(
    ledger: ReadableLedger, destination: str | Path, progress: Progress | None = None, *, repair: bool = False
) -> Mirrored:
    """Bring the copy at a folder or fsspec URL (file://, s3://, memory://, …) up to the newest checkpoint.

    Only what is new is written; with `repair`, every file is compared and those that differ are written anew. `progress` is
    told lines of the log copied, and in all. Raises NotVerified where the copy is of another log or history, InputError for
    an address that cannot be one, StoreUnavailable where it cannot be written: then the copy stays at its old checkpoint.
    """
    place = _Place(destination)
    note = ledger.checkpoint
    key = VerifyingKey.parse(ledger.vkey)
    now = open_checkpoint(note, key)
    before = _known(ledger, place, key, now, repair=repair)
    done = Mirrored(ledger.origin, before, now.size)
    for paths, span in _new(0 if repair else before, now.size):
        _copy(ledger, place, paths, done, compare=repair)
        if progress:
            progress(min(span, now.size), now.size)
    for path, text in ((RECORDERS, format_recorders(ledger.recorders())), (CHECKPOINT, note)):
        if place.read(path) != text.encode():
            place.write({path: text.encode()}, done)
    return done


def read_recorder_keys(where: str | Path) -> dict[str, VerifyingKey]:
    """Keys of recorders beside a mirrored log, by `<name>+<key id>`; none where it has no list. Raises InputError."""
    held = _Place(where).read(RECORDERS)
    return parse_recorders(held) if held is not None else {}


def parse_recorders(held: bytes) -> dict[str, VerifyingKey]:
    """The keys that a `recorders.txt` lists, by `<name>+<key id>`. Raises InputError."""
    found: dict[str, VerifyingKey] = {}
    try:
        for line in held.decode().splitlines():
            if line and not line.startswith("#"):
                key = VerifyingKey.parse(line.split(" ")[0])
                found[key.signer] = key
    except (UnicodeDecodeError, MeguriError) as fault:
        raise InputError(
            Said("The list of recorders' keys cannot be read."),
            where=RECORDERS,
            mend=Said("Copy the log again, or give the recorders' keys by hand."),
        ) from fault
    return found


def format_recorders(recorders: Iterable[Recorder]) -> str:
    """One key a line: `<vkey> <from> <until>`."""
    lines = (
        f"{held.vkey} {held.from_idx} {'-' if held.until_idx is None else held.until_idx}"
        for held in recorders
    )
    return "\n".join([_HEAD, *lines, ""])


def _known(ledger: ReadableLedger, place: _Place, key: VerifyingKey, now: Checkpoint, *, repair: bool) -> int:
    """How far the copy has come already. Raises NotVerified where it is not a copy of an earlier state of this log."""
    held = place.read(CHECKPOINT)
    if held is None:
        return 0
    try:
        old = open_checkpoint(held, key)
    except InputError:
        if not repair:
            raise
        return 0
    if old.size <= now.size and root_from_tiles(ledger.tiles, old.size) == old.root:
        return old.size
    raise NotVerified(
        Said(
            "The copy has {found} lines of {origin} that are not the first lines of this ledger.",
            found=old.size,
            origin=old.origin,
        ),
        where=place.url,
        mend=Said("Compare the two: meguri ledger audit. Copy to another place if this ledger was restored."),
    )


def _new(before: int, size: int) -> Iterator[tuple[list[TilePath], int]]:
    """Files that a log of `size` has and one of `before` had not, some at a time and below one folder, with the lines covered."""
    for level in range(levels_of(size) - 1, ENTRIES - 1, -1):
        height = TILE_HEIGHT * max(level, 0)
        first = (before >> height) // TILE_WIDTH
        full = before >> height == size >> height
        some: list[TilePath] = []
        for path in () if full else tiles_of(size, level, first):
            if some and (len(some) == AT_ONCE or path.n // 1000 != some[-1].n // 1000):
                yield some, _lines(some, level)
                some = []
            some.append(path)
        if some:
            yield some, _lines(some, level)


def _lines(paths: Sequence[TilePath], level: int) -> int:
    return (paths[-1].n + 1) * TILE_WIDTH if level == ENTRIES else 0


def _copy(
    ledger: ReadableLedger, place: _Place, paths: Sequence[TilePath], done: Mirrored, *, compare: bool
) -> None:
    """Write files of one folder that are not there or differ, and remove the partial ones of those that are full."""
    sizes = place.sizes(posixpath.dirname(_full(paths[0])))
    wanted: dict[str, bytes] = {}
    for path in paths:
        held = ledger.tiles.read(path.text)
        there = sizes.get(_full(path)) if path.width == TILE_WIDTH else None
        if place.read(path.text) != held if compare else there != len(held):
            wanted[path.text] = held
    place.write(wanted, done)
    for path in paths:
        partial = f"{_full(path)}.p"
        if path.width == TILE_WIDTH and partial in sizes:
            done.removed += place.remove(partial)


def _full(path: TilePath) -> str:
    return TilePath(path.level, path.n).text


@dataclass(slots=True)
class _Place:
    """Where a copy is. Raises InputError for an address that cannot be one, StoreUnavailable for what fails."""

    where: str | Path
    url: str = field(init=False)
    store: Any = field(init=False)
    root: str = field(init=False)

    def __post_init__(self) -> None:
        text = str(self.where)
        url = text if "://" in text else Path(text).resolve().as_uri()
        self.url = text
        if url.startswith(("http://", "https://")):
            raise _no_place(text, "http")
        try:
            self.store, root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError, OSError) as fault:
            raise _no_place(text, str(fault)) from fault
        self.root = root.rstrip("/")

    def read(self, path: str) -> bytes | None:
        try:
            held: bytes = self.store.cat_file(f"{self.root}/{path}", start=0, end=MOST_BYTES)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as fault:
            raise _failed(self.url, fault) from fault
        return held

    def sizes(self, folder: str) -> dict[str, int | None]:
        """What is in a folder, by path below the copy; None for folders."""
        try:
            listed = self.store.ls(f"{self.root}/{folder}", detail=True, refresh=True)
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as fault:
            raise _failed(self.url, fault) from fault
        return {
            f"{folder}/{posixpath.basename(one['name'].rstrip('/'))}": one["size"]
            if one["type"] == "file"
            else None
            for one in listed
        }

    def write(self, files: dict[str, bytes], done: Mirrored) -> None:
        """Write files, each whole or not at all."""
        try:
            if isinstance(self.store, LocalFileSystem):
                write_together({Path(self.root, path): held for path, held in files.items()})
            elif files:
                self.store.pipe({f"{self.root}/{path}": held for path, held in files.items()})
        except OSError as fault:
            raise _failed(self.url, fault) from fault
        done.files += len(files)
        done.bytes += sum(map(len, files.values()))

    def remove(self, folder: str) -> int:
        """Remove a folder of files; how many there were."""
        count = len(self.sizes(folder))
        try:
            self.store.rm(f"{self.root}/{folder}", recursive=True)
        except OSError as fault:
            raise _failed(self.url, fault) from fault
        return count


def _no_place(where: str, reason: str) -> InputError:
    return InputError(
        Said("A log cannot be copied to “{where}”: {reason}", where=where, reason=Said.of(reason)),
        where=where,
        mend=Said("Give a folder, or the address of an object store such as s3://bucket/log."),
    )


def _failed(where: str, fault: OSError) -> StoreUnavailable:
    return StoreUnavailable(
        Said("The copy cannot be written: {reason}", reason=Said.of(fault.strerror or str(fault))),
        where=where,
        mend=Said("See that it can be reached and has room, and copy again: it goes on where it stopped."),
    )
