"""Results as people read them: languages, numbers and sentences here; files, charts and the report in their modules.

`meguri.report.files`, `.charts` and `.outflow` are loaded when asked for, as they bring large libraries.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from meguri.report.language import LANGUAGES, Language, best_language, mark, translations, translator
from meguri.report.names import chip, element_name, method_name, place_name, quantity_name, unit_name
from meguri.report.numbers import amount, interval, spoken, with_interval
from meguri.report.wording import Headline, headlines, outflow_headline, sensitivity_sentence

if TYPE_CHECKING:
    from meguri.flows import OutflowEstimate
    from meguri.statistics import Statistics

__all__ = [
    "LANGUAGES", "Headline", "Language", "amount", "best_language", "chip", "element_name", "headlines", "interval",
    "mark", "method_name", "outflow_headline", "place_name", "quantity_name", "sensitivity_sentence", "spoken",
    "translations", "translator", "unit_name", "with_interval", "write_outflow",
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
