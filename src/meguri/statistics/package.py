"""Data packages: the shipped tables, read from `packages/<name>/datapackage.json` and the CSV files beside it.

The descriptors are Frictionless data packages (profile v1) with, per column, unit and meaning in Japanese and
English and the headers people use, and, per package, the list of sources. A folder put into `packages` is found
without further code.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from meguri.errors import MeguriError, NotFound, Said
from meguri.statistics.sources import Source
from meguri.statistics.table import COMMON, POLARS, Field, Fill, Table, framed

SHIPPED = Path(__file__).parent / "packages"


class _Licence(msgspec.Struct, frozen=True):
    name: str = ""
    title: str = ""


class _Schema(msgspec.Struct, frozen=True, rename="camel"):
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]


class _Resource(msgspec.Struct, frozen=True, rename={"schema_": "schema"}):
    name: str
    path: str
    title: str
    title_ja: str
    description: str = ""
    description_ja: str = ""
    licenses: tuple[_Licence, ...] = ()
    schema_: _Schema | None = None
    publication_lag_days: int | None = None
    fills: tuple[Fill, ...] = ()
    source_id: str = ""


class _Descriptor(msgspec.Struct, frozen=True):
    name: str
    title: str
    title_ja: str
    sources: tuple[Source, ...]
    resources: tuple[_Resource, ...]


@dataclass(frozen=True, slots=True)
class Geometry:
    """Map outlines as TopoJSON (`content`, UTF-8), with the source to be credited."""

    name: str
    content: bytes
    source_id: str
    licence: str


@dataclass(frozen=True, slots=True)
class Package:
    """A data package as read: its tables, its geometry files and its sources."""

    name: str
    titles: Mapping[str, str]
    sources: tuple[Source, ...]
    tables: tuple[Table, ...]
    geometry: Mapping[str, Path]
    descriptor: _Descriptor


@functools.cache
def shipped() -> tuple[Package, ...]:
    """The packages that Meguri ships, read once per process."""
    return tuple(packages_in(SHIPPED))


def packages_in(folder: Path) -> Iterator[Package]:
    """The packages of a folder, by name. Raises `MeguriError` when one cannot be read."""
    for descriptor in sorted(folder.glob("*/datapackage.json")):
        yield read_package(descriptor)


def read_package(path: Path) -> Package:
    """The package described by a `datapackage.json`. Raises `MeguriError` naming the file and the fault."""
    try:
        described = msgspec.json.decode(path.read_bytes(), type=_Descriptor)
    except (OSError, msgspec.MsgspecError) as fault:
        raise MeguriError(
            Said("The data package cannot be read: {fault}", fault=str(fault)),
            where=str(path),
            mend=Said("Mend the file."),
        ) from fault
    tables, geometry = [], {}
    for resource in described.resources:
        if resource.schema_ is None:
            geometry[resource.name] = path.parent / resource.path
        else:
            tables.append(_table(resource, resource.schema_, described.name, path.parent))
    return Package(
        name=described.name,
        titles={"en": described.title, "ja": described.title_ja},
        sources=described.sources,
        tables=tuple(tables),
        geometry=geometry,
        descriptor=described,
    )


def geometry(name: str) -> Geometry:
    """Map outlines by name: `japan_s0001`, `japan_s0010` (prefectures) or `world_110m` (countries). Raises `NotFound`."""
    for package in shipped():
        for resource in package.descriptor.resources:
            if resource.name == name and name in package.geometry:
                return Geometry(
                    name, package.geometry[name].read_bytes(), resource.source_id, _licence(resource)
                )
    known = tuple(sorted(held for package in shipped() for held in package.geometry))
    raise NotFound(Said("There is no geometry “{name}”", name=name), mend=Said("Known: {known}", known=known))


def _table(resource: _Resource, schema: _Schema, package: str, folder: Path) -> Table:
    names = [field.name for field in schema.fields]
    missing = [name for name in (*schema.primary_key, *COMMON) if name not in names]
    if missing:
        raise MeguriError(
            Said("The table {name} lacks the columns {columns}", name=resource.name, columns=tuple(missing)),
            where=str(folder / "datapackage.json"),
            mend=Said("Every table has a key and the columns {columns}.", columns=COMMON),
        )
    rows = _rows(folder / resource.path, schema.fields)
    frame = framed(resource.name, schema.fields, schema.primary_key, rows)
    if frame["row_id"].is_duplicated().any():
        twice = frame.filter(pl.col("row_id").is_duplicated())["row_id"][0]
        raise MeguriError(
            Said("The row {twice} occurs twice", twice=twice),
            where=str(folder / resource.path),
            mend=Said("Remove one of the rows."),
        )
    return Table(
        name=resource.name,
        package=package,
        titles={"en": resource.title, "ja": resource.title_ja},
        descriptions={"en": resource.description, "ja": resource.description_ja},
        fields=schema.fields,
        key=schema.primary_key,
        frame=frame,
        licence=_licence(resource),
        publication_lag_days=resource.publication_lag_days,
        fills=resource.fills,
    )


def _rows(path: Path, fields: tuple[Field, ...]) -> pl.DataFrame:
    schema: dict[str, Any] = {field.name: POLARS[field.type] for field in fields}
    try:
        return pl.read_csv(path, schema=schema)
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise MeguriError(
            Said("The table does not fit its schema: {fault}", fault=str(fault)),
            where=str(path),
            mend=Said("Mend the file or its descriptor."),
        ) from fault


def _licence(resource: _Resource) -> str:
    return "; ".join(licence.title or licence.name for licence in resource.licenses)
