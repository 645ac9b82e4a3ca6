"""The map of a plan as SVG: places as points, and the way of each duty. Whole numbers, no colour, no word."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
#: Units of the drawing from west to east, and the fewest and most from north to south.
WIDTH, LOW, HIGH = 1000, 500, 1400
_MARGIN = 40
#: Units between places that the map has at one point: the middle of their kecamatan, where nobody said more.
_APART, _TURN = 34, math.pi * (3 - math.sqrt(5))


@dataclass(frozen=True)
class Point:
    """A place on the map. `kind`: visited, left (out) or office. `radius` grows with who is missing."""

    site: str
    name: str
    x: int
    y: int
    radius: int
    kind: str
    missing: int
    expected: int
    visits: int


@dataclass(frozen=True)
class Way:
    """A duty from home to home."""

    team: str
    date: str
    path: str
    #: Number of the team, for its colour.
    number: int


@dataclass(frozen=True)
class Drawing:
    """`west north scale narrow`: how degrees become units, for borders that a script lays below."""

    height: int
    points: list[Point]
    ways: list[Way]
    west: str
    north: str
    scale: str
    narrow: str

    @property
    def width(self) -> int:
        return WIDTH


class _Projection:
    """Degrees to units: a degree east to west is shorter than one north to south."""

    def __init__(self, places: Iterable[tuple[float, float]]) -> None:
        rows = list(places) or [(0.0, 100.0)]
        # Those of one point stand around it.
        most = max(Counter(rows).values())
        margin = _MARGIN + round(_APART * math.sqrt(most - 1))
        lats, lons = [row[0] for row in rows], [row[1] for row in rows]
        self.narrow = math.cos(math.radians((min(lats) + max(lats)) / 2))
        wide = max((max(lons) - min(lons)) * self.narrow, 0.01)
        tall = max(max(lats) - min(lats), 0.01)
        self.scale = min((WIDTH - 2 * margin) / wide, (HIGH - 2 * margin) / tall)
        self.height = max(LOW, round(tall * self.scale) + 2 * margin)
        # In the middle where the drawing is wider or higher than what is on it.
        self.west = min(lons) - (WIDTH / self.scale - wide) / 2 / self.narrow
        self.north = max(lats) + (self.height / self.scale - tall) / 2

    def at(self, lat: float, lon: float) -> tuple[int, int]:
        x = (lon - self.west) * self.narrow * self.scale
        return round(x), round((self.north - lat) * self.scale)


def drawing(instance: Row, plan: Row) -> Drawing:
    """Of instance and plan as JSON."""
    offices, sites = instance["offices"], instance["sites"]
    seen = _Projection((one["lat"], one["lon"]) for one in (*offices, *sites))
    at = {one["id"]: seen.at(one["lat"], one["lon"]) for one in offices}
    at |= _apart({one["id"]: seen.at(one["lat"], one["lon"]) for one in sites})
    expected: dict[str, list[int]] = {}
    for duty in plan["duties"]:
        for stop in duty["stops"]:
            expected.setdefault(stop["site"], []).append(stop["expected"])
    largest = max((sum(one["gap"].values()) for one in sites), default=0)
    points = [_point(one, at[one["id"]], expected.get(one["id"], []), largest) for one in sites]
    points += [Point(one["id"], "", *at[one["id"]], 12, "office", 0, 0, 0) for one in offices]
    teams = {key: n for n, key in enumerate(sorted(team["id"] for team in instance["teams"]), 1)}
    ways = [
        Way(duty["team"], duty["date"], _path(duty, at), (teams[duty["team"]] - 1) % 6 + 1)
        for duty in plan["duties"]
    ]
    numbers = (f"{one:.7f}" for one in (seen.west, seen.north, seen.scale, seen.narrow))
    return Drawing(seen.height, sorted(points, key=lambda one: -one.radius), ways, *numbers)


def _apart(at: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Those of one point around it, as seeds in a sunflower."""
    seen: dict[tuple[int, int], int] = {}
    found = {}
    for key, (x, y) in sorted(at.items()):
        number = seen[x, y] = seen.get((x, y), -1) + 1
        far, turn = _APART * math.sqrt(number), number * _TURN
        found[key] = (x + round(far * math.cos(turn)), y + round(far * math.sin(turn)))
    return found


def _point(site: Row, at: tuple[int, int], expected: list[int], largest: int) -> Point:
    missing = sum(site["gap"].values())
    radius = 6 + round(16 * math.sqrt(missing / largest)) if largest else 6
    kind = "visited" if expected else "left"
    return Point(site["id"], site["name"], *at, radius, kind, missing, sum(expected), len(expected))


def _path(duty: Row, at: dict[str, tuple[int, int]]) -> str:
    nodes = [duty["start"], *(stop["site"] for stop in duty["stops"]), duty["end"]]
    return "M" + "L".join(f"{at[one][0]} {at[one][1]}" for one in nodes)
