"""The national outflow estimate as the faces call it: the joint export table is drawn once and kept."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
import polars as pl

from meguri.flows import (
    ExportTable,
    OutflowEstimate,
    OutflowOptions,
    Progress,
    estimate_outflow,
    export_fingerprint,
    export_table,
    known_on,
)
from meguri.statistics import Statistics, default_home

_drawing = Lock()


def national_outflow(
    statistics: Statistics,
    options: OutflowOptions | None = None,
    *,
    home: Path | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> OutflowEstimate:
    """`estimate_outflow` with the export table kept under `home`/cache by the hash of what it was drawn from.

    The first call for a set of statements and a seed takes seconds, later ones a tenth of one. A cache that cannot
    be read is drawn anew; one that cannot be written is done without.
    """
    options = options or OutflowOptions()
    exports = _exports(known_on(statistics, options.as_of), options, home or default_home())
    return estimate_outflow(statistics, options, exports=exports, workers=workers, progress=progress)


def is_kept(statistics: Statistics, options: OutflowOptions, *, home: Path | None = None) -> bool:
    """Whether the export table of the options need not be drawn."""
    return _place(
        home or default_home(), export_fingerprint(known_on(statistics, options.as_of), options)
    ).exists()


def _exports(statistics: Statistics, options: OutflowOptions, home: Path) -> ExportTable:
    place = _place(home, export_fingerprint(statistics, options))
    with _drawing:
        held = _held(place)
        if held is None:
            held = export_table(statistics, options)
            _keep(place, held)
        return held


def _place(home: Path, fingerprint: str) -> Path:
    return home / "cache" / f"exports-{fingerprint[:32]}.npz"


def _held(place: Path) -> ExportTable | None:
    try:
        return _read(place, place.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, EOFError, pl.exceptions.PolarsError):
        return None


@lru_cache(maxsize=8)
def _read(place: Path, _changed: int) -> ExportTable:
    with np.load(place, allow_pickle=False) as kept:
        return ExportTable(
            years=tuple(int(year) for year in kept["years"]),
            destinations=tuple(str(name) for name in kept["destinations"]),
            units=kept["units"],
            honours=pl.read_parquet(io.BytesIO(kept["honours"].tobytes())),
            acceptance=float(kept["acceptance"]),
        )


def _keep(place: Path, table: ExportTable) -> None:
    honours = io.BytesIO()
    table.honours.write_parquet(honours)
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=place.parent, suffix=".npz")
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez_compressed(
                    file,
                    years=np.array(table.years),
                    destinations=np.array(table.destinations),
                    units=table.units,
                    honours=np.frombuffer(honours.getvalue(), dtype=np.uint8),
                    acceptance=np.array(table.acceptance),
                )
            Path(draft).replace(place)
        except OSError:
            Path(draft).unlink(missing_ok=True)
