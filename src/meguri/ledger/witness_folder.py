"""A witness's memory on disk: what it signed last of each log (SQLite), and a folder of evidence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from meguri.errors import Said
from meguri.ledger.errors import StoreUnavailable
from meguri.ledger.evidence import Evidence
from meguri.ledger.files import write_whole
from meguri.ledger.witness import Seen

WAIT_S = 10.0

_TABLE = (
    "CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, size INTEGER, root BLOB, note TEXT) STRICT"
)


class WitnessFolder:
    """A WitnessState in a folder, safe for several threads and processes at once."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        with _at_hand(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        with self._book() as book:
            book.execute("PRAGMA journal_mode = WAL")
            book.execute(_TABLE)

    def seen(self, origin: str) -> Seen | None:
        """The newest checkpoint signed for a log."""
        with self._book() as book:
            row = book.execute("SELECT size, root, note FROM seen WHERE origin = ?", (origin,)).fetchone()
        return Seen(*row) if row else None

    def all_seen(self) -> dict[str, Seen]:
        """The newest checkpoint of every log, by origin."""
        with self._book() as book:
            rows = book.execute("SELECT origin, size, root, note FROM seen ORDER BY origin").fetchall()
        return {origin: Seen(*row) for origin, *row in rows}

    def advance(self, origin: str, before: Seen | None, after: Seen) -> bool:
        """Replace `before` by `after` in one step; False, and nothing done, if `before` is not what is kept."""
        with self._book() as book:
            if before is None:
                done = book.execute(
                    "INSERT INTO seen VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    (origin, after.size, after.root, after.note),
                )
            else:
                done = book.execute(
                    "UPDATE seen SET size = ?, root = ?, note = ? WHERE origin = ? AND size = ? AND root = ?",
                    (after.size, after.root, after.note, origin, before.size, before.root),
                )
            return done.rowcount == 1

    def keep(self, evidence: Evidence) -> str:
        """Write evidence to a file of its own; the same evidence is kept once."""
        file = self.folder / "evidence" / f"{evidence.name}.json"
        if not file.exists():
            with _at_hand(self.folder):
                write_whole(file, evidence.text.encode())
        return str(file)

    @contextmanager
    def _book(self) -> Iterator[sqlite3.Connection]:
        file = self.folder / "witness.db"
        with (
            _at_hand(self.folder),
            closing(sqlite3.connect(file, timeout=WAIT_S, isolation_level=None)) as book,
        ):
            book.execute("PRAGMA synchronous = FULL")
            yield book


@contextmanager
def _at_hand(folder: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as fault:
        raise StoreUnavailable(
            Said("The witness's memory cannot be used: {reason}.", reason=Said.of(str(fault))),
            where=str(folder),
            mend=Said("See that the folder can be written and the disk has room; nothing was signed."),
        ) from fault
