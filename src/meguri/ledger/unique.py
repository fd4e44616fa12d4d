"""Whether an id occurs twice among very many, in bounded memory: ids are parted over files by their bytes, then sorted file by file.

An id takes 24 bytes on disk. Memory is that of the largest of 64 parts: 40 MB for 10⁸ ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

PARTS = 64

_MIX = np.uint64(0x9E3779B97F4A7C15)
_Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Twice:
    """An id found at two places of the log."""

    id: bytes
    first: int
    again: int


@dataclass(frozen=True, slots=True)
class UniqueIds:
    """Ids of 16 bytes and the places where they are, kept in an empty folder."""

    folder: Path

    def add(self, ids: bytes, places: npt.ArrayLike) -> None:
        """Add ids, 16 bytes each."""
        if not ids:
            return
        words = np.frombuffer(ids, dtype=np.uint64).reshape(-1, 2)
        rows = np.column_stack([words, np.asarray(places, dtype=np.uint64)])
        part = _folded(words) >> np.uint64(58)
        order = np.argsort(part, kind="stable")
        rows, ends = rows[order], np.searchsorted(part[order], np.arange(PARTS + 1, dtype=np.uint64))
        for number in range(PARTS):
            if ends[number] < ends[number + 1]:
                with (self.folder / str(number)).open("ab") as file:
                    file.write(rows[ends[number] : ends[number + 1]].tobytes())

    def first_twice(self) -> Twice | None:
        """The id whose second occurrence comes first in the log, or None."""
        found = [twice for file in sorted(self.folder.iterdir()) if (twice := _twice_in(file))]
        return min(found, key=lambda twice: twice.again, default=None)


def _twice_in(file: Path) -> Twice | None:
    rows = np.fromfile(file, dtype=np.uint64).reshape(-1, 3)
    folded = np.sort(_folded(rows))
    if not bool((folded[1:] == folded[:-1]).any()):
        return None
    rows = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
    same = np.flatnonzero((rows[1:, :2] == rows[:-1, :2]).all(axis=1))
    if not same.size:
        return None
    again = same[np.argmin(rows[same + 1, 2])]
    return Twice(rows[again, :2].tobytes(), int(rows[again, 2]), int(rows[again + 1, 2]))


def _folded(words: _Words) -> _Words:
    """A number for each id that differs wherever ids do, but for rare chance."""
    folded: _Words = (words[:, 0] ^ (words[:, 1] * _MIX)) * _MIX
    return folded
