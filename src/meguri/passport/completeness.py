"""How much of what the law asks for on a date a passport holds.

Counted is what is required for the battery's category and due by then. What the law asks for only where it applies, what waits for
an act that is not there yet, and what is voluntary is listed, and changes no percentage.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from meguri.battery import AccessClass
from meguri.passport.attributes import Attribute, AttributeList, Category, Duty

State = Literal["there", "missing", "not_due", "if_applicable", "optional", "excluded"]
Supplier = Literal["manufacturer", "operator", "tester"]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Where an attribute stands. `supplier` is who can give it, `since` from when it is due (None: waits for `waits_for`)."""

    key: str
    name: str
    name_ja: str
    state: State
    duty: Duty
    access: AccessClass
    supplier: Supplier
    since: date | None
    waits_for: str
    clause: str


class Completeness(msgspec.Struct, frozen=True, kw_only=True):
    """`there` of `due` attributes that are required for the category on the date; `percent` is None where none is due."""

    category: Category
    on: date
    version: str
    due: int
    there: int
    percent: float | None
    lines: tuple[Line, ...]


def completeness(
    known: Collection[str], attributes: AttributeList, category: Category, on: date
) -> Completeness:
    """Where a passport that holds the attributes `known` (keys) stands."""
    lines = tuple(_line(one, one.key in known, category, on) for one in attributes.attributes)
    due = _is_due(attributes.attributes, category, on)
    there = sum(held and line.state == "there" for held, line in zip(due, lines, strict=True))
    return Completeness(
        category=category,
        on=on,
        version=attributes.version,
        due=sum(due),
        there=there,
        percent=100 * there / sum(due) if any(due) else None,
        lines=lines,
    )


def share_complete(
    known: npt.NDArray[np.bool_], attributes: AttributeList, category: Category, on: date
) -> npt.NDArray[np.float64]:
    """The percentages of many passports of one category; `known` has a row for each and a column for each attribute.

    NaN where nothing is due.
    """
    due = np.array(_is_due(attributes.attributes, category, on), dtype=bool)
    if known.ndim != 2 or known.shape[1] != len(due):
        raise ValueError(f"known must have {len(due)} columns, has the shape {known.shape}")
    if not due.any():
        return np.full(len(known), np.nan)
    there: npt.NDArray[np.int64] = np.count_nonzero(known[:, due], axis=1)
    return 100.0 * there / np.count_nonzero(due)


def _is_due(attributes: Sequence[Attribute], category: Category, on: date) -> list[bool]:
    return [one.duty[category] == "required" and _applies(one, on) for one in attributes]


def _applies(one: Attribute, on: date) -> bool:
    return one.since is not None and one.since <= on


def _line(one: Attribute, is_known: bool, category: Category, on: date) -> Line:
    return Line(
        key=one.key,
        name=one.name,
        name_ja=one.name_ja,
        state=_state(one, is_known, one.duty[category], on),
        duty=one.duty[category],
        access=one.access,
        supplier="manufacturer" if one.level != "item" else "tester" if one.changes else "operator",
        since=one.since,
        waits_for=one.waits_for,
        clause=one.clause,
    )


def _state(one: Attribute, is_known: bool, duty: Duty, on: date) -> State:
    if is_known:
        return "there"
    if duty == "excluded":
        return "excluded"
    if duty in ("voluntary", "not_stated"):
        return "optional"
    if not _applies(one, on):
        return "not_due"
    return "missing" if duty == "required" else "if_applicable"
