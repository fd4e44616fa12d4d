"""The fields of an event as parts of a form: what to type or choose, in which unit, and what was typed already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from meguri.battery import EVENTS, FIELDS
from meguri.ledger.exchange import COMMON, Column, columns_of
from meguri.report import Language, battery_words
from meguri.web.battery.values import field_label

__all__ = ["Control", "Widget", "controls"]

Widget = Literal["line", "lines", "number", "choice", "truth", "instant", "country"]

AT_HAND: Mapping[str, tuple[str, ...]] = {
    "manufactured": ("kind", "model", "maker", "chemistry", "energy_kwh", "mass_kg"),
    "installed": ("vehicle",),
    "registered": ("vehicle", "used"),
    "measured": ("soh_percent", "method"),
    "removed": ("vehicle", "odometer_km"),
    "collected": ("mass_kg",),
    "received": ("source", "mass_kg"),
    "shipped": ("to", "un_number"),
    "recycled": ("mass_kg",),
}
"""Fields that are asked for at once, beside those that must be told; of other words, the first two."""
LONG = frozenset({"note", "finding", "value"})
WIDGETS: Mapping[str, Widget] = {
    "number": "number",
    "choice": "choice",
    "truth": "truth",
    "instant": "instant",
    "country": "country",
    "texts": "lines",
    "parts": "lines",
    "pairs": "lines",
}


@dataclass(frozen=True, slots=True)
class Control:
    """One field of the form; `offered` are the values of a choice with their names, `fault` what was wrong with it."""

    name: str
    label: str
    form: str
    widget: Widget
    unit: str
    needed: bool
    offered: tuple[tuple[str, str], ...]
    value: str
    fault: str


def controls(
    word: str, given: Mapping[str, str], faults: Mapping[str, str], language: Language
) -> tuple[list[Control], list[Control]]:
    """What a form asks for at once, and what it keeps at hand."""
    columns = columns_of(word)
    own = [name for name in columns if name not in COMMON]
    needed = [name for name in own if columns[name].needed]
    first = AT_HAND.get(word, tuple(own[:2]))
    front = [*needed, *(name for name in first if name not in needed)]
    rest = [name for name in own if name not in front] + [
        name for name in COMMON if name not in ("id", "battery", "time")
    ]
    defaults = {field.name: field.default for field in msgspec.structs.fields(EVENTS[word])}

    def control(name: str) -> Control:
        column, default = columns[name], defaults[name]
        return Control(
            name,
            field_label(name, language),
            column.form,
            "lines" if name in LONG else WIDGETS.get(column.form, "line"),
            FIELDS[name].unit,
            column.needed,
            _offered(column, language),
            given.get(name, default if isinstance(default, str) else ""),
            faults.get(name, ""),
        )

    return [control(name) for name in front], [control(name) for name in rest]


def _offered(column: Column, language: Language) -> tuple[tuple[str, str], ...]:
    words = battery_words(language)
    named = words.kinds if column.field == "kind" else words.values.get(column.field, {})
    return tuple((value, named.get(value, value)) for value in column.values)
