"""The SimpleEventQuery of EPCIS 2.0 as one value, read from its parameters.

Source: EPCIS 2.0, section 8.2.7.1 (parameters), 8.2.5 (exceptions) and 12 (REST: perPage, nextPageToken; several values of one
parameter are parted by | or given by repeating it).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from meguri.battery.gs1 import digital_link
from meguri.errors import OptionError, Said
from meguri.ledger.exchange.epcis_words import NAMESPACE, PREFIX
from meguri.ledger.exchange.event_values import Names, identity, plain, term

__all__ = [
    "MOST_PER_PAGE",
    "Condition",
    "Query",
    "QueryParameterException",
    "QueryTooComplexException",
    "QueryTooLargeException",
    "Span",
    "parse_query",
]

MOST_VALUES = 1000
MOST_PER_PAGE = 1000
PER_PAGE = 30
NAMES = Names.of({PREFIX.rstrip(":"): NAMESPACE})
"""Prefixes that a query can use."""

Order = Literal["eventTime", "recordTime"]
Operator = Literal["EQ", "WD", "MATCH", "EXISTS", "GT", "GE", "LT", "LE"]
Read = Callable[[str], Any]


class QueryParameterException(OptionError):
    """A parameter that is not known, or has a value that it cannot have."""

    title = Said("A query parameter is not valid")
    type = "epcisException:QueryParameterException"


class QueryTooComplexException(OptionError):
    """A query that asks for more values than are looked for at once."""

    title = Said("The query is too complex")
    type = "epcisException:QueryTooComplexException"


class QueryTooLargeException(OptionError):
    """An answer of more events than the asker wants to have."""

    title = Said("The answer is too large")
    type = "epcisException:QueryTooLargeException"


class Span(msgspec.Struct, frozen=True):
    """From `start` until before `end`; None is open."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, time: datetime) -> bool:
        return (self.start is None or self.start <= time) and (self.end is None or time < self.end)


