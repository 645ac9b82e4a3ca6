"""Where districts lie, out of our own map: the middle of each, and how wide it is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from dukcapil.regions.enums import Level
from dukcapil.regions.validators import ancestor, borders_of

#: Kilometres from one degree of latitude to the next.
_DEGREE = 111.2
#: Half of a sphere like ours, in kilometres, twice: the diameter.
_DIAMETER = 12742
#: Two places somewhere in a circle are so many of its radii apart, as a mean (128 / 45 / pi).
_APART = 0.905


@dataclass(frozen=True)
class Middle:
    """Degrees; `apart`: kilometres between two villages of it, as a mean."""

    lat: float
    lon: float
    apart: float


def middle_of(district: str) -> Middle | None:
    return _middles(ancestor(district, Level.PROVINCE)).get(district)


def middles_within(office: str) -> dict[str, Middle]:
    found = _middles(ancestor(office, Level.PROVINCE))
    return {code: one for code, one in sorted(found.items()) if code.startswith(f"{office}.")}


def seat(middles: Iterable[Middle]) -> Middle | None:
    """The district that is nearest to all others: where an office is reckoned to be."""
    rows = list(middles)
    return min(rows, key=lambda one: sum(apart(one, other) for other in rows), default=None)


def apart(one: Middle, other: Middle) -> float:
    """Kilometres as the crow flies."""
    a, b = math.radians(one.lat), math.radians(other.lat)
    east = math.sin(math.radians(other.lon - one.lon) / 2) ** 2
    north = math.sin((b - a) / 2) ** 2
    return _DIAMETER * math.asin(math.sqrt(north + math.cos(a) * math.cos(b) * east))


# --- the map ----------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _middles(province: str) -> dict[str, Middle]:
    """Maps change with an edition of the codes, and then all processes restart."""
    borders = borders_of(province, Level.DISTRICT)
    path = Path(settings.STATICFILES_DIRS[0]) / borders.path if borders else None
    if path is None or not path.is_file():
        return {}
    topology = orjson.loads(path.read_bytes())
    arcs = _arcs(topology)
    shapes = next(iter(topology["objects"].values()))["geometries"]
    return {str(shape["id"]): _middle(_rings(shape, arcs)) for shape in shapes if shape.get("arcs")}


_Points = list[tuple[float, float]]


def _arcs(topology: dict[str, Any]) -> list[_Points]:
    """Each point of a TopoJSON says how far it is from the one before."""
    (wide, high), (left, low) = topology["transform"]["scale"], topology["transform"]["translate"]
    found = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * wide + left, y * high + low))
        found.append(points)
    return found


def _rings(shape: dict[str, Any], arcs: list[_Points]) -> list[_Points]:
    """The outer line of each part."""
    polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
    found = []
    for polygon in polygons:
        ring: _Points = []
        for number in polygon[0]:
            part = arcs[number] if number >= 0 else arcs[~number][::-1]
            ring += part[1:] if ring else part
        found.append(ring)
    return found


def _middle(rings: list[_Points]) -> Middle:
    """Of the largest part: of a district of islands the mean would lie in the sea."""
    area, lon, lat = max(_centroid(ring) for ring in rings)
    square = area * _DEGREE**2 * math.cos(math.radians(lat))
    return Middle(round(lat, 5), round(lon, 5), _APART * math.sqrt(square / math.pi))


def _centroid(ring: _Points) -> tuple[float, float, float]:
    """Area, x, y."""
    twice = x = y = 0.0
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = ax * by - bx * ay
        twice, x, y = twice + cross, x + (ax + bx) * cross, y + (ay + by) * cross
    if not twice:
        return 0.0, ring[0][0], ring[0][1]
    return abs(twice) / 2, x / (3 * twice), y / (3 * twice)
