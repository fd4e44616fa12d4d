"""What the servers of a ledger remember together as a witness: in its database, so that none signs what another would not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, update

from meguri.ledger.evidence import Evidence
from meguri.ledger.store import AlreadyThere, Store
from meguri.ledger.tables import witnessed as table
from meguri.ledger.witness_state import Witnessed, keep_evidence

__all__ = ["WitnessTable"]


@dataclass(frozen=True, slots=True)
class WitnessTable:
    """A WitnessState in the database of a ledger; evidence goes to files in a `folder`."""

    store: Store
    folder: Path

    def get(self, origin: str) -> Witnessed | None:
        """The newest checkpoint signed of a log."""
        asked = select(table.c.size, table.c.root, table.c.note).where(table.c.origin == origin)
        with self.store.reading() as connection:
            row = connection.execute(asked).first()
        return Witnessed(*row) if row else None

    def replace(self, origin: str, held: Witnessed | None, new: Witnessed) -> bool:
        """Put `new` for `held` in one step; False, and nothing done, if another size or root is kept."""
        told = {"size": new.size, "root": new.root, "note": new.note}
        try:
            with self.store.writing() as connection:
                if held is None:
                    connection.execute(table.insert().values(origin=origin, **told))
                    return True
                done = connection.execute(
                    update(table)
                    .where(table.c.origin == origin, table.c.size == held.size, table.c.root == held.root)
                    .values(**told)
                )
                return done.rowcount == 1
        except AlreadyThere:
            return False

    def keep(self, evidence: Evidence) -> str:
        """Write evidence to a file of its own; the same evidence is kept once."""
        return keep_evidence(self.folder, evidence)
