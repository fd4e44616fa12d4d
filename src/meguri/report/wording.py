"""Results in sentences: the headline with its interval, the five figures, chances, and what makes them uncertain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import polars as pl

from meguri.flows import OutflowEstimate
from meguri.report.language import Language, mark, translator
from meguri.report.names import group_name, place_name, quantity_name
from meguri.report.numbers import interval, middle, percent, with_interval

ALMOST: Final = 0.995
TWENTIETHS_FROM: Final = 0.925
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHARES: Final = (
    (0.02, mark("hardly any")),
    (0.075, mark("about a twentieth")),
    (0.15, mark("about a tenth")),
    (0.225, mark("about a fifth")),
    (0.29, mark("about a quarter")),
    (0.365, mark("about a third")),
    (0.45, mark("about two fifths")),
    (0.55, mark("about half")),
    (0.63, mark("about three fifths")),
    (0.705, mark("about two thirds")),
    (0.775, mark("about three quarters")),
    (0.85, mark("about four fifths")),
    (0.95, mark("about nine tenths")),
    (1.01, mark("nearly all")),
)


class Headline(msgspec.Struct, frozen=True):
    """A figure to be read first.

    `figure` is its address in the estimate. `number_text` and `unit_text` are the parts of `value_text`;
    `interval_text` is empty for an exact figure. `before` and `after` frame the figure in its `sentence`.
    """

    figure: str
    label: str
    value_text: str
    interval_text: str
    sentence: str
    status: str
    sources: tuple[str, ...]
    number_text: str = ""
    unit_text: str = ""
    before: str = ""
    said: str = ""
    after: str = ""


def last_year(estimate: OutflowEstimate) -> int:
    """The last year of the estimate that rests on data."""
    return min(estimate.last_data_year, estimate.years[-1])


def outflow_headline(estimate: OutflowEstimate, lang: Language, year: int | None = None) -> Headline:
    """The outflow ratio of a year (default: the last year of data) in one sentence."""
    year = year or last_year(estimate)
    row = estimate.figure(f"outflow_ratio:{year}")
    _ = translator(lang)
    sentence = (
        _("{figure} of the used EVs that arose in Japan by {year} have left the country.")
        if year <= estimate.last_data_year
        else _("{figure} of the used EVs that arise in Japan by {year} will have left the country.")
    )
    return _headline(row, _("Outflow ratio, {year}").format(year=year), sentence, lang, year=year)


def headlines(estimate: OutflowEstimate, lang: Language, year: int | None = None) -> tuple[Headline, ...]:
    """Five figures: used BEVs arisen, exported, metals gone, their value in the year, and the first destination."""
    year = year or last_year(estimate)
    _ = translator(lang)
    figure = estimate.figure
    first = first_destination(estimate, year)
    return (
        _headline(
            figure(f"used_arising_cum:{year}"),
            _("Became used BEVs (to {year})").format(year=year),
            _("{figure} had become used cars by {year}."),
            lang,
            year=year,
        ),
        _headline(
            figure(f"exports_cum:{year}"),
            _("Went abroad (to {year})").format(year=year),
            _("{figure} had been exported as used BEVs by {year}."),
            lang,
            year=year,
        ),
        _headline(
            figure(f"mass_t_cum:{year}:total"),
            _("Rare metals gone (2017–{year})").format(year=year),
            _("{figure} of lithium, nickel and cobalt left in them from 2017 to {year}."),
            lang,
            year=year,
        ),
        _headline(
            figure(f"value_jpy:{year}:total"),
            _("Their value ({year})").format(year=year),
            _("The metals that left in {year} were worth {figure}."),
            lang,
            year=year,
        ),
        _headline(
            first,
            _("First destination ({year})").format(year=year),
            _("{place} took most of a single country in {year}: {figure} of the exports."),
            lang,
            year=year,
            place=place_name(str(first["destination"]), lang),
        ),
    )


def first_destination(estimate: OutflowEstimate, year: int) -> Mapping[str, Any]:
    """The share of the country that took most exports of the year."""
    shares = estimate.tables["by_destination"].filter(
        (pl.col("year") == year)
        & (pl.col("quantity") == "destination_share")
        & (pl.col("destination") != "other")
    )
    return shares.sort("p50", descending=True).row(0, named=True)


def _headline(row: Mapping[str, Any], label: str, sentence: str, lang: Language, **words: object) -> Headline:
    said = with_interval(row, lang)
    before, _, after = sentence.partition("{figure}")
    before, after = before.format(**words), after.format(**words)
    if lang == "en" and not before:
        said = said[:1].upper() + said[1:]
    value = middle(row, lang)
    return Headline(
        figure=str(row["figure"]),
        label=label,
        value_text=value.text,
        interval_text=interval(row, lang),
        sentence=before + said + after,
        status=str(row["status"]),
        sources=tuple(row["sources"]),
        number_text=value.number,
        unit_text=value.unit,
        before=before,
        said=said,
        after=after,
    )


def chances(share: float, lang: Language) -> str:
    """A probability as people say it: `9 chances in 10`, `10回に9回`."""
    _ = translator(lang)
    if share >= ALMOST:
        return _("almost certainly")
    if share <= 1 - ALMOST:
        return _("almost never")
    parts = 20 if share >= TWENTIETHS_FROM or share <= 1 - TWENTIETHS_FROM else 10
    count = min(max(round(share * parts), 1), parts - 1)
    told = _("{count} chances in {parts}") if count != 1 else _("1 chance in {parts}")
    return told.format(count=count, parts=parts)


def interval_meaning(lang: Language) -> str:
    """What the interval beside a figure says."""
    _ = translator(lang)
    return _(
        "The range in brackets holds 9 chances in 10, given what is public; beyond it lie 1 in 20 on either side."
    )


def share_in_words(share: float, lang: Language) -> str:
    """A share as people say it: `about half`, `約半分`."""
    return translator(lang)(next(words for below, words in SHARES if share < below))


def figure_name(address: str, lang: Language) -> str:
    """What a figure is called in a sentence: `outflow_ratio:2024` → `Outflow ratio, 2024`."""
    quantity, year, *dimension = address.split(":")
    name = quantity_name(quantity, lang)
    if dimension and dimension[0] != "total":
        name += (
            f"（{place_name(dimension[0], lang)}）"
            if lang == "ja"
            else f" ({place_name(dimension[0], lang)})"
        )
    if quantity.endswith("_cum"):
        return f"{year}年までの{name}" if lang == "ja" else f"{name}, to {year}"
    return f"{year}年の{name}" if lang == "ja" else f"{name}, {year}"


def sensitivity_sentence(sensitivity: pl.DataFrame, figure: str, lang: Language) -> str:
    """What makes a figure uncertain, by first-order share of its variance: the greatest cause and the next."""
    _ = translator(lang)
    ranked = sensitivity.filter(pl.col("figure") == figure).sort("first_order", descending=True)
    causes = [row for row in ranked.iter_rows(named=True) if row["first_order"] >= SHARES[0][0]][:2]
    if not causes:
        return _("{figure} has no uncertainty that these assumptions explain.").format(
            figure=figure_name(figure, lang)
        )
    first = causes[0]
    told = _("{share} of the uncertainty of “{figure}” comes from {cause} ({percent}).").format(
        share=share_in_words(first["first_order"], lang),
        figure=figure_name(figure, lang),
        cause=group_name(first["group"], lang),
        percent=percent(first["first_order"], lang),
    )
    told = told[:1].upper() + told[1:]
    if len(causes) == 1:
        return told
    second = causes[1]
    return told + _(" Next comes {cause} ({percent}).").format(
        cause=group_name(second["group"], lang), percent=percent(second["first_order"], lang)
    )


def period(start: str, end: str, lang: Language) -> str:
    """A span of months in words: `2023-01` to `2023-12` is a year, `2018-04` to `2019-03` a fiscal year."""
    (first, month), (last, end_month) = start.split("-")[:2], end.split("-")[:2]
    ja = lang == "ja"
    if (month, end_month) == ("01", "12"):
        if first == last:
            return f"{first}年" if ja else first
        return f"{first}〜{last}年" if ja else f"{first}–{last}"
    if (month, end_month) == ("04", "03") and int(last) == int(first) + 1:
        return f"{first}年度" if ja else f"fiscal {first}"
    opening, closing = MONTHS[int(month) - 1], MONTHS[int(end_month) - 1]
    if start == end:
        return f"{first}年{int(month)}月" if ja else f"{opening} {first}"
    if first == last:
        return f"{first}年{int(month)}〜{int(end_month)}月" if ja else f"{opening}–{closing} {first}"
    return (
        f"{first}年{int(month)}月〜{last}年{int(end_month)}月"
        if ja
        else f"{opening} {first} – {closing} {last}"
    )


def statement_name(row: Mapping[str, Any], lang: Language) -> str:
    """What a published statement about exports is about: period, place, and what it says of them."""
    _ = translator(lang)
    where, when = place_name(row["destination"], lang), period(row["period_start"], row["period_end"], lang)
    if row["measure"] == "units":
        return _("{when}: vehicles to {where}").format(when=when, where=where)
    if row["measure"] == "share":
        return _("{when}: share of {where}").format(when=when, where=where)
    other = place_name(row["reference_destination"], lang)
    then = period(row["reference_start"], row["reference_end"], lang)
    if row["measure"] == "order" and then == when:
        return _("{when}: {where} before {other}").format(when=when, where=where, other=other)
    return _("{where}: {when} against {then}").format(where=where, when=when, then=then)
