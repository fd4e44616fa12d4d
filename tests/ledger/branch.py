"""A second history of a log, as a server would have that shows one to some and another to others."""

import sqlite3
from contextlib import closing
from pathlib import Path

from meguri.ledger import Ledger


def branch_of(ledger: Ledger, file: Path) -> Ledger:
    """The ledger (a SQLite file) as it is now, once more, under the same name and keys: from here on they may part."""
    with closing(sqlite3.connect(str(ledger.store.writer.url.database))) as book:
        book.execute("VACUUM INTO ?", (str(file),))
    return Ledger.open(file, keys=ledger.keys)
