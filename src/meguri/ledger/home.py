"""Where a ledger lives if nobody says: in the user's home for Meguri, its keys beside it."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy.engine import make_url

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
    if isinstance(where, Path) or "://" not in where:
        return Path(f"{where}.keys").expanduser().resolve()
    url = make_url(where)
    if url.get_backend_name() == "sqlite":
        return Path(f"{url.database}.keys").resolve()
    return data_folder() / f"{url.host or 'local'}-{url.database}.keys"
