"""Whether what the ledger concluded of one event can follow from what it had concluded before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from meguri.battery import LINK, STEPS
from meguri.ledger.flags import Flag
from meguri.ledger.heads import NEW, Head
from meguri.ledger.tables import event, link

ABOUT = frozenset({"corrected", "erased"})


def follows(connection: Connection, row: Any) -> bool:
    """Whether version, stage and newest time of a row can follow from the row before it."""
    before = NEW
    for table in (event, link):
        found = connection.execute(
            select(table.c.version, table.c.stage, table.c.latest_us).where(
                table.c.battery_id == row.battery_id, table.c.version == row.version - 1
            )
        ).first()
        before = Head(*found) if found else before
    if before.version != row.version - 1 or row.latest_us != max(before.latest_us, row.time_us):
        return False
    return _stage_follows(row, before) and _flags_can_be(row, before)


def _stage_follows(row: Any, before: Head) -> bool:
    field = getattr(row, "field", "")
    if field and (row.type, field) not in LINK:
        return False
    if row.flags & ~Flag.FOREIGN or row.type in ABOUT:
        return True
    leads = (LINK[row.type, field].to or before.stage) if field else STEPS.get((before.stage, row.type))
    return bool(leads == row.stage)


def _flags_can_be(row: Any, before: Head) -> bool:
    """Whether flags say what the place in the life says, as far as that can be told from the row before."""
    if not 0 <= row.flags <= sum(Flag):
        return False
    if not row.flags & Flag.FOREIGN and row.flags & (Flag.IMPOSSIBLE | Flag.TWICE | Flag.ALIAS_CLASH):
        return False
    if row.flags & Flag.SEEN_AFTER_EXPORT and before.stage != "abroad":
        return False
    if row.type in ABOUT:
        return not row.flags & Flag.LATE
    is_late = row.time_us < before.latest_us
    if bool(row.flags & Flag.LATE) != is_late:
        return False
    field = getattr(row, "field", "")
    possible = before.stage in LINK[row.type, field].at if field else (before.stage, row.type) in STEPS
    return is_late or bool(row.flags & Flag.IMPOSSIBLE) != possible
