"""Batteries by a piece of their name: of an identifier, or of an alias that they bear or bore."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select

from meguri.battery import Stage
from meguri.errors import NotFound
from meguri.ledger.heads import read_heads
from meguri.ledger.readable import ReadableLedger
from meguri.ledger.recorders import PREFIX
from meguri.ledger.resolve import battery_of
from meguri.ledger.tables import alias, event, link

__all__ = ["Found", "find"]

LIKE = "\\"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A battery, part or lot that is recorded: its stage now, how many events tell of it, and its names now."""

    battery: str
    stage: Stage
    version: int
    aliases: tuple[str, ...] = ()


def find(ledger: ReadableLedger, text: str, limit: int = 50) -> tuple[Found, ...]:
    """Batteries with `text` in their identifier or in an alias, capitals or not; the one so called comes first."""
    asked = text.strip()
    pattern = "%" + "".join(LIKE + one if one in "%_\\" else one for one in asked) + "%"
    with ledger.store.reading() as connection:
        names = dict.fromkeys(
            (
                *_called(connection, asked),
                *_bearing(connection, pattern, limit),
                *_named(connection, pattern, limit),
            )
        )
        chosen = [name for name in names if not name.startswith(PREFIX)][:limit]
        heads = read_heads(connection, chosen)
        given: dict[str, list[str]] = {}
        for name, battery in connection.execute(
            select(alias.c.alias, alias.c.battery_id)
            .where(alias.c.battery_id.in_(chosen), alias.c.until_idx.is_(None))
            .order_by(alias.c.idx, alias.c.alias)
        ):
            given.setdefault(battery, []).append(name)
    return tuple(
        Found(
            battery=name,
            stage=heads[name].stage,
            version=heads[name].version,
            aliases=tuple(given.get(name, ())),
        )
        for name in chosen
        if name in heads
    )


def _called(connection: Connection, text: str) -> tuple[str, ...]:
    try:
        return (battery_of(connection, text),)
    except NotFound:
        return ()


def _bearing(connection: Connection, pattern: str, limit: int) -> list[str]:
    asked = (
        select(alias.c.battery_id).where(alias.c.alias.ilike(pattern, escape=LIKE)).distinct().limit(limit)
    )
    return list(connection.execute(asked).scalars())


def _named(connection: Connection, pattern: str, limit: int) -> list[str]:
    found: list[str] = []
    for held in (event, link):
        asked = (
            select(held.c.battery_id)
            .where(held.c.version == 1, held.c.battery_id.ilike(pattern, escape=LIKE))
            .order_by(held.c.idx)
            .limit(limit)
        )
        found += connection.execute(asked).scalars()
    return found
