"""Charts: one definition each, for a page, the printed report and a picture file.

`spec` gives Vega-Lite with its rows as named datasets, `rows` the same rows alone (to swap them in a living chart),
`describe` the message in words, `svg` and `png` the drawing. `frames` gathers what the charts of an estimate take.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import altair as alt
import polars as pl

from meguri.errors import NotFound, Said
from meguri.flows import OutflowEstimate
from meguri.report.charts.chart import PHONE, WIDE, Definition, Frames, Look, Rows
from meguri.report.charts.checks import READINGS, SENSITIVITY, STATEMENTS
from meguri.report.charts.exports import DESTINATIONS, EXPORTS
from meguri.report.charts.flow import FLOW
from meguri.report.charts.maps import JAPAN_MAP, WORLD_MAP
from meguri.report.charts.metals import MASS, VALUE
from meguri.report.charts.render import png, svg
from meguri.report.charts.series import ALL_ADDED_UP, OUTFLOW_RATIO, USED_ADDED_UP, YEARLY_FLOWS
from meguri.report.charts.style import config
from meguri.report.language import Language
from meguri.report.palette import Theme

__all__ = [
    "CHARTS", "PHONE", "WIDE", "Definition", "Frames", "Look", "Rows", "describe", "frames", "png", "rows", "spec", "svg",
    "title",
]  # fmt: skip

_ALL: Final = (
    EXPORTS, DESTINATIONS, YEARLY_FLOWS, ALL_ADDED_UP, USED_ADDED_UP, OUTFLOW_RATIO, VALUE, MASS, WORLD_MAP, JAPAN_MAP,
    FLOW, SENSITIVITY, STATEMENTS, READINGS,
)  # fmt: skip
CHARTS: Final[Mapping[str, Definition]] = MappingProxyType({chart.name: chart for chart in _ALL})
"""Charts by name; `takes` of each names the frames it needs."""


def frames(estimate: OutflowEstimate, *, year: int | None = None, **tables: pl.DataFrame) -> Frames:
    """The tables of an estimate and further ones by name, for the year to be shown (default: the last with data)."""
    last = min(estimate.last_data_year, estimate.years[-1])
    return Frames(MappingProxyType({**estimate.tables, **tables}), estimate.last_data_year, year or last)


def title(name: str, lang: Language) -> str:
    """The title of a chart. Raises NotFound."""
    return Look(lang).say(_chart(name).title)


def rows(name: str, held: Frames, lang: Language, *, width: int = WIDE) -> Rows:
    """The named datasets of a chart. Raises NotFound."""
    return _chart(name).rows(held, Look(lang, width=width))


def spec(
    name: str, held: Frames, lang: Language, *, theme: Theme = "light", width: int = WIDE
) -> dict[str, Any]:
    """The Vega-Lite specification of a chart, `width` px wide with all its labels. Raises NotFound."""
    look = Look(lang, theme, width)
    chart = _chart(name)
    drawing = chart.draw(held, look)
    made: dict[str, Any] = drawing.properties(
        width=width, autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
    ).to_dict()
    made["config"] = config(look)
    made["description"] = chart.message(held, look)
    made["datasets"] = {**made.get("datasets", {}), **chart.shapes(), **chart.rows(held, look)}
    return made


def describe(name: str, held: Frames, lang: Language) -> str:
    """The message of a chart in words, as its text alternative. Raises NotFound."""
    return _chart(name).message(held, Look(lang))


def _chart(name: str) -> Definition:
    if name not in CHARTS:
        raise NotFound(
            Said("There is no chart “{name}”", name=name),
            mend=Said("Charts: {charts}.", charts=tuple(CHARTS)),
        )
    return CHARTS[name]
