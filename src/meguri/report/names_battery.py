"""Events, stages, roles, kinds, readers and fields of the ledger in the reader's language."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from meguri.battery import FIELDS
from meguri.battery.words import (
    ACCESS_NAMES,
    EVENT_NAMES,
    KIND_NAMES,
    ROLE_NAMES,
    STAGE_NAMES,
    VALUE_NAMES,
)
from meguri.errors import Said
from meguri.report.language import Language, in_language


@dataclass(frozen=True, slots=True)
class BatteryWords:
    """Names by code: `events["split"]`, `stages["held"]`, `values["decision"]["reuse"]`; `fields` says what each means."""

    events: Mapping[str, str]
    stages: Mapping[str, str]
    roles: Mapping[str, str]
    kinds: Mapping[str, str]
    access: Mapping[str, str]
    fields: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]


@functools.cache
def battery_words(lang: Language) -> BatteryWords:
    """All names in one language."""

    def said(names: Mapping[str, Said]) -> Mapping[str, str]:
        return MappingProxyType({code: in_language(name, lang) for code, name in names.items()})

    return BatteryWords(
        events=said(EVENT_NAMES),
        stages=said(STAGE_NAMES),
        roles=said(ROLE_NAMES),
        kinds=said(KIND_NAMES),
        access=said(ACCESS_NAMES),
        fields=said({name: field.meaning for name, field in FIELDS.items()}),
        values=MappingProxyType({field: said(names) for field, names in VALUE_NAMES.items()}),
    )
