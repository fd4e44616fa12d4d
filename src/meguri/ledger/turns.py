"""Turns at one thing: whoever comes while it is in use is served together with all others who came meanwhile, by one of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Ticket(Generic[T]):
    """What one caller brought. `gate` opens when it is served, or when this caller is the one who serves."""

    brought: Sequence[T]
    gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    serves: bool = False


class Turns(Generic[T]):
    """Serves what callers bring with `serve`, one call at a time."""

    def __init__(self, serve: Callable[[list[T]], None]) -> None:
        self._serve = serve
        self._lock = threading.Lock()
        self._waiting: list[_Ticket[T]] = []
        self._in_use = False

    def take(self, brought: Sequence[T]) -> None:
        """Return when what was brought has been served. Raises what `serve` raises where this caller is the one who serves."""
        mine = _Ticket(brought)
        with self._lock:
            self._waiting.append(mine)
            if not self._in_use:
                self._hand_over()
        try:
            mine.gate.acquire()
        except BaseException:
            self._leave(mine)
            raise
        if mine.serves:
            self._serve_all()

    def _serve_all(self) -> None:
        with self._lock:
            together, self._waiting = self._waiting, []
        try:
            self._serve([one for ticket in together for one in ticket.brought])
        finally:
            with self._lock:
                self._hand_over()
            for ticket in together:
                ticket.gate.release()

    def _hand_over(self) -> None:
        """Let the first who waits serve. The lock is held."""
        self._in_use = bool(self._waiting)
        for ticket in self._waiting[:1]:
            ticket.serves = True
            ticket.gate.release()

    def _leave(self, ticket: _Ticket[T]) -> None:
        """Go without being served: somebody was interrupted while waiting."""
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                if ticket.serves:
                    self._hand_over()
