"""The assumptions as controls of a form: choices, numbers with their default range, and dates.

A blank field leaves an assumption as the method has it, so the form works as it stands; scripts add sliders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from meguri.flows import METHODS, OutflowOptions, Range, allowed_choices, assumptions, bases
from meguri.report import Language, method_name
from meguri.statistics import Statistics
from meguri.web.language import sentences

AT_HAND = (
    "unitemised_early",
    "exports_before_2017_units",
    "content_kg_per_vehicle",
    "price_level",
    "export_change_from_now",
)
"""Assumptions shown at once; the rest open on demand."""
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """A list to choose from; `value` is empty while the method decides, `implied` names what it then takes."""

    name: str
    label: str
    value: str
    offered: tuple[tuple[str, str], ...]
    implied: str
    row_id: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """An assumption: `value` is the word in force or empty, `default` the range it stands for while it is empty."""

    name: str
    label: str
    unit: str
    value: str
    default: str
    least: float
    most: float
    step: float
    position: float
    row_id: str
    at_hand: bool


@dataclass(frozen=True, slots=True)
class Controls:
    """All controls of the form. `choices` come first, `numbers` follow in the order of their table."""

    choices: tuple[Choice, ...]
    numbers: tuple[Number, ...]
    as_of: str
    until: str
    years: tuple[int, ...]
    data_date: str

    @property
    def at_hand(self) -> tuple[Number, ...]:
        order = {name: place for place, name in enumerate(AT_HAND)}
        return tuple(sorted((one for one in self.numbers if one.at_hand), key=lambda one: order[one.name]))

    @property
    def further(self) -> tuple[Number, ...]:
        return tuple(one for one in self.numbers if not one.at_hand)


def controls(statistics: Statistics, options: OutflowOptions, language: Language, data_date: str) -> Controls:
    """The controls that show these options."""
    return Controls(
        choices=tuple(_choices(statistics, options, language)),
        numbers=tuple(_numbers(statistics, options, language)),
        as_of=options.as_of.isoformat() if options.as_of else "",
        until=str(options.until or ""),
        years=tuple(range(2017, 2031)),
        data_date=data_date,
    )


def _choices(statistics: Statistics, options: OutflowOptions, language: Language) -> Iterator[Choice]:
    say, title = sentences(language).gettext, f"title_{language}"
    allowed = allowed_choices(statistics)
    reading, content, price = bases(options)
    readings = _titles(statistics, "survey_readings", "reading", title)
    contents = _titles(statistics, "content_alternatives", "alternative", title)
    names: Mapping[str, str] = {
        "mixture": say("Several readings, weighed"),
        "user": say("Your own curve"),
        "by_model_year": say("By model year and chemistry"),
        "per_vehicle": say("One amount per vehicle"),
        "by_year": say("Each year’s prices"),
        "uniform": say("One price for all years"),
        **readings,
        **contents,
    }
    yield Choice(
        "method",
        say("Method"),
        options.method,
        tuple((name, method_name(name, language)) for name in METHODS),
        "",
    )
    for name, label, value, implied in (
        ("survey_reading", say("How the survey is read"), options.survey_reading, reading),
        ("content_basis", say("Metals per vehicle"), options.content_basis, content),
        ("price_basis", say("Prices"), options.price_basis, price),
    ):
        offered = tuple((word, names.get(word, word)) for word in allowed[name])
        yield Choice(name, label, value or "", offered, names.get(implied, implied))


def _titles(statistics: Statistics, table: str, key: str, title: str) -> dict[str, str]:
    frame = statistics.table(table).frame
    return dict(zip(frame[key], frame[title], strict=True))


def _numbers(statistics: Statistics, options: OutflowOptions, language: Language) -> Iterator[Number]:
    chosen, query = dict(options.settings), options.to_query()
    unset = OutflowOptions(method=options.method)
    defaults = assumptions(statistics, unset)
    for row in statistics.table("outflow_assumptions").frame.iter_rows(named=True):
        name, default = row["assumption"], defaults[row["assumption"]]
        shown: Range | None = chosen.get(name, default)
        yield Number(
            name=name,
            label=row[f"label_{language}"],
            unit="" if row["unit"] == "1" else row["unit"],
            value=query.get(name, ""),
            default=_told(default, language),
            least=float(row["least"]),
            most=float(row["most"]),
            step=float(row["step"]),
            position=shown.mode if shown else (float(row["least"]) + float(row["most"])) / 2,
            row_id=row["row_id"],
            at_hand=name in AT_HAND,
        )


def _told(default: Range | None, language: Language) -> str:
    if default is None:
        return sentences(language).gettext("open")
    if default.fixed:
        return f"{default.low:.{DECIMALS}g}"
    return f"{default.low:.{DECIMALS}g}{'〜' if language == 'ja' else '–'}{default.high:.{DECIMALS}g}"
