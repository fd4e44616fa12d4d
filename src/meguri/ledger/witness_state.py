"""What a witness remembers: the newest checkpoint it signed of each log, and the evidence against those that changed their past."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from meguri.errors import Said
from meguri.ledger.errors import StoreUnavailable
from meguri.ledger.evidence import Evidence
from meguri.ledger.files import write_whole

__all__ = ["WitnessFolder", "WitnessState", "Witnessed"]

WAIT_S = 10.0

_TABLE = "CREATE TABLE IF NOT EXISTS witnessed (origin TEXT PRIMARY KEY, size INTEGER, root BLOB, note TEXT) STRICT"


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A log's size and root as signed last, and the note with the signatures of the log and of the witness."""

    size: int
    root: bytes
    note: str


class WitnessState(Protocol):
    """What a witness remembers of each log, by its origin.

    `replace` puts something newer for what was `held` unless another did so since; True if it is now on disk.
    `keep` puts evidence against a log where it is not lost, and says where.
    """

    def get(self, origin: str) -> Witnessed | None: ...

    def replace(self, origin: str, held: Witnessed | None, new: Witnessed) -> bool: ...

    def keep(self, evidence: Evidence) -> str: ...


class WitnessFolder:
    """A WitnessState in a folder, safe for several threads and processes at once."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        with _at_hand(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        with self._book() as book:
            book.execute("PRAGMA journal_mode = WAL")
            book.execute(_TABLE)

    def get(self, origin: str) -> Witnessed | None:
        """The newest checkpoint signed of a log."""
        with self._book() as book:
            row = book.execute(
                "SELECT size, root, note FROM witnessed WHERE origin = ?", (origin,)
            ).fetchone()
        return Witnessed(*row) if row else None

    def every(self) -> dict[str, Witnessed]:
        """The newest checkpoint of every log, by origin."""
        with self._book() as book:
            rows = book.execute("SELECT origin, size, root, note FROM witnessed ORDER BY origin").fetchall()
        return {origin: Witnessed(*row) for origin, *row in rows}

    def replace(self, origin: str, held: Witnessed | None, new: Witnessed) -> bool:
        """Put `new` for `held` in one step; False, and nothing done, if another size or root is kept."""
        with self._book() as book:
            if held is None:
                done = book.execute(
                    "INSERT INTO witnessed VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    (origin, new.size, new.root, new.note),
                )
            else:
                done = book.execute(
                    "UPDATE witnessed SET size = ?, root = ?, note = ? WHERE origin = ? AND size = ? AND root = ?",
                    (new.size, new.root, new.note, origin, held.size, held.root),
                )
            return done.rowcount == 1

    def keep(self, evidence: Evidence) -> str:
        """Write evidence to a file of its own; the same evidence is kept once."""
        return keep_evidence(self.folder, evidence)

    @contextmanager
    def _book(self) -> Iterator[sqlite3.Connection]:
        file = self.folder / "witness.db"
        with (
            _at_hand(self.folder),
            closing(sqlite3.connect(file, timeout=WAIT_S, isolation_level=None)) as book,
        ):
            book.execute("PRAGMA synchronous = FULL")
            yield book


def keep_evidence(folder: Path, evidence: Evidence) -> str:
    """Write evidence to a file below a folder, unless it is there; where it is. Raises StoreUnavailable."""
    file = folder / "evidence" / f"{evidence.name}.json"
    if not file.exists():
        with _at_hand(folder):
            write_whole(file, evidence.text.encode())
    return str(file)


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
