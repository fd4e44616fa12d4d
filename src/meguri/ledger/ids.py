"""New event ids: UUIDv7 (RFC 9562 §5.7), so that ids follow time and an index of them grows at its end."""

from __future__ import annotations

import os
import threading
import time

_turn = threading.Lock()
_last = 0


def new_id() -> str:
    """A UUIDv7 in lower case, later than every one that this process gave before."""
    global _last  # noqa: PLW0603
    with _turn:
        now = time.time_ns()
        ticks = (now // 1_000_000 << 12) | (now % 1_000_000 * 4096 // 1_000_000)
        _last = ticks = max(ticks, _last + 1)
    digits = f"{ticks >> 12:012x}7{ticks & 0xFFF:03x}{int.from_bytes(os.urandom(8)) & 0x3FFFFFFFFFFFFFFF | 0x8000000000000000:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
