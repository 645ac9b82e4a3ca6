"""A plan with one visit changed by hand: on another day, with another team, or left out.

Hours, kits and people are counted anew for what the change touches; whether all rules hold says the
core's judge alone. Plans are in the checker's JSON (`core.judge`).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import Any

from reports.planner.core.instance import Instance, Office, Refused, Site
from reports.planner.core.judge import judge
from reports.planner.core.routes import Route, clock, fill, needed, route
from reports.planner.errors import Unkept

Row = dict[str, Any]


@dataclass(frozen=True)
class Move:
    """The visit of a site on a day, and where it goes."""

    site: str
    date: str
    to: str
    team: str


def moved(instance: Instance, plan: Row, move: Move) -> Row:
    """The plan with the visit there instead. Raises Unkept when a rule does not allow it."""
    bench = _Bench(instance, plan, move.site, move.date)
    if (bench.source["team"], move.date) == (move.team, move.to):
        raise Unkept("SAME", move.site, move.to, move.team)
    bench.check(move)
    target = bench.duty(move.team, move.to)
    if target is not None and target is bench.source:
        raise Unkept("SAME", move.site, move.to, move.team)
    _at_home(bench.office, bench.source, move.site)
    if target is not None:
        _at_home(bench.office, target, move.site)
    bench.take_out()
    bench.put(target, move)
    return bench.judged(move.to, move.team)


def placed(instance: Instance, plan: Row, site: str, to: str, team: str) -> Row:
    """The plan with one visit more. Raises Unkept when a rule does not allow it."""
    bench = _Bench(instance, plan, site)
    move = Move(site, "", to, team)
    bench.check(move)
    target = bench.duty(team, to)
    if target is not None:
        _at_home(bench.office, target, site)
    bench.put(target, move)
    return bench.judged(to, team)


def dropped(instance: Instance, plan: Row, site: str, date: str) -> Row:
    """The plan without that visit."""
    bench = _Bench(instance, plan, site, date)
    _at_home(bench.office, bench.source, site)
    bench.take_out()
    return bench.judged(date, bench.source["team"])


def _at_home(office: Office, duty: Row, site: str) -> None:
    if (duty["start"], duty["end"]) != (office.id, office.id):
        raise Unkept("AWAY", site, duty["date"], duty["team"])


def office_of(instance: Instance, site: str) -> Office | None:
    for office in instance.offices:
        if any(one.id == site for one in office.sites):
            return office
    return None


class _Bench:
    """A copy of the plan on which one visit is moved; without a date, on which one is added."""

    def __init__(self, instance: Instance, plan: Row, site: str, date: str = "") -> None:
        self.instance = instance
        office = office_of(instance, site)
        if office is None:
            raise Unkept("GONE", site, date)
        self.office = office
        self.site, self.date = site, date
        self.number = {one.id: n for n, one in enumerate(office.sites)}
        self.plan = plan | {"duties": [_copy(duty) for duty in plan["duties"]]}
        found = [
            duty
            for duty in self.plan["duties"]
            if duty["date"] == date and any(stop["site"] == site for stop in duty["stops"])
        ]
        if date and not found:
            raise Unkept("GONE", site, date)
        self.source: Row = found[0] if found else {"kits": []}

    def check(self, move: Move) -> None:
        """What no change of hours could mend, said before anything is tried."""
        team = next((one for one in self.office.teams if one.id == move.team), None)
        if team is None:
            raise Unkept("OFFICE", move.site, move.to, move.team)
        dates = {text: n for n, text in enumerate(self.instance.dates)}
        if move.to not in dates:
            raise Unkept("WORKDAY", move.site, move.to, move.team)
        if not team.dates[dates[move.to]]:
            raise Unkept("TEAM_OFF", move.site, move.to, move.team)
        if not self.place.dates[dates[move.to]]:
            raise Unkept("CLOSED", move.site, move.to, move.team)
        others = [
            duty
            for duty in self.plan["duties"]
            if duty["date"] == move.to and duty is not self.source
        ]
        if any(stop["site"] == move.site for duty in others for stop in duty["stops"]):
            raise Unkept("TWICE", move.site, move.to, move.team)

    @property
    def place(self) -> Site:
        return self.office.sites[self.number[self.site]]

    def duty(self, team: str, date: str) -> Row | None:
        for duty in self.plan["duties"]:
            if (duty["team"], duty["date"]) == (team, date):
                return duty
        return None

    # --- the change ---------------------------------------------------------------------------

    def take_out(self) -> None:
        rest = [stop for stop in self.source["stops"] if stop["site"] != self.site]
        if not rest:
            self.plan["duties"].remove(self.source)
            return
        self._write(self.source, [(stop["site"], stop["minutes"]) for stop in rest])

    def put(self, target: Row | None, move: Move) -> None:
        if target is None:
            kits = self._free_kits(move)
            target = {
                "team": move.team,
                "date": move.to,
                "kits": kits,
                "start": self.office.id,
                "end": self.office.id,
                "depart": 0,
                "return": 0,
                "stops": [],
            }
            self.plan["duties"].append(target)
        elif len(target["stops"]) >= self.office.day.max_stops:
            most = {"most": self.office.day.max_stops}
            raise Unkept("STOPS", move.site, move.to, move.team, most)
        wanted = self._wanted(move.to, len(target["kits"]))
        kept = [(stop["site"], stop["minutes"]) for stop in target["stops"]]
        self._write(target, [*kept, (move.site, wanted)])

    def _free_kits(self, move: Move) -> list[str]:
        """Those that went along so far, as far as they are free that day; else others. With a visit that is
        new go the fewest that serve most.
        """
        day = self.instance.dates.index(move.to)
        busy = {
            kit for duty in self.plan["duties"] if duty["date"] == move.to for kit in duty["kits"]
        }
        free = [kit.id for kit in self.office.kits if kit.dates[day] and kit.id not in busy]
        if not free:
            raise Unkept("NO_KIT", move.site, move.to, move.team)
        own = set(self.source["kits"])
        team = next(one for one in self.office.teams if one.id == move.team)
        most = min(len(free), team.max_kits)
        many = min(len(own), most) if own else self._fewest(move.to, most)
        return sorted(sorted(free, key=lambda kit: (kit not in own, kit))[:many])

    def _fewest(self, date: str, most: int) -> int:
        """Kits with which a day for this place alone records most, and no more of them."""
        one, least = route(self.office, (self.number[self.site],)), self.office.day.min_stop
        if one is None:
            return 1
        come, served = self._come(date), {}
        for kits in range(1, most + 1):
            given = fill(one, least, [self._wanted(date, kits)], (0,))[0]
            served[kits] = min(come, kits * given // self.place.minutes)
        return max(served, key=lambda kits: (served[kits], -kits))

    def _wanted(self, date: str, kits: int) -> int:
        """Service minutes in which all who are expected there on that day are served."""
        come = needed(self._come(date), self.place.minutes, max(kits, 1))
        return max(self.office.day.min_stop, come)

    def _come(self, date: str) -> int:
        """People who are expected there on that day, with what is recorded before it."""
        caps = [
            len(duty["kits"]) * stop["minutes"] // self.place.minutes
            for duty, stop in self._visits(self.site)
            if duty["date"] < date
        ]
        left = self.place.gap - sum(self.place.expected(tuple(caps)))
        if len(caps) >= len(self.place.turnout):
            return 0
        return left * self.place.turnout[len(caps)] // 1000

    def _visits(self, site: str) -> list[tuple[Row, Row]]:
        rows = [
            (duty, stop)
            for duty in self.plan["duties"]
            for stop in duty["stops"]
            if stop["site"] == site
        ]
        return sorted(rows, key=lambda pair: str(pair[0]["date"]))

    # --- hours --------------------------------------------------------------------------------

    def _write(self, duty: Row, stops: list[tuple[str, int]]) -> None:
        """The duty with these stops and minutes, in the order that takes least road."""
        best = min(self._ways(stops), key=lambda one: one[0], default=None)
        if best is None:
            self._plainly(duty, stops)
            return
        _rank, one, minutes = best
        hours = clock(self.office, one, minutes)
        duty["depart"], duty["return"] = hours.depart, hours.back
        duty["stops"] = [
            {
                "site": self.office.sites[number].id,
                "arrive": arrive,
                "begin": begin,
                "minutes": given,
                "expected": 0,
            }
            for number, given, (arrive, begin) in zip(one.stops, minutes, hours.stops, strict=True)
        ]

    def _ways(
        self, stops: list[tuple[str, int]]
    ) -> Iterator[tuple[tuple[int, ...], Route, list[int]]]:
        least = self.office.day.min_stop
        for order in permutations(range(len(stops))):
            one = route(self.office, tuple(self.number[stops[n][0]] for n in order))
            if one is None:
                continue
            # Minutes go first to who was there already: the last of `stops` is new.
            turns = tuple(sorted(range(len(order)), key=lambda n: order[n]))
            minutes = fill(one, least, [stops[n][1] for n in order], turns)
            lost = sum(stops[n][1] - given for n, given in zip(order, minutes, strict=True))
            yield (lost, one.km, sum(one.legs), *order), one, minutes

    def _plainly(self, duty: Row, stops: list[tuple[str, int]]) -> None:
        """Where no order fits: as early and as short as possible, so that the judge names the rule."""
        office, here = self.office, 0
        first = office.sites[self.number[stops[0][0]]]
        there = self.number[stops[0][0]] + 1
        now = max(office.day.start, first.opens - int(office.minutes[0, there]))
        duty["depart"], rows = now, []
        for name, _minutes in stops:
            site = office.sites[self.number[name]]
            now += int(office.minutes[here, self.number[name] + 1])
            here = self.number[name] + 1
            begin = max(now, site.opens)
            least = office.day.min_stop
            rows.append(
                {"site": name, "arrive": now, "begin": begin, "minutes": least, "expected": 0}
            )
            now = begin + site.setup + least
        duty["stops"], duty["return"] = rows, now + int(office.minutes[here, 0])

    # --- sums and rules -------------------------------------------------------------------------

    def judged(self, date: str, team: str) -> Row:
        plan = counted(self.instance, self.plan)
        try:
            judge(self.instance, plan)
        except Refused as fault:
            raise self._unkept(fault, plan, date, team) from fault
        return plan

    def _unkept(self, fault: Refused, plan: Row, date: str, team: str) -> Unkept:
        """The judge's word, with the numbers of the day that it is about."""
        found = Unkept(fault.code, self.site, date, team)
        duty = next(
            (one for one in plan["duties"] if f"{one['team']} {one['date']}" == fault.where), None
        )
        if fault.code == "DAY" and duty is not None:
            found.date, found.team = duty["date"], duty["team"]
            found.code, found.numbers = self._which_of_day(duty)
        elif fault.code == "WINDOW" and duty is not None:
            found.code, found.site, found.numbers = self._which_window(duty)
        elif fault.code == "BUDGET":
            spent = plan["cost"][self.office.id]
            found.numbers = {"over": spent - self.office.budget, "budget": self.office.budget}
        elif fault.code == "REST":
            found.numbers = {"days": self.office.day.rest}
        elif fault.code == "MAX_VISITS":
            found.numbers = {"most": len(self.place.turnout)}
        elif fault.code in {"PIN", "FLOOR"}:
            found.site = fault.where
            found.date = fault.what if fault.code == "PIN" else date
        return found

    def _which_of_day(self, duty: Row) -> tuple[str, dict[str, int]]:
        day = self.office.day
        km = self._km(duty)
        if km > day.max_km:
            return "KM", {"km": km, "most": day.max_km}
        if duty["return"] > day.end:
            return "LATE", {"clock": duty["return"], "end": day.end}
        return "LONG", {"minutes": duty["return"] - duty["depart"], "most": day.minutes}

    def _which_window(self, duty: Row) -> tuple[str, str, dict[str, int]]:
        for stop in duty["stops"]:
            site = self.office.sites[self.number[stop["site"]]]
            ends = stop["begin"] + site.setup + stop["minutes"]
            if ends > site.closes:
                return "WINDOW", site.id, {"clock": ends, "closes": site.closes}
        return "CLOSED", self.site, {}

    def _km(self, duty: Row) -> int:
        nodes = [0, *(self.number[stop["site"]] + 1 for stop in duty["stops"]), 0]
        return sum(int(self.office.km[a, b]) for a, b in pairwise(nodes))


