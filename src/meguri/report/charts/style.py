"""How every chart looks: much white, hairlines, quiet axes, system fonts with Japanese fallbacks."""

from __future__ import annotations

from typing import Any, Final

from meguri.report.charts.chart import Look

FONTS: Final = "system-ui, -apple-system, 'Segoe UI', 'Hiragino Sans', 'Noto Sans JP', 'Noto Sans CJK JP', 'Noto Sans CJK TC', sans-serif"
TEXT_PX: Final = 12


def config(look: Look) -> dict[str, Any]:
    """The Vega-Lite configuration of a look. On a page the paper shines through."""
    colours = look.colours
    return {
        "background": "transparent" if look.theme == "page" else colours["paper"],
        "font": FONTS,
        "padding": {"left": 4, "right": 6, "top": 8, "bottom": 4},
        "view": {"stroke": None},
        "axis": {
            "domain": False,
            "ticks": False,
            "gridColor": colours["rule"],
            "labelColor": colours["quiet"],
            "labelFontSize": TEXT_PX,
            "labelPadding": 6,
            "titleColor": colours["quiet"],
            "titleFontSize": TEXT_PX,
            "titleFontWeight": "normal",
        },
        "header": {
            "labelColor": colours["ink"],
            "labelFontSize": TEXT_PX + 1,
            "labelAnchor": "start",
            "labelFontWeight": "bold",
            "title": None,
        },
        "legend": {
            "labelColor": colours["quiet"],
            "labelFontSize": TEXT_PX,
            "titleColor": colours["quiet"],
            "titleFontSize": TEXT_PX,
            "titleFontWeight": "normal",
            "symbolType": "square",
        },
        "text": {"color": colours["ink"], "fontSize": TEXT_PX},
        "line": {"strokeWidth": 2.25, "strokeJoin": "round"},
        "area": {"line": False},
    }
