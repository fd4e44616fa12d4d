"""Batteries and files of events for the commands of the ledger."""

import json
from pathlib import Path

from meguri.battery import Event
from meguri.ledger import new_id

ORIGIN = "registry.example/meguri"
VEHICLE = "vin:ZE1-012345"


def battery(number: int = 1) -> str:
    return f"https://id.gs1.org/01/09520000000042/21/B{number:06d}"


def row(word: str, number: int = 1, day: int = 1, **fields: object) -> dict[str, object]:
    """An event as a file holds it."""
    time = f"2026-04-{day:02d}T09:00:00+09:00"
    return {"type": word, "id": new_id(), "battery": battery(number), "time": time, **fields}


def life(number: int = 1) -> list[dict[str, object]]:
    """From the factory to the yard."""
    return [
        row("manufactured", number, 1, mass_kg=300, elements_kg={"Li": 3, "Ni": 12}, country="JP"),
        row("placed_on_market", number, 2, country="JP"),
        row("installed", number, 3, vehicle="ZE1-012345", country="JP"),
        row("removed", number, 9, country="JP"),
    ]


def written(path: Path, rows: list[dict[str, object]] | list[Event]) -> Path:
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path
