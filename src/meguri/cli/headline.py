"""Headline figures and how a figure is written in the cell of a table: names, numbers, intervals and chips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from meguri.cli.language import Language, translator
from meguri.report import (
    DASH,
    amount,
    element_name,
    headlines,
    interval,
    is_exact,
    outflow_headline,
    place_name,
    quantity_name,
)

if TYPE_CHECKING:
    from meguri.flows import OutflowEstimate

EMPTY = "–"
COUNTED_OUT = {"vehicle": "", "t": " t"}


def sentences(estimate: OutflowEstimate, lang: Language) -> tuple[tuple[str, dict[str, Any]], ...]:
    """The leading figures, each as a sentence with its row; the outflow ratio first."""
    leading = (outflow_headline(estimate, lang), *headlines(estimate, lang))
    return tuple((one.sentence, estimate.figure(one.figure)) for one in leading)


def document(estimate: OutflowEstimate) -> list[dict[str, Any]]:
    """The leading figures as rows, with their sentence in both languages."""
    both = zip(sentences(estimate, "ja"), sentences(estimate, "en"), strict=True)
    return [
        {**row, "sentence_ja": japanese, "sentence_en": english} for (japanese, row), (english, _) in both
    ]


def name_of(row: Mapping[str, Any], lang: Language) -> str:
    """A figure's name with its period: `Outflow ratio, 2024`."""
    name = quantity_name(str(row["quantity"]), lang)
    element, place = row.get("element"), row.get("destination")
    part = (
        place_name(place, lang)
        if place
        else element_name(element, lang)
        if element not in (None, "total")
        else ""
    )
    say = translator(lang)
    if part:
        name = say("{name} ({part})").format(name=name, part=part)
    return say("{name}, {year}").format(name=name, year=row["year"])


def cell(row: Mapping[str, Any] | None, lang: Language, *, interval: bool = True) -> str:
    """A figure's median with its interval; vehicles are counted out, other units stand beside the number."""
    if row is None:
        return EMPTY
    middle = number(row["p50"], row["unit"], lang)
    if not interval or is_exact(row):
        return middle
    return translator(lang)("{middle} ({interval})").format(middle=middle, interval=ends(row, lang))


def ends(row: Mapping[str, Any], lang: Language) -> str:
    """The 90 % interval of a figure, without its unit."""
    if row["unit"] in COUNTED_OUT:
        return DASH[lang].join(f"{row[end]:,.0f}" for end in ("p05", "p95"))
    return interval(row, lang, unit=False)


def number(value: float | None, unit: str, lang: Language) -> str:
    """A number for a cell of a table: vehicles and tonnes counted out, yen and shares as they are said."""
    if value is None:
        return EMPTY
    if unit in COUNTED_OUT:
        return f"{value:,.0f}{COUNTED_OUT[unit]}"
    return amount(value, unit, lang).replace(" billion", "bn").replace(" million", "m")


def deviation(share: float) -> str:
    """A relative deviation with its sign."""
    told = f"{share:+.1%}"
    return "0.0%" if told.lstrip("+-") == "0.0%" else told.replace("-", "−")