def _copy(duty: Row) -> Row:
    return duty | {"stops": [dict(stop) for stop in duty["stops"]]}


def counted(instance: Instance, plan: Row) -> Row:
    """The plan with people, points and rupiah counted anew from its duties, in the plan's order."""
    duties = sorted(
        (_copy(one) for one in plan["duties"]), key=lambda one: (one["date"], one["team"])
    )
    points = people = 0
    cost = {}
    for office in instance.offices:
        mine = {team.id for team in office.teams}
        some = [duty for duty in duties if duty["team"] in mine]
        won, came = _expected(office, some)
        points, people = points + won, people + came
        cost[office.id] = sum(cost_of(office, duty) for duty in some)
    bound = plan.get("bound")
    if bound is not None and bound < points:
        bound = None
    return plan | {
        "duties": duties,
        "objective": points,
        "expected": people,
        "cost": cost,
        "bound": bound,
    }


def _expected(office: Office, duties: list[Row]) -> tuple[int, int]:
    """Writes what each stop records; the points and people of the office."""
    stops: dict[str, list[tuple[str, int, Row]]] = defaultdict(list)
    for duty in duties:
        for stop in duty["stops"]:
            stops[stop["site"]].append((duty["date"], len(duty["kits"]), stop))
    points, people = -office.closed_points, 0
    for site in office.sites:
        rows = sorted(stops.get(site.id, ()), key=lambda row: row[0])
        caps = tuple(kits * stop["minutes"] // site.minutes for _date, kits, stop in rows)
        for (_date, _kits, stop), came in zip(rows, site.expected(caps), strict=False):
            stop["expected"] = came
            points, people = points + came * site.weight, people + came
    # Dates are the core's numbers, those of the plan are days.
    kept = {(site, date) for site, rows in stops.items() for date, _kits, _stop in rows}
    for one in office.announced:
        day = dt.date.fromordinal(office.ordinals[one.date]).isoformat()
        if (office.sites[one.site].id, day) not in kept:
            points -= one.points
    return points, people


def cost_of(office: Office, duty: Row) -> int:
    """Rupiah of a duty."""
    at = {office.id: 0} | {site.id: n for n, site in enumerate(office.sites, 1)}
    nodes = [at[duty["start"]], *(at[stop["site"]] for stop in duty["stops"]), at[duty["end"]]]
    legs = list(pairwise(nodes))
    km = sum(int(office.km[a, b]) for a, b in legs)
    fare = sum(int(office.fare[a, b]) for a, b in legs)
    staff = next(team.staff for team in office.teams if team.id == duty["team"])
    rate = office.costs
    return staff * (rate.day + rate.night * (duty["end"] != office.id)) + km * rate.km + fare
