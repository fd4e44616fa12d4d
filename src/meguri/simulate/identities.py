"""Identifiers of things that do not exist: valid in form, under the GS1 prefix 952, which is reserved for examples.

GS1 prefix 952 is “used for demonstrations and examples of the GS1 system” (GS1 General Specifications, figure 1.4.2-1), so
no real product bears such a number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meguri.battery import canonical, check_digit
from meguri.simulate.parameters import Parameters

EXAMPLES = "952"
LABEL = "simulated: "
BLACK_MASS, MATERIAL, MODULE, OPERATOR = 9000, 9100, 8000, 7000
"""Item numbers: of black mass; of the first material, module and operator. Models of packs begin at 1."""

_RANDOM_BITS = 62


@dataclass(frozen=True, slots=True)
class Operator:
    """Who does something: a name that says that it is simulated, and its site as a GLN."""

    name: str
    site: str


def gtin(number: int) -> str:
    """A GTIN-14 of the examples, with its check digit."""
    digits = f"0{EXAMPLES}{number:09d}"
    return digits + check_digit(digits)


def item(number: int, serial: str) -> str:
    """One piece of a model, as canonical Digital Link."""
    return canonical(f"https://id.gs1.org/01/{gtin(number)}/21/{serial}")


def lot(number: int, batch: str) -> str:
    """One lot of a material, as canonical Digital Link."""
    return canonical(f"https://id.gs1.org/01/{gtin(number)}/10/{batch}")


def pack_link(number: int) -> str:
    """What the identifiers of all packs of a model begin with."""
    return item(number, "0").removesuffix("0")


def serial(vehicle: int, year: int) -> str:
    """A maker's serial number: year, count, check digit."""
    digits = f"{year % 100:02d}{vehicle:07d}"
    return digits + check_digit(digits)


def mistyped(serial_number: str) -> str | None:
    """The number with two digits exchanged so that the check digit is still right; None where all such are alike.

    Digits that stand two apart have the same weight, so exchanging them is an error that the check digit cannot see.
    """
    for place in range(len(serial_number) - 4, -1, -1):
        first, last = serial_number[place], serial_number[place + 2]
        if first != last:
            return (
                serial_number[:place] + last + serial_number[place + 1] + first + serial_number[place + 3 :]
            )
    return None


def chassis(model: int, vehicle: int) -> str:
    """A chassis number as Japanese vehicles bear them, of a type that does not exist."""
    return f"ZX{model}-{vehicle:07d}"


def operators(parameters: Parameters) -> dict[str, tuple[Operator, ...]]:
    """The operators by trade."""
    held: dict[str, tuple[Operator, ...]] = {}
    number = OPERATOR
    for trade, count in parameters["operators"].items():
        found = []
        for place in range(int(count.value)):
            number += 1
            digits = f"{EXAMPLES}{number:09d}"
            site = canonical(f"https://id.gs1.org/414/{digits}{check_digit(digits)}")
            found.append(Operator(f"{LABEL}{trade} {place + 1}", site))
        held[trade] = tuple(found)
    return held


def event_ids(random: np.random.Generator, times_ms: NDArray[np.int64]) -> list[str]:
    """A UUID of version 7 (RFC 9562 §5.7) for each time in ms since 1970; in the order of the rows where times are equal."""
    chance = random.integers(0, 1 << _RANDOM_BITS, size=len(times_ms), dtype=np.int64).tolist()
    return [
        _uuid7(ms, place & 0xFFF, bits)
        for place, (ms, bits) in enumerate(zip(times_ms.tolist(), chance, strict=True))
    ]


def _uuid7(ms: int, order: int, bits: int) -> str:
    high, low = f"{ms:012x}", f"{bits | 1 << 63:016x}"
    return f"{high[:8]}-{high[8:]}-7{order:03x}-{low[:4]}-{low[4:]}"
