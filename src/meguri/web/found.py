"""What an id stands for: a row of a table, a document, or a whole table; told as plain values."""

from __future__ import annotations

from typing import Any

from meguri.errors import NotFound, Said
from meguri.statistics import Row, Source, Statistics, Table


def look_up(statistics: Statistics, told: str) -> Row | Source | Table:
    """The row, document or table of that id. Raises NotFound with the nearest ids."""
    if told in statistics.tables:
        return statistics.tables[told]
    if told in statistics.sources:
        return statistics.sources[told]
    if ":" in told:
        return statistics.resolve(told)
    near = statistics.search(told, limit=5)
    raise NotFound(
        Said("Nothing has the id “{told}”", told=told),
        mend=Said("Perhaps: {near}.", near=near)
        if near
        else Said("Ids of documents, tables and rows are listed at /sources and /data."),
    )


def found_document(statistics: Statistics, told: str) -> dict[str, Any]:
    """`look_up` as a document for programs."""
    held = look_up(statistics, told)
    if isinstance(held, Table):
        return {"kind": "table", **table_document(held)}
    if isinstance(held, Source):
        return {"kind": "document", "document": held, "rows": statistics.citing(held.id)}
    return {
        "kind": "row",
        "id": held.row_id,
        "table": held.table,
        "values": held.values,
        "columns": [_column(field) for field in held.fields],
        "status": held.status,
        "document": held.source,
        "place": held.locator,
        "known_from": held.known_from,
        "note": held.note,
    }


def table_document(table: Table) -> dict[str, Any]:
    """A table's description."""
    return {
        "name": table.name,
        "package": table.package,
        "title": dict(table.titles),
        "description": dict(table.descriptions),
        "key": table.key,
        "licence": table.licence,
        "overridden": table.overridden,
        "rows": table.frame.height,
        "columns": [_column(field) for field in table.fields],
    }


def _column(field: Any) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "unit": field.unit,
        "title": {"ja": field.label("ja"), "en": field.label("en")},
        "meaning": {"ja": field.meaning("ja"), "en": field.meaning("en")},
    }
