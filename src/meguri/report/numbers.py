"""Numbers as people say them: 10.9万台, 38億円, 4,300t, 87% — 109 thousand vehicles, ¥3.8 billion, 4,300 t, 87%.

`spoken` gives number and unit apart, so that a page can set them in two sizes; `amount`, `interval` and
`with_interval` give text. Figures with an interval are rounded to what the interval can bear; exact ones are not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from meguri.report.language import Language

DASH: Final[Mapping[Language, str]] = {"ja": "〜", "en": "–"}


class Spoken(NamedTuple):
    """A number and its unit, such as (`10.9`, `万台`) or (`¥3.8`, `billion`)."""

    number: str
    unit: str
    gap: str = ""

    @property
    def text(self) -> str:
        return f"{self.number}{self.gap}{self.unit}"


class Scale(NamedTuple):
    """How numbers of one unit and size are written: divided by `factor`, with `decimals` digits."""

    factor: float
    decimals: int
    unit: str
    gap: str = ""
    before: str = ""

    def digits(self, value: float) -> str:
        rounded = round(value / self.factor, self.decimals)
        return f"{rounded:,.{max(self.decimals, 0)}f}".replace("-", "−")


def spoken(value: float, unit: str, lang: Language, *, exact: bool = False) -> Spoken:
    """A number as people say it. `unit` is one of the estimate's: vehicle, t, JPY, 1 (a share), kg, or any other."""
    scale = scale_of(value, unit, lang, exact=exact)
    return Spoken(scale.before + scale.digits(value), scale.unit, scale.gap)


def amount(value: float, unit: str, lang: Language, *, exact: bool = False) -> str:
    """Number and unit as one text: `10.9万台`, `109 thousand vehicles`."""
    return spoken(value, unit, lang, exact=exact).text


def is_exact(row: Mapping[str, Any]) -> bool:
    """Whether a figure has no interval."""
    return math.isclose(float(row["p05"]), float(row["p95"]), rel_tol=1e-12)


def middle(row: Mapping[str, Any], lang: Language) -> Spoken:
    """The p50 of a figure, number and unit apart."""
    return spoken(float(row["p50"]), str(row["unit"]), lang, exact=is_exact(row))


def interval(row: Mapping[str, Any], lang: Language, *, unit: bool = True) -> str:
    """The interval of a figure, in the scale of its middle: `9.9〜12.1万台`; empty where the figure is exact."""
    if is_exact(row):
        return ""
    scale = scale_of(float(row["p50"]), str(row["unit"]), lang)
    ends = scale.before + DASH[lang].join(scale.digits(float(row[end])) for end in ("p05", "p95"))
    shown = scale.unit.removesuffix(" vehicles") if scale.unit != "vehicles" else ""
    return f"{ends}{scale.gap}{shown}".rstrip() if unit else ends


def with_interval(row: Mapping[str, Any], lang: Language) -> str:
    """A figure with its interval: `約87%（78〜97%）`, `about 87% (78–97%)`; an exact one is the number alone."""
    said = middle(row, lang).text
    if is_exact(row):
        return said
    return f"約{said}（{interval(row, lang)}）" if lang == "ja" else f"about {said} ({interval(row, lang)})"


def percent(share: float, lang: Language) -> str:
    """A share of one as a percentage."""
    return amount(share, "1", lang)


def scale_of(value: float, unit: str, lang: Language, *, exact: bool = False) -> Scale:
    """The scale in which a number of that size is said."""
    size = abs(value)
    if unit == "1":
        return Scale(0.01, 0 if size >= 0.1 or size == 0 else 1, "%")
    if unit == "vehicle":
        return _vehicles(size, lang, exact)
    if unit == "JPY":
        return _yen(size, lang)
    gap = "" if lang == "ja" else " "
    if unit == "t":
        if lang == "ja" and size >= 9_950:
            return Scale(1e4, 1, "万t")
        return Scale(1, _significant(size, 2, most=1), "t", gap)
    return Scale(1, _significant(size, 3, most=2), unit, gap)


