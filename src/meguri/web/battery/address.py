"""Addresses of batteries on this site: a GS1 Digital Link keeps its path, any other identifier stands as it is."""

from __future__ import annotations

import re
from urllib.parse import quote

from meguri.battery import identify
from meguri.errors import InputError
from meguri.web.ledger.batteries import in_full

__all__ = ["path_of", "short_name", "told_in"]

RESOLVER = "https://id.gs1.org/"

_gs1_path = re.compile(r"[0-9]{2,4}/").match


def path_of(battery: str) -> str:
    """The path of a battery's page, quoted."""
    return "/battery/" + quote(battery.removeprefix(RESOLVER), safe="/:'()*,;=!@")


def told_in(path: str) -> str:
    """The identifier that the rest of a path under `/battery/` tells."""
    told = in_full(path)
    return f"{RESOLVER}{told}" if _gs1_path(told) else told


def short_name(battery: str) -> str:
    """The part of an identifier that people tell things apart by: serial or lot number, or how it ends."""
    try:
        parts = identify(battery).parts
    except InputError:
        return battery
    return parts.get("21") or parts.get("10") or battery.rpartition(":")[2].rpartition("/")[2][-17:]
