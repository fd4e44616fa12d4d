"""Sales, used BEVs and exports through the years, yearly and added up, and the outflow ratio (figures 3-7 to 3-9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from meguri.report.charts.chart import (
    Definition,
    Frames,
    Look,
    Rows,
    amount_axis,
    figure_row,
    named,
    spread,
    year_axis,
)
from meguri.report.language import mark
from meguri.report.names import quantity_name
from meguri.report.numbers import interval, percent, with_interval
from meguri.report.palette import QUANTITIES

YEARLY: Final = ("new_sales", "used_arising", "exports")
ADDED_UP: Final = ("new_sales_cum", "used_arising_cum", "exports_cum")
USED_ONLY: Final = ("used_arising_cum", "exports_cum")
USED_SINCE: Final = 2016
LABEL_PX: Final = 34
SHORT: Final[Mapping[str, str]] = {
    "new_sales": mark("Sold new"),
    "used_arising": mark("Became used"),
    "exports": mark("Exported"),
}


def _lines(quantities: Sequence[str], frames: Frames, look: Look, *, since: int = 0) -> Rows:
    """Rows of the lines, and of the labels at their ends."""
    lines: list[dict[str, Any]] = []
    ends: list[dict[str, Any]] = []
    for quantity in quantities:
        held = [
            figure_row(row, frames, look)
            for row in frames.series("by_year", quantity, since).iter_rows(named=True)
        ]
        lines += [row | {"series": quantity} for row in held]
        name = look.say(SHORT[quantity.removesuffix("_cum")])
        ends.append({**held[-1], "series": quantity, "text": f"{name}\n{held[-1]['said']}"})
    tallest = max(row["high"] for row in lines)
    places = spread([end["value"] for end in ends], tallest * LABEL_PX / _height(look))
    for end, place in zip(ends, places, strict=True):
        end["place"] = max(place, tallest * LABEL_PX / 2 / _height(look))
    return {"lines": lines, "ends": ends}


def _height(look: Look) -> int:
    return 260 if look.narrow else 320


def _draw_lines(
    quantities: Sequence[str], look: Look, unit: str = "vehicle"
) -> alt.LayerChart | alt.FacetChart:
    colour = alt.Color(
        "series:N",
        scale=alt.Scale(
            domain=list(quantities), range=[look.colours[QUANTITIES[name]] for name in quantities]
        ),
        legend=None,
    )
    base = alt.Chart(named("lines")).encode(
        x=alt.X("year:O", axis=year_axis(look), scale=alt.Scale(type="point", padding=0.2)), color=colour
    )
    height = alt.Y("value:Q", axis=amount_axis(look, unit), scale=alt.Scale(zero=True))
    bands = base.mark_area(opacity=0.18).encode(y="low:Q", y2="high:Q")
    known = base.transform_filter("!datum.beyond").mark_line().encode(y=height)
    ahead = base.transform_filter("datum.beyond || datum.turn").mark_line(strokeDash=[5, 4]).encode(y=height)
    points = base.mark_point(size=70, opacity=0).encode(y="value:Q", tooltip="tip:N")
    ends = (
        alt.Chart(named("ends"))
        .mark_text(align="left", dx=8, lineBreak="\n", baseline="middle", fontWeight="bold", lineHeight=15)
        .encode(x="year:O", y="place:Q", text="text:N", color=colour)
    )
    return alt.layer(bands, known, ahead, points, ends).properties(height=_height(look))


def _say_lines(quantities: Sequence[str], frames: Frames, look: Look) -> str:
    parts = []
    for quantity in quantities:
        row = frames.series("by_year", quantity).filter(pl.col("year") <= frames.year).row(-1, named=True)
        parts.append(
            look.say("{name}: {amount} in {year}.").format(
                name=quantity_name(quantity, look.lang),
                amount=with_interval(row, look.lang),
                year=row["year"],
            )
        )
    return ("" if look.lang == "ja" else " ").join(parts)


def _ratio(frames: Frames, look: Look) -> Rows:
    lines = [
        figure_row(row, frames, look) | {"series": "outflow_ratio"}
        for row in frames.series("by_year", "outflow_ratio").iter_rows(named=True)
    ]
    last = lines[-1]
    ends = frames.series("by_year", "outflow_ratio").row(-1, named=True)
    published = [
        {
            "year": int(row["figure"].split(":")[1]),
            "value": row["published"],
            "tip": row["wording_ja" if look.lang == "ja" else "wording"].replace(" %", "%"),
            "late": int(row["figure"].split(":")[1]) >= frames.last_data_year,
        }
        for row in frames["anchors"]
        .filter(pl.col("figure").str.starts_with("outflow_ratio:"))
        .iter_rows(named=True)
    ]
    key = {**published[0], "text": look.say("○ white paper of 2025")} if published else None
    return {
        "lines": lines,
        "ends": [{**last, "text": f"{last['said']}\n{interval(ends, look.lang)}", "place": last["value"]}],
        "published": published,
        "key": [key] if key else [],
    }


def _draw_ratio(frames: Frames, look: Look) -> alt.TopLevelMixin:
    points = (
        alt.Chart(named("published"))
        .mark_point(
            shape="circle",
            size=70,
            fill=look.colours["paper"],
            fillOpacity=1,
            stroke=look.colours["ink"],
            strokeWidth=1.5,
            opacity=1,
        )
        .encode(x="year:O", y="value:Q", tooltip="tip:N")
    )
    base = alt.Chart(named("published")).encode(x="year:O", y="value:Q", text="tip:N")
    notes = base.transform_filter("!datum.late").mark_text(
        align="left", baseline="top", dx=7, dy=3, color=look.colours["quiet"]
    )
    late = base.transform_filter("datum.late").mark_text(
        align="center", baseline="top", dy=10, color=look.colours["quiet"]
    )
    key = (
        alt.Chart(named("key"))
        .mark_text(align="left", dx=7, dy=26, color=look.colours["quiet"])
        .encode(x="year:O", y="value:Q", text="text:N")
    )
    lines = _draw_lines(("outflow_ratio",), look, "1")
    return alt.layer(lines, points, notes, late, key).properties(height=_height(look))


def _say_ratio(frames: Frames, look: Look) -> str:
    held = frames.series("by_year", "outflow_ratio")
    first = held.row(0, named=True)
    last = held.filter(pl.col("year") <= frames.last_data_year).row(-1, named=True)
    told = look.say("The outflow ratio went from {first} in {first_year} to {last} in {last_year}.").format(
        first=with_interval(first, look.lang),
        first_year=first["year"],
        last=with_interval(last, look.lang),
        last_year=last["year"],
    )
    published = frames["anchors"].filter(pl.col("figure") == f"outflow_ratio:{last['year']}")
    if published.height:
        told += ("" if look.lang == "ja" else " ") + look.say(
            "The white paper of 2025 gives about {share} for {year}."
        ).format(share=percent(published["published"][0], look.lang), year=last["year"])
    return told


YEARLY_FLOWS = Definition(
    "yearly",
    mark("New BEVs sold, BEVs that became used, and used BEVs exported, by year"),
    ("by_year",),
    lambda frames, look: _lines(YEARLY, frames, look),
    lambda _, look: _draw_lines(YEARLY, look),
    lambda frames, look: _say_lines(YEARLY, frames, look),
)
ALL_ADDED_UP = Definition(
    "cumulative",
    mark("The same added up since 2009"),
    ("by_year",),
    lambda frames, look: _lines(ADDED_UP, frames, look),
    lambda _, look: _draw_lines(ADDED_UP, look),
    lambda frames, look: _say_lines(ADDED_UP, frames, look),
)
USED_ADDED_UP = Definition(
    "cumulative_used",
    mark("Used BEVs only, added up, from 2016"),
    ("by_year",),
    lambda frames, look: _lines(USED_ONLY, frames, look, since=USED_SINCE),
    lambda _, look: _draw_lines(USED_ONLY, look),
    lambda frames, look: _say_lines(USED_ONLY, frames, look),
)
OUTFLOW_RATIO = Definition(
    "outflow_ratio",
    mark("Share of the used BEVs that left Japan"),
    ("by_year", "anchors"),
    _ratio,
    _draw_ratio,
    _say_ratio,
)
