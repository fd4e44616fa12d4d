"""Dates and times as people in Japan write them: 2026/4/1 9:30, 令和8年4月1日 午前9時30分, R8.4.1, or as ISO 8601 has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

JAPAN: Final = timezone(timedelta(hours=9))

ERAS: Final[Mapping[str, int]] = {"令和": 2019, "平成": 1989, "昭和": 1926, "R": 2019, "H": 1989, "S": 1926}
"""The first year of each era (元号法), as far back as there are batteries and their vehicles."""

_DAY = (
    r"(?:(?P<year>[0-9]{4})|(?P<era>令和|平成|昭和|[RHS])\.?(?P<nth>元|[0-9]{1,2}))"
    r"(?:年|[-/.])(?P<month>[0-9]{1,2})(?:月|[-/.])(?P<day>[0-9]{1,2})日?"
)
_CLOCK = (
    r"(?P<half>午前|午後)?(?P<hour>[0-9]{1,2})(?:時|:)(?:(?P<minute>[0-9]{1,2})分?)?"
    r"(?::?(?P<second>[0-9]{1,2})(?:\.(?P<part>[0-9]{1,9}))?秒?)?"
)
_ZONE = r"(?P<zone>Z|UTC|JST|[+-][0-9]{2}:?[0-9]{2})"
_INSTANT = re.compile(rf"{_DAY}(?:\([日月火水木金土]\))?(?:[T ]?{_CLOCK})?(?: ?{_ZONE})?", re.IGNORECASE)


def moment(written: str) -> datetime | None:
    """The moment that a text tells, with its offset if it says one; midnight where it tells a day only; None for what is no date.

    Raises ValueError for a day or time that there is not.
    """
    found = _INSTANT.fullmatch(" ".join(written.split()))
    if found is None:
        return None
    hour = int(found["hour"] or 0)
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] == "午後" else 0)
    return datetime(
        _year(found),
        int(found["month"]),
        int(found["day"]),
        hour,
        int(found["minute"] or 0),
        int(found["second"] or 0),
        int((found["part"] or "0")[:6].ljust(6, "0")),
        tzinfo=_zone(found["zone"]),
    )


def _year(found: re.Match[str]) -> int:
    if found["year"]:
        return int(found["year"])
    nth = 1 if found["nth"] == "元" else int(found["nth"])
    if nth < 1:
        raise ValueError(nth)
    return ERAS[found["era"].upper()] + nth - 1


def _zone(written: str | None) -> tzinfo | None:
    if written is None:
        return None
    told = written.upper()
    if told == "JST":
        return JAPAN
    if told in ("Z", "UTC"):
        return UTC
    sign = -1 if told[0] == "-" else 1
    digits = told[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
