"""Files that were sent to be taken in, kept for a day under their digest, so that nothing sent is lost before it is confirmed."""

from __future__ import annotations

import os
import re
import time
from hashlib import sha256
from pathlib import Path

from meguri.errors import NotFound, Said

__all__ = ["keep", "kept"]

A_DAY_S = 86_400

_digest = re.compile("[0-9a-f]{64}").fullmatch


def keep(folder: Path, data: bytes) -> str:
    """Keep a file; the digest under which it is found again. Older ones are removed."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    until = time.time() - A_DAY_S
    for old in folder.iterdir():
        if old.stat().st_mtime < until:
            old.unlink(missing_ok=True)
    name = sha256(data).hexdigest()
    draft = folder / f"{name}.{os.getpid()}"
    draft.write_bytes(data)
    draft.replace(folder / name)
    return name


def kept(folder: Path, name: str) -> bytes:
    """A file that was kept. Raises NotFound."""
    if _digest(name):
        try:
            return (folder / name).read_bytes()
        except FileNotFoundError:
            pass
    raise NotFound(
        Said("The file is no longer kept here."),
        where="file",
        mend=Said("Send it once more; files are kept for a day."),
    )
