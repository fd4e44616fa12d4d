"""Which columns a sheet has for each word, and how a cell of each is written. Taken from the schemas of events, not told again."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from msgspec import inspect

from meguri.battery import EVENTS, RULE

Form = Literal[
    "text",
    "name",
    "number",
    "truth",
    "instant",
    "country",
    "choice",
    "texts",
    "part",
    "parts",
    "masses",
    "pairs",
]

COMMON = ("id", "battery", "time", "by", "country", "site", "note", "evidence")
WORDS = tuple(word for word in EVENTS if RULE[word].roles != ("registry",) and word != "erased")
"""Words that have a sheet: all but those about recorders and erasures."""

_NAMING = frozenset({"battery"})


@dataclass(frozen=True, slots=True)
class Column:
    """A field of an event as a column; `values` are what a `choice` is chosen from."""

    field: str
    form: Form
    needed: bool = False
    values: tuple[str, ...] = ()


@functools.cache
def columns_of(word: str) -> Mapping[str, Column]:
    """Columns of a word's sheet, by field: what every event says first, but for remarks and documents, which come last."""
    told = inspect.type_info(EVENTS[word])
    assert isinstance(told, inspect.StructType)
    fields = {field.name: field for field in told.fields}
    own = [name for name in fields if name not in COMMON]
    order = [*COMMON[:5], *own, *COMMON[5:]]
    return {name: _column(name, fields[name]) for name in order}


@functools.cache
def column_of(field: str) -> Column | None:
    """A field's column, whichever word it belongs to."""
    return next((columns_of(word)[field] for word in EVENTS if field in columns_of(word)), None)


def _column(name: str, field: inspect.Field) -> Column:
    form, values = _form(name, field.type)
    return Column(name, form, field.required and name != "id", values)


def _form(name: str, told: inspect.Type) -> tuple[Form, tuple[str, ...]]:
    match told:
        case inspect.UnionType(types=types):
            kinds = [one for one in types if not isinstance(one, inspect.NoneType)]
            return ("number", ()) if len(kinds) > 1 else _form(name, kinds[0])
        case inspect.BoolType():
            return "truth", ()
        case inspect.DateTimeType():
            return "instant", ()
        case inspect.LiteralType(values=values):
            return "choice", tuple(map(str, values))
        case inspect.StructType():
            return "part", ()
        case inspect.VarTupleType(item_type=inspect.StructType()):
            return "parts", ()
        case inspect.VarTupleType():
            return "texts", ()
        case inspect.DictType(key_type=inspect.LiteralType()):
            return "masses", ()
        case inspect.DictType():
            return "pairs", ()
        case inspect.StrType(pattern="^[A-Z]{2}$"):
            return "country", ()
        case _:
            return "name" if name in _NAMING else "text", ()
