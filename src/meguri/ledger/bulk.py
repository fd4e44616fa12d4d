"""Many batches, one after the other: a second process decodes, checks and seals the next ones while the last is written."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

from meguri.battery import decode_events
from meguri.ledger.seal import Recording, seal
from meguri.ledger.signing import SigningKey

AHEAD = 8
"""Batches for each process that are prepared before the first of them is used."""
TOGETHER = 8
"""Recordings that go into one transaction at most."""


class _Desk(NamedTuple):
    key: SigningKey
    origin: str


_desk: _Desk | None = None


def sealed_ahead(
    batches: Iterable[bytes], key: SigningKey, origin: str, *, workers: int
) -> Iterator[list[Recording]]:
    """Recordings of batches (JSON arrays or NDJSON), in order: each time the next one, with all after it that are ready too.

    Without `workers` all is done in this process. Raises InputError for a batch that cannot be read, when its turn comes.
    """
    if not workers:
        for batch in batches:
            yield [seal(decode_events(batch), key, origin)]
        return
    with _pool(workers, key, origin) as pool:
        waiting: deque[Future[Recording]] = deque()
        for batch in batches:
            waiting.append(pool.submit(_seal, batch))
            if len(waiting) > AHEAD * workers:
                yield _ready(waiting)
        while waiting:
            yield _ready(waiting)


def _ready(waiting: deque[Future[Recording]]) -> list[Recording]:
    """The first of those that wait, and the ones after it that are sealed and sound."""
    ready = [waiting.popleft().result()]
    while waiting and len(ready) < TOGETHER and waiting[0].done() and not waiting[0].exception():
        ready.append(waiting.popleft().result())
    return ready


@contextmanager
def _pool(workers: int, key: SigningKey, origin: str) -> Iterator[ProcessPoolExecutor]:
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_sit_down, initargs=(key.private, origin)
    )
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _sit_down(private: str, origin: str) -> None:
    global _desk  # noqa: PLW0603
    _desk = _Desk(SigningKey.parse(private), origin)


def _seal(batch: bytes) -> Recording:
    assert _desk is not None
    return seal(decode_events(batch), *_desk)
