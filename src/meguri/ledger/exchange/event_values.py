"""Values of EPCIS events in the one form in which they are hashed: times, numbers, terms, GS1 keys (CBV 2.0, 8.9.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from meguri.battery.gs1 import digital_link

CBV = "https://ref.gs1.org/cbv/"
GS1 = "https://gs1.org/voc/"
EPCIS = "https://ref.gs1.org/epcis/"

_STANDARD = {"cbv": CBV, "gs1": GS1, "epcis": EPCIS, "cbvmda": "urn:epcglobal:cbv:mda"}
"""Prefixes that the EPCIS context defines."""

_URNS = {
    "urn:epcglobal:cbv:bizstep:": f"{CBV}BizStep-",
    "urn:epcglobal:cbv:disp:": f"{CBV}Disp-",
    "urn:epcglobal:cbv:btt:": f"{CBV}BTT-",
    "urn:epcglobal:cbv:sdt:": f"{CBV}SDT-",
    "urn:epcglobal:cbv:er:": f"{CBV}ER-",
}
_urn = re.compile("|".join(_URNS))
_number = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?").fullmatch
_bare = re.compile(r"[A-Za-z0-9_]+").fullmatch


@dataclass(frozen=True, slots=True)
class Names:
    """What prefixes stand for, and which extension fields do not count."""

    spaces: Mapping[str, str]
    ignored: frozenset[str] = frozenset()

    @classmethod
    def of(cls, context: Any, ignored: tuple[str, ...] = ()) -> Names:
        """From the `@context` of a document; only fields with a prefix can be ignored."""
        names = cls({**_STANDARD, **dict(_spaces(context))})
        return cls(names.spaces, frozenset(key for key in map(names.key, ignored) if key.startswith("{")))

    def within(self, context: Any) -> Names:
        """The same with an event's own `@context` added."""
        return Names({**self.spaces, **dict(_spaces(context))}, self.ignored) if context else self

    @property
    def added(self) -> dict[str, str]:
        """Prefixes beyond those that the EPCIS context defines."""
        return {name: space for name, space in self.spaces.items() if _STANDARD.get(name) != space}

    def key(self, name: str) -> str:
        """A field's name with its namespace: `{https://ns.example.com/epcis/}myField`."""
        prefix, colon, local = name.partition(":")
        return f"{{{self.spaces[prefix]}}}{local}" if colon and prefix in self.spaces else name

    def value(self, text: str) -> str:
        """A compact URI written out; one with // is whole already (JSON-LD 1.1, 3.2)."""
        prefix, colon, local = text.partition(":")
        compact = colon and prefix in self.spaces and not local.startswith("//")
        return self.spaces[prefix] + local if compact else text


def _spaces(context: Any) -> Iterator[tuple[str, str]]:
    for part in context if isinstance(context, list) else (context,):
        if isinstance(part, Mapping):
            yield from ((str(name), told) for name, told in part.items() if isinstance(told, str))


def plain(value: Any, names: Names) -> str:
    """A value as text: URIs written out, terms and GS1 keys in their web form, numbers without needless digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = names.value(value).strip() if isinstance(value, str) else str(value)
    text = _urn.sub(lambda found: _URNS[found[0]], text)
    return _as_number(text) or digital_link(text) or text


def identity(value: Any, names: Names) -> str:
    """A URI that names something, in the form in which two of them can be compared."""
    text = plain(value, names)
    return text.lower() if text[:9].lower() == "urn:uuid:" else text


def term(value: Any, vocabulary: str, names: Names) -> str:
    """A term of a vocabulary; a bare word becomes its web URI."""
    if isinstance(value, str) and _bare(value.strip()):
        return GS1 + value.strip() if vocabulary == "gs1" else f"{CBV}{vocabulary}-{value.strip()}"
    return plain(value, names)


def instant(value: Any) -> str:
    """A time in UTC to the millisecond, halves rounded up; what is no time with an offset stays as it is."""
    text = str(value).strip()
    try:
        told = datetime.fromisoformat(text)
        if told.tzinfo is None:
            return text
        whole = told.astimezone(UTC).replace(microsecond=0)
        rounded = whole + timedelta(milliseconds=(told.microsecond + 500) // 1000)
    except (ValueError, OverflowError):
        return text
    return rounded.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _as_number(text: str) -> str:
    """A number in its shortest form, as the published hashes write it; empty if the text is none."""
    if not _number(text):
        return ""
    number = float(text)
    if number in (float("inf"), float("-inf")):
        return ""
    return str(int(number)) if number == int(number) else str(number)
