"""Webhooks: other systems are told of events, at least once each and in the order of the log.

A batch is a POST of JSON, signed by HMAC-SHA256 with the webhook's secret over `<time>.<body>`:
`Meguri-Signature: t=<seconds since 1970 UTC>,v1=<hex>`. Any answer 2xx takes the batch. After a failure the pause doubles up to an
hour; after about a day of failures, or the answer 410, it is given up, which stands in the list until somebody resumes it.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import cast

from sqlalchemy import Row, delete, select, update

from meguri.battery import EVENTS, AccessClass, canonical
from meguri.errors import InputError, NotFound, Said
from meguri.ledger.ids import new_id
from meguri.ledger.outward import check_url
from meguri.ledger.store import Store
from meguri.ledger.tables import log
from meguri.ledger.tables import webhook as table
from meguri.ledger.values import instant

__all__ = [
    "SIGNATURE",
    "Webhook",
    "add_webhook",
    "list_webhooks",
    "remove_webhook",
    "resume_webhook",
    "sign",
    "verify_signature",
]

SIGNATURE = "Meguri-Signature"
TOLERANCE_S = 300

_signature = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})").fullmatch


@dataclass(frozen=True, slots=True)
class Webhook:
    """One address, and what it is told: events of `words` about `batteries` (none: all), as a reader of class `access`.

    `position` is the line of the log up to which it was told. `failures` in a row, the last for the reason `fault`; it is tried
    again at `due`, unless it was `given_up`.
    """

    id: str
    url: str
    access: AccessClass
    words: tuple[str, ...]
    batteries: tuple[str, ...]
    private: bool
    created: datetime
    position: int
    due: datetime
    failures: int = 0
    fault: str | None = None
    given_up: datetime | None = None


def add_webhook(
    store: Store,
    url: str,
    *,
    words: Sequence[str] = (),
    batteries: Sequence[str] = (),
    access: AccessClass = "public",
    private: bool = False,
    after: int | None = None,
) -> tuple[Webhook, str]:
    """Tell an address of events, from now on or from behind line `after`; its secret is given here and never again.

    Raises InputError.
    """
    check_url(url, private=private)
    unknown = sorted(set(words) - set(EVENTS))
    if unknown:
        raise InputError(
            Said("“{word}” is no word for an event.", word=Said.of(unknown[0])),
            where="word",
            mend=Said("Use: {words}.", words=tuple(sorted(EVENTS))),
        )
    told, secret, now_us = new_id(), secrets.token_hex(32), time.time_ns() // 1000
    named = [canonical(battery) for battery in batteries]
    with store.writing() as connection:
        size = int(connection.execute(select(log.c.size)).scalar() or 0)
        connection.execute(
            table.insert().values(
                id=told,
                url=url,
                secret=secret,
                access=access,
                words="\n".join(words),
                batteries="\n".join(named),
                private=int(private),
                created_us=now_us,
                position=size - 1 if after is None else after,
                due_us=now_us,
                failures=0,
            )
        )
    return read_webhook(store, told), secret


def read_webhook(store: Store, webhook_id: str) -> Webhook:
    """One webhook. Raises NotFound."""
    with store.reading() as connection:
        row = connection.execute(select(table).where(table.c.id == webhook_id)).first()
    if row is None:
        raise _unknown(webhook_id)
    return webhook_of(row)


def list_webhooks(store: Store) -> tuple[Webhook, ...]:
    """All webhooks, the oldest first."""
    with store.reading() as connection:
        return tuple(map(webhook_of, connection.execute(select(table).order_by(table.c.created_us))))


def remove_webhook(store: Store, webhook_id: str) -> None:
    """Tell an address no more. Raises NotFound."""
    with store.writing() as connection:
        found = connection.execute(delete(table).where(table.c.id == webhook_id)).rowcount
    if not found:
        raise _unknown(webhook_id)


def resume_webhook(store: Store, webhook_id: str) -> Webhook:
    """Try again now, from where it stopped. Raises NotFound."""
    with store.writing() as connection:
        connection.execute(
            update(table)
            .where(table.c.id == webhook_id)
            .values(due_us=time.time_ns() // 1000, failures=0, fault=None, given_up_us=None)
        )
    return read_webhook(store, webhook_id)


def sign(secret: str, body: bytes, now: int) -> str:
    """The header that shows who sent a body, and when (seconds since 1970 UTC)."""
    return f"t={now},v1={_digest(secret, body, now)}"


def verify_signature(header: str, body: bytes, secret: str, now: int, tolerance_s: int = TOLERANCE_S) -> bool:
    """For receivers: whether the holder of the secret sent this body not long ago."""
    found = _signature(header)
    if not found or abs(now - int(found[1])) > tolerance_s:
        return False
    return hmac.compare_digest(found[2], _digest(secret, body, int(found[1])))


def _digest(secret: str, body: bytes, now: int) -> str:
    return hmac.digest(secret.encode(), b"%d.%b" % (now, body), sha256).hex()


def webhook_of(row: Row[tuple[object, ...]]) -> Webhook:
    return Webhook(
        row.id,
        row.url,
        cast(AccessClass, row.access),
        tuple(row.words.split()),
        tuple(row.batteries.splitlines()),
        bool(row.private),
        instant(row.created_us),
        row.position,
        instant(row.due_us),
        row.failures,
        row.fault,
        None if row.given_up_us is None else instant(row.given_up_us),
    )


def _unknown(webhook_id: str) -> NotFound:
    return NotFound(
        Said("There is no webhook “{webhook}”.", webhook=Said.of(webhook_id)),
        where=webhook_id,
        mend=Said("See the ids: meguri ledger webhooks list."),
    )
