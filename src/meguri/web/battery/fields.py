"""The fields of an event as parts of a form: what to type or choose, in which unit, and what was typed already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec import inspect

from meguri.battery import EVENTS, FIELDS
from meguri.report import Language, battery_words
from meguri.web.battery.values import field_label

__all__ = ["COMMON", "Control", "Form", "controls", "form_of"]

Form = Literal["text", "long", "number", "choice", "yes", "time", "parts", "masses", "names"]

COMMON = ("by", "country", "site", "note", "evidence")
"""Fields that every event has and that a form asks for last."""
ASIDE = frozenset({"id", "battery", "time", *COMMON})
AT_HAND: Mapping[str, tuple[str, ...]] = {
    "manufactured": ("kind", "model", "maker", "chemistry", "energy_kwh", "mass_kg"),
    "installed": ("vehicle",),
    "registered": ("vehicle", "used"),
    "measured": ("soh_percent", "method"),
    "removed": ("vehicle", "odometer_km"),
    "collected": ("mass_kg",),
    "received": ("source", "mass_kg"),
    "shipped": ("to", "un_number"),
    "assembled": ("parts", "kind"),
    "shredded": ("into", "mass_kg"),
    "recycled": ("mass_kg",),
    "corrected": ("corrects", "reason"),
}
"""Fields that are asked for at once; of other words, the first two and all that must be told."""


@dataclass(frozen=True, slots=True)
class Control:
    """One field of the form; `offered` are the values of a choice with their names, `fault` what was wrong with it."""

    name: str
    label: str
    form: Form
    unit: str
    required: bool
    offered: tuple[tuple[str, str], ...]
    value: str
    fault: str


def controls(
    word: str, given: Mapping[str, str], faults: Mapping[str, str], language: Language
) -> tuple[list[Control], list[Control]]:
    """What a form asks for at once, and what it keeps at hand."""
    fields = {field.name: field for field in msgspec.structs.fields(EVENTS[word])}
    own = [name for name in fields if name not in ASIDE]
    needed = [name for name in own if fields[name].required]
    first = AT_HAND.get(word, tuple(own[:2]))
    front = [*needed, *(name for name in first if name not in needed)]
    rest = [*(name for name in own if name not in front), *COMMON]

    def control(name: str) -> Control:
        return Control(
            name,
            field_label(name, language),
            form_of(name, fields[name].type),
            FIELDS[name].unit,
            fields[name].required,
            _offered(name, fields[name].type, language),
            given.get(name, _default(fields[name])),
            faults.get(name, ""),
        )

    return [control(name) for name in front], [control(name) for name in rest]


def form_of(name: str, told: Any) -> Form:
    """How a field is asked for."""
    if name in ("elements_kg", "replacement"):
        return "masses"
    if name in ("parts", "materials", "outputs", "into"):
        return "parts"
    if name in ("note", "finding", "value"):
        return "long"
    if _choices(told):
        return "choice"
    kinds = _kinds(told)
    if inspect.BoolType in kinds:
        return "yes"
    if inspect.DateTimeType in kinds:
        return "time"
    if inspect.VarTupleType in kinds:
        return "names"
    return "number" if kinds & {inspect.IntType, inspect.FloatType} else "text"


def _kinds(told: Any) -> set[type]:
    found = inspect.type_info(told)
    return {type(one) for one in (found.types if isinstance(found, inspect.UnionType) else (found,))}


def _choices(told: Any) -> tuple[str, ...]:
    """The values of a type that allows only some, also where it may be left out."""
    if get_origin(told) is Literal:
        return tuple(str(one) for one in get_args(told))
    return next((found for one in get_args(told) if (found := _choices(one))), ())


def _offered(name: str, told: Any, language: Language) -> tuple[tuple[str, str], ...]:
    words = battery_words(language)
    named = words.kinds if name == "kind" else words.values.get(name, {})
    return tuple((value, named.get(value, value)) for value in _choices(told))


def _default(field: msgspec.structs.FieldInfo) -> str:
    return field.default if isinstance(field.default, str) else ""
