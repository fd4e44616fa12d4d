"""The witnesses that this log shows its checkpoints to, and the newest signature of each.

A signature is served with the checkpoint as long as the log has the size that was signed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

import httpx
from sqlalchemy import Connection, Row, delete, select, update

from meguri.errors import InputError, MeguriError, NotFound, Said
from meguri.ledger.checkpoint import open_checkpoint
from meguri.ledger.readable import ReadableLedger
from meguri.ledger.signing import VerifyingKey
from meguri.ledger.store import Store
from meguri.ledger.tables import log
from meguri.ledger.tables import witness as table
from meguri.ledger.values import instant
from meguri.ledger.witness import ask_witness

__all__ = ["Witness", "add_witness", "gather", "list_witnesses", "remove_witness"]


@dataclass(frozen=True, slots=True)
class Witness:
    """One that is asked at `url`; it signed `size` lines last (`signed`), and `fault` is why it did not when last `asked`."""

    url: str
    vkey: str
    size: int = 0
    signed: datetime | None = None
    asked: datetime | None = None
    fault: str | None = None


def add_witness(store: Store, url: str, vkey: str) -> Witness:
    """Ask this witness from now on; adding it again gives it another key. Raises InputError."""
    key = VerifyingKey.parse(vkey)
    try:
        told = httpx.URL(url)
    except httpx.InvalidURL:
        told = httpx.URL("")
    if told.scheme not in ("http", "https") or not told.host:
        raise InputError(
            Said("“{url}” is not the address of a witness.", url=Said.of(url)),
            where="url",
            mend=Said("Give what stands before /add-checkpoint, such as https://witness.example/."),
        )
    address = url.rstrip("/")
    with store.writing() as connection:
        connection.execute(delete(table).where(table.c.url == address))
        connection.execute(table.insert().values(url=address, vkey=key.vkey, size=0))
    return Witness(address, key.vkey)


def remove_witness(store: Store, url: str) -> None:
    """Ask this witness no more. Raises NotFound."""
    with store.writing() as connection:
        done = connection.execute(delete(table).where(table.c.url == url.rstrip("/")))
        if done.rowcount:
            return
    raise NotFound(
        Said("No witness is asked at “{url}”.", url=Said.of(url)),
        where=url,
        mend=Said("See the addresses: meguri ledger witness list."),
    )


def list_witnesses(store: Store) -> tuple[Witness, ...]:
    """All witnesses that are asked."""
    with store.reading() as connection:
        return tuple(map(_witness, connection.execute(select(table).order_by(table.c.url))))


def gather(ledger: ReadableLedger, *, client: httpx.Client | None = None) -> tuple[Witness, ...]:
    """Show every witness the newest checkpoint and keep what it signs. A witness that fails is told by its `fault`."""
    key = VerifyingKey.parse(ledger.vkey)
    for one in list_witnesses(ledger.store):
        with ledger.store.reading() as connection:
            note = str(connection.execute(select(log.c.checkpoint)).scalar())
        size = open_checkpoint(note, key).size
        now_us = time.time_ns() // 1000
        told: dict[str, object] = {"asked_us": now_us, "fault": None}
        try:
            (signature,) = ask_witness(
                one.url, note, ledger.tiles, [VerifyingKey.parse(one.vkey)], old=one.size, client=client
            )
            told |= {"size": size, "line": signature.line, "signed_us": signature.time * 1_000_000}
        except MeguriError as fault:
            told["fault"] = str(fault.what)
        with ledger.store.writing() as connection:
            _keep(connection, one, told)
    return list_witnesses(ledger.store)


def _keep(connection: Connection, one: Witness, told: dict[str, object]) -> None:
    """Write what came of asking, unless the witness was removed, got another key, or has signed more meanwhile."""
    connection.execute(
        update(table)
        .where(table.c.url == one.url, table.c.vkey == one.vkey, table.c.size <= told.get("size", one.size))
        .values(**told)
    )


def _witness(row: Row[tuple[object, ...]]) -> Witness:
    signed, asked = (None if held is None else instant(held) for held in (row.signed_us, row.asked_us))
    return Witness(row.url, row.vkey, row.size, signed, asked, row.fault)
