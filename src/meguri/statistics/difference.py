"""Difference: what two collections of tables hold differently, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from meguri.statistics.collection import Statistics
from meguri.statistics.table import Table


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that differs: the row, the column, and its value before and after."""

    row_id: str
    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class TableDifference:
    """What differs in one table: ids of rows added and removed, and the changed cells of rows in both."""

    table: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Change, ...]


def difference(before: Statistics, after: Statistics) -> tuple[TableDifference, ...]:
    """The tables that differ, by name; empty when both hold the same."""
    names = sorted(before.tables.keys() | after.tables.keys())
    told = (_compared(name, before.tables.get(name), after.tables.get(name)) for name in names)
    return tuple(one for one in told if one.added or one.removed or one.changed)


def _compared(name: str, before: Table | None, after: Table | None) -> TableDifference:
    if before is not None and after is not None and before.fingerprint == after.fingerprint:
        return TableDifference(name, (), (), ())
    old, new = _rows(before), _rows(after)
    changed = tuple(
        Change(row_id, field, old[row_id].get(field), value)
        for row_id in old.keys() & new.keys()
        for field, value in new[row_id].items()
        if old[row_id].get(field) != value
    )
    return TableDifference(
        name,
        tuple(row_id for row_id in new if row_id not in old),
        tuple(row_id for row_id in old if row_id not in new),
        tuple(sorted(changed, key=lambda change: change.row_id)),
    )


def _rows(table: Table | None) -> dict[str, dict[str, Any]]:
    return {} if table is None else {row["row_id"]: row for row in table.frame.iter_rows(named=True)}
