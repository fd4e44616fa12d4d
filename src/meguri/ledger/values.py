"""How the store writes instants and event ids."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def microseconds(time: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (time - EPOCH) // MICROSECOND


def instant(time_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=time_us)


def written(time_us: int) -> str:
    """RFC 3339 UTC with milliseconds."""
    return instant(time_us).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time_us // 1000 % 1000:03d}Z"


def id_bytes(event_id: str) -> bytes:
    """The 16 bytes of a UUID."""
    return bytes.fromhex(event_id.replace("-", ""))


def id_text(held: bytes) -> str:
    digits = held.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
