"""What a user may choose for the outflow estimate: method, draws, seed, dates, and any assumption.

The same words are read from the command line (`--set key=value`), the address bar and the API.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import msgspec

from meguri.errors import OptionError, Said
from meguri.statistics import Statistics

METHODS = ("meguri", "whitepaper")
LAST_YEAR = 2030
MOST_DRAWS = 10_000_000
MIXTURE = "mixture"
USER_CURVE = "user"
CONTENT_BY_MODEL_YEAR = "by_model_year"
CONTENT_PER_VEHICLE = "per_vehicle"
PRICES_BY_YEAR = "by_year"
PRICE_UNIFORM = "uniform"


class Range(msgspec.Struct, frozen=True):
    """A triangular distribution of an assumption; a fixed value where the three are equal."""

    low: float
    mode: float
    high: float

    @property
    def fixed(self) -> bool:
        return self.low == self.high


class OutflowOptions(msgspec.Struct, frozen=True, kw_only=True):
    """A complete choice. `settings` maps assumption → Range, `choices` names the readings and bases.

    `until` is the last calendar year of the result; None lets the data decide.
    """

    method: str = "meguri"
    draws: int = 10_000
    seed: int = 20250101
    as_of: date | None = None
    until: int | None = None
    survey_reading: str | None = None
    content_basis: str | None = None
    price_basis: str | None = None
    settings: tuple[tuple[str, Range], ...] = ()

    def to_query(self) -> dict[str, str]:
        """The choices that differ from the defaults, as the words `parse_options` reads."""
        query: dict[str, str] = {}
        plain = OutflowOptions()
        for name in (
            "method",
            "draws",
            "seed",
            "as_of",
            "until",
            "survey_reading",
            "content_basis",
            "price_basis",
        ):
            value = getattr(self, name)
            if value != getattr(plain, name):
                query[name] = str(value)
        for name, chosen in self.settings:
            ends = (chosen.low, chosen.mode, chosen.high)
            query[name] = f"{chosen.low:.12g}" if chosen.fixed else "..".join(f"{end:.12g}" for end in ends)
        return query


def parse_options(words: Mapping[str, str], statistics: Statistics) -> OutflowOptions:
    """Read options from words; raises OptionError naming the word, its value and what is allowed."""
    bounds = {
        row["assumption"]: (float(row["least"]), float(row["most"]))
        for row in statistics.table("outflow_assumptions").frame.iter_rows(named=True)
    }
    choices = allowed_choices(statistics)
    values: dict[str, object] = {}
    settings: dict[str, Range] = {}
    for key, word in words.items():
        if key in choices:
            values[key] = _one_of(key, word, choices[key])
        elif key == "draws":
            values[key] = _whole(key, word, 1, MOST_DRAWS)
        elif key == "seed":
            values[key] = _whole(key, word, 0, 2**63 - 1)
        elif key == "until":
            values[key] = _whole(key, word, 2017, LAST_YEAR)
        elif key == "as_of":
            values[key] = _date(key, word)
        elif key in bounds:
            settings[key] = _range(key, word, *bounds[key])
        else:
            known = tuple(sorted({*choices, *bounds, "draws", "seed", "until", "as_of"}))
            raise OptionError(
                Said("There is no option “{key}”", key=key),
                where=key,
                mend=Said("Use one of: {known}.", known=known),
            )
    return msgspec.convert({**values, "settings": tuple(sorted(settings.items()))}, OutflowOptions)


def allowed_choices(statistics: Statistics) -> Mapping[str, tuple[str, ...]]:
    """The words that each choice accepts, in the order to offer them."""
    readings = statistics.table("survey_readings").frame.sort("position")["reading"].to_list()
    alternatives = statistics.table("content_alternatives").frame["alternative"].to_list()
    own = [USER_CURVE] if statistics.table("used_conversion_curve").frame.height else []
    return MappingProxyType(
        {
            "method": METHODS,
            "survey_reading": (MIXTURE, *own, *readings),
            "content_basis": (CONTENT_BY_MODEL_YEAR, CONTENT_PER_VEHICLE, *alternatives),
            "price_basis": (PRICES_BY_YEAR, PRICE_UNIFORM),
        }
    )


def assumptions(statistics: Statistics, options: OutflowOptions) -> Mapping[str, Range | None]:
    """Each assumption's distribution under the options; None where the method leaves it open."""
    chosen = dict(options.settings)
    result: dict[str, Range | None] = {}
    for row in statistics.table("outflow_assumptions").frame.sort("position").iter_rows(named=True):
        name, method = row["assumption"], options.method
        ends = [row[f"{method}_{end}"] for end in ("low", "mode", "high")]
        default = None if None in ends else Range(*map(float, ends))
        result[name] = chosen.get(name, default)
    return MappingProxyType(result)


def bases(options: OutflowOptions) -> tuple[str, str, str]:
    """Survey reading, content basis and price basis in force: chosen, implied by a setting, or the method's."""
    ours = options.method == "meguri"
    named = {name for name, _ in options.settings}
    content = CONTENT_BY_MODEL_YEAR if ours and "content_kg_per_vehicle" not in named else CONTENT_PER_VEHICLE
    price = PRICES_BY_YEAR if ours and "uniform_price_jpy_per_vehicle" not in named else PRICE_UNIFORM
    return (
        options.survey_reading or (MIXTURE if ours else "complete"),
        options.content_basis or content,
        options.price_basis or price,
    )


def _one_of(key: str, word: str, allowed: tuple[str, ...]) -> str:
    if word not in allowed:
        raise OptionError(
            Said("“{word}” is not a {key}", word=word, key=key),
            where=key,
            mend=Said("Use one of: {known}.", known=allowed),
        )
    return word


def _whole(key: str, word: str, least: int, most: int) -> int:
    try:
        value = int(word)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise OptionError(
            Said("“{word}” is not possible", word=word),
            where=key,
            mend=Said("Give a whole number from {least} to {most}.", least=least, most=most),
        )
    return value


def _date(key: str, word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise OptionError(
            Said("“{word}” is not a date", word=word), where=key, mend=Said("Write it as 2024-06-30.")
        ) from None


def _range(key: str, word: str, least: float, most: float) -> Range:
    try:
        ends = [float(part) for part in word.split("..")]
    except ValueError:
        ends = []
    in_order = len(ends) in (1, 2, 3) and all(map(math.isfinite, ends)) and ends == sorted(ends)
    if not in_order or ends[0] < least or ends[-1] > most:
        raise OptionError(
            Said("“{word}” is not possible", word=word),
            where=key,
            mend=Said(
                "Give a number, low..high or low..likely..high, between {least:g} and {most:g}.",
                least=least,
                most=most,
            ),
        )
    return Range(ends[0], ends[1] if len(ends) == 3 else (ends[0] + ends[-1]) / 2, ends[-1])
