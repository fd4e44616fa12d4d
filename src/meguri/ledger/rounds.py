"""What a ledger does by itself while it is served: it tells webhooks, and has its checkpoints signed by witnesses."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import httpx

from meguri.errors import MeguriError
from meguri.ledger.deliver import deliver
from meguri.ledger.outward import TIMEOUT_S
from meguri.ledger.readable import ReadableLedger
from meguri.ledger.witnesses import gather

__all__ = ["Rounds", "tell_all"]

PAUSE_S = 1.0
WITNESS_S = 60.0
MOST_BATCHES = 50


def tell_all(ledger: ReadableLedger, client: httpx.Client | None = None) -> int:
    """Send batches until no webhook that is due waits for one; how many events were taken."""
    count = 0
    while told := deliver(ledger, client=client):
        count += sum(one.count for one in told if not one.fault)
    return count


class Rounds:
    """A thread that goes round every second. `ledger` gives the ledger to look after, or None while there is none.

    A round that fails is tried again the next time; what fails for one webhook or witness stands in its own row.
    """

    def __init__(self, ledger: Callable[[], ReadableLedger | None], *, pause_s: float = PAUSE_S) -> None:
        self._ledger, self._pause_s = ledger, pause_s
        self._ended = threading.Event()
        self._signed_size, self._asked = -1, -WITNESS_S
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._ended.clear()
        self._thread = threading.Thread(target=self._run, name="meguri-rounds", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, after the request that is under way."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(TIMEOUT_S)

    def _run(self) -> None:
        with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client:
            while not self._ended.wait(self._pause_s):
                try:
                    self._round(client)
                except MeguriError:
                    continue

    def _round(self, client: httpx.Client) -> None:
        ledger = self._ledger()
        if ledger is None:
            return
        for _ in range(MOST_BATCHES):
            if self._ended.is_set() or not deliver(ledger, client=client):
                break
        size, now = ledger.size, time.monotonic()
        if now - self._asked >= WITNESS_S and size != self._signed_size:
            self._asked = now
            gather(ledger)
            self._signed_size = size
