"""Files that are whole or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def write_whole(file: Path, held: bytes) -> None:
    """Write a file in one step, durable once this returns; whoever reads meanwhile sees the old file or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(held)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(file.parent)


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write many files as `write_whole` writes one, all durable once this returns; they wait for the disk together."""
    made: list[tuple[int, Path, Path]] = []
    try:
        for file, held in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
            made.append((handle, Path(name), file))
            _write_all(handle, held)
        for handle, part, file in made:
            os.fsync(handle)
            part.replace(file)
    except BaseException:
        for _, part, _ in made:
            part.unlink(missing_ok=True)
        raise
    finally:
        for handle, _, _ in made:
            os.close(handle)
    for folder in {file.parent for file in files}:
        sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make what was named in a folder last, as far as the system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_all(handle: int, held: bytes) -> None:
    rest = memoryview(held)
    while rest:
        rest = rest[os.write(handle, rest) :]
