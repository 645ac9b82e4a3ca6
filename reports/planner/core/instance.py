"""An instance as the solver reads it: offices apart, sites and dates by their number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Floats32: TypeAlias = NDArray[np.float32]


@dataclass(eq=False)
class Refused(Exception):
    """An instance or plan that cannot be worked with: which row, and what is wrong with it.

    `rows`: all rows of which one has to give way, when there are several.
    """

    code: str
    where: str
    what: str
    rows: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.code}: {self.where}: {self.what}"


@dataclass(frozen=True)
class Day:
    """Limits of one duty: minutes from midnight, kilometres, nights and calendar days."""

    start: int
    end: int
    minutes: int
    min_stop: int
    max_stops: int
    max_km: int
    max_nights: int
    rest_days: int

    @property
    def rest(self) -> int:
        """Least calendar days between two visits; never two on one date."""
        return max(1, self.rest_days)


@dataclass(frozen=True)
class Costs:
    """Rupiah per km, per staff member and duty, per staff member and night."""

    km: int
    day: int
    night: int


@dataclass(frozen=True)
class Site:
    """`weight`: points per person; `opens` and `closes`: minutes; `dates`: open on the nth date?"""

    id: str
    district: str
    gap: int
    weight: int
    turnout: tuple[int, ...]
    minutes: int
    setup: int
    opens: int
    closes: int
    dates: tuple[bool, ...]
    lodging: bool

    def expected(self, caps: tuple[int, ...]) -> tuple[int, ...]:
        """People at each visit, in order of dates, when so many can be served at each."""
        rest, found = self.gap, []
        for share, cap in zip(self.turnout, caps, strict=False):
            came = min(rest * share // 1000, cap)
            rest -= came
            found.append(came)
        return tuple(found)

    @cached_property
    def full(self) -> tuple[int, ...]:
        """People at each visit when all who come are served."""
        return self.expected((self.gap,) * len(self.turnout))

    @cached_property
    def most(self) -> int:
        """No single visit can record more people."""
        return max((self.gap * share // 1000 for share in self.turnout), default=0)


@dataclass(frozen=True)
class Team:
    """`dates`: may it go out on the nth date?"""

    id: str
    staff: int
    max_kits: int
    dates: tuple[bool, ...]


@dataclass(frozen=True)
class Kit:
    """`dates`: can it be used on the nth date?"""

    id: str
    dates: tuple[bool, ...]


@dataclass(frozen=True)
class Pin:
    """A visit that must be in the plan: numbers of site and date, and of the team if one is named."""

    site: int
    date: int
    team: int | None


@dataclass(frozen=True)
class Announced:
    """Points lost when this visit is not in the plan."""

    site: int
    date: int
    points: int


@dataclass(frozen=True)
class Floor:
    """The sites of a district, which get at least so many visits together."""

    district: str
    sites: tuple[int, ...]
    visits: int


@dataclass(frozen=True, eq=False)
class Office:
    """One office with all that is its own. Travel: (1 + sites) squared, node 0 is the office itself.

    `ordinals`: the calendar day of each date. `closed_points`: lost whatever is planned.
    """

    id: str
    budget: int
    day: Day
    costs: Costs
    ordinals: tuple[int, ...]
    sites: tuple[Site, ...]
    teams: tuple[Team, ...]
    kits: tuple[Kit, ...]
    minutes: Ints
    km: Ints
    fare: Ints
    pins: tuple[Pin, ...]
    announced: tuple[Announced, ...]
    floors: tuple[Floor, ...]
    closed_points: int

    @cached_property
    def open(self) -> Bools:
        """(sites, dates)"""
        rows = [site.dates for site in self.sites]
        return np.array(rows, dtype=bool).reshape(len(self.sites), len(self.ordinals))

    @cached_property
    def tables(self) -> tuple[list[list[int]], list[list[int]], list[list[int]]]:
        """Minutes, km and fares as plain lists, for one leg at a time."""
        return self.minutes.tolist(), self.km.tolist(), self.fare.tolist()

    @cached_property
    def team_days(self) -> Ints:
        """Teams that may go out on each date."""
        rows = [team.dates for team in self.teams]
        return np.array(rows, dtype=np.int64).reshape(len(rows), len(self.ordinals)).sum(axis=0)

    @cached_property
    def kit_days(self) -> Ints:
        """Kits that can be used on each date."""
        rows = [kit.dates for kit in self.kits]
        return np.array(rows, dtype=np.int64).reshape(len(rows), len(self.ordinals)).sum(axis=0)

    @cached_property
    def most_kits(self) -> int:
        """Most kits that a duty can take along."""
        return min(max((team.max_kits for team in self.teams), default=0), len(self.kits))

    @cached_property
    def next_day(self) -> tuple[bool, ...]:
        """Is the date after the nth the next calendar day?"""
        pairs = zip(self.ordinals, self.ordinals[1:], strict=False)
        return (*(b - a == 1 for a, b in pairs), False)

    def without(self, *, pin: int | None = None, floor: int | None = None) -> Office:
        """The same with one pin or floor left out."""
        return replace(
            self,
            pins=tuple(one for n, one in enumerate(self.pins) if n != pin),
            floors=tuple(one for n, one in enumerate(self.floors) if n != floor),
        )


@dataclass(frozen=True, eq=False)
class Instance:
    """`dates`: ISO, ascending; all before `election`."""

    id: str
    dates: tuple[str, ...]
    election: str
    offices: tuple[Office, ...]
