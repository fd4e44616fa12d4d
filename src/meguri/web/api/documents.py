"""Results as one JSON document: plain values, tables as lists of row objects."""

from __future__ import annotations

from typing import Any

from meguri.flows import Explanation, OutflowEstimate
from meguri.report import LANGUAGES, headlines, outflow_headline
from meguri.report.files import rows


def estimate_document(estimate: OutflowEstimate) -> dict[str, Any]:
    """The whole estimate: what was asked, the headline figures in both languages, every table, how each came about."""
    return {
        "method": estimate.options.method,
        "options": estimate.options.to_query(),
        "draws": estimate.options.draws,
        "seed": estimate.options.seed,
        "version": estimate.version,
        "fingerprint": estimate.fingerprint,
        "years": estimate.years,
        "last_data_year": estimate.last_data_year,
        "headline": {language: outflow_headline(estimate, language) for language in LANGUAGES},
        "figures": {language: headlines(estimate, language) for language in LANGUAGES},
        "tables": {name: rows(table) for name, table in estimate.tables.items()},
        "provenance": {"steps": estimate.provenance.steps},
    }


def explanation_document(explained: Explanation) -> dict[str, Any]:
    """One figure with its step, the numbers put in, its rows and its sensitivities."""
    return {
        "figure": explained.figure,
        "step": explained.step,
        "with_numbers": explained.with_numbers,
        "parts": explained.parts,
        "rows": explained.rows,
        "sensitivities": rows(explained.sensitivities),
    }
