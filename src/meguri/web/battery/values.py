"""Values of events as people read them: names of choices, units, countries, parts and masses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from babel import Locale

from meguri.battery import FIELDS
from meguri.report import Language, battery_words
from meguri.web.battery.address import short_name
from meguri.web.battery.words import moment
from meguri.web.language import sentences

__all__ = ["country_name", "field_label", "masses_text", "value_text"]

SHOWN_PARTS = 6


def field_label(name: str, language: Language) -> str:
    """What a field is called."""
    return battery_words(language).fields[name]


def country_name(code: str, language: Language) -> str:
    return str(Locale(language).territories.get(code, code))


def masses_text(kilograms: Mapping[str, Any], language: Language) -> str:
    """Kilograms by element in a line."""
    between = sentences(language).gettext(", ")
    return between.join(f"{element} {kg:,.4g} kg" for element, kg in kilograms.items())


def value_text(name: str, value: Any, language: Language) -> str:
    """A field's plain value (as in JSON) as text, with its unit."""
    say, words = sentences(language).gettext, battery_words(language)
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, int | float):
        unit = FIELDS[name].unit
        return f"{value:,.10g}{' ' if unit and unit != '%' else ''}{unit}"
    if isinstance(value, Mapping):
        if "id" in value:
            return _part(value)
        if name == "elements_kg":
            return masses_text(value, language)
        return say(", ").join(f"{key}: {held}" for key, held in value.items())
    if isinstance(value, list | tuple):
        return _listed(name, list(value), language)
    text = str(value)
    if name in words.values:
        return words.values[name].get(text, text)
    if name in ("country", "destination", "origin"):
        return country_name(text, language)
    if name == "kind":
        return words.kinds.get(text, text)
    if name == "warranty_until":
        return moment(datetime.fromisoformat(text), language)
    return text


def _listed(name: str, held: list[Any], language: Language) -> str:
    say, words = sentences(language).gettext, battery_words(language)
    names = {"roles": words.roles, "classes": words.access}.get(name, {})
    shown = [
        _part(one) if isinstance(one, Mapping) else names.get(str(one), str(one))
        for one in held[:SHOWN_PARTS]
    ]
    more = len(held) - len(shown)
    if more:
        shown.append(say("and {count} more").format(count=f"{more:,}"))
    return say(", ").join(shown)


def _part(part: Mapping[str, Any]) -> str:
    mass = part.get("mass_kg")
    return short_name(str(part["id"])) + (f" ({mass:,.6g} kg)" if mass is not None else "")
