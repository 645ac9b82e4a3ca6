"""All days that a small office can make: the columns of the exact model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from reports.planner.core.instance import Office
from reports.planner.core.routes import Route, route, undominated


@dataclass(frozen=True)
class Group:
    """Teams that are alike in all that counts: numbers of them."""

    teams: tuple[int, ...]
    staff: int
    max_kits: int
    dates: tuple[bool, ...]


@dataclass(frozen=True)
class Choice:
    """A day that may be in the plan; `nights`: how many the team has been away when it begins."""

    date: int
    group: int
    kits: int
    nights: int
    route: Route

    @property
    def after(self) -> int:
        """Nights away in a row when it ends."""
        return self.nights + 1 if self.route.end else 0


def groups(office: Office) -> list[Group]:
    """A team that a pin names stands alone."""
    named = {pin.team for pin in office.pins}
    found: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for n, team in enumerate(office.teams):
        if team.max_kits and any(team.dates):
            alone = n if n in named else -1
            found[team.staff, team.max_kits, team.dates, alone].append(n)
    return [
        Group(tuple(some), one.staff, one.max_kits, one.dates)
        for some in sorted(found.values())
        for one in [office.teams[some[0]]]
    ]


def routes(office: Office, most: int) -> list[Route] | None:
    """All routes that another one is not better than in everything; None when more than `most`."""
    beds = [n + 1 for n, site in enumerate(office.sites) if site.lodging]
    if not office.day.max_nights:
        beds = []
    found: list[Route] = []
    for start in (0, *beds):
        for stops in _sequences(office, start):
            last = stops[-1] + 1
            ends = (0, last) if last in beds else (0,)
            ways = (route(office, stops, start, end) for end in ends)
            found += [one for one in ways if one is not None]
            if len(found) > 30 * most:
                return None
    kept = _undominated(office, found)
    return kept if len(kept) <= most else None


def _sequences(office: Office, start: int) -> Iterator[tuple[int, ...]]:
    """Orders of stops that fit with the least minutes, each a step on from one that fits."""
    some: list[tuple[int, ...]] = [()]
    for _n in range(office.day.max_stops):
        longer = []
        for head in some:
            for site in range(len(office.sites)):
                if site in head:
                    continue
                tail = (*head, site)
                if any(all(office.open[s, d] for s in tail) for d in range(len(office.ordinals))):
                    longer.append(tail)
        yield from longer
        # A day that does not fit may do so with another stop between, where times were typed in.
        some = longer


def _undominated(office: Office, found: list[Route]) -> list[Route]:
    """One order of the same stops may allow all that another one does, for no more money."""
    alike: dict[tuple[object, ...], list[Route]] = defaultdict(list)
    for one in found:
        alike[frozenset(one.stops), one.start, one.end].append(one)
    least = office.day.min_stop
    return [one for some in alike.values() for one in undominated(some, least)]


def choices(office: Office, some: list[Route], teams: list[Group]) -> Iterator[Choice]:
    """Each route on each date on which it can be, with each number of kits that matters."""
    always = _plenty(office, teams)
    for date in range(len(office.ordinals)):
        kits_left = int(office.kit_days[date])
        out = [n for n, group in enumerate(teams) if group.dates[date]]
        plenty = sum(teams[n].max_kits * len(teams[n].teams) for n in out) <= kits_left
        slept = date > 0 and office.next_day[date - 1]
        for one in some:
            if not all(office.open[s, date] for s in one.stops):
                continue
            if (one.end and not office.next_day[date]) or (one.start and not slept):
                continue
            for n in out:
                top = min(teams[n].max_kits, kits_left)
                # With nights the kits of two days must be the same, so every number matters.
                low = top if always or (plenty and not office.day.max_nights) else 1
                for kits in range(low, top + 1):
                    for nights in range(1, office.day.max_nights + 1) if one.start else (0,):
                        if not one.end or nights < office.day.max_nights:
                            yield Choice(date, n, kits, nights, one)


def _plenty(office: Office, teams: list[Group]) -> bool:
    """Can every team take as many kits as it may, on every date? Then fewer are never better."""
    some = len(office.kits)
    wanted = sum(min(one.max_kits, some) * len(one.teams) for one in teams)
    return wanted <= some and all(all(kit.dates) for kit in office.kits)


def with_teams(chosen: list[Choice], some: list[Group]) -> list[tuple[Choice, int]]:
    """Chosen days, each with a team of its group: who sleeps somewhere goes on from there."""
    found: list[tuple[Choice, int]] = []
    slept: dict[tuple[int, int, int], int] = {}
    busy: set[tuple[int, int]] = set()
    for one in sorted(chosen, key=lambda one: (one.date, -one.route.start, one.route.stops)):
        if one.route.start:
            team = slept[one.date - 1, one.group, one.route.start]
        else:
            team = next(t for t in some[one.group].teams if (t, one.date) not in busy)
        busy.add((team, one.date))
        if one.route.end:
            slept[one.date, one.group, one.route.end] = team
        found.append((one, team))
    return found
