"""What a recorder gets back: where each event stands in the log, for ever checkable without the server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import overload

import msgspec

from meguri.ledger.values import id_text


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Event `event` is line `index` of the log `origin` since `recorded`, as version `version` of `battery`.

    `entry` is that line: the salted commitments under the recorder's signature.
    """

    event: str
    index: int
    recorded: datetime
    battery: str
    version: int
    entry: str
    origin: str


class Receipts(Sequence[Receipt]):
    """Receipts of a batch, written out when they are looked at. `checkpoint` is the signed one that holds them all."""

    def __init__(self, columns: Sequence[tuple[bytes, int, datetime, str, int, bytes]], origin: str) -> None:
        self._columns, self._origin = columns, origin

    def __len__(self) -> int:
        return len(self._columns)

    @overload
    def __getitem__(self, place: int) -> Receipt: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Receipt]: ...
    def __getitem__(self, place: int | slice) -> Receipt | Sequence[Receipt]:
        if isinstance(place, slice):
            return Receipts(self._columns[place], self._origin)
        event, index, recorded, battery, version, entry = self._columns[place]
        return Receipt(
            event=id_text(event),
            index=index,
            recorded=recorded,
            battery=battery,
            version=version,
            entry=entry.decode(),
            origin=self._origin,
        )

    def __iter__(self) -> Iterator[Receipt]:
        return (self[place] for place in range(len(self)))