class Condition(msgspec.Struct, frozen=True):
    """One parameter: an event answers if its `field`, the name without the operator, has one of `values`."""

    operator: Operator
    field: str
    values: tuple[str, ...] = ()


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, in canonical values: web URIs of terms, Digital Links of GS1 keys, patterns of EPCs as they stand."""

    event_types: tuple[str, ...] = ()
    happened: Span = Span()
    recorded: Span = Span()
    conditions: tuple[Condition, ...] = ()
    order_by: Order | None = None
    descending: bool = True
    event_count_limit: int | None = None
    max_event_count: int | None = None
    per_page: int = PER_PAGE
    next_page_token: str = ""

    def asked(self, field: str, operator: Operator = "EQ") -> tuple[str, ...] | None:
        """The values of one parameter, such as `("anyEPC", "MATCH")`; None where it is not given."""
        held = (one.values for one in self.conditions if (one.operator, one.field) == (operator, field))
        return next(held, None)


Given = Mapping[str, str | Sequence[str]] | Iterable[tuple[str, str]]


def parse_query(parameters: Given) -> Query:
    """A query of the names and decoded values in a URL. Raises QueryParameterException or QueryTooComplexException."""
    given = _gathered(parameters)
    told: dict[str, Any] = {}
    conditions = []
    for name, values in given.items():
        if name in _SINGLE:
            field, read = _SINGLE[name]
            told[field] = _read(name, _only(name, values), read)
        elif name == "eventType":
            told["event_types"] = tuple(_parted(values))
        else:
            conditions.append(_condition(name, tuple(_parted(values))))
    for field in ("happened", "recorded"):
        told[field] = Span(told.pop(f"{field} from", None), told.pop(f"{field} before", None))
    query = Query(**told, conditions=tuple(conditions))
    _check_limits(query)
    return query


def _gathered(parameters: Given) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for name, value in parameters.items() if isinstance(parameters, Mapping) else parameters:
        given.setdefault(name, []).extend([value] if isinstance(value, str) else value)
    if sum(value.count("|") + 1 for values in given.values() for value in values) > MOST_VALUES:
        raise QueryTooComplexException(
            Said("The query asks for more than {most} values.", most=MOST_VALUES),
            mend=Said("Ask for fewer things at once."),
        )
    return given


def _parted(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        yield from filter(None, (part.strip() for part in value.split("|")))


def _only(name: str, values: Sequence[str]) -> str:
    if len(values) != 1:
        raise QueryParameterException(
            Said("{name} is given more than once.", name=name),
            where=name,
            mend=Said("Give it once."),
        )
    return values[0]


def _read(name: str, value: str, read: Read) -> Any:
    try:
        return read(value)
    except ValueError:
        raise QueryParameterException(
            Said("{name} cannot be “{value}”.", name=name, value=value),
            where=name,
            mend=Said("See EPCIS 2.0, section 8.2.7.1, for the parameters of a query."),
        ) from None


def _time(text: str) -> datetime:
    """An instant; a plus that a URL made a space is put back."""
    told = datetime.fromisoformat(text.strip().replace(" ", "+"))
    if told.tzinfo is None:
        raise ValueError(text)
    return told


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text) or not int(text):
        raise ValueError(text)
    return int(text)


def _one_of(*words: str) -> Read:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return read


_SINGLE: dict[str, tuple[str, Read]] = {
    "GE_eventTime": ("happened from", _time),
    "LT_eventTime": ("happened before", _time),
    "GE_recordTime": ("recorded from", _time),
    "LT_recordTime": ("recorded before", _time),
    "orderBy": ("order_by", _one_of("eventTime", "recordTime")),
    "orderDirection": ("descending", lambda text: _one_of("ASC", "DESC")(text) == "DESC"),
    "eventCountLimit": ("event_count_limit", _count),
    "maxEventCount": ("max_event_count", _count),
    "perPage": ("per_page", lambda text: min(_count(text), MOST_PER_PAGE)),
    "nextPageToken": ("next_page_token", str),
}


def _term(vocabulary: str) -> Read:
    return lambda text: term(text, vocabulary, NAMES)


def _name(text: str) -> str:
    return identity(text, NAMES)


_EQUAL: dict[str, Read] = {
    "action": _one_of("ADD", "OBSERVE", "DELETE"),
    "bizStep": _term("BizStep"),
    "disposition": _term("Disp"),
    "persistentDisposition_set": _term("Disp"),
    "persistentDisposition_unset": _term("Disp"),
    "errorReason": _term("ER"),
    "type": _term("gs1"),
    **dict.fromkeys(
        (
            *("readPoint", "bizLocation", "transformationID", "eventID", "correctiveEventID"),
            *("deviceID", "dataProcessingMethod"),
        ),
        _name,
    ),
}
_MATCHED = frozenset(
    {
        *("epc", "parentID", "inputEPC", "outputEPC", "anyEPC"),
        *("epcClass", "inputEPCClass", "outputEPCClass", "anyEPCClass"),
    }
)
_EXISTING = frozenset({"errorDeclaration", "sensorElementList", "ilmd"})
COMPANY = re.compile(r"urn:epc:idpat:(sgtin|grai|giai):([0-9]{6,12})(?:\.\*){1,2}").fullmatch
_amount = re.compile("(?:value|quantity)_[A-Z0-9]{2,3}").fullmatch
_typed = re.compile("(?:bizTransaction|source|destination)_.+").fullmatch
_extension = re.compile(r"(?:ILMD_)?[A-Za-z][A-Za-z0-9+.-]*:\S+").fullmatch
_parameter = re.compile("(EQ|WD|MATCH|EXISTS|GT|GE|LT|LE)_(.+)").fullmatch


def _condition(name: str, values: tuple[str, ...]) -> Condition:
    found = _parameter(name)
    read = _reader(found[1], found[2]) if found else None
    if not found or read is None:
        raise QueryParameterException(
            Said("{name} is not a parameter that is known here.", name=name),
            where=name,
            mend=Said("See EPCIS 2.0, section 8.2.7.1, for the parameters of a query."),
        )
    held = tuple(_read(name, value, read) for value in values) if found[1] != "EXISTS" else ()
    return msgspec.convert({"operator": found[1], "field": found[2], "values": held}, Condition)


def _reader(operator: str, field: str) -> Read | None:
    """How the values of a parameter are read; None where there is no such parameter."""
    if operator == "MATCH":
        return _pattern if field in _MATCHED else None
    if operator == "WD":
        return _name if field in ("readPoint", "bizLocation") else None
    if operator == "EXISTS":
        return str if field in _EXISTING or _extension(field) else None
    if _amount(field):
        return _number
    if operator == "EQ":
        return _EQUAL.get(field) or (_name if _typed(field) else _plain if _extension(field) else None)
    return _number if _extension(field) else None


def _pattern(text: str) -> str:
    """An identifier, or a pattern of EPCs that stands for a class or for all things of a company."""
    if not text.startswith("urn:epc:idpat:"):
        return _name(text)
    if not COMPANY(text) and digital_link(text) is None:
        raise ValueError(text)
    return text


def _plain(text: str) -> str:
    return plain(text, NAMES)


def _number(text: str) -> str:
    return repr(float(text))


def _check_limits(query: Query) -> None:
    if query.event_count_limit and (query.max_event_count or not query.order_by):
        raise QueryParameterException(
            Said("eventCountLimit stands with orderBy and without maxEventCount."),
            where="eventCountLimit",
            mend=Said("Say by which time the events are ordered, and give one limit only."),
        )
