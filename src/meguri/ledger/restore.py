"""A ledger out of its backup, into an empty database: all of it, or up to an earlier point; and verified before it counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table

from meguri.battery import AccessClass, Erased
from meguri.errors import NotFound, OptionError, Said
from meguri.ledger import home
from meguri.ledger.archive import LINES, LOGGED, Archive, Manifest, no_backup, open_archive
from meguri.ledger.backup import Progress
from meguri.ledger.checkpoint import Checkpoint, sign_checkpoint
from meguri.ledger.errors import NotVerified
from meguri.ledger.fresh import empty_store
from meguri.ledger.fsck import fsck
from meguri.ledger.heads import find_event
from meguri.ledger.keys import LOG, read_key
from meguri.ledger.lines import read_closing
from meguri.ledger.seal import event_of
from meguri.ledger.signing import SigningKey, VerifyingKey
from meguri.ledger.store import Store, insert_rows
from meguri.ledger.stored_tiles import write_tiles
from meguri.ledger.tables import alias, event, log, metadata, recorder, seal, tile, webhook
from meguri.ledger.tree import Tree, leaf_hashes
from meguri.ledger.values import instant, microseconds, written

__all__ = ["Restored", "restore"]

_SPAN = {alias: ("idx", "until_idx"), recorder: ("from_idx", "until_idx")}
"""Tables whose rows hold from one line of the log until another, and the columns that say so."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: the ledger as it was at line `size` of the `newest` that the backup holds.

    Where the backup was cut, the log begins to differ from what others may have seen: `size` < `newest`. `erased_later` are
    events whose content was erased after that point; it stays erased, and `fsck` names it.
    """

    origin: str
    size: int
    newest: int
    events: int
    root: bytes
    last: datetime | None
    has_key: bool
    erased_later: tuple[str, ...] = ()


def restore(
    path: str | Path,
    db: str | Path,
    *,
    keys: Path | None = None,
    until: int | datetime | None = None,
    progress: Progress | None = None,
) -> Restored:
    """Fill an empty database from a backup, and check every row against the log's signed checkpoint before it counts.

    `until` cuts at the end of a recording: of the one that holds the line `until`, or of the last one taken in by that time.
    What is cut has to be signed anew, so the log's key must be in `keys`; else the key may be put there later.
    `progress` is told lines restored, and in all. Raises InputError for what is no backup or no empty database, NotVerified
    where anything does not hold, OptionError or NotFound where `until` names no recording; then the database stays empty.
    """
    told = progress or (lambda done, size: None)
    with open_archive(Path(path)) as archive, empty_store(db) as store:
        checkpoint, key = archive.checkpoint(), _key(keys or home.keys_folder(db), archive.manifest)
        size = checkpoint.size if until is None else _cut(archive, until)
        if size < checkpoint.size and key is None:
            read_key(keys or home.keys_folder(db), LOG)
        with store.writing() as connection:
            filling = _Filling(connection, archive, size)
            filling.lines(told)
            filling.check(checkpoint)
            filling.others(checkpoint, key)
        erased = _verified(store, archive.manifest, filling.erased)
    return Restored(
        archive.manifest.origin,
        size,
        checkpoint.size,
        filling.events,
        filling.tree.root(),
        instant(filling.recorded_us) if filling.events else None,
        key is not None,
        erased,
    )


def _key(folder: Path, manifest: Manifest) -> SigningKey | None:
    """The log's private key, if it is at hand. Raises NotVerified for the key of another log."""
    try:
        key = read_key(folder, LOG)
    except NotVerified:
        return None
    if key.vkey != manifest.vkey:
        raise NotVerified(
            Said("The key in the folder is not that of the ledger “{origin}”.", origin=manifest.origin),
            where=str(folder),
            mend=Said("Name the folder of this ledger's keys (--keys)."),
        )
    return key


def _cut(archive: Archive, until: int | datetime) -> int:
    """How many lines the log had then."""
    size = 0
    ends = ((int(index), line) for rows in archive.all(seal) for index, line in rows)
    if isinstance(until, int):
        size = next((index + 1 for index, _ in ends if index >= until >= 0), 0)
    else:
        moment = _moment(until)
        for index, line in ends:
            closing = read_closing(line)
            if closing is None or closing.time > moment:
                break
            size = index + 1
    if size:
        return size
    raise NotFound(
        Said(
            "The backup holds no recording at that point; it has {size} lines.",
            size=archive.checkpoint().size,
        ),
        where="until",
        mend=Said("Give a line of the log, or a time after the first recording."),
    )


def _moment(until: datetime) -> str:
    if until.tzinfo is None:
        raise OptionError(
            Said("The time to restore to has no time zone."),
            where="until",
            mend=Said("Write it with its offset, such as 2026-04-01T09:30+09:00."),
        )
    return written(microseconds(until))


