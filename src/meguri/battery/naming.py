"""Which other names an event gives to its battery, and whether it takes the vehicle's name away."""

from __future__ import annotations

from meguri.battery.events import Event, Installed, Registered, Removed
from meguri.battery.identity import alias

ANYWHERE = "main"


def alias_names(event: Event) -> tuple[tuple[str, ...], bool]:
    """Canonical aliases that an event gives, and whether the battery leaves its vehicle with it.

    A battery bears its vehicle's number, with the place in it, from `installed` or `registered` until `removed`.
    """
    if isinstance(event, Removed):
        return (), True
    given = tuple(alias(name) for name in getattr(event, "aliases", ()))
    if isinstance(event, Installed | Registered) and event.vehicle:
        position = event.position if isinstance(event, Installed) and event.position else ANYWHERE
        given += (alias(f"vin:{event.vehicle}#{position}"),)
    return given, False
