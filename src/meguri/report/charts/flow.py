"""Where the BEVs sold in Japan are now: ribbons from new cars over used cars to abroad or home, widths to scale.

Names stand beside the marks. The layout is in pixels; ribbons are areas between two smooth edges.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import altair as alt
import polars as pl

from meguri.report.charts.chart import Definition, Frames, Look, Rows, named
from meguri.report.language import mark
from meguri.report.names import process_name
from meguri.report.numbers import amount, with_interval

STEPS: Final = 24
BAR_PX: Final = 9
TOP_PX: Final = 46
LINE_PX: Final = 15
GAP_PX: Final = 14
COLOURS: Final[Mapping[str, str]] = {
    "first_use": "stage-first-use",
    "used_trade": "stage-used-home",
    "export_vehicle": "stage-abroad",
    "used_use": "stage-used-home",
}
PALE: Final[Mapping[str, float]] = {
    "first_use": 0.25,
    "used_trade": 0.4,
    "export_vehicle": 0.55,
    "used_use": 0.55,
}


def _figures(frames: Frames) -> dict[str, dict[str, Any]]:
    """Figures of vehicles by the process they lead to, and of the metals that leave."""
    flows = frames["account"]
    found = {
        row["process_to"]: row for row in flows.filter(pl.col("good") == "vehicle").iter_rows(named=True)
    }
    sold = flows.filter((pl.col("process_from") == "production") & (pl.col("good") == "vehicle")).row(
        0, named=True
    )
    metals = flows.filter((pl.col("process_to") == "export_vehicle") & (pl.col("good") == "total"))
    return found | {"production": sold} | ({"metals": metals.row(0, named=True)} if metals.height else {})


def _columns(look: Look) -> tuple[float, float, float]:
    return (2.0, look.width * 0.31, look.width * (0.5 if look.narrow else 0.57))


def _height(look: Look) -> int:
    return 330 if look.narrow else 380


def _rows(frames: Frames, look: Look) -> Rows:
    held = _figures(frames)
    size = {name: max(float(row["p50"]), 0.0) for name, row in held.items()}
    start, middle, end = _columns(look)
    room = _height(look) - TOP_PX - 52 - GAP_PX
    scale = room / size["production"]
    staying = max(size["production"] - size["used_trade"], 0.0) * scale
    used, out, kept = (size[name] * scale for name in ("used_trade", "export_vehicle", "used_use"))
    top = float(TOP_PX)
    below = top + staying + GAP_PX
    lift = below - 34
    lower = below + max(used - kept, 62.0)
    ribbons = [
        *_ribbon("first_use", start, middle, (top, top + staying), (top, top + staying)),
        *_ribbon("used_trade", start, middle, (top + staying, top + staying + used), (below, below + used)),
        *_ribbon("export_vehicle", middle, end, (below, below + out), (lift, lift + out)),
        *_ribbon("used_use", middle, end, (below + used - kept, below + used), (lower, lower + kept)),
    ]
    bars = [
        {"x": at - BAR_PX / 2, "x2": at + BAR_PX / 2, "y": upper, "y2": lower_end}
        for at, upper, lower_end in (
            (start + BAR_PX / 2, top, top + staying + used),
            (middle, top, top + staying),
            (middle, below, below + used),
            (end, lift, lift + out),
            (end, lower, lower + max(kept, 1.5)),
        )
    ]
    return {
        "ribbons": ribbons,
        "bars": bars,
        "labels": _labels(frames, look, held, (top, below, used, lift, out, lower, kept)),
    }


def _labels(
    frames: Frames, look: Look, held: Mapping[str, dict[str, Any]], at: tuple[float, ...]
) -> list[dict[str, Any]]:
    """The words beside the bars: a name, and below it the figure."""
    start, middle, end = _columns(look)
    top, below, used, lift, out, lower, kept = at
    beside = BAR_PX / 2 + 8
    sold = held["production"]
    stock = frames["balances"].filter(
        (pl.col("process") == "first_use") & (pl.col("good") == "vehicle") & (pl.col("year") == frames.year)
    )
    years = f"2009〜{frames.year}年" if look.lang == "ja" else f"2009–{frames.year}"
    told = [
        (
            start,
            top - 24,
            process_name("production", look.lang),
            f"{amount(sold['p50'], 'vehicle', look.lang)}（{years}）"
            if look.lang == "ja"
            else f"{amount(sold['p50'], 'vehicle', look.lang)}, {years}",
        )
    ]
    remaining = amount(stock["stock_change"][0], "vehicle", look.lang) if stock.height else ""
    first_use = (
        look.say("Still with the first owner,\nor scrapped")
        if look.narrow
        else process_name("first_use", look.lang)
    )
    told.append((middle + beside, top + 10, first_use, remaining))
    told.append(
        (start, below + used + 18, process_name("used_trade", look.lang), _said(held["used_trade"], look))
    )
    abroad = _said(held["export_vehicle"], look)
    if "metals" in held:
        metals = look.say("with Li, Ni, Co: {amount}").format(
            amount=amount(held["metals"]["p50"], "t", look.lang)
        )
        abroad = f"{abroad}\n{metals}"
    told.append((end + beside, lift + out / 2 - 20, process_name("export_vehicle", look.lang), abroad))
    told.append(
        (
            end + beside,
            lower + kept / 2 - 8,
            process_name("used_use", look.lang),
            _said(held["used_use"], look),
        )
    )
    return [
        {"x": x, "y": y, "line": y + LINE_PX * (1 + name.count("\n")), "name": name, "figure": figure}
        for x, y, name, figure in told
    ]


def _said(row: Mapping[str, Any], look: Look) -> str:
    """A figure with its interval; on a narrow drawing in short words and on two lines."""
    told = with_interval(row, look.lang)
    if not look.narrow:
        return told
    if look.lang == "en":
        told = (
            told.removeprefix("about ")
            .replace(" vehicles", "")
            .replace(" thousand", "k")
            .replace(" million", "m")
        )
    return told.replace("（", "\n（").replace(" (", "\n(")


def _ribbon(
    name: str, start: float, end: float, begins: tuple[float, float], ends: tuple[float, float]
) -> list[dict[str, Any]]:
    """Points of a ribbon from one bar to the next, with edges that leave and arrive level."""
    points = []
    for step in range(STEPS + 1):
        part = step / STEPS
        ease = part * part * (3 - 2 * part)
        points.append(
            {
                "flow": name,
                "x": round(start + BAR_PX / 2 + (end - start - BAR_PX) * part, 2),
                "y": round(begins[0] + (ends[0] - begins[0]) * ease, 2),
                "y2": round(begins[1] + (ends[1] - begins[1]) * ease, 2),
            }
        )
    return points


def _draw(_: Frames, look: Look) -> alt.TopLevelMixin:
    across = alt.Scale(domain=[0, look.width], nice=False, zero=False)
    down = alt.Scale(domain=[_height(look), 0], nice=False, zero=False)
    x = alt.X("x:Q", scale=across, axis=None)
    y = alt.Y("y:Q", scale=down, axis=None)
    flows = list(COLOURS)
    ribbons = (
        alt.Chart(named("ribbons"))
        .mark_area(line=False)
        .encode(
            x=x,
            y=y,
            y2="y2:Q",
            color=alt.Color(
                "flow:N",
                scale=alt.Scale(domain=flows, range=[look.colours[COLOURS[name]] for name in flows]),
                legend=None,
            ),
            opacity=alt.Opacity(
                "flow:N", scale=alt.Scale(domain=flows, range=[PALE[name] for name in flows]), legend=None
            ),
        )
    )
    bars = (
        alt.Chart(named("bars"))
        .mark_rect(color=look.colours["ink"], cornerRadius=2)
        .encode(x=x, x2="x2:Q", y=y, y2="y2:Q")
    )
    texts = alt.Chart(named("labels")).mark_text(
        align="left", baseline="middle", lineBreak="\n", lineHeight=LINE_PX
    )
    names = texts.encode(x=x, y=y, text="name:N")
    figures = (
        alt.Chart(named("labels"))
        .mark_text(
            align="left", baseline="middle", lineBreak="\n", lineHeight=LINE_PX, color=look.colours["quiet"]
        )
        .encode(x=x, y=alt.Y("line:Q", scale=down, axis=None), text="figure:N")
    )
    return alt.layer(ribbons, bars, names, figures).properties(height=_height(look))


def _say(frames: Frames, look: Look) -> str:
    held = _figures(frames)
    return look.say(
        "Of {sold} sold new by {year}, {used} became used cars; {out} of these went abroad, {kept} stayed in Japan."
    ).format(
        sold=with_interval(held["production"], look.lang),
        year=frames.year,
        used=with_interval(held["used_trade"], look.lang),
        out=with_interval(held["export_vehicle"], look.lang),
        kept=with_interval(held["used_use"], look.lang),
    )


FLOW = Definition(
    "flow", mark("Where the BEVs sold in Japan are"), ("account", "balances"), _rows, _draw, _say
)
