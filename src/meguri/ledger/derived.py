"""A digest of what the ledger concluded from a recording: place, version, stage and flags of each event and link.

The line that closes the recording carries it, so that nobody can change a conclusion afterwards either.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec

EVENT_COLUMNS = 9
"""Columns of `event` without salts and body."""


def derived(events: Iterable[tuple[Any, ...]], links: Iterable[tuple[Any, ...]]) -> str:
    """SHA-256 (hex) over the rows of `event` (without salts and body), then of `link`, as JSON arrays without spaces."""
    told = [row[:EVENT_COLUMNS] for row in events], sorted(links, key=_by_line)
    return sha256(msgspec.json.encode(told)).hexdigest()


def _by_line(row: tuple[Any, ...]) -> tuple[int, str, int]:
    return row[2], row[0], row[1]
