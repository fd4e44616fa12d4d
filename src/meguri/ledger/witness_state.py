"""What a witness remembers of each log: the newest checkpoint it has cosigned. It is lost or rolled back at the witness's peril."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from meguri.errors import Said
from meguri.ledger.errors import StoreUnavailable

_BUSY_S = 30.0


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A log's size and root as last cosigned, and the signed note that said so."""

    size: int
    root: bytes
    note: str


class WitnessState(Protocol):
    """Memory of a witness. `replace` stores `new` only if what is held is still `held`, atomically and durably, and says if it did."""

    def get(self, origin: str) -> Witnessed | None: ...

    def replace(self, origin: str, held: Witnessed | None, new: Witnessed) -> bool: ...


@dataclass(frozen=True, slots=True)
class WitnessFile:
    """Memory of a witness in one SQLite file, which several processes may share."""

    path: Path

    def get(self, origin: str) -> Witnessed | None:
        with self._open() as connection:
            return _read(connection, origin)

    def replace(self, origin: str, held: Witnessed | None, new: Witnessed) -> bool:
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            if _read(connection, origin) != held:
                connection.execute("ROLLBACK")
                return False
            connection.execute(
                "INSERT INTO witnessed VALUES (?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE"
                " SET size = excluded.size, root = excluded.root, note = excluded.note",
                (origin, new.size, new.root, new.note),
            )
            connection.execute("COMMIT")
            return True

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS witnessed"
                    " (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL)"
                )
                yield connection
        except (sqlite3.Error, OSError) as fault:
            raise StoreUnavailable(
                Said("The memory of the witness cannot be used: {reason}.", reason=Said.of(str(fault))),
                where=str(self.path),
                mend=Said("See that the file is whole and its disk has room; nothing was cosigned."),
            ) from fault


def _read(connection: sqlite3.Connection, origin: str) -> Witnessed | None:
    row = connection.execute("SELECT size, root, note FROM witnessed WHERE origin = ?", (origin,)).fetchone()
    return Witnessed(*row) if row else None
