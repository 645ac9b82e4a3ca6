"""The rules once more, on a finished plan as JSON: nothing of how it was found is believed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from reports.planner.core.instance import Instance, Office, Refused
from reports.planner.core.limits import PLAN_FORMAT

Row = dict[str, Any]


def judge(instance: Instance, plan: Row) -> None:
    """Refuses a plan that breaks a rule or whose sums are wrong."""
    if plan.get("format") != PLAN_FORMAT or plan.get("instance") != instance.id:
        raise Refused("FORMAT", "plan", f"not a plan of {instance.id}")
    mine: dict[str, list[Row]] = defaultdict(list)
    owner = {team.id: office.id for office in instance.offices for team in office.teams}
    for n, duty in enumerate(plan["duties"]):
        if duty["team"] not in owner:
            raise Refused("REF", f"duty {n}", f"unknown team {duty['team']}")
        mine[owner[duty["team"]]].append(duty)
    points = people = 0
    for office in instance.offices:
        bench = _Bench(instance, office, mine[office.id], set(plan.get("relaxed", ())))
        for fault in bench.faults():
            raise fault
        points, people = points + bench.points, people + bench.people
        if plan["cost"].get(office.id) != bench.spent:
            raise Refused("COST_TOTAL", office.id, f"the duties cost {bench.spent}")
    if (plan["objective"], plan["expected"]) != (points, people):
        raise Refused("OBJECTIVE_TOTAL", "plan", f"the duties give {points} and {people}")
    if plan.get("bound") is not None and plan["bound"] < points:
        raise Refused("BOUND", "plan", f"{plan['bound']} is below {points}")


class _Bench:
    """One office's duties before the rules."""

    def __init__(
        self, instance: Instance, office: Office, duties: list[Row], relaxed: set[str]
    ) -> None:
        self.instance, self.office, self.relaxed = instance, office, relaxed
        self.at = {office.id: 0} | {site.id: n for n, site in enumerate(office.sites, 1)}
        self.number = {date: n for n, date in enumerate(instance.dates)}
        self.teams = {team.id: team for team in office.teams}
        self.kits = {kit.id: kit for kit in office.kits}
        self.duties = duties
        self.by: dict[tuple[str, int], Row] = {}
        self.visits: dict[int, list[tuple[int, Row, int, str]]] = defaultdict(list)
        self.spent = self.points = self.people = 0

    def faults(self) -> Iterator[Refused]:
        busy: set[tuple[str, int]] = set()
        for duty in self.duties:
            where = f"{duty['team']} {duty['date']}"
            date = self.number.get(duty["date"])
            if date is None or not self.teams[duty["team"]].dates[date]:
                yield Refused("TEAM_OFF", where, "the team is not out on that date")
                return
            if (duty["team"], date) in self.by:
                yield Refused("TEAM_CONFLICT", where, "two duties of a team")
            self.by[duty["team"], date] = duty
            yield from self._kits(duty, date, where, busy)
            yield from self._stops(duty, where)
            yield from self._hours(duty, date, where)
        yield from self._nights()
        for number, rows in sorted(self.visits.items()):
            yield from self._site(number, rows)
        yield from self._promises()

    def _kits(
        self, duty: Row, date: int, where: str, busy: set[tuple[str, int]]
    ) -> Iterator[Refused]:
        some = duty["kits"]
        if not 1 <= len(set(some)) == len(some) <= self.teams[duty["team"]].max_kits:
            yield Refused("KIT_COUNT", where, f"{len(some)} kits")
        for kit in some:
            if kit not in self.kits or not self.kits[kit].dates[date]:
                yield Refused("KIT_OFF", where, f"kit {kit}")
            if (kit, date) in busy:
                yield Refused("KIT_CONFLICT", where, f"kit {kit} is elsewhere")
            busy.add((kit, date))

    def _stops(self, duty: Row, where: str) -> Iterator[Refused]:
        ids = [stop["site"] for stop in duty["stops"]]
        if not 1 <= len(set(ids)) == len(ids) <= self.office.day.max_stops:
            yield Refused("STOPS", where, f"{len(ids)} stops")
        for one in (*ids, duty["start"], duty["end"]):
            if one not in self.at:
                yield Refused("OFFICE", where, f"{one} is not of this office")

    def _hours(self, duty: Row, date: int, where: str) -> Iterator[Refused]:
        office, day = self.office, self.office.day
        here, now, km, fare = self.at[duty["start"]], duty["depart"], 0, 0
        for stop in duty["stops"]:
            there = self.at[stop["site"]]
            site = office.sites[there - 1]
            now += int(office.minutes[here, there])
            km += int(office.km[here, there])
            fare += int(office.fare[here, there])
            begin = max(now, site.opens)
            if (stop["arrive"], stop["begin"]) != (now, begin):
                yield Refused("TIME", where, f"{site.id}: {now}, {begin}")
            now = begin + site.setup + stop["minutes"]
            if stop["minutes"] < day.min_stop or now > site.closes or not site.dates[date]:
                yield Refused("WINDOW", where, f"{site.id}: {stop['minutes']} minutes to {now}")
            self.visits[there - 1].append((date, stop, len(duty["kits"]), duty["team"]))
            here = there
        back = self.at[duty["end"]]
        now += int(office.minutes[here, back])
        km += int(office.km[here, back])
        fare += int(office.fare[here, back])
        long = now - duty["depart"] > day.minutes or km > day.max_km
        if now != duty["return"] or duty["depart"] < day.start or now > day.end or long:
            yield Refused("DAY", where, f"{duty['depart']} to {now}, {km} km")
        away = back != 0
        if away and (back != here or not office.sites[back - 1].lodging):
            yield Refused("LODGING", where, f"cannot sleep at {duty['end']}")
        staff = self.teams[duty["team"]].staff
        rate = office.costs
        self.spent += staff * (rate.day + rate.night * away) + km * rate.km + fare

    def _nights(self) -> Iterator[Refused]:
        office = self.office
        for (team, date), duty in sorted(self.by.items()):
            where = f"{team} {duty['date']}"
            joined = date > 0 and office.next_day[date - 1]
            before = self.by.get((team, date - 1)) if joined else None
            if duty["start"] != (before["end"] if before else office.id):
                yield Refused("CHAIN", where, "starts where the team is not")
            if duty["end"] == office.id:
                continue
            after = self.by.get((team, date + 1)) if office.next_day[date] else None
            if after is None or set(after["kits"]) != set(duty["kits"]):
                yield Refused("CHAIN", where, "no next day with the same kits")
            nights, day = 1, date - 1
            while day >= 0 and office.next_day[day] and self._away(team, day):
                nights, day = nights + 1, day - 1
            if nights > office.day.max_nights:
                yield Refused("NIGHTS", where, f"{nights} nights")

    def _away(self, team: str, date: int) -> bool:
        duty = self.by.get((team, date))
        return duty is not None and duty["end"] != self.office.id

    def _site(self, number: int, rows: list[tuple[int, Row, int, str]]) -> Iterator[Refused]:
        site, office = self.office.sites[number], self.office
        rows.sort(key=lambda row: row[0])
        if len(rows) > len(site.turnout):
            yield Refused("MAX_VISITS", site.id, f"{len(rows)} visits")
            return
        rest = site.gap
        for n, (date, stop, kits, _team) in enumerate(rows):
            if n and office.ordinals[date] - office.ordinals[rows[n - 1][0]] < office.day.rest:
                yield Refused("REST", site.id, self.instance.dates[date])
            came = min(rest * site.turnout[n] // 1000, kits * stop["minutes"] // site.minutes)
            if came != stop["expected"]:
                yield Refused("EXPECTED", site.id, f"{stop['expected']}, computed {came}")
            rest -= came
            self.people += came
            self.points += came * site.weight

    def _promises(self) -> Iterator[Refused]:
        office = self.office
        by = {(n, row[0]): row[3] for n, rows in self.visits.items() for row in rows}
        if self.spent > office.budget:
            yield Refused("BUDGET", office.id, f"costs {self.spent} of {office.budget}")
        for pin in office.pins:
            team = by.get((pin.site, pin.date))
            if team is None or (pin.team is not None and team != office.teams[pin.team].id):
                yield Refused("PIN", office.sites[pin.site].id, self.instance.dates[pin.date])
        for floor in office.floors:
            n = sum(len(self.visits.get(site, ())) for site in floor.sites)
            if n < floor.visits and floor.district not in self.relaxed:
                yield Refused("FLOOR", floor.district, f"{n} visits of {floor.visits}")
        self.points -= office.closed_points
        self.points -= sum(a.points for a in office.announced if (a.site, a.date) not in by)
