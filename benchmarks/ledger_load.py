"""Loads for the ledger: NDJSON files of plausible events, written before anything is timed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

BATCH = 1000
LIVES = 10
FIRST_MS = 1_790_000_000_000


def battery(number: int) -> str:
    return f"https://id.gs1.org/01/09520000000042/21/B{number:09d}"


def event_id(number: int) -> str:
    """A UUIDv7 that follows the one before."""
    digits = f"{FIRST_MS + number // 4:012x}"
    return f"{digits[:8]}-{digits[8:]}-7{number % 4:03x}-8000-{number:012x}"


def line(number: int) -> str:
    """Event `number`: batches of 1,000 batteries, ten events each, as a maker and testers report them."""
    batch, place = divmod(number, BATCH)
    life, step = divmod(batch, LIVES)
    what = (
        '"manufactured","by":"maker","model":"M40","chemistry":"NMC622","energy_kwh":40,"mass_kg":303'
        if step == 0
        else '"measured","by":"tester","soh_percent":84.2,"method":"obd","odometer_km":45210,"cycles":401'
    )
    hour, minute = divmod(batch % 1440, 60)
    day = 1 + batch // 1440
    return (
        f'{{"type":{what},"country":"JP","id":"{event_id(number)}","battery":"{battery(life * BATCH + place)}",'
        f'"time":"2026-{1 + day // 28:02d}-{1 + day % 28:02d}T{hour:02d}:{minute:02d}:00+09:00"}}\n'
    )


def write_load(path: Path, events: int) -> Path:
    """A file with so many events."""
    with path.open("w", encoding="ascii") as out:
        for start in range(0, events, BATCH):
            out.write("".join(line(number) for number in range(start, min(start + BATCH, events))))
    return path


def batches(path: Path) -> Iterator[bytes]:
    """The file in batches of 1,000 lines."""
    held: list[bytes] = []
    with path.open("rb") as lines:
        for told in lines:
            held.append(told)
            if len(held) == BATCH:
                yield b"".join(held)
                held = []
    if held:
        yield b"".join(held)
