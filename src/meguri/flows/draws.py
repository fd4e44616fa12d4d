"""Random numbers as an axis: the same numbers for the same seed, whatever the chunking or the number of workers.

Draws come in blocks of a fixed size; block *b* of a seed has its own generator, so any run of draws can be made
anywhere. A draw's uniform and normal columns have fixed places, so that two runs that differ in one assumption
share all other random numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from meguri.flows.options import Range

Floats = NDArray[np.float64]

BLOCK = 1000
"""Draws per block."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Places of the random columns: name → width. Order is part of the meaning of a seed."""

    uniform: tuple[tuple[str, int], ...]
    normal: tuple[tuple[str, int], ...]

    @property
    def widths(self) -> tuple[int, int]:
        return sum(width for _, width in self.uniform), sum(width for _, width in self.normal)


@dataclass(frozen=True, slots=True)
class Noise:
    """`uniform` on [0, 1) and `normal`, both (column, draw); `first` is the number of the first draw."""

    columns: Columns
    uniform: Floats
    normal: Floats
    first: int

    @property
    def draws(self) -> int:
        return int(self.uniform.shape[1])

    def __getitem__(self, name: str) -> Floats:
        """The columns of one name, (draw, width), stored by column."""
        for table, columns in ((self.uniform, self.columns.uniform), (self.normal, self.columns.normal)):
            at = 0
            for held, width in columns:
                if held == name:
                    return table[at : at + width].T
                at += width
        raise KeyError(name)


@lru_cache(maxsize=4)
def noise(columns: Columns, seed: int, first: int, last: int) -> Noise:
    """Random columns of the draws `first` ≤ number < `last`."""
    uniforms, normals = columns.widths
    uniform, normal = np.empty((uniforms, last - first)), np.empty((normals, last - first))
    for block in range(first // BLOCK, -(-last // BLOCK)):
        rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(1, block)))
        low, high = max(first, block * BLOCK), min(last, (block + 1) * BLOCK)
        inside = slice(low - block * BLOCK, high - block * BLOCK)
        uniform[:, low - first : high - first] = rng.random((uniforms, BLOCK))[:, inside]
        normal[:, low - first : high - first] = rng.standard_normal((normals, BLOCK))[:, inside]
    uniform.setflags(write=False)
    normal.setflags(write=False)
    return Noise(columns, uniform, normal, first)


def triangular(chosen: Range, uniform: Floats) -> Floats:
    """Inverse distribution function of a triangular distribution at `uniform` (any shape)."""
    if chosen.fixed:
        return np.full(uniform.shape, chosen.low)
    width = chosen.high - chosen.low
    peak = (chosen.mode - chosen.low) / width
    rising = chosen.low + np.sqrt(uniform * width * (chosen.mode - chosen.low))
    falling = chosen.high - np.sqrt((1 - uniform) * width * (chosen.high - chosen.mode))
    return np.where(uniform < peak, rising, falling)
