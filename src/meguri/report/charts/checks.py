"""What the estimate is held against and what makes it uncertain: sensitivity, statements, readings of the survey."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import altair as alt
import polars as pl

from meguri.report.charts.chart import Definition, Frames, Look, Rows, amount_axis, named
from meguri.report.language import mark
from meguri.report.names import group_name
from meguri.report.numbers import compact, percent
from meguri.report.wording import sensitivity_sentence, statement_name

CAUSE_PX: Final = 44
STATEMENT_PX: Final = 34
READING_PX: Final = 38
LEAST_SHARE: Final = 0.005
WIDEST: Final = (0.25, 4.0)
READINGS_OF: Final = "ratio_2024"


def _ratio_of(frames: Frames) -> str:
    """The figure whose uncertainty is shown: the outflow ratio where the table has it, else its first."""
    figures: list[str] = frames["sensitivity"]["figure"].unique(maintain_order=True).to_list()
    return next((name for name in figures if name.startswith("outflow_ratio:")), figures[0])


def _causes(frames: Frames, look: Look) -> Rows:
    held = frames["sensitivity"].filter(
        (pl.col("figure") == _ratio_of(frames)) & (pl.max_horizontal("first_order", "total") >= LEAST_SHARE)
    )
    return {
        "causes": [
            {
                "rank": rank,
                "name": group_name(row["group"], look.lang),
                "alone": row["first_order"],
                "total": row["total"],
                "end": max(row["first_order"], row["total"]),
                "said": percent(row["first_order"], look.lang),
                "tip": look.say("alone {alone}, with its interplay {total}").format(
                    alone=percent(row["first_order"], look.lang), total=percent(row["total"], look.lang)
                ),
            }
            for rank, row in enumerate(held.sort("first_order", descending=True).iter_rows(named=True))
        ]
    }


def _rank(look: Look) -> alt.Y:
    return alt.Y("rank:O", axis=None, scale=alt.Scale(type="band", paddingInner=0, paddingOuter=0))


def _names(rows: str, look: Look) -> tuple[alt.Chart, alt.Chart]:
    """The name above each mark, on a rim of paper so that no line runs through it."""
    base = alt.Chart(named(rows)).encode(y=_rank(look), x=alt.value(0), text="name:N")
    style: dict[str, Any] = {"align": "left", "yOffset": -9, "baseline": "middle"}
    colour = alt.condition(
        "datum.contradicts", alt.value(look.colours["loss"]), alt.value(look.colours["ink"])
    )
    rim = base.mark_text(
        **style, stroke=look.colours["paper"], strokeWidth=4, strokeJoin="round", color=look.colours["paper"]
    )
    return rim, base.mark_text(**style).encode(color=colour)


def _draw_causes(frames: Frames, look: Look) -> alt.TopLevelMixin:
    base = alt.Chart(named("causes")).encode(y=_rank(look), tooltip="tip:N")
    x = alt.X("alone:Q", axis=amount_axis(look, "1"), scale=alt.Scale(domainMin=0, nice=False))
    colour = look.colours["accent"]
    total = base.mark_bar(height=9, yOffset=9, color=colour, opacity=0.25).encode(
        x=alt.X("total:Q", axis=amount_axis(look, "1"))
    )
    alone = base.mark_bar(height=9, yOffset=9, color=colour).encode(x=x)
    names = _names("causes", look)
    shares = base.mark_text(align="left", dx=6, yOffset=9, baseline="middle", fontWeight="bold").encode(
        x="end:Q", text="said:N"
    )
    causes = len(_causes(frames, look)["causes"])
    return alt.layer(total, alone, *names, shares).properties(height=max(causes, 1) * CAUSE_PX)


def _say_causes(frames: Frames, look: Look) -> str:
    return sensitivity_sentence(frames["sensitivity"], _ratio_of(frames), look.lang)


def _statements(frames: Frames, look: Look) -> Rows:
    """Ranges published and drawn, as multiples of what was published (the middle of its range where only that was)."""
    rows: list[dict[str, Any]] = []
    for row in (
        frames["statements"]
        .sort("contradicts", "period_end", "observation", descending=[True, True, False])
        .iter_rows(named=True)
    ):
        middle = _middle(row)
        if not middle:
            continue
        low, high = row["published_low"] or middle, row["published_high"] or WIDEST[1] * middle
        unit = {"units": "vehicle", "share": "1"}.get(row["measure"], "×")
        rows.append(
            {
                "rank": len(rows),
                "name": statement_name(row, look.lang),
                "low": max(low / middle, WIDEST[0]),
                "high": min(high / middle, WIDEST[1]),
                "p05": max(row["p05"] / middle, WIDEST[0]),
                "p50": min(max(row["p50"] / middle, WIDEST[0]), WIDEST[1]),
                "p95": min(row["p95"] / middle, WIDEST[1]),
                "contradicts": row["contradicts"],
                "tip": look.say("drawn {p05} to {p95}; {share} of the draws honour the statement").format(
                    p05=compact(row["p05"], unit, look.lang),
                    p95=compact(row["p95"], unit, look.lang),
                    share=percent(row["honoured"], look.lang),
                ),
            }
        )
    return {"statements": rows}


def _middle(row: Mapping[str, Any]) -> float:
    if row["published"] is not None:
        return float(row["published"])
    if row["published_high"] is None or row["published_low"] is None:
        return float(row["published_low"] or row["published_high"] or 0)
    return (float(row["published_low"]) + float(row["published_high"])) / 2


def _draw_statements(frames: Frames, look: Look) -> alt.TopLevelMixin:
    base = alt.Chart(named("statements")).encode(y=_rank(look), tooltip="tip:N")
    axis = alt.Axis(title=None, labelExpr="'× ' + datum.label", format="~g", values=[0.25, 0.5, 1, 2, 4])
    scale = alt.Scale(type="log", domain=list(WIDEST), nice=False)
    colour = alt.condition(
        "datum.contradicts", alt.value(look.colours["loss"]), alt.value(look.colours["accent"])
    )
    said = base.mark_rule(
        strokeWidth=9, yOffset=7, opacity=0.22, color=look.colours["quiet"], strokeCap="round"
    ).encode(x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q")
    drawn = base.mark_rule(strokeWidth=2, yOffset=7).encode(
        x=alt.X("p05:Q", scale=scale, axis=axis), x2="p95:Q", color=colour
    )
    dots = base.mark_point(filled=True, size=45, yOffset=7, opacity=1).encode(
        x=alt.X("p50:Q", scale=scale, axis=axis), color=colour
    )
    names = _names("statements", look)
    shown = len(_statements(frames, look)["statements"])
    return alt.layer(said, drawn, dots, *names).properties(height=max(shown, 1) * STATEMENT_PX)


def _say_statements(frames: Frames, look: Look) -> str:
    held = frames["statements"]
    against = held.filter(pl.col("contradicts"))
    told = look.say(
        "{count} published statements about the exports, each with the range that the draws give it."
    ).format(count=held.height)
    if against.height:
        names = "、".join(statement_name(row, look.lang) for row in against.iter_rows(named=True))
        told += ("" if look.lang == "ja" else " ") + look.say("Contradicted by the rest: {names}.").format(
            names=names if look.lang == "ja" else names.replace("、", "; ")
        )
    return told


def _readings(frames: Frames, look: Look) -> Rows:
    title = "title_ja" if look.lang == "ja" else "title_en"
    return {
        "readings": [
            {
                "rank": rank,
                "name": row[title],
                "value": row[READINGS_OF],
                "low": row[f"{READINGS_OF}_p05"],
                "high": row[f"{READINGS_OF}_p95"],
                "meets": row[f"meets_{READINGS_OF}"],
                "said": percent(row[READINGS_OF], look.lang),
            }
            for rank, row in enumerate(frames["readings"].sort(READINGS_OF).iter_rows(named=True))
        ],
        "published": [
            {
                "value": value,
                "text": look.say("white paper {share}").format(share=percent(value, look.lang)),
                "rank": 0,
            }
            for value in frames["anchors"].filter(pl.col("anchor") == READINGS_OF)["published"]
        ],
    }


def _draw_readings(frames: Frames, look: Look) -> alt.TopLevelMixin:
    base = alt.Chart(named("readings")).encode(y=_rank(look))
    x = alt.X("low:Q", axis=amount_axis(look, "1"), scale=alt.Scale(zero=False))
    colour = look.colours["stage-abroad"]
    published = (
        alt.Chart(named("published"))
        .mark_rule(color=look.colours["ink"], strokeDash=[4, 3])
        .encode(x="value:Q")
    )
    name_it = (
        alt.Chart(named("published"))
        .mark_text(align="left", dx=4, baseline="bottom", color=look.colours["quiet"])
        .encode(x="value:Q", y=alt.value(-2), text="text:N")
    )
    bands = base.mark_rule(strokeWidth=8, opacity=0.25, yOffset=8, color=colour, strokeCap="round").encode(
        x=x, x2="high:Q"
    )
    dots = base.mark_point(
        size=60, yOffset=8, opacity=1, stroke=colour, strokeWidth=1.75, filled=False
    ).encode(
        x="value:Q",
        fill=alt.condition("datum.meets", alt.value(colour), alt.value(look.colours["paper"])),
        tooltip="said:N",
    )
    names = _names("readings", look)
    shares = base.mark_text(align="left", dx=8, yOffset=8, baseline="middle", fontWeight="bold").encode(
        x="high:Q", text="said:N"
    )
    count = frames["readings"].height
    return alt.layer(bands, published, name_it, dots, *names, shares).properties(height=count * READING_PX)


def _say_readings(frames: Frames, look: Look) -> str:
    held = frames["readings"].sort(READINGS_OF)
    lowest, highest = held.row(0, named=True), held.row(-1, named=True)
    title = "title_ja" if look.lang == "ja" else "title_en"
    return look.say(
        "Depending on how the survey is read, the outflow ratio of 2024 is {low} (“{low_name}”) to {high} (“{high_name}”)."
    ).format(
        low=percent(lowest[READINGS_OF], look.lang),
        low_name=lowest[title],
        high=percent(highest[READINGS_OF], look.lang),
        high_name=highest[title],
    )


SENSITIVITY = Definition(
    "sensitivity",
    mark("What makes the outflow ratio uncertain"),
    ("sensitivity",),
    _causes,
    _draw_causes,
    _say_causes,
)
STATEMENTS = Definition(
    "statements",
    mark("What was published about exports, and what the draws make of it"),
    ("statements",),
    _statements,
    _draw_statements,
    _say_statements,
)
READINGS = Definition(
    "readings",
    mark("The outflow ratio of 2024 by each reading of the survey"),
    ("readings", "anchors"),
    _readings,
    _draw_readings,
    _say_readings,
)
