"""Keys of machines for the HTTP API: made once and shown once, kept as a digest, revoked for good.

A key reads `meguri_<id>_<secret>`. What its bearer may read and as which recorder it writes stands in the database.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import cast

from sqlalchemy import Row, select, update

from meguri.battery import AccessClass
from meguri.errors import InputError, NotFound, Said
from meguri.ledger.store import Store
from meguri.ledger.tables import api_key
from meguri.ledger.values import instant

__all__ = ["ApiKey", "find_key", "list_keys", "new_key", "revoke_key"]

PER_MINUTE = 600
MOST_PER_MINUTE = 1_000_000

_form = re.compile(r"meguri_([0-9a-f]{8})_([0-9a-f]{64})").fullmatch
_name = re.compile(r"\S(.{0,98}\S)?").fullmatch


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. `recorder` is the one it records as; None: it only reads. `per_minute` bounds its requests."""

    id: str
    name: str
    access: AccessClass
    recorder: str | None
    per_minute: int
    created: datetime
    revoked: datetime | None = None


def new_key(
    store: Store,
    name: str,
    *,
    access: AccessClass = "public",
    recorder: str | None = None,
    per_minute: int = PER_MINUTE,
) -> tuple[ApiKey, str]:
    """Make a key; its text is given here and never again. Raises InputError."""
    if not _name(name) or not name.isprintable():
        raise InputError(
            Said("“{name}” cannot name an API key.", name=Said.of(name)),
            where="name",
            mend=Said("Use up to 100 characters that say which machine it is for."),
        )
    if not 1 <= per_minute <= MOST_PER_MINUTE:
        raise InputError(
            Said("{count} requests a minute cannot be a limit.", count=per_minute),
            where="per_minute",
            mend=Said("Give a number from 1 to {most}.", most=MOST_PER_MINUTE),
        )
    told, secret, created_us = secrets.token_hex(4), secrets.token_hex(32), time.time_ns() // 1000
    with store.writing() as connection:
        connection.execute(
            api_key.insert().values(
                id=told,
                digest=_digest(secret),
                name=name,
                access=access,
                recorder=recorder,
                per_minute=per_minute,
                created_us=created_us,
            )
        )
    return (
        ApiKey(told, name, access, recorder, per_minute, instant(created_us)),
        f"meguri_{told}_{secret}",
    )


def find_key(store: Store, text: str) -> ApiKey | None:
    """The key of that text, if it is one that holds now."""
    asked = _form(text)
    if asked is None:
        return None
    with store.reading() as connection:
        row = connection.execute(select(api_key).where(api_key.c.id == asked[1])).first()
    if row is None or not hmac.compare_digest(bytes(row.digest), _digest(asked[2])):
        return None
    found = _key(row)
    return None if found.revoked else found


def list_keys(store: Store) -> tuple[ApiKey, ...]:
    """All keys there ever were, the oldest first."""
    with store.reading() as connection:
        rows = connection.execute(select(api_key).order_by(api_key.c.created_us, api_key.c.id)).all()
    return tuple(_key(row) for row in rows)


def revoke_key(store: Store, key_id: str) -> ApiKey:
    """Let a key work no more, from now on. Raises NotFound."""
    with store.writing() as connection:
        connection.execute(
            update(api_key)
            .where(api_key.c.id == key_id, api_key.c.revoked_us.is_(None))
            .values(revoked_us=time.time_ns() // 1000)
        )
        row = connection.execute(select(api_key).where(api_key.c.id == key_id)).first()
    if row is None:
        raise NotFound(
            Said("There is no API key “{key}”.", key=key_id),
            where=key_id,
            mend=Said("See the ids: meguri ledger key list."),
        )
    return _key(row)


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        row.id,
        row.name,
        cast(AccessClass, row.access),
        row.recorder,
        row.per_minute,
        instant(row.created_us),
        None if row.revoked_us is None else instant(row.revoked_us),
    )
