"""Where a ledger lives if nobody says: in the user's home for Meguri, its keys beside it."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy.engine import make_url

from meguri.ledger.schema import version
from meguri.ledger.store import open_store

__all__ = ["FILE", "begun", "data_folder", "default_db", "keys_folder"]

FILE = "ledger.db"


def default_db() -> str:
    """`MEGURI_DB`, or a SQLite file in Meguri's home."""
    told = os.environ.get("MEGURI_DB")
    return told or str(data_folder() / FILE)


def data_folder() -> Path:
    """`MEGURI_HOME`, or `.meguri` in the user's home."""
    told = os.environ.get("MEGURI_HOME")
    return Path(told) if told else Path.home() / ".meguri"


def keys_folder(where: str | Path) -> Path:
    """`MEGURI_KEYS`; else beside a SQLite file, or in the data folder under the database's name."""
    told = os.environ.get("MEGURI_KEYS")
    if told:
        return Path(told)
    file = _file(where)
    if file is not None:
        return Path(f"{file}.keys")
    url = make_url(str(where))
    return data_folder() / f"{url.host or 'local'}-{url.database}.keys"


def begun(where: str | Path) -> bool:
    """Whether a ledger is kept there; nothing is made by asking. Raises InputError, StoreUnavailable."""
    file = _file(where)
    if file is not None and not file.is_file():
        return False
    store = open_store(where)
    try:
        with store.reading() as connection:
            return version(connection) is not None
    finally:
        store.close()


def _file(where: str | Path) -> Path | None:
    """The file of a SQLite database; None for any other."""
    told = str(where)
    if "://" in told:
        if not told.startswith("sqlite"):
            return None
        told = make_url(told).database or ""
    return Path(told).expanduser().resolve()
