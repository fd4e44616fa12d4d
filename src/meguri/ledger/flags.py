"""What is odd about an event, as bits in the store and as words for people."""

from __future__ import annotations

from enum import IntFlag

__all__ = ["Flag", "words"]


class Flag(IntFlag):
    """An event that is kept although something about it is odd."""

    LATE = 1
    """It happened before an event that was recorded earlier."""
    IMPOSSIBLE = 2
    """It, or one after it in time, cannot happen at the stage its battery was at."""
    SEEN_AFTER_EXPORT = 4
    """Its battery had left the country and was not imported again."""
    TWICE = 8
    """Its battery came into being a second time."""
    ALIAS_CLASH = 16
    """It gives a battery a name that another one bears."""
    FOREIGN = 32
    """It was recorded elsewhere and taken in from there."""


def words(flags: int) -> tuple[str, ...]:
    return tuple(str(flag.name).lower() for flag in Flag if flag & flags)
