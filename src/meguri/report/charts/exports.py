"""Used-BEV exports by year, and where they went in the last two years (figures 3-4 and 3-5 of the white paper)."""

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
    year_axis,
)
from meguri.report.language import mark
from meguri.report.names import place_name
from meguri.report.numbers import compact, with_interval

MOST_LABELS: Final = 9


def _years(frames: Frames, look: Look) -> Rows:
    rows = [
        figure_row(row, frames, look) for row in frames.series("by_year", "exports").iter_rows(named=True)
    ]
    for row in rows:
        crowded = look.narrow or len(rows) > MOST_LABELS
        row["label"] = row["said"] if not crowded or row in (rows[0], rows[len(rows) // 2], rows[-1]) else ""
    return {"exports": rows}


def _draw_years(frames: Frames, look: Look) -> alt.TopLevelMixin:
    base = alt.Chart(named("exports")).encode(
        x=alt.X("year:O", axis=year_axis(look), scale=alt.Scale(paddingInner=0.3))
    )
    ahead = alt.condition("datum.beyond", alt.value(0.35), alt.value(1))
    bars = base.mark_bar(color=look.colours["stage-abroad"]).encode(
        y=alt.Y("value:Q", axis=amount_axis(look, "vehicle"), scale=alt.Scale(zero=True)),
        opacity=ahead,
        tooltip="tip:N",
    )
    spans = base.mark_rule(color=look.colours["ink"], strokeWidth=1.25, opacity=0.7).encode(
        y="low:Q", y2="high:Q"
    )
    labels = base.mark_text(baseline="bottom", dy=-4).encode(y="high:Q", text="label:N")
    return alt.layer(bars, spans, labels).properties(height=240 if look.narrow else 280)


def _say_years(frames: Frames, look: Look) -> str:
    held = frames.series("by_year", "exports")
    first, last = held.row(0, named=True), held.row(-1, named=True)
    return look.say(
        "Exports of used BEVs from Japan: {first} in {first_year}, {last} in {last_year}. "
        "Each bar is a year's middle estimate, its line the range that holds 9 chances in 10."
    ).format(
        first=with_interval(first, look.lang),
        first_year=first["year"],
        last=with_interval(last, look.lang),
        last_year=last["year"],
    )


def _shares_held(frames: Frames) -> pl.DataFrame:
    years = sorted(frames["by_destination"].filter(pl.col("year") <= frames.year)["year"].unique())[-2:]
    return frames["by_destination"].filter(
        (pl.col("quantity") == "destination_share") & pl.col("year").is_in(years)
    )


def _shares(frames: Frames, look: Look) -> Rows:
    held = _shares_held(frames)
    latest = held["year"].max()
    order = _ranked(held)
    rows: list[dict[str, Any]] = []
    for row in held.iter_rows(named=True):
        text = compact(row["p50"], "1", look.lang) if row["p95"] > 0 else "0%"
        rows.append(
            figure_row(row, frames, look)
            | {
                "place": place_name(row["destination"], look.lang),
                "rank": order.index(row["destination"]),
                "latest": row["year"] == latest,
                "label": f"{row['year']}年 {text}" if look.lang == "ja" else f"{row['year']}: {text}",
            }
        )
    return {"shares": rows}


def _ranked(held: pl.DataFrame) -> list[str]:
    """Destinations by their share in either year, the rest last."""
    most = (
        held.group_by("destination")
        .agg(pl.col("p50").max())
        .sort("p50", "destination", descending=[True, False])
    )
    names = [name for name in most["destination"] if name != "other"]
    return [*names, *(["other"] if "other" in most["destination"] else [])]


def _draw_shares(frames: Frames, look: Look) -> alt.TopLevelMixin:
    base = alt.Chart(named("shares")).encode(
        y=alt.Y(
            "place:N",
            sort=alt.EncodingSortField("rank", op="min"),
            axis=alt.Axis(title=None, grid=False, labelLimit=140, labelColor=look.colours["ink"]),
            scale=alt.Scale(paddingInner=0.35),
        ),
        yOffset=alt.YOffset("year:O", sort="ascending"),
    )
    bars = base.mark_bar(color=look.colours["stage-abroad"]).encode(
        x=alt.X("value:Q", axis=amount_axis(look, "1"), scale=alt.Scale(zero=True, nice=False)),
        opacity=alt.condition("datum.latest", alt.value(1), alt.value(0.4)),
        tooltip="tip:N",
    )
    spans = base.mark_rule(color=look.colours["ink"], strokeWidth=1.25, opacity=0.7).encode(
        x="low:Q", x2="high:Q"
    )
    labels = base.mark_text(align="left", dx=6).encode(x="high:Q", text="label:N")
    places = frames["by_destination"]["destination"].n_unique()
    return alt.layer(bars, spans, labels).properties(height=places * 40 + 24)


def _say_shares(frames: Frames, look: Look) -> str:
    held = _shares_held(frames)
    told = []
    for year in sorted(held["year"].unique()):
        named_places = held.filter((pl.col("year") == year) & (pl.col("destination") != "other"))
        first = named_places.sort("p50", descending=True).row(0, named=True)
        told.append(
            look.say(
                "In {year} the country with the largest share of the exports was {place}, with {share}."
            ).format(
                year=year,
                place=place_name(first["destination"], look.lang),
                share=with_interval(first, look.lang),
            )
        )
    return ("" if look.lang == "ja" else " ").join(told)


EXPORTS = Definition(
    "exports", mark("Used BEVs exported, by year"), ("by_year",), _years, _draw_years, _say_years
)
DESTINATIONS = Definition(
    "destinations",
    mark("Where the used BEVs went"),
    ("by_destination",),
    _shares,
    _draw_shares,
    _say_shares,
)
