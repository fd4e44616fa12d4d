"""What a recorder gets back: where each event stands in the log, for ever checkable without the server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, overload

import msgspec

from meguri.ledger.values import id_text, instant


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
    """Receipts of rows of the table `event`, written out when they are looked at."""

    def __init__(self, rows: Sequence[tuple[Any, ...]], origin: str) -> None:
        self._rows, self._origin = rows, origin

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Receipt: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Receipt]: ...
    def __getitem__(self, place: int | slice) -> Receipt | Sequence[Receipt]:
        if isinstance(place, slice):
            return Receipts(self._rows[place], self._origin)
        index, battery, version, _, _, recorded_us, _, _, _, event_id, line, *_ = self._rows[place]
        return Receipt(
            event=id_text(event_id),
            index=index,
            recorded=instant(recorded_us),
            battery=battery,
            version=version,
            entry=line.decode(),
            origin=self._origin,
        )

    def __iter__(self) -> Iterator[Receipt]:
        return (self[place] for place in range(len(self)))
