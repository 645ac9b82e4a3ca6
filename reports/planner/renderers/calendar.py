"""Teams x days of a plan, as its page lays them out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Names:
    """What people call the keys of an instance."""

    sites: dict[str, str]
    teams: dict[str, str]

    def site(self, key: str) -> str:
        return self.sites.get(key, key)

    def team(self, key: str) -> str:
        return self.teams.get(key, key)


def names_of(instance: Row, teams: dict[str, str] | None = None) -> Names:
    """Names of the instance, with those of teams as the office writes them now."""
    sites = {one["id"]: one.get("name") or one["id"] for one in instance["sites"]}
    known = {one["id"]: one.get("name") or one["id"] for one in instance["teams"]}
    return Names(sites, known | (teams or {}))


@dataclass(frozen=True)
class Stop:
    """A visit in a cell."""

    site: str
    name: str
    begin: str
    ends: str
    expected: int
    pinned: bool
    #: Whether it may be moved: nobody sleeps away on that day.
    moves: bool
    chosen: bool = False


@dataclass(frozen=True)
class Cell:
    """A team on a day; `off`: it is not out that day."""

    team: str
    team_name: str
    date: str
    off: bool
    kits: int = 0
    depart: str = ""
    back: str = ""
    stops: list[Stop] = field(default_factory=list)
    number: int = 1
    #: The team sleeps there.
    night: str = ""


@dataclass(frozen=True)
class Line:
    """A day."""

    day: date
    cells: list[Cell]
    expected: int
    #: It is not the day after the line before: other days lie between.
    after_gap: bool


@dataclass(frozen=True)
class Calendar:
    teams: list[tuple[str, str]]
    lines: list[Line]


def clock(minute: int) -> str:
    """Minutes from midnight as people write hours."""
    return f"{minute // 60:02}.{minute % 60:02}"


def calendar(
    instance: Row,
    plan: Row,
    names: Names,
    pinned: set[tuple[str, str]],
    chosen: tuple[str, str] = ("", ""),
) -> Calendar:
    """`pinned` and `chosen`: site and ISO day of visits."""
    by = {(duty["team"], duty["date"]): duty for duty in plan["duties"]}
    setups = {one["id"]: one["setup"] for one in instance["sites"]}
    teams = sorted(instance["teams"], key=lambda one: one["id"])
    lines: list[Line] = []
    for text in instance["workdays"]:
        day = date.fromisoformat(text)
        cells = []
        for number, team in enumerate(teams, 1):
            duty = by.get((team["id"], text))
            head = {
                "team": team["id"],
                "team_name": names.team(team["id"]),
                "date": text,
                "off": text in team["off"],
                "number": (number - 1) % 6 + 1,
            }
            if duty is None:
                cells.append(Cell(**head))
                continue
            cells.append(
                Cell(
                    **head,
                    kits=len(duty["kits"]),
                    depart=clock(duty["depart"]),
                    back=clock(duty["return"]),
                    stops=_stops(duty, names, setups, pinned, chosen),
                    night=names.site(duty["end"]) if duty["end"] != team["office"] else "",
                )
            )
        people = sum(stop.expected for cell in cells for stop in cell.stops)
        gap = bool(lines) and (day - lines[-1].day).days > 1
        lines.append(Line(day, cells, people, gap))
    return Calendar([(one["id"], names.team(one["id"])) for one in teams], lines)


def _stops(
    duty: Row,
    names: Names,
    setups: dict[str, int],
    pinned: set[tuple[str, str]],
    chosen: tuple[str, str],
) -> list[Stop]:
    at_home = duty["start"] == duty["end"]
    return [
        Stop(
            site=stop["site"],
            name=names.site(stop["site"]),
            begin=clock(stop["begin"]),
            ends=clock(stop["begin"] + setups[stop["site"]] + stop["minutes"]),
            expected=stop["expected"],
            pinned=(stop["site"], duty["date"]) in pinned,
            moves=at_home,
            chosen=(stop["site"], duty["date"]) == chosen,
        )
        for stop in duty["stops"]
    ]


@dataclass(frozen=True)
class Taken:
    """The open days of a place without anybody free: all `teams` are out, or all sets are `with_sets`."""

    by_teams: int
    by_sets: int
    nobody: int
    teams: frozenset[str]
    with_sets: frozenset[str]


def taken(instance: Row, plan: Row, site: Row) -> Taken:
    """Of a place for whose days nobody is free."""
    by_teams = by_sets = nobody = 0
    teams: set[str] = set()
    with_sets: set[str] = set()
    for day in instance["workdays"]:
        if not _is_open(site, day):
            continue
        out = {duty["team"] for duty in plan["duties"] if duty["date"] == day}
        there = {
            team["id"]
            for team in instance["teams"]
            if team["office"] == site["office"] and day not in team["off"]
        }
        if there and there <= out:
            by_teams, teams = by_teams + 1, teams | there
        elif there & out:
            by_sets, with_sets = by_sets + 1, with_sets | (there & out)
        else:
            nobody += 1
    return Taken(by_teams, by_sets, nobody, frozenset(teams), frozenset(with_sets))


def _is_open(site: Row, day: str) -> bool:
    return (
        date.fromisoformat(day).isoweekday() in site["weekdays"]
        and day not in site["off"]
        and (site["only"] is None or day in site["only"])
    )
