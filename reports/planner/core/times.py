"""The last steps: minutes divided anew, empty stops dropped, kits and hours written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from reports.planner.core.instance import Instance, Office
from reports.planner.core.plans import Duty, missing, ordered, visits, with_minutes, worth
from reports.planner.core.routes import clock, fill, needed, orders, route

Visits = dict[int, list[tuple[int, int]]]


def finished(office: Office, duties: Iterable[Duty]) -> list[Duty]:
    """The same plan or a better one: no stop without people but those that are promised."""
    found = _divided(office, ordered(duties))
    kept = []
    for duty in found:
        if duty.route.start or duty.route.end:
            kept.append(duty)
        elif (some := _without_empty(office, found, duty)) is not None:
            kept.append(some)
    whole = _divided(office, kept) if kept != found else found
    return whole if worth(office, whole).rank >= worth(office, found).rank else found


def _divided(office: Office, duties: list[Duty], turns: int = 3) -> list[Duty]:
    """In order of dates each duty's minutes as the whole plan gains most by them."""
    found = list(duties)
    for _turn in range(turns):
        before = list(found)
        seen = visits(office, found)
        for n, duty in enumerate(found):
            found[n] = _best(office, seen, duty)
            for stop, site in enumerate(duty.route.stops):
                old, new = (duty.date, duty.cap(office, stop)), found[n].cap(office, stop)
                seen[site][seen[site].index(old)] = (duty.date, new)
        if found == before:
            break
    return found


def _best(office: Office, seen: Visits, duty: Duty) -> Duty:
    sites = [office.sites[s] for s in duty.route.stops]
    wanted = []
    for site, number in zip(sites, duty.route.stops, strict=True):
        before = tuple(cap for on, cap in seen[number] if on < duty.date)
        come = (site.gap - sum(site.expected(before))) * site.turnout[len(before)] // 1000
        wanted.append(needed(come, site.minutes, duty.kits))
    best = (_gain(office, seen, duty), -sum(duty.minutes), duty)
    for order in orders(len(sites)):
        some = with_minutes(duty, fill(duty.route, office.day.min_stop, wanted, order))
        rank = (_gain(office, seen, some), -sum(some.minutes), some)
        best = max(best, rank, key=lambda one: one[:2])
    return best[2]


def _gain(office: Office, seen: Visits, duty: Duty) -> int:
    """Points of the duty's sites with its minutes in place of what was planned for that date."""
    points = 0
    for n, number in enumerate(duty.route.stops):
        site = office.sites[number]
        caps = tuple(duty.cap(office, n) if on == duty.date else cap for on, cap in seen[number])
        points += sum(site.expected(caps)) * site.weight
    return points


def _without_empty(office: Office, plan: list[Duty], duty: Duty) -> Duty | None:
    """The duty without stops that record nobody; None when none is left."""
    expected = worth(office, plan).expected
    lacking = missing(office, plan, visits(office, plan))
    promised = {(one.site, one.date) for one in office.pins}
    promised |= {(one.site, one.date) for one in office.announced}
    stops = [
        (site, given)
        for site, given in zip(duty.route.stops, duty.minutes, strict=True)
        if expected.get((site, duty.date)) or (site, duty.date) in promised
    ]
    if len(stops) == len(duty.route.stops):
        return duty
    one = route(office, tuple(site for site, _given in stops)) if stops else None
    if stops and (one is None or one.km > duty.route.km or one.fare > duty.route.fare):
        return duty
    rest = [other for other in plan if other is not duty]
    least = [office.day.min_stop] * len(stops)
    some = None
    if one is not None:
        some = replace(
            duty,
            route=one,
            minutes=tuple(fill(one, least[0], [g for _s, g in stops], tuple(range(len(stops))))),
        )
        rest.append(some)
    # A stop of a floor counts even where nobody comes.
    return duty if missing(office, rest, visits(office, rest)) > lacking else some


# --- kits -----------------------------------------------------------------------------------------


def chains(duties: Iterable[Duty]) -> list[list[Duty]]:
    """Duties joined by nights, each chain from home to home."""
    by = {(one.team, one.date): one for one in duties}
    found = []
    for one in ordered(by.values()):
        if one.route.start:
            continue
        chain = [one]
        while chain[-1].route.end and (one.team, chain[-1].date + 1) in by:
            chain.append(by[one.team, chain[-1].date + 1])
        found.append(chain)
    return found


def kits_of(office: Office, duties: Iterable[Duty]) -> dict[Duty, tuple[str, ...]] | None:
    """Which kits go with each duty, the same through a chain; None when they do not suffice."""
    taken: dict[int, set[str]] = defaultdict(set)
    found: dict[Duty, tuple[str, ...]] = {}
    for chain in sorted(chains(duties), key=lambda one: (-len(one), one[0].date, one[0].team)):
        days = [one.date for one in chain]
        free = [
            (sum(kit.dates), kit.id)
            for kit in office.kits
            if all(kit.dates[d] and kit.id not in taken[d] for d in days)
        ]
        # Kits that are away on other days first, so that chains find the others.
        some = tuple(sorted(key for _days, key in sorted(free)[: chain[0].kits]))
        if len(some) < chain[0].kits:
            return None
        for one in chain:
            taken[one.date] |= set(some)
            found[one] = some
    return found


def with_kits(office: Office, duties: list[Duty]) -> tuple[list[Duty], dict[Duty, tuple[str, ...]]]:
    """The plan, if need be without its poorest chains, and the kits of each duty."""
    while (kits := kits_of(office, duties)) is None:
        poorest = min(chains(duties), key=lambda one: (_lost(office, duties, one), one[0].date))
        duties = [one for one in duties if one not in poorest]
    return duties, kits


def _lost(office: Office, duties: list[Duty], chain: list[Duty]) -> int:
    rest = [one for one in duties if one not in chain]
    return worth(office, duties).rank - worth(office, rest).rank


# --- written down ---------------------------------------------------------------------------------


def written(instance: Instance, office: Office, duties: list[Duty]) -> list[dict[str, Any]]:
    """Rows of the plan's JSON, with hours and kits."""
    kits = kits_of(office, duties)
    assert kits is not None  # noqa: S101
    expected = worth(office, duties).expected
    nodes = [office.id, *(site.id for site in office.sites)]
    rows = []
    for duty in ordered(duties):
        hours = clock(office, duty.route, list(duty.minutes))
        rows.append(
            {
                "team": office.teams[duty.team].id,
                "date": instance.dates[duty.date],
                "kits": list(kits[duty]),
                "start": nodes[duty.route.start],
                "end": nodes[duty.route.end],
                "depart": hours.depart,
                "return": hours.back,
                "stops": [
                    {
                        "site": office.sites[site].id,
                        "arrive": arrive,
                        "begin": begin,
                        "minutes": duty.minutes[n],
                        "expected": expected[site, duty.date],
                    }
                    for n, (site, (arrive, begin)) in enumerate(
                        zip(duty.route.stops, hours.stops, strict=True)
                    )
                ],
            }
        )
    return rows
