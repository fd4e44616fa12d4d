"""Events to record in tests."""

from datetime import UTC, datetime, timedelta

from meguri.battery import EVENTS, Event
from meguri.ledger import new_id

START = datetime(2026, 4, 1, 9, tzinfo=UTC)


def battery(number: int = 1) -> str:
    return f"https://id.gs1.org/01/09520000000042/21/B{number:06d}"


def told(word: str, day: float = 0, number: int = 1, **fields: object) -> Event:
    """An event of battery `number`, `day` days after the start."""
    needed = {
        "exported": {"destination": "NZ"},
        "imported": {"origin": "NZ"},
        "sorted": {"decision": "reuse"},
    }
    return EVENTS[word](  # type: ignore[return-value]
        **{
            "id": new_id(),
            "battery": battery(number),
            "time": START + timedelta(days=day),
            **needed.get(word, {}),
            **fields,
        }
    )


def to_market(number: int = 1) -> list[Event]:
    return [told("manufactured", 0, number), told("placed_on_market", 1, number, country="JP")]
