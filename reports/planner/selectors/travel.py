"""Ways between the places of an office: as somebody knows them, else reckoned from the map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reports.planner.enums import DAY_MINUTES
from reports.planner.models.inputs import TravelLeg
from reports.planner.models.rules import PlanRules
from reports.planner.selectors.positions import Middle, apart, middle_of, middles_within, seat
from reports.planner.selectors.sites import Site

#: Where two places are at the same spot a team still drives on and looks for it.
_LEAST = 5


@dataclass(frozen=True)
class _Spot:
    """Where a place is, if anybody knows; `exact`: somebody said so, else the middle of its district stands
    for it.
    """

    middle: Middle | None
    district: str
    exact: bool


def block(office: str, sites: Sequence[Site], rules: PlanRules) -> dict[str, Any]:
    """The `travel` of an instance. Legs of the same two places count there and back."""
    nodes = [office, *(one.key for one in sites)]
    km, minutes = _reckoned_all(_spots(office, sites), rules)
    fare = [[0] * len(nodes) for _row in nodes]
    at = {key: n for n, key in enumerate(nodes)}
    for (start, end), leg in _legs(office).items():
        if start in at and end in at:
            i, j = at[start], at[end]
            minutes[i][j], km[i][j], fare[i][j] = leg.minutes, leg.km, leg.fare
    return {
        "office": office,
        "nodes": nodes,
        "minutes": minutes,
        "km": km,
        "fare": fare if any(any(row) for row in fare) else None,
    }


def seat_of(office: str) -> Middle | None:
    """Where an office is reckoned to be."""
    return seat(middles_within(office).values())


def position_of(site: Site, home: Middle | None) -> tuple[float, float]:
    """Degrees, for maps."""
    middle = _spot(site).middle or home
    return (middle.lat, middle.lon) if middle else (0, 0)


def without_way(office: str, sites: Sequence[Site]) -> list[Site]:
    """Places with people to which nobody knows the way: on no map, no position, no way typed in."""
    legs, home = _legs(office), seat_of(office)
    return [
        one
        for one in sites
        if one.people
        and (home is None or _spot(one).middle is None)
        and (office, one.key) not in legs
    ]


def _spots(office: str, sites: Sequence[Site]) -> list[_Spot]:
    return [_Spot(seat_of(office), "", exact=False), *(_spot(one) for one in sites)]


def _spot(site: Site) -> _Spot:
    profile = site.profile
    if profile is not None and profile.lat is not None and profile.lon is not None:
        return _Spot(Middle(float(profile.lat), float(profile.lon), 0.0), site.district, exact=True)
    return _Spot(middle_of(site.district), site.district, exact=False)


def _reckoned_all(
    spots: Sequence[_Spot], rules: PlanRules
) -> tuple[list[list[int]], list[list[int]]]:
    """Kilometres and minutes between all of them. Most places share the middle of their district, and a way is as
    long as the way back: each pair of spots is reckoned once.
    """
    number: dict[_Spot, int] = {}
    at = [number.setdefault(one, len(number)) for one in spots]
    known = list(number)
    km, minutes = ([[0] * len(known) for _row in known] for _what in range(2))
    for i, origin in enumerate(known):
        for j in range(i + 1):
            km[i][j], minutes[i][j] = _reckoned(origin, known[j], rules)
            km[j][i], minutes[j][i] = km[i][j], minutes[i][j]
    found = tuple([[row[n] for n in at] for row in (of[m] for m in at)] for of in (km, minutes))
    for of in found:
        for n, row in enumerate(of):
            row[n] = 0
    return found[0], found[1]


def _reckoned(origin: _Spot, target: _Spot, rules: PlanRules) -> tuple[int, int]:
    """Kilometres of road and minutes; of places that nobody knows more than a day allows."""
    if origin.middle is None or target.middle is None:
        return rules.max_km + 1, DAY_MINUTES
    straight = apart(origin.middle, target.middle)
    if origin.district == target.district and not (origin.exact and target.exact):
        straight = max(straight, origin.middle.apart, target.middle.apart)
    road = straight * rules.road / 1000
    return math.ceil(road), math.ceil(road / rules.speed * 60) + _LEAST


def _legs(office: str) -> dict[tuple[str, str], TravelLeg]:
    """Both ways; a row of its own wins over the way back of another."""
    rows = TravelLeg.everything.filter(office=office).select_related("origin", "target")
    there, back = {}, {}
    for leg in rows.order_by("pk"):
        start = leg.origin.key if leg.origin else office
        end = leg.target.key if leg.target else office
        there[start, end] = back[end, start] = leg
    return back | there
