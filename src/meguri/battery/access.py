"""Access classes: who may read which part of an event (Regulation (EU) 2023/1542, Annex XIII)."""

from __future__ import annotations

from typing import Literal

AccessClass = Literal["public", "interest", "authority"]
CLASSES: tuple[AccessClass, ...] = ("authority", "interest", "public")
"""In the order of RFC 8785."""

READABLE: dict[AccessClass, frozenset[AccessClass]] = {
    "public": frozenset({"public"}),
    "interest": frozenset({"public", "interest"}),
    "authority": frozenset({"public", "interest", "authority"}),
}
"""What a reader of each class may see."""
