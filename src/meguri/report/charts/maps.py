"""Where the used BEVs went on a map of the world, and where BEVs were bought with a subsidy on a map of Japan.

Both hold every year; the parameter `year` of the specification picks the one shown.
"""

from __future__ import annotations

import csv
import functools
import math
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import altair as alt
import polars as pl

from meguri.report.charts import outlines
from meguri.report.charts.chart import Definition, Frames, Look, Rows, figure_row, named
from meguri.report.language import mark
from meguri.report.names import place_name
from meguri.report.numbers import DASH, amount, with_interval

LABELLED: Final = 7
LABELLED_NARROW: Final = 4
NARROW_REACH: Final = 1.7
"""How much further from its circle a label stands on a narrow map, in degrees per degree."""
KIND: Final = "bev"
KEY_PX: Final = 112


@functools.cache
def _points() -> dict[str, dict[str, str]]:
    """Where the circle and the label of each place stand."""
    with (Path(__file__).parent / "label_points.csv").open(encoding="utf-8", newline="") as file:
        return {row["place"]: row for row in csv.DictReader(file)}


def _world_rows(frames: Frames, look: Look) -> Rows:
    held = frames["by_destination"].filter(pl.col("quantity") == "exports").sort("p50", descending=True)
    reach = NARROW_REACH if look.narrow else 1.0
    most = LABELLED_NARROW if look.narrow else LABELLED
    home = _points()["Japan"]
    shown: dict[int, int] = {}
    rows: list[dict[str, Any]] = []
    for row in held.iter_rows(named=True):
        point = _points().get(row["destination"])
        if point is None or row["p95"] <= 0:
            continue
        shown[row["year"]] = shown.get(row["year"], 0) + 1
        lon, lat = float(point["lon"]), float(point["lat"])
        figure = figure_row(row, frames, look)
        name = place_name(row["destination"], look.lang)
        rows.append(
            figure
            | {
                "lon": lon,
                "lat": lat,
                "label_lon": lon + (float(point["label_lon"]) - lon) * reach,
                "label_lat": lat + (float(point["label_lat"]) - lat) * reach,
                "align": point["align"],
                "home_lon": float(home["lon"]),
                "home_lat": float(home["lat"]),
                "label": f"{name}\n{figure['said']}" if shown[row["year"]] <= most else "",
                "tip": f"{name} {figure['tip']}",
            }
        )
    return {"places": rows}


def _draw_world(frames: Frames, look: Look) -> alt.TopLevelMixin:
    year = alt.param(name="year", value=frames.year)
    colour = look.colours["stage-abroad"]
    placed = frames["by_destination"].filter(
        (pl.col("quantity") == "exports") & (pl.col("destination") != "other")
    )
    biggest = float(str(placed["p50"].max()))
    land = alt.Chart(named("world")).mark_geoshape(
        fill=look.colours["land"], stroke=look.colours["paper"], strokeWidth=0.5
    )
    base = alt.Chart(named("places")).transform_filter("datum.year == year")
    ways = base.mark_rule(color=colour, opacity=0.35, strokeWidth=1).encode(
        longitude="home_lon:Q", latitude="home_lat:Q", longitude2="lon:Q", latitude2="lat:Q"
    )
    circles = base.mark_circle(
        color=colour, opacity=0.85, stroke=look.colours["paper"], strokeWidth=0.75
    ).encode(
        longitude="lon:Q",
        latitude="lat:Q",
        size=alt.Size(
            "value:Q",
            scale=alt.Scale(domain=[0, biggest], range=[0, 420 if look.narrow else 1600]),
            legend=None,
        ),
        tooltip="tip:N",
    )
    labels = [
        base.transform_filter(f"datum.align == '{align}'")
        .mark_text(
            align=align, lineBreak="\n", baseline="middle", lineHeight=14, fontSize=11 if look.narrow else 12
        )
        .encode(longitude="label_lon:Q", latitude="label_lat:Q", text="label:N")
        for align in ("left", "right")
    ]
    return (
        alt.layer(land, ways, circles, *labels)
        .add_params(year)
        .project("equalEarth", rotate=[-150, 0, 0])
        .properties(height=round(look.width * 0.5))
    )


def _say_world(frames: Frames, look: Look) -> str:
    held = frames["by_destination"].filter(
        (pl.col("quantity") == "exports")
        & (pl.col("year") == frames.year)
        & (pl.col("destination") != "other")
    )
    first = held.sort("p50", descending=True).head(3)
    gap = "、" if look.lang == "ja" else "; "
    told = gap.join(
        f"{place_name(row['destination'], look.lang)} {with_interval(row, look.lang)}"
        for row in first.iter_rows(named=True)
    )
    return look.say("Used BEVs left Japan in {year} above all for: {places}.").format(
        year=frames.year, places=told
    )


def _subsidised(frames: Frames) -> pl.DataFrame:
    return frames["subsidies"].filter(pl.col("kind") == KIND)


