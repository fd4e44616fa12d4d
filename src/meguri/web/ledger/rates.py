"""How often one may ask: a bucket of tokens for each API key and each address, refilled with time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from threading import Lock
from typing import Any

from litestar import Request
from litestar.concurrency import sync_to_thread

from meguri.errors import Said
from meguri.web.ledger.access import key_of, settings_of
from meguri.web.problems import TurnedAway
from meguri.web.settings import is_loopback

MOST_BUCKETS = 10_000
FILES = "/ledger/log/tile/"
COST_OF_A_FILE = 0.05
"""Whoever verifies the log fetches all of it: its files are small and never change."""


class Rates:
    """Buckets by name. A bucket holds what may be asked in a minute, and may be emptied at once."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._lock = now, Lock()
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, per_minute: int, cost: float = 1.0) -> float:
        """Take `cost` tokens; 0, or the seconds to wait until they are there."""
        now = self._now()
        with self._lock:
            left, since = self._held.pop(name, (float(per_minute), now))
            left = min(per_minute, left + (now - since) * per_minute / 60)
            wait = 0.0 if left >= cost else (cost - left) * 60 / per_minute
            self._held[name] = (left if wait else left - cost, now)
            while len(self._held) > MOST_BUCKETS:
                self._held.popitem(last=False)
        return wait


async def admitted(request: Request[Any, Any, Any]) -> None:
    """Let a request in, within its rate. Raises TurnedAway (401, 429). This machine's own pages are not counted."""
    peer = request.client.host if request.client else ""
    settings, rates = settings_of(request), request.app.state.rates
    bearer = "authorization" in request.headers
    cost = COST_OF_A_FILE if request.url.path.startswith(FILES) else 1.0
    if settings.local and is_loopback(peer) and not bearer:
        return
    wait = rates.take(f"address {peer}", settings.requests_a_minute, cost) if not bearer else 0.0
    if bearer:
        try:
            key = await sync_to_thread(key_of, request)
        except TurnedAway:
            if wait := rates.take(f"address {peer}", settings.requests_a_minute):
                raise _too_often(wait) from None
            raise
        if key is not None:
            wait = rates.take(f"key {key.id}", key.per_minute, cost)
    if wait:
        raise _too_often(wait)


def _too_often(wait: float) -> TurnedAway:
    return TurnedAway(
        429,
        Said("Too many requests came in too short a time."),
        mend=Said("Wait {seconds} s, then go on more slowly.", seconds=ceil(wait)),
        headers={"Retry-After": str(ceil(wait))},
    )
