"""The private keys of this house: the log's, its own recorder's, and its witness's. Files that only their owner can read."""

from __future__ import annotations

import os
from pathlib import Path

from meguri.errors import Said
from meguri.ledger.errors import NotVerified, StoreUnavailable
from meguri.ledger.signing import SigningKey

__all__ = ["HOUSE", "LOG", "WITNESS", "keep_key", "key_file", "read_key"]

LOG, HOUSE, NEXT, WITNESS = "log", "house", "log-next", "witness"


def key_file(folder: Path, name: str) -> Path:
    """Where the key of a name lies in the folder, and nowhere else, whatever slashes the name has."""
    return folder / f"{name.replace('%', '%25').replace('/', '%2F')}.key"


def read_key(folder: Path, name: str) -> SigningKey:
    """The key kept under a name. Raises NotVerified where it is missing or spoilt."""
    file = key_file(folder, name)
    try:
        return SigningKey.parse(file.read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        raise NotVerified(
            Said("The key “{name}” is not in its folder.", name=name),
            where=str(file),
            mend=Said(
                "Name the folder of the keys (--keys), or restore it from your backup; without it nothing can be signed."
            ),
        ) from None
    except OSError as fault:
        raise StoreUnavailable(
            Said(
                "The key “{name}” cannot be read: {reason}", name=name, reason=Said.of(fault.strerror or "")
            ),
            where=str(file),
            mend=Said("Let the user who runs Meguri read the file."),
        ) from fault


def keep_key(folder: Path, name: str, key: SigningKey) -> Path:
    """Write a new key; never over one that is there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = key_file(folder, name)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(key.private + "\n")
        out.flush()
        os.fsync(out.fileno())
    return file


def settled_key(folder: Path, vkey: str) -> SigningKey:
    """The log's key, after finishing a change of keys that was interrupted before the files were in place."""
    held = read_key(folder, LOG)
    following = folder / f"{NEXT}.key"
    if held.vkey == vkey or not following.exists() or read_key(folder, NEXT).vkey != vkey:
        return held
    kept = folder / f"{LOG}-{held.key_id.hex()}.key"
    if not kept.exists():
        kept.hardlink_to(folder / f"{LOG}.key")
    following.replace(folder / f"{LOG}.key")
    return read_key(folder, LOG)
