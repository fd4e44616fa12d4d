"""Periods and statements in words: 2024年1〜8月, January–August 2024, 2018年度."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel.dates import get_month_names

from meguri.report import Language, amount, place_name
from meguri.web.language import sentences


def period(start: str, end: str, language: Language) -> str:
    """A run of months, `2017-01` to `2017-07`; whole calendar and fiscal years by their name."""
    (first, opening), (last, closing) = _month(start), _month(end)
    say = sentences(language).gettext
    if (opening, closing) == (1, 12):
        if first == last:
            return (
                say(
                    "%(year)s",
                )
                % {"year": first}
                if language == "en"
                else f"{first}年"
            )
        return f"{first}–{last}" if language == "en" else f"{first}〜{last}年"
    if (opening, closing) == (4, 3) and last == first + 1:
        return say("fiscal year %(year)s") % {"year": first}
    if language == "ja":
        inside = f"{first}年{opening}" + ("月" if start == end else f"〜{closing}月")
        return inside if first == last else f"{first}年{opening}月〜{last}年{closing}月"
    names = get_month_names("wide", locale="en")
    if start == end:
        return f"{names[opening]} {first}"
    if first == last:
        return f"{names[opening]}–{names[closing]} {first}"
    return f"{names[opening]} {first} – {names[closing]} {last}"


def _month(told: str) -> tuple[int, int]:
    year, month = told.split("-")
    return int(year), int(month)


def said(row: Mapping[str, Any], language: Language) -> str:
    """What a statement on exports is about: period, place, and what it is measured against."""
    say = sentences(language).gettext
    words = {
        "period": period(row["period_start"], row["period_end"], language),
        "place": places(row["destination"], language),
    }
    if row["measure"] == "share":
        return say("share of %(place)s, %(period)s") % words
    if row["reference_start"] is not None:
        words["reference"] = period(row["reference_start"], row["reference_end"], language)
        words["other"] = places(row["reference_destination"], language)
        if words["reference"] == words["period"]:
            return say("%(place)s against %(other)s, %(period)s") % words
        return say("%(place)s, %(period)s against %(reference)s") % words
    return say("exports to %(place)s, %(period)s") % words


def places(told: str | None, language: Language) -> str:
    """Destinations joined by ` + ` in the reader's language."""
    return ("・" if language == "ja" else " + ").join(
        place_name(one, language) for one in str(told or "all").split(" + ")
    )


def published(row: Mapping[str, Any], language: Language) -> str:
    """The value or range that a statement gives."""
    value, low, high = row["published"], row["published_low"], row["published_high"]
    if value is not None and low == high:
        return measured(value, row["measure"], language, exact=True)
    say = sentences(language).gettext
    if low is not None and high is not None:
        ends = (measured(low, row["measure"], language), measured(high, row["measure"], language))
        return ("〜" if language == "ja" else "–").join(dict.fromkeys(ends))
    if low is not None:
        return say("above %(value)s") % {"value": measured(low, row["measure"], language)}
    return say("below %(value)s") % {"value": measured(high, row["measure"], language)}


def measured(value: float, measure: str, language: Language, *, exact: bool = False) -> str:
    """A value of a statement: vehicles, a share, or a ratio."""
    if measure == "units":
        return amount(value, "vehicle", language, exact=exact or value < 100_000)
    if measure == "share":
        return f"{value * 100:.1f}%"
    return f"{value:.2f}倍" if language == "ja" else f"× {value:.2f}"
