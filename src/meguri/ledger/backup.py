"""A ledger in one file, to be restored into an empty database of either kind: as it was, or as it was at an earlier time.

The file is a zip of Parquet parts with their digests, the same for SQLite and PostgreSQL; tiles are left out, as they follow from
the lines. It holds all content, personal data too, and is to be kept as safe as the database. It holds no private key: the folder
of keys is kept apart from it, in a copy of its own.
"""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from sqlalchemy import Connection, Table, select

from meguri.errors import Said
from meguri.ledger.archive import FORMAT, LINES, LOGGED, MANIFEST, Manifest, Part, part_name, schema
from meguri.ledger.checkpoint import Checkpoint, open_checkpoint
from meguri.ledger.errors import NotVerified, StoreUnavailable
from meguri.ledger.files import sync_folder
from meguri.ledger.readable import ReadableLedger
from meguri.ledger.schema import HEAD
from meguri.ledger.signing import VerifyingKey
from meguri.ledger.stored_tiles import read_note
from meguri.ledger.tables import event, metadata, tile
from meguri.ledger.tree import Tree, leaf_hashes

__all__ = ["BackedUp", "backup"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A finished backup; `sha256` (hex) is of the whole file."""

    path: Path
    origin: str
    size: int
    events: int
    root: bytes
    bytes: int
    sha256: str


def backup(ledger: ReadableLedger, path: str | Path, progress: Progress | None = None) -> BackedUp:
    """Write all that a ledger holds, as it is at one moment, into a new file that only its owner can read.

    `progress` is told lines of the log written, and in all. Raises NotVerified where the lines do not lead to the signed root,
    StoreUnavailable where the file cannot be written or is there already.
    """
    file = Path(path)
    try:
        if file.exists():
            raise FileExistsError(17, os.strerror(17))
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        part = Path(name)
        try:
            with os.fdopen(handle, "w+b") as out:
                manifest, checkpoint = _write(ledger, out, progress or (lambda done, size: None))
                out.flush()
                os.fsync(out.fileno())
                out.seek(0)
                digest = file_digest(out, "sha256").hexdigest()
                length = out.seek(0, os.SEEK_END)
            part.replace(file)
            sync_folder(file.parent)
        finally:
            part.unlink(missing_ok=True)
    except OSError as fault:
        raise StoreUnavailable(
            Said("The backup cannot be written: {reason}", reason=Said.of(fault.strerror or str(fault))),
            where=str(file),
            mend=Said("Name a new file in a folder that you may write to, with room for the ledger."),
        ) from fault
    events = sum(held.rows for held in manifest.parts if held.name.startswith(f"{event.name}/"))
    return BackedUp(file, ledger.origin, checkpoint.size, events, checkpoint.root, length, digest)


def _write(ledger: ReadableLedger, out: io.BufferedRandom, progress: Progress) -> tuple[Manifest, Checkpoint]:
    parts: list[Part] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive, ledger.store.reading() as connection:
        note = read_note(connection)
        checkpoint = open_checkpoint(note, VerifyingKey.parse(ledger.vkey))
        tree = Tree()
        for start in range(0, checkpoint.size, LINES):
            lines: list[tuple[int, bytes]] = []
            for table in LOGGED:
                rows = _between(connection, table, start, start + LINES)
                parts.append(_add(archive, table, start // LINES, rows))
                if "line" in table.c:
                    lines += zip(*_columns(table, rows, "idx", "line"), strict=True)
            tree.extend(leaf_hashes(line for _, line in sorted(lines)))
            progress(min(start + LINES, checkpoint.size), checkpoint.size)
        if (tree.size, tree.root()) != (checkpoint.size, checkpoint.root):
            raise NotVerified(
                Said("The lines in the database do not lead to the root that the log has signed."),
                where=ledger.store.url,
                mend=Said("Find what was changed: meguri ledger fsck. Restore an older backup."),
            )
        for table in metadata.sorted_tables:
            if table not in (*LOGGED, tile):
                stored = connection.execute(select(table).execution_options(yield_per=LINES))
                parts += [_add(archive, table, n, rows) for n, rows in enumerate(stored.partitions())]
        manifest = Manifest(
            format=FORMAT,
            tables=HEAD,
            made=datetime.now(UTC),
            origin=ledger.origin,
            vkey=ledger.vkey,
            checkpoint=note,
            parts=tuple(parts),
        )
        archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest, checkpoint


def _between(connection: Connection, table: Table, start: int, end: int) -> Sequence[Sequence[Any]]:
    asked = select(table).where(table.c.idx >= start, table.c.idx < end)
    return connection.execute(asked.order_by(table.c.idx)).all()


def _columns(table: Table, rows: Sequence[Sequence[Any]], *names: str) -> Iterator[Iterable[Any]]:
    return ([row[place] for row in rows] for place in map(table.c.keys().index, names))


def _add(archive: zipfile.ZipFile, table: Table, n: int, rows: Sequence[Sequence[Any]]) -> Part:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(table.c)
    kinds = schema(table).items()
    try:
        frame = pl.DataFrame(
            [
                pl.Series(name, list(held), dtype=kind)
                for (name, kind), held in zip(kinds, columns, strict=True)
            ]
        )
    except TypeError as fault:
        raise NotVerified(
            Said("A column of the table “{table}” holds what it cannot hold.", table=table.name),
            where=table.name,
            mend=Said("Find what was changed: meguri ledger fsck. Restore an older backup."),
        ) from fault
    out = io.BytesIO()
    frame.write_parquet(out, compression="zstd", compression_level=1)
    name = part_name(table, n)
    archive.writestr(name, out.getbuffer())
    return Part(name=name, rows=len(rows), sha256=sha256(out.getbuffer()).hexdigest())
