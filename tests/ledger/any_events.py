"""Any event at all: strategies made from the events' own schemas, so that a new field is drawn without a word here."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from meguri.battery import EVENTS, Event
from tests.ledger.events import battery

Strategy = st.SearchStrategy
LETTERS = st.characters(codec="utf-8", exclude_characters="\0")
HEX = st.text("0123456789abcdef", min_size=32, max_size=32)
UUIDS = HEX.map(lambda held: "-".join((held[:8], held[8:12], held[12:16], held[16:20], held[20:])))
BATTERIES = st.integers(0, 999_999).map(battery)
TIMES = st.datetimes(
    datetime(1901, 1, 1),  # noqa: DTZ001
    datetime(2198, 12, 31),  # noqa: DTZ001
    timezones=st.integers(-840, 840).map(
        lambda minutes: timezone(timedelta(minutes=minutes)) if minutes else UTC
    ),
)


def events(words: Sequence[str] = tuple(EVENTS)) -> Strategy[Event]:
    """Events of these words, each right by itself; the stories they tell need not be possible."""
    return st.sampled_from(words).flatmap(lambda word: _struct(inspect.type_info(EVENTS[word])))


def _struct(told: inspect.Type) -> Strategy[Event]:
    assert isinstance(told, inspect.StructType)
    needed = {field.name: _field(field.name, field.type) for field in told.fields if field.required}
    may_be = {
        field.name: _field(field.name, field.type) | st.just(field.default)
        for field in told.fields
        if not field.required
    }
    return st.fixed_dictionaries(needed, optional=may_be).map(lambda held: told.cls(**held))


def _field(name: str, told: inspect.Type) -> Strategy:
    if name in ("battery", "id"):
        return BATTERIES if name == "battery" else UUIDS
    return _value(told)


def _value(told: inspect.Type) -> Strategy:
    if isinstance(told, inspect.UnionType):
        return st.one_of(*map(_value, told.types))
    if isinstance(told, inspect.StrType):
        return _text(told)
    if isinstance(told, inspect.IntType | inspect.FloatType):
        return _number(told)
    if isinstance(told, inspect.LiteralType):
        return st.sampled_from(told.values)
    if isinstance(told, inspect.VarTupleType):
        return st.lists(_value(told.item_type), max_size=3).map(tuple)
    if isinstance(told, inspect.DictType):
        return st.dictionaries(_value(told.key_type), _value(told.value_type), max_size=4)
    if isinstance(told, inspect.StructType):
        return st.builds(
            lambda held, name: msgspec.structs.replace(held, id=name), _struct_with_id(told), BATTERIES
        )
    return {inspect.BoolType: st.booleans(), inspect.NoneType: st.none(), inspect.DateTimeType: TIMES}[
        type(told)
    ]


def _struct_with_id(told: inspect.StructType) -> Strategy:
    return st.fixed_dictionaries(
        {"id": BATTERIES},
        optional={field.name: _value(field.type) for field in told.fields if field.name != "id"},
    ).map(lambda held: told.cls(**held))


def _text(told: inspect.StrType) -> Strategy[str]:
    if told.pattern:
        return (
            UUIDS if "0-9" in told.pattern else st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
        )
    return st.text(LETTERS, min_size=told.min_length or 0, max_size=min(told.max_length or 30, 30))


def _number(told: inspect.IntType | inspect.FloatType) -> Strategy:
    open_below, open_above = told.ge is None, told.le is None
    low, high = (told.gt if open_below else told.ge), (told.lt if open_above else told.le)
    if isinstance(told, inspect.IntType):
        least = -(2**53) + 1 if low is None else int(low) + open_below
        most = 2**53 - 1 if high is None else int(high) - open_above
        return st.integers(least, most)
    drawn = st.floats(
        low,
        high,
        exclude_min=low is not None and open_below,
        exclude_max=high is not None and open_above,
        allow_nan=False,
        allow_infinity=False,
    )
    tricky = [84.0, 0.1, 1e-5, 1e-7, *([] if low == 0 and open_below else [-0.0])]
    return drawn | st.sampled_from(tricky)
