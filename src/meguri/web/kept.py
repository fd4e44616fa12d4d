"""Results kept while they are asked for: each made once, however many ask at the same time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """The `most` results asked for last, by key. A failure is not kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._held: OrderedDict[Hashable, Future[Value]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The result of that key, made now if it isn't there; whoever asks meanwhile waits for the same one."""
        with self._lock:
            future = self._held.get(key)
            mine = future is None
            if future is None:
                future = self._held[key] = Future()
                while len(self._held) > self._most:
                    self._held.popitem(last=False)
            self._held.move_to_end(key)
        if mine:
            try:
                future.set_result(make())
            except BaseException as fault:
                with self._lock:
                    self._held.pop(key, None)
                future.set_exception(fault)
                raise
        return future.result()