def _vehicles(size: float, lang: Language, exact: bool) -> Scale:
    if exact:
        return Scale(1, 0, "台") if lang == "ja" else Scale(1, 0, "vehicles", " ")
    if lang == "ja":
        if size >= 9_950:
            return Scale(1e4, 0 if size >= 995_000 else 1, "万台")
        return Scale(1, _significant(size, 2, most=0), "台")
    if size >= 999_500:
        return Scale(1e6, 2, "million vehicles", " ")
    if size >= 9_950:
        return Scale(1e3, 0 if size >= 99_950 else 1, "thousand vehicles", " ")
    return Scale(1, _significant(size, 2, most=0), "vehicles", " ")


def _yen(size: float, lang: Language) -> Scale:
    if lang == "ja":
        if size >= 9.95e11:
            return Scale(1e12, 1, "兆円")
        if size >= 9.95e7:
            return Scale(1e8, 0 if size >= 9.95e8 else 1, "億円")
        if size >= 9_950:
            return Scale(1e4, 0 if size >= 99_500 else 1, "万円")
        return Scale(1, 0, "円")
    if size >= 9.995e11:
        return Scale(1e12, 2, "trillion", " ", "¥")
    if size >= 9.95e8:
        return Scale(1e9, 1, "billion", " ", "¥")
    if size >= 9.95e5:
        return Scale(1e6, _significant(size / 1e6, 2, most=1), "million", " ", "¥")
    return Scale(1, _significant(size, 3, most=0), "", "", "¥")


def _significant(size: float, digits: int, *, most: int) -> int:
    """Decimals that leave so many significant digits (negative: tens, hundreds), at most `most`."""
    if size == 0:
        return 0
    return min(most, digits - 1 - math.floor(math.log10(size)))


COMPACT: Final[Mapping[Language, tuple[tuple[str, str], ...]]] = {
    "ja": (("台", ""), ("円", "")),
    "en": ((" thousand", "k"), (" million", "m"), (" billion", "bn"), (" trillion", "tn"), (" vehicles", "")),
}


def compact(value: float, unit: str, lang: Language) -> str:
    """A number for tight places, such as a label on a bar: `1.9万`, `38億`, `19.3k`, `¥3.8bn`."""
    text = amount(value, unit, lang)
    for long, short in COMPACT[lang]:
        text = text.replace(long, short)
    return text


def column_unit(unit: str, lang: Language) -> str:
    """The unit in which a column of a table is written: `台`, `億円`, `t`, `%`."""
    return {
        "vehicle": {"ja": "台", "en": "vehicles"},
        "JPY": {"ja": "億円", "en": "¥ billion"},
        "1": {"ja": "%", "en": "%"},
    }.get(unit, {"ja": unit, "en": unit})[lang]


def cell(value: float, unit: str, lang: Language, *, exact: bool = False) -> str:
    """A number for a column whose heading holds the unit of `column_unit`."""
    if unit == "1":
        scale = Scale(0.01, 0 if abs(value) >= 0.1 or value == 0 else 1, "")
    elif unit == "JPY":
        scale = Scale(1e8, 1, "") if lang == "ja" else Scale(1e9, 2, "")
    else:
        scale = Scale(1, 0 if exact and unit == "vehicle" else _significant(abs(value), 3, most=1), "")
    return scale.digits(value)


def cell_with_interval(row: Mapping[str, Any], lang: Language) -> str:
    """The middle of a figure and, on a second line, its interval, for a table."""
    exact = is_exact(row)
    middle_text = cell(float(row["p50"]), str(row["unit"]), lang, exact=exact)
    if exact:
        return middle_text
    low, high = (cell(float(row[end]), str(row["unit"]), lang) for end in ("p05", "p95"))
    return f"{middle_text}\n{low}{DASH[lang]}{high}"
