"""What a chart is made of: frames of figures, a look, and a definition used alike by page, report and file.

A definition gives its rows (named datasets of plain objects) and its drawing (Vega-Lite through Altair) apart. A page
swaps rows under the same names and keeps the drawing; years beyond the data carry `beyond` and are drawn lighter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import altair as alt
import polars as pl

from meguri.report.language import Language, Translate, translator
from meguri.report.names import chip
from meguri.report.numbers import compact, with_interval
from meguri.report.palette import THEMES, Theme

WIDE: Final = 720
PHONE: Final = 320
NARROW_BELOW: Final = 480

Rows = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Frames:
    """Tables by name (those of the estimate, its checks and the statistics), the last year of data, and the year shown."""

    tables: Mapping[str, pl.DataFrame]
    last_data_year: int
    year: int

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.tables[name]

    def series(self, table: str, quantity: str, since: int = 0) -> pl.DataFrame:
        """Rows of one quantity by year."""
        return self[table].filter((pl.col("quantity") == quantity) & (pl.col("year") >= since)).sort("year")


@dataclass(frozen=True, slots=True)
class Look:
    """Language, colours and width (px) of one drawing."""

    lang: Language
    theme: Theme = "light"
    width: int = WIDE
    say: Translate = field(init=False)
    colours: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "say", translator(self.lang))
        object.__setattr__(self, "colours", THEMES[self.theme])

    @property
    def narrow(self) -> bool:
        return self.width < NARROW_BELOW


@dataclass(frozen=True, slots=True)
class Definition:
    """A chart: its title, the frames it takes, its rows, its drawing, its message in words, and outlines it needs."""

    name: str
    title: str
    takes: tuple[str, ...]
    rows: Callable[[Frames, Look], Rows]
    draw: Callable[[Frames, Look], alt.TopLevelMixin]
    message: Callable[[Frames, Look], str]
    shapes: Callable[[], Mapping[str, Any]] = dict


def figure_row(row: Mapping[str, Any], frames: Frames, look: Look) -> dict[str, Any]:
    """A figure as charts take it: value, ends, what the tooltip says, and whether it lies beyond the data."""
    said = with_interval(row, look.lang)
    status = chip(row["status"], look.lang)
    return {
        "year": row["year"],
        "value": row["p50"],
        "low": row["p05"],
        "high": row["p95"],
        "said": compact(float(row["p50"]), str(row["unit"]), look.lang),
        "tip": f"{said}［{status}］" if look.lang == "ja" else f"{said} [{status}]",
        "status": row["status"],
        "beyond": row["year"] > frames.last_data_year,
        "turn": row["year"] == frames.last_data_year,
    }


def named(name: str) -> alt.NamedData:
    """The dataset of that name, filled when the specification is made."""
    return alt.NamedData(name)


def year_axis(look: Look) -> alt.Axis:
    """Years below the plot: the first and last in full, two digits between."""
    return alt.Axis(
        title=None,
        labelExpr="datum.index === 0 || datum.index === 1 ? datum.label : slice(datum.label, 2)",
        labelAngle=0,
        labelOverlap="parity",
        grid=False,
        format="d",
        labelSeparation=4,
    )


def amount_axis(look: Look, unit: str, *, right: bool = False) -> alt.Axis:
    """Amounts beside the plot, as people say them (2万, 20億; 20k, ¥2bn), with the unit on top."""
    ja = look.lang == "ja"
    expressions = {
        "vehicle": "datum.value >= 10000 ? datum.value / 10000 + '万' : format(datum.value, ',')"
        if ja
        else "datum.value >= 1000 ? datum.value / 1000 + 'k' : format(datum.value, ',')",
        "JPY": "datum.value / 100000000 + (datum.value ? '億' : '')"
        if ja
        else "'¥' + datum.value / 1000000000 + (datum.value ? 'bn' : '')",
        "t": "format(datum.value, ',')",
        "1": "format(datum.value, '.0%')",
    }
    titles = {"vehicle": "台" if ja else "vehicles", "JPY": "円" if ja else "yen", "t": "t", "1": ""}
    return alt.Axis(
        title=titles[unit] or None,
        titleAngle=0,
        titleAlign="left",
        titleAnchor="end",
        titleX=0,
        titleY=-10,
        titleBaseline="bottom",
        labelExpr=expressions[unit],
        tickCount=5,
    )


def spread(values: list[float], gap: float) -> list[float]:
    """Positions near the values, in their order, at least `gap` apart."""
    order = sorted(range(len(values)), key=lambda at: values[at])
    placed = [values[at] for at in order]
    for _ in range(len(placed) * 2):
        for at in range(1, len(placed)):
            short = gap - (placed[at] - placed[at - 1])
            if short > 0:
                placed[at - 1] -= short / 2
                placed[at] += short / 2
    result = [0.0] * len(values)
    for at, place in zip(order, placed, strict=True):
        result[at] = place
    return result
