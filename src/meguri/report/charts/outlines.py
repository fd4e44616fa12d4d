"""Outlines for maps: TopoJSON unpacked to GeoJSON features; Japan with its south-western islands moved into the frame."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from meguri.statistics import geometry

Point = list[float]
Ring = list[Point]

ANTARCTICA: Final = "010"
ISLANDS_BELOW: Final = 29.5
"""Latitude below which islands of Japan are drawn in an inset."""
INSET_SHIFT: Final = (5.0, 13.2)
"""Degrees of longitude and latitude by which the inset is moved."""
INSET_EDGE: Final = (*((lon, 43.4) for lon in range(127, 137)), (136.8, 43.4), (136.8, 38.6), (134.4, 36.9))
"""The line that sets the inset apart, in degrees; points lie close, so that it follows a parallel."""
FAR_EAST: Final = 135.0
"""Longitude beyond which islands below `ISLANDS_BELOW` are too far and too small to be drawn."""


@functools.cache
def world() -> list[dict[str, Any]]:
    """Countries without Antarctica, each with its ISO 3166 number as `id`."""
    return [shape for shape in _features("world_110m", "countries") if shape["id"] != ANTARCTICA]


@functools.cache
def japan() -> list[dict[str, Any]]:
    """Prefectures by name in `properties.N03_001`."""
    return [_with_inset(shape) for shape in _features("japan_s0001", "prefectures")]


@functools.cache
def inset_edge() -> list[dict[str, Any]]:
    """The line around the inset."""
    return [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [list(point) for point in INSET_EDGE]},
        }
    ]


def _features(name: str, layer: str) -> Iterator[dict[str, Any]]:
    topology = msgspec.json.decode(geometry(name).content)
    arcs = [_unpacked(arc, topology["transform"]) for arc in topology["arcs"]]
    for shape in topology["objects"][layer]["geometries"]:
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        coordinates = [[_ring(ring, arcs) for ring in polygon] for polygon in polygons]
        yield {
            "type": "Feature",
            "id": shape.get("id", ""),
            "properties": shape.get("properties", {}),
            "geometry": {"type": "MultiPolygon", "coordinates": coordinates},
        }


def _unpacked(arc: list[list[int]], transform: dict[str, list[float]]) -> Ring:
    """An arc's points from its steps on the grid."""
    (scale_x, scale_y), (left, bottom) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for step in arc:
        x, y = x + step[0], y + step[1]
        points.append([round(x * scale_x + left, 3), round(y * scale_y + bottom, 3)])
    return points


def _ring(numbers: list[int], arcs: list[Ring]) -> Ring:
    """A closed ring of arcs; a negative number is an arc taken backwards."""
    points: Ring = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    return points


def _with_inset(shape: dict[str, Any]) -> dict[str, Any]:
    moved = []
    for polygon in shape["geometry"]["coordinates"]:
        lon, lat = polygon[0][0]
        if lat >= ISLANDS_BELOW:
            moved.append(polygon)
        elif lon < FAR_EAST:
            moved.append([[[x + INSET_SHIFT[0], y + INSET_SHIFT[1]] for x, y in ring] for ring in polygon])
    return {**shape, "geometry": {"type": "MultiPolygon", "coordinates": moved}}
