"""The list of a passport's attributes, as data: a folder with `list.json` and `attributes.csv`.

Another version of the list is another folder. Access classes and duties are those of Regulation (EU) 2023/1542, Annex XIII, as
the BatteryPass-Ready longlist v1.3 and the Commission's guidance on data points v2.0 (August 2026) read them.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import msgspec

from meguri.battery import AccessClass
from meguri.errors import InputError, NotFound, Said

Category = Literal["ev", "lmt", "industrial_stationary", "industrial_other"]
Duty = Literal["required", "if_applicable", "voluntary", "not_stated", "excluded"]
Level = Literal["model", "site", "batch", "item"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
NEWEST = "eu-2026-08"
MOST_BYTES = 4 << 20

_LISTS = Path(__file__).parent / "lists"


class _Described(msgspec.Struct, frozen=True, kw_only=True):
    """What an attribute and its row in `attributes.csv` have in common."""

    id: str
    key: str
    group: str
    name: str
    name_ja: str
    unit: str
    type: str
    access: AccessClass
    level: Level
    waits_for: str
    clause: str
    standard: str
    datapoint: str


class Attribute(_Described, frozen=True, kw_only=True):
    """One attribute. `key` names it in code, with its unit; `type` is a plain word, or `enum:` and the values.

    `access` is the least class of reader who sees it. `level` says what its value belongs to: the model, the model by site, the
    model by site and year (`batch`), or the single battery; `changes` that it changes in use. `duty` holds from `since` on; where
    `since` is None it waits for the act named in `waits_for`. `clause` is its place in the law, `standard` in DIN DKE SPEC 99100,
    `datapoint` in the Commission's guidance.
    """

    changes: bool
    duty: Mapping[Category, Duty]
    since: date | None


class AttributeList(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the list, with where it comes from."""

    version: str
    title: str
    title_ja: str
    source: str
    licence: str
    status: str
    attributes: tuple[Attribute, ...] = ()

    def __getitem__(self, key: str) -> Attribute:
        """The attribute of a key or id. Raises NotFound."""
        for held in self.attributes:
            if key in (held.key, held.id):
                return held
        raise NotFound(
            Said("No attribute “{key}” is in the list {version}.", key=key, version=self.version),
            where=key,
            mend=Said("See all of them: meguri passport attributes."),
        )


class _Row(_Described, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of `attributes.csv`."""

    changes: Literal["yes", "no"]
    ev: Duty
    lmt: Duty
    industrial_stationary: Duty
    industrial_other: Duty
    since: str


def versions() -> tuple[str, ...]:
    """The versions that come with Meguri, oldest first."""
    return tuple(sorted(folder.name for folder in _LISTS.iterdir() if (folder / "list.json").exists()))


@cache
def shipped_attributes(version: str = NEWEST) -> AttributeList:
    """A list that comes with Meguri. Raises NotFound."""
    if version not in versions():
        raise NotFound(
            Said("No list of attributes “{version}” is here.", version=version),
            where=version,
            mend=Said("Choose one of: {versions}.", versions=versions()),
        )
    return read_attributes(_LISTS / version)


def read_attributes(folder: Path) -> AttributeList:
    """A list from a folder. Raises InputError with file, row and column for what is not one."""
    told, table = folder / "list.json", folder / "attributes.csv"
    try:
        head = msgspec.json.decode(_text(told), type=AttributeList)
    except msgspec.DecodeError as fault:
        raise InputError(
            Said("The description of the list cannot be read: {reason}", reason=Said.of(str(fault))),
            where=str(told),
            mend=Said("Give version, title, title_ja, source, licence and status as JSON text."),
        ) from fault
    held = tuple(_attribute(row, f"{table}:{number}") for number, row in enumerate(_rows(table), start=2))
    _check_names(held, table)
    return msgspec.structs.replace(head, attributes=held)


def _rows(table: Path) -> list[dict[str, str]]:
    rows = csv.DictReader(_text(table).splitlines(), strict=True)
    try:
        return list(rows)
    except csv.Error as fault:
        raise InputError(
            Said("The file cannot be read: {reason}", reason=Said.of(str(fault))),
            where=f"{table}:{rows.reader.line_num}",
            mend=Said("Give a folder with list.json and attributes.csv, in UTF-8."),
        ) from fault


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            held = opened.read(MOST_BYTES + 1)
        if len(held) > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES} bytes")
        return held.decode("utf-8-sig")
    except (OSError, ValueError) as fault:
        raise InputError(
            Said("The file cannot be read: {reason}", reason=Said.of(str(fault))),
            where=str(file),
            mend=Said("Give a folder with list.json and attributes.csv, in UTF-8."),
        ) from fault


def _attribute(row: Mapping[str, str], where: str) -> Attribute:
    try:
        told = msgspec.convert(row, _Row)
        since = date.fromisoformat(told.since) if told.since else None
        if since is None and not told.waits_for:
            raise ValueError("either since or waits_for must be given - at `$.since`")
    except (ValueError, TypeError) as fault:
        raise InputError(
            Said("A row of the list of attributes is not one: {reason}", reason=Said.of(str(fault))),
            where=where,
            mend=Said("Mend the column that is named; the list that comes with Meguri shows the form."),
        ) from fault
    described = {name: getattr(told, name) for name in _Described.__struct_fields__}
    duty = {category: getattr(told, category) for category in CATEGORIES}
    return Attribute(**described, changes=told.changes == "yes", duty=duty, since=since)


def _check_names(held: tuple[Attribute, ...], table: Path) -> None:
    seen: set[str] = set()
    for row, one in enumerate(held, start=2):
        for name in (one.id, one.key):
            if name in seen:
                raise InputError(
                    Said("“{name}” names two attributes.", name=name),
                    where=f"{table}:{row}",
                    mend=Said("Give every attribute an id and a key of its own."),
                )
            seen.add(name)