def _japan_rows(frames: Frames, look: Look) -> Rows:
    english = dict(frames["prefectures"].select("name_ja", "name_en").iter_rows())
    return {
        "prefectures": [
            {
                "year": row["fiscal_year"],
                "prefecture": row["prefecture"],
                "value": row["units"],
                "status": row["status"],
                "tip": f"{row['prefecture'] if look.lang == 'ja' else english.get(row['prefecture'], row['prefecture'])} "
                + amount(row["units"], "vehicle", look.lang, exact=True),
            }
            for row in _subsidised(frames).iter_rows(named=True)
        ]
    }


def thresholds(most: float) -> list[int]:
    """Four round limits of the series 1, 3, 10, 30, … below the largest value."""
    top = math.floor(2 * math.log10(max(most, 100)))
    return [round(10 ** (step // 2)) * (3 if step % 2 else 1) for step in range(top - 4, top)]


def _draw_japan(frames: Frames, look: Look) -> alt.TopLevelMixin:
    held = _subsidised(frames)
    years = held["fiscal_year"].to_list()
    latest = max((year for year in years if year <= frames.year), default=max(years))
    limits = thresholds(float(str(held["units"].max())))
    ramp = [look.colours[f"ramp-{step}"] for step in range(5)]
    shapes = (
        alt.Chart(named("prefectures"))
        .transform_filter("datum.year == year")
        .transform_lookup(
            "prefecture", from_=alt.LookupData(named("japan"), key="properties.N03_001"), as_="geo"
        )
        .mark_geoshape(stroke=look.colours["paper"], strokeWidth=0.6)
        .encode(
            shape="geo:G",
            color=alt.Color(
                "value:Q", scale=alt.Scale(type="threshold", domain=limits, range=ramp), legend=None
            ),
            tooltip="tip:N",
        )
    )
    edge = alt.Chart(named("inset")).mark_geoshape(filled=False, stroke=look.colours["rule"], strokeWidth=1)
    height = min(look.width, 560)
    layers = alt.layer(shapes, edge, *_key(limits, look, height)).resolve_scale(color="independent")
    drawn: alt.TopLevelMixin = (
        layers.add_params(alt.param(name="year", value=latest)).project("mercator").properties(height=height)
    )
    return drawn


def _key(limits: list[int], look: Look, height: int) -> tuple[alt.Chart, alt.Chart]:
    """What the colours stand for, in the sea at the lower right."""
    ends = [f"{limit:,}" for limit in limits]
    between = [f"{low}{DASH[look.lang]}{high}" for low, high in pairwise(ends)]
    names = [
        look.say("below {limit}").format(limit=ends[0]),
        *between,
        look.say("{limit} or more").format(limit=ends[-1]),
    ]
    rows = [{"row": at, "text": text, "step": at} for at, text in enumerate(names)]
    left, bottom = look.width - KEY_PX, height - 18
    place = alt.Y(
        "row:Q",
        scale=alt.Scale(domain=[0, len(rows) - 1], range=[bottom, bottom - 17 * (len(rows) - 1)]),
        axis=None,
    )
    base = alt.Chart(alt.InlineData(rows)).encode(y=place)
    patches = base.mark_square(size=150, opacity=1).encode(
        x=alt.value(left),
        color=alt.Color(
            "step:O",
            scale=alt.Scale(domain=list(range(5)), range=[look.colours[f"ramp-{step}"] for step in range(5)]),
            legend=None,
        ),
    )
    texts = base.mark_text(align="left", baseline="middle", fontSize=11, color=look.colours["quiet"]).encode(
        x=alt.value(left + 12), text="text:N"
    )
    return patches, texts


def _say_japan(frames: Frames, look: Look) -> str:
    held = _subsidised(frames).filter(pl.col("fiscal_year") <= frames.year)
    latest = held.filter(pl.col("fiscal_year") == held["fiscal_year"].max()).sort("units", descending=True)
    english = dict(frames["prefectures"].select("name_ja", "name_en").iter_rows())
    first = latest.head(3)
    gap = "、" if look.lang == "ja" else ", "
    places = gap.join(
        (row["prefecture"] if look.lang == "ja" else english.get(row["prefecture"], row["prefecture"]))
        + (" " + amount(row["units"], "vehicle", look.lang, exact=True))
        for row in first.iter_rows(named=True)
    )
    return look.say(
        "BEVs bought with a national subsidy in fiscal {year}, most of them in: {places}."
    ).format(year=first["fiscal_year"][0], places=places)


WORLD_MAP = Definition(
    "world",
    mark("Destinations on the map"),
    ("by_destination",),
    _world_rows,
    _draw_world,
    _say_world,
    shapes=lambda: {"world": outlines.world()},
)
JAPAN_MAP = Definition(
    "japan",
    mark("BEVs bought with a subsidy, by prefecture and fiscal year"),
    ("subsidies", "prefectures"),
    _japan_rows,
    _draw_japan,
    _say_japan,
    shapes=lambda: {"japan": outlines.japan(), "inset": outlines.inset_edge()},
)
