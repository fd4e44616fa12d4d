"""What a follower is given: events in the order of the log, each with its line and all that is needed to check it.

Content and salts are of the classes that the follower may read. What the ledger concluded of each event travels too, so that a
follower who sees everything can hold it against the digest in the log.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import httpx
import msgspec
from sqlalchemy import select

from meguri.battery import AccessClass
from meguri.errors import InputError, Said
from meguri.ledger.readable import ReadableLedger
from meguri.ledger.seal import Opening
from meguri.ledger.sources import TIMEOUT_S, HttpTiles, fetch
from meguri.ledger.tables import event, link
from meguri.ledger.tiles import TileSource
from meguri.ledger.view import may_see, opened

__all__ = ["EventSource", "LedgerEvents", "Share", "Shared", "SharedLink", "Source", "open_source", "share"]

MOST_EVENTS = 1000
ENOUGH_BYTES = 1 << 24
MOST_BYTES = 1 << 27


Whole = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]


class SharedLink(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that an event names in a field, and what the ledger concluded of it; as in the table `link`."""

    battery: str
    version: Whole
    field: str
    stage: str
    latest_us: Whole
    flags: Whole


class Shared(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event: its place, what the ledger concluded of it, and its line with what opens it; as in the table `event`."""

    index: Whole
    battery: str
    version: Whole
    type: str
    time_us: Whole
    stage: str
    latest_us: Whole
    flags: Whole
    opening: Opening
    links: tuple[SharedLink, ...] = ()


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Events for a reader of class `access`, who is given all of them but not all of each."""

    access: AccessClass
    events: tuple[Shared, ...]


class EventSource(Protocol):
    """Where a follower gets events from, behind line `after` of the log, at most `limit` of them; none at the end."""

    def share(self, after: int, limit: int) -> Share: ...


@dataclass(frozen=True, slots=True)
class Source:
    """A ledger to follow: its address, the files of its log, and its events."""

    url: str
    tiles: TileSource
    events: EventSource


def share(ledger: ReadableLedger, after: int, limit: int, reader: AccessClass) -> Share:
    """Events as a follower of class `reader` is given them."""
    with ledger.store.reading() as connection:
        rows = _rows(
            connection.execute(select(event).where(event.c.idx > after).order_by(event.c.idx).limit(limit))
        )
        last = rows[-1].idx if rows else after
        links: dict[int, list[SharedLink]] = {}
        for row in connection.execute(select(link).where(link.c.idx > after, link.c.idx <= last)):
            if may_see(row.field, reader):
                links.setdefault(row.idx, []).append(
                    SharedLink(
                        battery=row.battery_id,
                        version=row.version,
                        field=row.field,
                        stage=row.stage,
                        latest_us=row.latest_us,
                        flags=row.flags,
                    )
                )
    return Share(
        access=reader,
        events=tuple(
            Shared(
                index=row.idx,
                battery=row.battery_id,
                version=row.version,
                type=row.type,
                time_us=row.time_us,
                stage=row.stage,
                latest_us=row.latest_us,
                flags=row.flags,
                opening=opened(row.line, row.body, row.salts, reader),
                links=tuple(links.get(row.idx, ())),
            )
            for row in rows
        ),
    )


def _rows(found: Iterable[Any]) -> list[Any]:
    """As many rows as make an answer of a bounded size, one at least."""
    rows, size = [], 0
    for row in found:
        rows.append(row)
        size += len(row.line) + len(row.body or b"")
        if size > ENOUGH_BYTES:
            break
    return rows


@dataclass(frozen=True, slots=True)
class LedgerEvents:
    """The events of a ledger that is open here, as a reader of one class may see them."""

    ledger: ReadableLedger
    reader: AccessClass = "authority"

    def share(self, after: int, limit: int) -> Share:
        return share(self.ledger, after, limit, self.reader)


class HttpEvents:
    """The events of a Meguri at an address, as far as the API key (none: what is public) lets one read them."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        client: httpx.Client | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client, self._pause = client or httpx.Client(timeout=TIMEOUT_S), pause

    def share(self, after: int, limit: int) -> Share:
        address = f"{self.url}/api/v1/openings?after={after}&limit={limit}"
        held = fetch(self._client, address, MOST_BYTES, headers=self._headers, pause=self._pause)
        try:
            return msgspec.json.decode(held, type=Share)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
            raise InputError(
                Said("The other ledger's events cannot be read: {reason}", reason=Said.of(str(fault))),
                where=address,
                mend=Said("See that a Meguri of this version or a newer one answers there."),
            ) from fault


def open_source(url: str, api_key: str | None = None, *, client: httpx.Client | None = None) -> Source:
    """A Meguri at an http(s) address: what it serves below /ledger/log/ and /api/v1/."""
    base = url.rstrip("/")
    return Source(
        base, HttpTiles(f"{base}/ledger/log", client=client), HttpEvents(base, api_key, client=client)
    )
