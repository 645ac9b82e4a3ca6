"""From JSON to an instance. Whatever is wrong is refused with the row it stands in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from reports.planner.core.instance import (
    Announced,
    Costs,
    Day,
    Floor,
    Instance,
    Ints,
    Kit,
    Office,
    Pin,
    Refused,
    Site,
    Team,
)
from reports.planner.core.limits import FORMAT, MOST_DATES, MOST_SITES

Row = dict[str, Any]
_LISTS = ("workdays", "offices", "teams", "kits", "sites", "travel", "floors", "pins", "announced")
_MINUTES = 24 * 60
#: Keeps sums of points and rupiah far from the end of 64 bits.
_LARGEST = 10**12


def read(raw: Any) -> Instance:
    """The instance of what `json.load` gave."""
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise Refused("FORMAT", "instance", f"format is not {FORMAT!r}")
    for name in _LISTS:
        if not isinstance(raw.get(name), list):
            raise Refused("FORMAT", name, "not a list")
    return _Reader(raw).instance()


class _Reader:
    """What is asked again and again while an instance is read."""

    def __init__(self, raw: Row) -> None:
        self.raw = raw
        self.election = _date(raw.get("election"), "election")
        self.dates = self._workdays()
        self.number = {text: n for n, text in enumerate(self.dates)}
        self.days = [date.fromisoformat(text) for text in self.dates]
        self.weights = {
            str(group): whole(raw["weights"], group, "weights")
            for group in sorted(part(raw, "weights"))
        }
        self.offices = by_id(raw["offices"], "offices")

    def instance(self) -> Instance:
        known = {"teams": "teams", "kits": "kits", "sites": "sites"}
        rows = {name: by_id(self.raw[name], name) for name in known}
        of: dict[str, dict[str, list[Row]]] = {
            name: self._by_office(rows[name], name) for name in known
        }
        travel = self._travel_blocks()
        offices = [
            self._office(
                office,
                {name: of[name][office] for name in known},
                travel.get(office),
            )
            for office in sorted(self.offices)
        ]
        self._all_known(rows)
        return Instance(
            id=text(self.raw, "id", "instance"),
            dates=tuple(self.dates),
            election=str(self.election),
            offices=tuple(offices),
        )

    # --- the head -------------------------------------------------------------------------------

    def _workdays(self) -> list[str]:
        found = [str(_date(one, "workdays")) for one in self.raw["workdays"]]
        if any(a >= b for a, b in pairwise(found)):
            raise Refused("WORKDAYS", "workdays", "not ascending")
        if len(found) > MOST_DATES:
            raise Refused("WORKDAYS", "workdays", f"{len(found)} dates, at most {MOST_DATES}")
        if found and found[-1] >= str(self.election):
            raise Refused("WORKDAYS", found[-1], f"not before the election on {self.election}")
        return found

    def _day(self) -> Day:
        row = part(self.raw, "day")
        names = tuple(Day.__dataclass_fields__)
        day = Day(**{name: whole(row, name, "day") for name in names})
        if not (day.start < day.end <= _MINUTES and day.min_stop and day.max_stops >= 1):
            raise Refused("DAY", "day", "it ends before it begins, or has no stop")
        return day

    def _costs(self) -> Costs:
        row = part(self.raw, "costs")
        return Costs(**{name: whole(row, name, "costs") for name in ("km", "day", "night")})

    def _by_office(self, rows: dict[str, Row], name: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for key in sorted(rows):
            office = text(rows[key], "office", f"{name} {key}")
            if office not in self.offices:
                raise Refused("REF", f"{name} {key}", f"unknown office {office!r}")
            found[office].append(rows[key])
        return found

    def _travel_blocks(self) -> dict[str, Row]:
        found = {}
        for n, row in enumerate(self.raw["travel"]):
            office = text(row, "office", f"travel {n}") if isinstance(row, dict) else ""
            if office not in self.offices or office in found:
                raise Refused("REF", f"travel {n}", f"unknown office, or twice: {office!r}")
            found[office] = row
        return found

    # --- one office -----------------------------------------------------------------------------

    def _office(self, office: str, rows: dict[str, list[Row]], travel: Row | None) -> Office:
        if len(rows["sites"]) > MOST_SITES:
            raise Refused(
                "SIZE", office, f"{len(rows['sites'])} sites, at most {MOST_SITES} in one office"
            )
        sites = tuple(self._site(row) for row in rows["sites"])
        teams = tuple(self._team(row) for row in rows["teams"])
        kits = tuple(Kit(row["id"], self._on(row, f"kits {row['id']}")) for row in rows["kits"])
        at = {site.id: n for n, site in enumerate(sites)}
        minutes, km, fare = _matrices(office, travel, at)
        announced, lost = self._announced(sites, at)
        return Office(
            id=office,
            budget=whole(self.offices[office], "budget", f"offices {office}"),
            day=self._day(),
            costs=self._costs(),
            ordinals=tuple(one.toordinal() for one in self.days),
            sites=sites,
            teams=teams,
            kits=kits,
            minutes=minutes,
            km=km,
            fare=fare,
            pins=self._pins(at, {team.id: n for n, team in enumerate(teams)}),
            announced=announced,
            floors=self._floors(office, at),
            closed_points=lost,
        )

    def _on(self, row: Row, where: str) -> tuple[bool, ...]:
        off = {str(_date(one, where)) for one in several(row, "off", where)}
        return tuple(one not in off for one in self.dates)

    def _team(self, row: Row) -> Team:
        where = f"teams {row['id']}"
        staff, most = (whole(row, name, where) for name in ("staff", "max_kits"))
        return Team(row["id"], staff, most, self._on(row, where))

    def _site(self, row: Row) -> Site:
        where = f"sites {row['id']}"
        gap = {group: whole(row["gap"], group, where) for group in part(row, "gap", where)}
        if strange := sorted(set(gap) - set(self.weights)):
            raise Refused("REF", where, f"group without a weight: {strange[0]!r}")
        total = sum(gap.values())
        points = sum(n * self.weights[group] for group, n in gap.items())
        return Site(
            id=row["id"],
            district=text(row, "district", where),
            gap=total,
            weight=points // total if total else 0,
            turnout=_turnout(row, where),
            minutes=_at_least_one(row, "minutes", where),
            setup=whole(row, "setup", where),
            **_opening(row, where),
            dates=self._open_dates(row, where),
            lodging=row.get("lodging") is True,
        )

    def _open_dates(self, row: Row, where: str) -> tuple[bool, ...]:
        weekdays = set(several(row, "weekdays", where))
        if not weekdays <= set(range(1, 8)):
            raise Refused("WEEKDAYS", where, "weekdays are 1 to 7")
        on = self._on(row, where)
        only = row.get("only")
        wanted = None if only is None else {str(_date(one, where)) for one in only}
        return tuple(
            on[n] and one.isoweekday() in weekdays and (wanted is None or str(one) in wanted)
            for n, one in enumerate(self.days)
        )

    # --- pins, floors, what was announced -------------------------------------------------------

    def _pins(self, at: dict[str, int], teams: dict[str, int]) -> tuple[Pin, ...]:
        found = set()
        for row in self.raw["pins"]:
            if row.get("site") not in at:
                continue
            where = f"pins {row['site']} {row.get('date')}"
            if row.get("date") not in self.number:
                raise Refused("PIN", where, "not a working day of this plan")
            team = row.get("team")
            if team is not None and team not in teams:
                raise Refused("PIN", where, f"team {team!r} is not of the site's office")
            found.add(
                (at[row["site"]], self.number[row["date"]], -1 if team is None else teams[team])
            )
        return tuple(Pin(s, d, None if t < 0 else t) for s, d, t in sorted(found))

    def _announced(
        self, sites: tuple[Site, ...], at: dict[str, int]
    ) -> tuple[tuple[Announced, ...], int]:
        found, lost = [], 0
        for row in self.raw["announced"]:
            if row.get("site") not in at:
                continue
            points = whole(row, "points", f"announced {row['site']} {row.get('date')}")
            site, on = at[row["site"]], self.number.get(str(row.get("date")))
            if on is None or not sites[site].dates[on]:
                lost += points
            else:
                found.append((site, on, points))
        return tuple(Announced(*one) for one in sorted(found)), lost

    def _floors(self, office: str, at: dict[str, int]) -> tuple[Floor, ...]:
        """Those of districts that have most of their sites with this office."""
        owners: dict[str, Counter[str]] = defaultdict(Counter)
        for row in self.raw["sites"]:
            owners[str(row.get("district"))][row["office"]] += 1
        found = []
        for row in self.raw["floors"]:
            code = text(row, "district", "floors")
            least = whole(row, "min_visits", f"floors {code}")
            if code not in owners:
                if least and office == min(self.offices):
                    raise Refused("FLOOR", f"floors {code}", "the district has no site")
                continue
            owner = min(owners[code], key=lambda one: (-owners[code][one], one))
            if owner == office and least:
                found.append((code, least))
        mine: dict[str, list[int]] = {code: [] for code, _n in found}
        for row in self.raw["sites"]:
            if row["id"] in at and row["district"] in mine:
                mine[row["district"]].append(at[row["id"]])
        return tuple(Floor(code, tuple(sorted(mine[code])), n) for code, n in sorted(found))

    def _all_known(self, rows: dict[str, dict[str, Row]]) -> None:
        for name in ("pins", "announced"):
            for n, row in enumerate(self.raw[name]):
                if row.get("site") not in rows["sites"]:
                    raise Refused("REF", f"{name} {n}", f"unknown site {row.get('site')!r}")


# --- plain values ---------------------------------------------------------------------------------


def whole(row: Row, name: str, where: str) -> int:
    """A whole number from 0."""
    value = row.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST:
        raise Refused("NUMBER", where, f"{name!r} is {value!r}, not a whole number from 0")
    return value


def _at_least_one(row: Row, name: str, where: str) -> int:
    if not (value := whole(row, name, where)):
        raise Refused("NUMBER", where, f"{name!r} is 0")
    return value


def text(row: Row, name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise Refused("TEXT", where, f"{name!r} is {value!r}")
    return value


def part(row: Row, name: str, where: str = "instance") -> Row:
    value = row.get(name)
    if not isinstance(value, dict):
        raise Refused("FORMAT", where, f"{name!r} is not an object")
    return value


def several(row: Row, name: str, where: str) -> list[Any]:
    value = row.get(name)
    if not isinstance(value, list):
        raise Refused("FORMAT", where, f"{name!r} is not a list")
    return value


def by_id(rows: Iterable[Any], name: str) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for n, row in enumerate(rows):
        key = text(row, "id", f"{name} {n}") if isinstance(row, dict) else ""
        if not key or key in found:
            raise Refused("ID", f"{name} {n}", f"no id, or twice: {key!r}")
        found[key] = row
    return found


def _date(value: Any, where: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Refused("DATE", where, f"{value!r} is not a date") from None


def _turnout(row: Row, where: str) -> tuple[int, ...]:
    found = several(row, "turnout", where)
    if not all(isinstance(one, int) and 0 <= one <= 1000 for one in found):
        raise Refused("TURNOUT", where, "turnouts are whole numbers from 0 to 1000")
    return tuple(found)


def _opening(row: Row, where: str) -> dict[str, int]:
    hours = several(row, "open", where)
    if len(hours) != 2 or not all(isinstance(one, int) for one in hours) or hours[0] >= hours[1]:
        raise Refused("OPEN", where, f"opening {hours!r}")
    return {"opens": hours[0], "closes": hours[1]}


def _matrices(office: str, travel: Row | None, at: dict[str, int]) -> tuple[Ints, Ints, Ints]:
    """Minutes, kilometres and fares, in the order of office and sites."""
    if travel is None:
        if at:
            raise Refused("TRAVEL", office, "no travel times for this office")
        nothing = np.zeros((1, 1), dtype=np.int64)
        return nothing, nothing, nothing
    nodes = {str(one): n for n, one in enumerate(several(travel, "nodes", f"travel {office}"))}
    for one in (office, *at):
        if one not in nodes:
            raise Refused("TRAVEL", f"travel {office}", f"no travel time for {one}")
    order = [nodes[office], *(nodes[one] for one in at)]
    found = []
    for name in ("minutes", "km", "fare"):
        rows = travel.get(name)
        if name == "fare" and rows is None:
            found.append(np.zeros((len(order), len(order)), dtype=np.int64))
            continue
        found.append(_matrix(rows, len(nodes), f"travel {office} {name}")[np.ix_(order, order)])
    return found[0], found[1], found[2]


def _matrix(rows: Any, size: int, where: str) -> Ints:
    whole_rows = (
        isinstance(rows, list)
        and len(rows) == size
        and all(
            isinstance(row, list) and len(row) == size and all(type(one) is int for one in row)
            for row in rows
        )
    )
    if not whole_rows:
        raise Refused("TRAVEL", where, f"not {size} rows of {size} whole numbers")
    found = np.array(rows, dtype=np.int64).reshape(size, size)
    if size and (found.min() < 0 or found.max() > _LARGEST):
        raise Refused("TRAVEL", where, "a number below 0, or far too large")
    return found
