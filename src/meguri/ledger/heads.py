"""Where each battery's life stands now: the last row of its history, found by index and kept at hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    Table,
    bindparam,
    func,
    literal,
    null,
    select,
    union_all,
)

from meguri.battery import Corrected, Stage
from meguri.ledger.seal import event_of
from meguri.ledger.tables import event, link
from meguri.ledger.values import id_bytes, microseconds

MOST_KEPT = 400_000
AT_ONCE = 500


class Head(NamedTuple):
    """Version, stage and newest event time (µs since 1970 UTC) of a battery; version 0 before anything is known."""

    version: int
    stage: Stage
    latest_us: int


NEW = Head(0, "none", -(2**62))


def read_heads(connection: Connection, batteries: Sequence[str]) -> dict[str, Head]:
    """The heads of batteries that have a history."""
    found: dict[str, Head] = {}
    for start in range(0, len(batteries), AT_ONCE):
        for battery, *head in connection.execute(_LAST, {"asked": batteries[start : start + AT_ONCE]}):
            if battery not in found or found[battery].version < head[0]:
                found[battery] = Head(*head)
    return found


def _last_of(table: Table) -> Select[Any]:
    """The newest row of a table for each battery asked for."""
    asked: BindParameter[str] = bindparam("asked", expanding=True)
    last = (
        select(table.c.battery_id, func.max(table.c.version).label("version"))
        .where(table.c.battery_id.in_(asked))
        .group_by(table.c.battery_id)
        .subquery()
    )
    return select(table.c.battery_id, table.c.version, table.c.stage, table.c.latest_us).join(
        last, (table.c.battery_id == last.c.battery_id) & (table.c.version == last.c.version)
    )


_LAST = union_all(_last_of(event), _last_of(link))


class Told(NamedTuple):
    """One step of a history: event time (µs), place in the log, word, and the field that names the battery where it is not the subject."""

    time_us: int
    place: int
    word: str
    field: str


def read_steps(connection: Connection, battery: str) -> list[Told]:
    """Everything recorded of a battery, as corrected by what was recorded later."""
    asked = union_all(
        select(event.c.time_us, event.c.idx, event.c.type, literal("").label("field"), event.c.body).where(
            event.c.battery_id == battery
        ),
        select(link.c.time_us, link.c.idx, link.c.type, link.c.field, null()).where(
            link.c.battery_id == battery
        ),
    )
    steps: dict[int, Told] = {}
    corrections: list[tuple[int, Corrected]] = []
    for time_us, index, word, field, body in connection.execute(asked):
        steps[index] = Told(time_us, index, word, field)
        if word == "corrected" and body:
            held = event_of(body)
            assert isinstance(held, Corrected)
            corrections.append((index, held))
    for _, held in sorted(corrections, key=lambda pair: pair[0]):
        correct(steps, held, find_event(connection, held.corrects))
    return list(steps.values())


def correct(steps: dict[int, Told], correction: Corrected, target: int | None) -> None:
    """Let a correction work on the step with index `target`: another time, or void."""
    if target not in steps:
        return
    if correction.replacement is None:
        del steps[target]
    elif (time := correction.replacement.get("time")) is not None:
        steps[target] = steps[target]._replace(time_us=microseconds(msgspec.convert(time, datetime)))


def find_event(connection: Connection, event_id: str) -> int | None:
    """The log's index of an event, or None."""
    return connection.execute(select(event.c.idx).where(event.c.event_id == id_bytes(event_id))).scalar()


class Heads(dict[str, Head]):
    """Heads that were read or made since the ledger's size was last what it is now."""

    def fetch(self, connection: Connection, batteries: Iterable[str]) -> None:
        """Have the heads of these at hand."""
        asked = set(batteries)
        if len(self) + len(asked) > MOST_KEPT:
            self.clear()
        missing = [battery for battery in asked if battery not in self]
        if not missing:
            return
        found = read_heads(connection, missing)
        self.update((battery, found.get(battery, NEW)) for battery in missing)
