"""Back-pressure: how many may record at a time. Who comes when all places are taken is told to come again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from litestar import Request

from meguri.errors import Said
from meguri.web.problems import TurnedAway

AT_ONCE = 24
WAIT_S = 2


def places() -> BoundedSemaphore:
    """The places of a server, for its state."""
    return BoundedSemaphore(AT_ONCE)


@contextmanager
def recording(request: Request[Any, Any, Any]) -> Iterator[None]:
    """A place to record at. Raises TurnedAway (503) where all are taken."""
    held: BoundedSemaphore = request.app.state.places
    if not held.acquire(blocking=False):
        raise busy()
    try:
        yield
    finally:
        held.release()


def busy() -> TurnedAway:
    return TurnedAway(
        503,
        Said("The ledger has more to take in than it can just now."),
        mend=Said("Send it again in {seconds} s: an event is taken once.", seconds=WAIT_S),
        headers={"Retry-After": str(WAIT_S)},
    )
