"""Events of every word with every field that it can have, drawn by Hypothesis from the types of the fields."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from meguri.battery import EVENTS, Happening, Part, canonical, check_digit

GTIN = "0952000000004"
SERIAL = st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789-._", min_size=1, max_size=20)
ITEM = SERIAL.map(f"https://id.gs1.org/01/{GTIN}{check_digit(GTIN)}/21/{{}}".format)
LOT = SERIAL.map(f"https://id.gs1.org/01/{GTIN}{check_digit(GTIN)}/10/{{}}".format)
THING = ITEM | LOT | st.uuids().map("urn:uuid:{}".format) | st.just("did:web:maker.example:b-1")
RECORDER = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20).map(
    lambda name: canonical(f"recorder:{name}")
)
CHARACTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC) | OFFSETS)  # noqa: DTZ001


def of(held: inspect.Type) -> st.SearchStrategy:  # noqa: C901
    match held:
        case inspect.Metadata():
            return of(held.type)
        case inspect.UnionType():
            return st.one_of(*(of(one) for one in held.types if not isinstance(one, inspect.NoneType)))
        case inspect.LiteralType():
            return st.sampled_from(held.values)
        case inspect.StrType(pattern=str(pattern)):
            return st.from_regex(pattern, fullmatch=True)
        case inspect.StrType():
            return st.text(CHARACTERS, min_size=held.min_length or 0, max_size=min(held.max_length or 30, 30))
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return st.integers(held.ge if held.gt is None else held.gt + 1, (held.le or held.lt) - 1)
        case inspect.FloatType():
            least = held.ge if held.gt is None else 1e-9
            return st.floats(least, held.le or held.lt / 2, allow_nan=False)
        case inspect.DateTimeType():
            return TIMES
        case inspect.VarTupleType():
            return st.lists(of(held.item_type), min_size=held.min_length or 0, max_size=3).map(tuple)
        case inspect.DictType():
            return st.dictionaries(of(held.key_type), of(held.value_type), max_size=3)
        case inspect.StructType():
            return struct(held.cls)
    raise TypeError(held)


def struct(kind: type[msgspec.Struct], **given: st.SearchStrategy) -> st.SearchStrategy:
    """Values of a struct; a field that can be left out sometimes is."""
    if kind is Part:
        given = {"id": THING}
    fields = inspect.type_info(kind).fields
    drawn = {held.name: given[held.name] if held.name in given else of(held.type) for held in fields}
    needed = {held.name: drawn.pop(held.name) for held in fields if held.required}
    return st.fixed_dictionaries(needed, optional=drawn).map(lambda values: kind(**values))


def event(word: str) -> st.SearchStrategy[Happening]:
    about = RECORDER if word in ("enrolled", "rotated", "revoked") else THING
    known = {"id": st.uuids().map(str), "battery": about}
    if word == "corrected":
        plain = (
            st.none()
            | st.booleans()
            | st.integers(-(2**53) + 1, 2**53 - 1)
            | st.floats(-(2.0**53), 2.0**53, exclude_min=True, exclude_max=True)
        )
        known["replacement"] = st.dictionaries(
            st.text(CHARACTERS, min_size=1, max_size=200),
            plain | st.text(CHARACTERS, min_size=1, max_size=2000),
            max_size=3,
        )
    return struct(EVENTS[word], **known)
