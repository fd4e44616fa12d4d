"""Telling webhooks: one batch to each that is due; what is not taken is sent again."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
import msgspec
from sqlalchemy import Connection, Row, select, update

from meguri.battery import AccessClass
from meguri.errors import MeguriError
from meguri.ledger.content import Recorded, recorded, select_events
from meguri.ledger.outward import Resolve, post, resolve
from meguri.ledger.readable import ReadableLedger
from meguri.ledger.tables import event, log
from meguri.ledger.tables import webhook as table
from meguri.ledger.values import microseconds
from meguri.ledger.view import visible
from meguri.ledger.webhooks import SIGNATURE, Webhook, sign, webhook_of

__all__ = ["Delivered", "deliver"]

MOST_EVENTS = 100
MOST_AT_ONCE = 8
SKIP = 1000
LEASE_US = 60_000_000
FIRST_PAUSE_US = 1_000_000
LONGEST_PAUSE_US = 3_600_000_000
MOST_FAILURES = 36
"""Twelve pauses that double up to an hour, then one an hour: about a day."""
GONE = 410


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one batch: `count` events up to line `position`; `fault` where it was not taken."""

    webhook: str
    count: int
    position: int
    fault: str | None = None
    given_up: bool = False


def deliver(
    ledger: ReadableLedger,
    *,
    now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    client: httpx.Client | None = None,
    look_up: Resolve = resolve,
) -> tuple[Delivered, ...]:
    """Send one batch to each webhook that is due and has something to be told. Call it again while it gives something.

    Webhooks do not wait for each other. While a batch is under way no other process sends to the same webhook. One that dies on the way holds it up for a minute.
    """
    with ledger.store.reading() as connection:
        rows = connection.execute(
            select(table).where(table.c.given_up_us.is_(None), table.c.due_us <= now_us())
        ).all()
    with ThreadPoolExecutor(min(MOST_AT_ONCE, len(rows) or 1)) as threads:
        done = threads.map(lambda row: _deliver(ledger, row, now_us, client, look_up), rows)
        return tuple(one for one in done if one is not None)


def _deliver(
    ledger: ReadableLedger,
    row: Row[tuple[object, ...]],
    now_us: Callable[[], int],
    client: httpx.Client | None,
    look_up: Resolve,
) -> Delivered | None:
    """One batch to one webhook; None where there is nothing to tell, or another process is telling it."""
    batch, last = _batch(ledger, row)
    if not batch:
        _skip(ledger, row, last)
        return None
    if not _lease(ledger, row, now_us()):
        return None
    told = _send(ledger.origin, row, batch, now_us(), client, look_up)
    with ledger.store.writing() as connection:
        return _settle(connection, row, batch, told, now_us())


def _batch(ledger: ReadableLedger, row: Row[tuple[object, ...]]) -> tuple[tuple[Recorded, ...], int]:
    """The next events that the webhook is to be told of, and the last line of the log now."""
    hook = webhook_of(row)
    where = [event.c.idx > hook.position]
    if hook.words:
        where.append(event.c.type.in_(hook.words))
    if hook.batteries:
        where.append(event.c.battery_id.in_(hook.batteries))
    asked = select_events(*where).order_by(event.c.idx).limit(MOST_EVENTS)
    with ledger.store.reading() as connection:
        size = int(connection.execute(select(log.c.size)).scalar() or 0)
        return recorded(connection.execute(asked)), size - 1


def _skip(ledger: ReadableLedger, row: Row[tuple[object, ...]], last: int) -> None:
    """Where nothing up to the `last` line concerns a webhook, begin behind it the next time."""
    if last - row.position < SKIP:
        return
    with ledger.store.writing() as connection:
        connection.execute(
            update(table).where(table.c.id == row.id, table.c.position == row.position).values(position=last)
        )


def _lease(ledger: ReadableLedger, row: Row[tuple[object, ...]], now_us: int) -> bool:
    """Take the webhook for ourselves; False if another did meanwhile."""
    with ledger.store.writing() as connection:
        taken = connection.execute(
            update(table)
            .where(table.c.id == row.id, table.c.due_us == row.due_us, table.c.position == row.position)
            .values(due_us=now_us + LEASE_US)
        )
        return taken.rowcount == 1


def _send(
    origin: str,
    row: Row[tuple[object, ...]],
    batch: tuple[Recorded, ...],
    now_us: int,
    client: httpx.Client | None,
    look_up: Resolve,
) -> tuple[int, str | None]:
    """Status of the answer (0 for none), and why the batch was not taken."""
    hook: Webhook = webhook_of(row)
    access: AccessClass = hook.access
    last = batch[-1].index
    body = msgspec.json.encode(
        {"origin": origin, "webhook": hook.id, "position": last, "events": visible(batch, access)}
    )
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "meguri-webhooks",
        "Meguri-Delivery": f"{hook.id}/{batch[0].index}-{last}",
        SIGNATURE: sign(str(row.secret), body, now_us // 1_000_000),
    }
    try:
        status = post(hook.url, body, headers, private=hook.private, client=client, look_up=look_up)
    except MeguriError as fault:
        return 0, str(fault.what)
    return status, None if 200 <= status < 300 else f"HTTP {status}"


def _settle(
    connection: Connection,
    row: Row[tuple[object, ...]],
    batch: tuple[Recorded, ...],
    told: tuple[int, str | None],
    now_us: int,
) -> Delivered:
    """Write what became of a batch."""
    hook, (status, fault) = webhook_of(row), told
    failures = hook.failures + 1 if fault else 0
    gives_up = bool(fault) and (status == GONE or failures >= MOST_FAILURES)
    position = hook.position if fault else batch[-1].index
    pause = min(FIRST_PAUSE_US << min(failures - 1, 40), LONGEST_PAUSE_US) if fault else 0
    connection.execute(
        update(table)
        .where(table.c.id == hook.id, table.c.position == hook.position)
        .values(
            position=position,
            failures=failures,
            fault=fault,
            due_us=max(now_us + pause, microseconds(hook.due)),
            given_up_us=now_us if gives_up else None,
        )
    )
    return Delivered(hook.id, len(batch), position, fault, gives_up)
