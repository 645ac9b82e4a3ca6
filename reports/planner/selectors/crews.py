"""Teams and recording sets of an office, and the days on which each is elsewhere or out of order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count
from psycopg2.extras import DateTimeTZRange

from dukcapil.regions.enums import bounds, day_of, zone_of
from events.incidents.selectors import lasting
from events.planning.enums import EventState
from events.resources.enums import DeviceKind
from events.resources.models import Assignment, Device, DeviceFault, Team
from reports.planner.models.rules import PlanRules

_Off = dict[int, set[date]]


def teams(office: str, days: Sequence[date], rules: PlanRules) -> list[dict[str, Any]]:
    """As an instance has them. A team has its members, or as many as the rules say."""
    off = _busy("team", office, days)
    found = Team.objects.filter(office_id=office).annotate(n=Count("members")).order_by("pk")
    return [
        {
            "id": str(team.pk),
            "name": team.name,
            "office": office,
            "staff": team.n or rules.staff,
            "max_kits": rules.max_kits,
            "off": _texts(off[team.pk], days),
        }
        for team in found
    ]


def kits(office: str, days: Sequence[date]) -> list[dict[str, Any]]:
    """The recording sets; one that is lent or out of order at any time of a day is off that day."""
    off = _busy("device", office, days)
    sets = Device.objects.filter(office_id=office, kind=DeviceKind.SET).order_by("pk")
    for device, broken in _broken(office, days):
        off[device] |= broken
    return [
        {
            "id": str(device.pk),
            "name": device.label,
            "office": office,
            "off": _texts(off[device.pk], days),
        }
        for device in sets
    ]


def _texts(off: set[date], days: Sequence[date]) -> list[str]:
    return [str(day) for day in days if day in off]


def _busy(kind: str, office: str, days: Sequence[date]) -> _Off:
    """At events that no plan made: what a plan made is planned anew."""
    off: _Off = defaultdict(set)
    if not days:
        return off
    first, last = bounds(days[0], zone_of(office))[0], bounds(days[-1], zone_of(office))[1]
    rows = Assignment.objects.filter(
        **{f"{kind}__office_id": office},
        period__overlap=DateTimeTZRange(first, last),
        event__plan_stop=None,
    ).exclude(event__state=EventState.CANCELLED)
    for thing, period in rows.values_list(f"{kind}_id", "period"):
        off[thing] |= _within(period.lower, period.upper, office, days)
    return off


def _broken(office: str, days: Sequence[date]) -> Iterable[tuple[int, set[date]]]:
    if not days:
        return
    first, last = bounds(days[0], zone_of(office))[0], bounds(days[-1], zone_of(office))[1]
    faults = DeviceFault.objects.filter(lasting(first, last), device__office_id=office)
    for device, since, until in faults.values_list("device_id", "since", "until"):
        yield device, _within(since, until, office, days)


def _within(
    begin: datetime | None, end: datetime | None, office: str, days: Sequence[date]
) -> set[date]:
    """Local days that a time touches; one without an end lasts on."""
    first = day_of(begin, office) if begin else days[0]
    last = day_of(end - timedelta(microseconds=1), office) if end else days[-1]
    return {day for day in days if first <= day <= last}
