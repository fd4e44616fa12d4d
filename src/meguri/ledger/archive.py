"""The file that a ledger is backed up in: a zip of Parquet parts, with a manifest that says what they are and their digests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from sqlalchemy import Integer, LargeBinary, Table

from meguri.errors import InputError, NotFound, Said
from meguri.ledger.checkpoint import Checkpoint, open_checkpoint
from meguri.ledger.errors import NotVerified
from meguri.ledger.schema import HEAD
from meguri.ledger.signing import VerifyingKey
from meguri.ledger.tables import event, link, seal

FORMAT = "meguri-backup/1"
MANIFEST = "manifest.json"
LINES = 50_000
"""Lines of the log in one part; rows of other tables."""

LOGGED = (seal, event, link)
"""Tables whose parts follow the log: part n is of lines `n * LINES` on."""

MOST_PART_BYTES = 1 << 30
MOST_MANIFEST_BYTES = 64 << 20


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A member of the zip: rows of a table, with the SHA-256 (hex) of its bytes."""

    name: str
    rows: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a backup: which log, up to which signed checkpoint, and its parts. `tables` is the version of the tables."""

    format: str
    tables: str
    made: datetime
    origin: str
    vkey: str
    checkpoint: str
    parts: tuple[Part, ...]


def part_name(table: Table, n: int) -> str:
    return f"{table.name}/{n:06}.parquet"


def schema(table: Table) -> dict[str, pl.DataType]:
    """Columns of a table's part."""
    return {column.name: _kind(column.type) for column in table.c}


def _kind(told: Any) -> Any:
    return (
        pl.Int64 if isinstance(told, Integer) else pl.Binary if isinstance(told, LargeBinary) else pl.String
    )


@dataclass(slots=True)
class Archive:
    """A backup that is open. What is read is first held against its digest."""

    file: str
    members: zipfile.ZipFile
    manifest: Manifest
    parts: dict[str, Part]

    def checkpoint(self) -> Checkpoint:
        """The newest checkpoint, signed by the log's key as the backup gives it."""
        return open_checkpoint(
            self.manifest.checkpoint,
            VerifyingKey.parse(self.manifest.vkey),
            origin=self.manifest.origin,
        )

    def read(self, table: Table, n: int) -> list[tuple[Any, ...]]:
        """Rows of part `n` of a table; none where there is no such part."""
        part = self.parts.get(part_name(table, n))
        if part is None:
            return []
        held = _member(self.members, part.name, MOST_PART_BYTES)
        if sha256(held).hexdigest() != part.sha256:
            raise NotVerified(
                Said("The part {part} of the backup is not the one that was written.", part=part.name),
                where=self.file,
                mend=Said("Use another copy of the backup."),
            )
        frame = pl.read_parquet(io.BytesIO(held))
        if dict(frame.schema) != schema(table) or len(frame) != part.rows:
            raise no_backup(self.file)
        return frame.rows()

    def all(self, table: Table) -> Iterator[list[tuple[Any, ...]]]:
        for n in count():
            if part_name(table, n) not in self.parts:
                return
            yield self.read(table, n)


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """A backup to read from. Raises NotFound, or InputError for what is none, or none of these tables."""
    try:
        with zipfile.ZipFile(path) as members:
            manifest = msgspec.json.decode(_member(members, MANIFEST, MOST_MANIFEST_BYTES), type=Manifest)
            if manifest.format != FORMAT or manifest.tables != HEAD:
                raise InputError(
                    Said("The backup was made by a Meguri with other tables."),
                    where=str(path),
                    mend=Said(
                        "Restore it with the Meguri that made it, then renew that ledger by opening it."
                    ),
                )
            yield Archive(str(path), members, manifest, {part.name: part for part in manifest.parts})
    except FileNotFoundError as fault:
        raise NotFound(
            Said("There is no such file"), where=str(path), mend=Said("Check the path.")
        ) from fault
    except (OSError, zipfile.BadZipFile, EOFError, RuntimeError, msgspec.MsgspecError) as fault:
        raise no_backup(str(path)) from fault
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as fault:
        raise no_backup(str(path)) from fault


def _member(members: zipfile.ZipFile, name: str, most: int) -> bytes:
    try:
        told = members.getinfo(name)
    except KeyError as fault:
        raise zipfile.BadZipFile(name) from fault
    if told.file_size > most or told.compress_type != zipfile.ZIP_STORED:
        raise zipfile.BadZipFile(name)
    return members.read(told)


def no_backup(where: str) -> InputError:
    return InputError(
        Said("This is not a whole backup of a ledger."),
        where=where,
        mend=Said("Use another copy of the backup; it may have been cut off on its way."),
    )
