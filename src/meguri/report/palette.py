"""Colours by role, defined once: what a life stage, an element or a status looks like on a page, in print, in a file.

The theme `page` names CSS variables (`var(--ink)`), so that a chart inside a page follows its light or dark colours;
`stylesheet` writes those variables. Elements follow Okabe and Ito (2008), darkened or lightened for contrast.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Theme = Literal["light", "dark", "page"]

LIGHT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "paper": "#fcfbf8",
        "ink": "#1b1f24",
        "quiet": "#5b6068",
        "rule": "#e4e1da",
        "panel": "#f3f1ea",
        "accent": "#0f6e6e",
        "loss": "#b8472f",
        "stage-first-use": "#0f6e6e",
        "stage-used-home": "#4b9459",
        "stage-abroad": "#c8553d",
        "stage-reuse": "#b07612",
        "stage-recycling": "#6b5ca5",
        "stage-disposal": "#7d7d7d",
        "element-li": "#a8487e",
        "element-ni": "#b27300",
        "element-co": "#0072b2",
        "land": "#e9e6de",
        "ramp-0": "#e3eceb",
        "ramp-1": "#b4d3d0",
        "ramp-2": "#7db3b0",
        "ramp-3": "#419090",
        "ramp-4": "#0b5a5a",
    }
)
DARK: Final[Mapping[str, str]] = MappingProxyType(
    {
        "paper": "#14171a",
        "ink": "#ecebe6",
        "quiet": "#a7acb3",
        "rule": "#33383d",
        "panel": "#1d2125",
        "accent": "#5cc0bd",
        "loss": "#f0866c",
        "stage-first-use": "#3fa5a3",
        "stage-used-home": "#7cc08a",
        "stage-abroad": "#e2765d",
        "stage-reuse": "#e8b24a",
        "stage-recycling": "#a396dc",
        "stage-disposal": "#9a9a9a",
        "element-li": "#e57fb0",
        "element-ni": "#e0a84a",
        "element-co": "#4a9fe0",
        "land": "#2a2f34",
        "ramp-0": "#22302f",
        "ramp-1": "#2a4f4e",
        "ramp-2": "#337776",
        "ramp-3": "#4ba5a2",
        "ramp-4": "#9fe3df",
    }
)
PAGE: Final[Mapping[str, str]] = MappingProxyType({role: f"var(--{role})" for role in LIGHT})
THEMES: Final[Mapping[Theme, Mapping[str, str]]] = MappingProxyType(
    {"light": LIGHT, "dark": DARK, "page": PAGE}
)
GRAPHIC_ROLES: Final = tuple(role for role in LIGHT if role.startswith(("stage-", "element-")))
"""Roles that lines and areas have against the paper: WCAG asks 3 : 1 of them (1.4.11)."""
TEXT_ROLES: Final = ("ink", "quiet", "accent", "loss")
"""Roles that text has: WCAG asks 4.5 : 1 of them (1.4.3)."""
ELEMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {"Li": "element-li", "Ni": "element-ni", "Co": "element-co", "total": "stage-abroad"}
)
QUANTITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "new_sales": "stage-first-use",
        "new_sales_cum": "stage-first-use",
        "used_arising": "stage-used-home",
        "used_arising_cum": "stage-used-home",
        "exports": "stage-abroad",
        "exports_cum": "stage-abroad",
        "outflow_ratio": "stage-abroad",
        "kept_home_cum": "stage-used-home",
    }
)


def stylesheet() -> str:
    """The roles as CSS variables, light, and dark where the reader prefers it."""
    light = "\n".join(f"  --{role}: {colour};" for role, colour in LIGHT.items())
    dark = "\n".join(f"    --{role}: {colour};" for role, colour in DARK.items())
    return f":root {{\n{light}\n}}\n@media (prefers-color-scheme: dark) {{\n  :root {{\n{dark}\n  }}\n}}\n"


def contrast(one: str, other: str) -> float:
    """Contrast of two colours (`#rrggbb`) by WCAG 2.2, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
