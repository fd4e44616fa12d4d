"""Loading: the shipped packages as one collection of tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from meguri.errors import MeguriError
from meguri.statistics.collection import Statistics
from meguri.statistics.package import shipped
from meguri.statistics.sources import merged
from meguri.statistics.table import Table, known_by


def load(
    *,
    extra: Sequence[Path] = (),
    home: Path | None = None,
    as_of: date | None = None,
    added_on: date | None = None,
) -> Statistics:
    """All tables."""
    tables: dict[str, Table] = {}
    for package in shipped():
        for table in package.tables:
            if table.name in tables:
                raise MeguriError(f"Two packages hold a table {table.name}", mend="Rename one of them.")
            tables[table.name] = replace(table, frame=known_by(table.frame, as_of))
    return Statistics(tables, merged(package.sources for package in shipped()))
