"""Results as people read them: languages, numbers and sentences here; files, charts and the report in their modules.

`meguri.report.files`, `.charts` and `.outflow` are loaded when asked for, as they bring large libraries.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from meguri.report.language import (
    LANGUAGES,
    Language,
    best_language,
    in_language,
    mark,
    problem_in_language,
    translations,
    translator,
)
from meguri.report.names import (
    chip,
    element_name,
    group_name,
    method_name,
    place_name,
    process_name,
    quantity_name,
    unit_name,
)
from meguri.report.names_battery import BatteryWords, battery_words
from meguri.report.numbers import DASH, amount, interval, is_exact, middle, spoken, with_interval
from meguri.report.palette import Theme, stylesheet
from meguri.report.wording import (
    Headline,
    chances,
    figure_name,
    headlines,
    interval_meaning,
    last_year,
    outflow_headline,
    sensitivity_sentence,
)

if TYPE_CHECKING:
    from meguri.flows import OutflowEstimate
    from meguri.statistics import Statistics

__all__ = [
    "DASH",
    "LANGUAGES",
    "BatteryWords",
    "Headline",
    "Language",
    "Theme",
    "amount",
    "battery_words",
    "best_language",
    "chances",
    "chip",
    "element_name",
    "figure_name",
    "group_name",
    "headlines",
    "in_language",
    "interval",
    "interval_meaning",
    "is_exact",
    "last_year",
    "mark",
    "method_name",
    "middle",
    "outflow_headline",
    "place_name",
    "problem_in_language",
    "process_name",
    "quantity_name",
    "sensitivity_sentence",
    "spoken",
    "stylesheet",
    "translations",
    "translator",
    "unit_name",
    "with_interval",
    "write_outflow",
]  # fmt: skip


def write_outflow(
    statistics: Statistics,
    estimate: OutflowEstimate,
    *,
    lang: Language,
    folder: Path,
    previous: Path | None = None,
) -> tuple[Path, ...]:
    """Write the outflow report into a folder: page, PDF, and the record for the next edition."""
    from meguri.report.outflow import write_report

    return write_report(statistics, estimate, lang, folder, previous)