@dataclass(slots=True)
class _Filling:
    """Rows on their way into the empty tables; lines from `size` on are only hashed, up to the root that was signed."""

    connection: Connection
    archive: Archive
    size: int
    tree: Tree = field(default_factory=Tree)
    beyond: Tree | None = None
    events: int = 0
    recorded_us: int = 0
    erased: dict[str, set[AccessClass]] = field(default_factory=dict)

    def lines(self, progress: Progress) -> None:
        """Events, closing lines, links and tiles."""
        newest = self.archive.checkpoint().size
        for start in range(0, newest, LINES):
            end = min(start + LINES, newest)
            rows = {table: self.archive.read(table, start // LINES) for table in LOGGED}
            leaves = self._leaves(rows, start, end)
            self._grow(leaves, max(self.size - start, 0))
            for table, held in rows.items():
                place = table.c.keys().index("idx")
                insert_rows(self.connection, table, [row for row in held if row[place] < self.size])
            self._note(rows[event])
            progress(end, newest)

    def _leaves(self, rows: dict[Table, list[tuple[Any, ...]]], start: int, end: int) -> list[bytes]:
        lines = sorted(
            (row[table.c.keys().index("idx")], row[table.c.keys().index("line")])
            for table, held in rows.items()
            if "line" in table.c
            for row in held
        )
        if [index for index, _ in lines] != list(range(start, end)):
            raise no_backup(self.archive.file)
        return leaf_hashes(line for _, line in lines)

    def _grow(self, leaves: list[bytes], most: int) -> None:
        before = self.tree.copy()
        write_tiles(self.connection, self.tree.extend(leaves[:most]), before, self.tree)
        if most < len(leaves):
            self.beyond = self.beyond or self.tree.copy()
            self.beyond.extend(leaves[most:])

    def _note(self, rows: list[tuple[Any, ...]]) -> None:
        names = event.c.keys()
        index, word, recorded, body = map(names.index, ("idx", "type", "recorded_us", "body"))
        for row in rows:
            if row[index] < self.size:
                self.events += 1
                self.recorded_us = row[recorded]
            elif row[word] == "erased" and row[body]:
                told = event_of(row[body])
                if isinstance(told, Erased):
                    self.erased.setdefault(told.erases, set()).update(told.classes)

    def check(self, checkpoint: Checkpoint) -> None:
        """Raises NotVerified where the lines do not lead to the root that the log has signed."""
        found = self.beyond or self.tree
        if (found.size, found.root()) != (checkpoint.size, checkpoint.root):
            raise NotVerified(
                Said("The lines in the backup do not lead to the root that the log has signed."),
                where=self.archive.file,
                mend=Said("Use another copy of the backup."),
            )

    def others(self, checkpoint: Checkpoint, key: SigningKey | None) -> None:
        """All other tables, as they were when the log had its `size` lines; its own row last."""
        for table in metadata.sorted_tables:
            if table not in (*LOGGED, tile, log):
                for rows in self.archive.all(table):
                    insert_rows(self.connection, table, _then(table, rows, self.size))
        rows = self.archive.read(log, 0)
        if self.size < checkpoint.size and key:
            note = sign_checkpoint(Checkpoint(key.name, self.size, self.tree.root()), key)
            rows = [(*row[:3], self.size, self.recorded_us, note) for row in rows]
        insert_rows(self.connection, log, rows)


def _then(table: Table, rows: list[tuple[Any, ...]], size: int) -> list[tuple[Any, ...]]:
    """Rows of a table as they were when the log had `size` lines; those that are no part of the log as they are."""
    names = table.c.keys()
    if table is webhook:
        told = names.index("position")
        return [(*row[:told], min(row[told], size - 1), *row[told + 1 :]) for row in rows]
    if table not in _SPAN:
        return rows
    first, last = map(names.index, _SPAN[table])
    return [
        (*row[:last], None, *row[last + 1 :]) if row[last] is not None and row[last] >= size else row
        for row in rows
        if row[first] < size
    ]


def _verified(store: Store, manifest: Manifest, erased: dict[str, set[AccessClass]]) -> tuple[str, ...]:
    """Events that were erased after the point restored to. Raises NotVerified where the store does not hold what the log says."""
    found = fsck(store, VerifyingKey.parse(manifest.vkey), erased=erased)
    if not found.is_sound:
        fault = found.faults[0]
        raise NotVerified(
            Said("What the backup holds is not what the log has signed: {fault}", fault=fault.what),
            where=fault.event or fault.table,
            mend=Said("Use another copy of the backup."),
        )
    with store.reading() as connection:
        names = sorted(erased)
        return tuple(name for name in names if find_event(connection, name) is not None)
