"""Lithium, nickel and cobalt that leave with the cars, and what they are worth (figure 3-11 of the white paper)."""

from __future__ import annotations

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
from meguri.report.names import element_name, quantity_name
from meguri.report.numbers import with_interval
from meguri.report.palette import ELEMENTS

STACK: Final = ("Ni", "Co", "Li")
LABEL_PX: Final = 17
MOST_LABELS: Final = 9


def _stack(table: str, quantity: str, frames: Frames, look: Look) -> Rows:
    held = frames.series(table, quantity)
    parts: list[dict[str, Any]] = []
    for row in held.filter(pl.col("element") != "total").iter_rows(named=True):
        name = element_name(row["element"], look.lang)
        figure = figure_row(row, frames, look)
        tip = f"{name} {figure['tip']}"
        parts.append(figure | {"element": row["element"], "layer": STACK.index(row["element"]), "tip": tip})
    totals = [
        figure_row(row, frames, look)
        for row in held.filter(pl.col("element") == "total").iter_rows(named=True)
    ]
    most = max(totals, key=lambda row: row["high"])
    crowded = look.narrow or len(totals) > MOST_LABELS
    for row in totals:
        row["label"] = row["said"] if not crowded or row in (totals[0], most, totals[-1]) else ""
    return {"parts": parts, "totals": totals, "names": _names(parts, totals, look)}


def _names(parts: list[dict[str, Any]], totals: list[dict[str, Any]], look: Look) -> list[dict[str, Any]]:
    """Where the name of each element stands: right of the last bar, beside its part."""
    last = totals[-1]["year"]
    bars = sorted((row for row in parts if row["year"] == last), key=lambda row: row["layer"])
    floor, middles = 0.0, []
    for row in bars:
        middles.append(floor + row["value"] / 2)
        floor += row["value"]
    places = spread(middles, max(row["high"] for row in totals) * LABEL_PX / _height(look))
    return [
        {
            "year": last,
            "element": row["element"],
            "place": place,
            "text": element_name(row["element"], look.lang),
        }
        for row, place in zip(bars, places, strict=True)
    ]


def _height(look: Look) -> int:
    return 240 if look.narrow else 290


def _draw(look: Look, unit: str) -> alt.TopLevelMixin:
    colour = alt.Color(
        "element:N",
        scale=alt.Scale(domain=list(STACK), range=[look.colours[ELEMENTS[name]] for name in STACK]),
        legend=None,
    )
    x = alt.X("year:O", axis=year_axis(look), scale=alt.Scale(paddingInner=0.3))
    bars = (
        alt.Chart(named("parts"))
        .mark_bar(stroke=look.colours["paper"], strokeWidth=0.75)
        .encode(
            x=x,
            y=alt.Y("value:Q", axis=amount_axis(look, unit), scale=alt.Scale(zero=True)),
            color=colour,
            order="layer:Q",
            opacity=alt.condition("datum.beyond", alt.value(0.4), alt.value(1)),
            tooltip="tip:N",
        )
    )
    base = alt.Chart(named("totals")).encode(x=x)
    spans = base.mark_rule(color=look.colours["ink"], strokeWidth=1.25, opacity=0.7).encode(
        y="low:Q", y2="high:Q"
    )
    labels = base.mark_text(baseline="bottom", dy=-4).encode(y="high:Q", text="label:N", tooltip="tip:N")
    names = (
        alt.Chart(named("names"))
        .mark_text(align="left", dx=alt.expr("bandwidth('x') / 2 + 8"), fontWeight="bold")
        .encode(x=x, y="place:Q", text="text:N", color=colour)
    )
    return alt.layer(bars, spans, labels, names).properties(height=_height(look))


def _say(table: str, quantity: str, frames: Frames, look: Look) -> str:
    latest = frames.series(table, quantity).filter(pl.col("year") == frames.year)
    parts = {row["element"]: with_interval(row, look.lang) for row in latest.iter_rows(named=True)}
    joint = "、" if look.lang == "ja" else ", "
    named_parts = joint.join(
        f"{element_name(name, look.lang)}{'は' if look.lang == 'ja' else ': '}{parts[name]}"
        for name in STACK
        if name in parts
    )
    return look.say("{quantity} in {year}: {total}. Of it, {parts}.").format(
        quantity=quantity_name(quantity, look.lang), year=frames.year, total=parts["total"], parts=named_parts
    )


VALUE = Definition(
    "value",
    mark("Value of the metals that left, by year"),
    ("value",),
    lambda frames, look: _stack("value", "value_jpy", frames, look),
    lambda _, look: _draw(look, "JPY"),
    lambda frames, look: _say("value", "value_jpy", frames, look),
)
MASS = Definition(
    "mass",
    mark("Lithium, nickel and cobalt that left, by year"),
    ("metals",),
    lambda frames, look: _stack("metals", "mass_t", frames, look),
    lambda _, look: _draw(look, "t"),
    lambda frames, look: _say("metals", "mass_t", frames, look),
)
