"""Teams, devices, clerks and loans: who is where."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import (
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import DateTimeTZRange

from dukcapil.accounts.models import User
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import Level, bounds, zone_of
from dukcapil.regions.models import Region, inside
from dukcapil.regions.selectors import regions_below
from dukcapil.regions.validators import ancestor
from events.incidents.selectors import lasting, outages_counted
from events.planning.models.event import EventCost, ServiceEvent
from events.planning.models.session import Station
from events.planning.selectors.events import get_event_or_404
from events.planning.selectors.signing import WITH_STANDING
from events.resources.enums import DeviceKind, DeviceState, LoanState
from events.resources.models import (
    Assignment,
    Device,
    DeviceFault,
    Loan,
    Team,
    TeamMember,
)
from events.venues.selectors import of_venue


@dataclass(frozen=True)
class Clash:
    """The name of a team, device or clerk, and the event that has it."""

    label: str
    event: ServiceEvent


def busy_elsewhere(
    starts_at: datetime,
    ends_at: datetime,
    *,
    team: Team | None = None,
    device: Device | None = None,
    clerk: User | None = None,
) -> Clash | None:
    """The event that has a team, device or clerk (one of them) in this time."""
    what: dict[str, Any] = {"team": team, "device": device, "clerk": clerk}
    kind, thing = next((kind, thing) for kind, thing in what.items() if thing is not None)
    assignment = (
        Assignment.objects.select_related("event__office")
        .filter(**{kind: thing}, period__overlap=DateTimeTZRange(starts_at, ends_at))
        .first()
    )
    if assignment is None:
        return None
    return Clash(str(getattr(thing, "name", "") or getattr(thing, "label", "")), assignment.event)


def teams_of(office: str) -> list[Team]:
    members = TeamMember.objects.select_related("clerk").order_by("clerk__name")
    teams = Team.objects.filter(office_id=office).order_by("name")
    return list(teams.prefetch_related(Prefetch("members", queryset=members)))


def members_of(teams: Iterable[Team]) -> dict[str, list[str]]:
    """Name of a team -> its clerks, as a form has them."""
    return {team.name: sorted(str(one.clerk_id) for one in team.members.all()) for team in teams}


def team_parts(clerks: Iterable[Any]) -> dict[str, list[str]]:
    """For the version of one team; of a name that no team has, it is that of nobody."""
    return {"members": sorted(str(clerk) for clerk in clerks)}


def devices_of(office: str) -> list[Device]:
    """Each with `is_faulty`: out of order at this moment."""
    devices = Device.objects.filter(office_id=office).annotate(is_faulty=_faulty("pk"))
    return list(devices.order_by("kind", "label"))


def _faulty(device: str) -> Exists:
    return Exists(DeviceFault.objects.filter(device=OuterRef(device), until=None))


# --- devices ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DeviceNow:
    """A device, its open fault, and where it is used at this moment."""

    device: Device
    fault: DeviceFault | None
    used: Assignment | None

    @property
    def is_lent(self) -> bool:
        return self.used is not None and self.used.event.office_id != self.device.office_id

    @property
    def state(self) -> DeviceState:
        """One that is lent and out of order is out of order, wherever it is."""
        if self.fault is not None:
            return DeviceState.FAULTY
        return DeviceState.LENT if self.is_lent else DeviceState.WORKS


def devices_in(by: Actor, code: str, *, state: str = "", kind: str = "") -> QuerySet[Device]:
    """Of the offices within `code` that the actor covers."""
    found = Device.objects.filter(inside("office_id", by.region), inside("office_id", code))
    if kind:
        found = found.filter(kind=kind)
    faulty = _faulty("pk")
    lent = Exists(_lent(contains=timezone.now()))
    if state == DeviceState.FAULTY:
        found = found.filter(faulty)
    elif state == DeviceState.LENT:
        found = found.filter(~faulty, lent)
    elif state == DeviceState.WORKS:
        found = found.filter(~faulty, ~lent)
    return found.select_related("office", "point").order_by("office_id", "kind", "label", "pk")


def _lent(**period: Any) -> QuerySet[Assignment]:
    """Uses of the device of the query around it at another office's events."""
    when = {f"period__{name}": value for name, value in period.items()}
    return Assignment.objects.filter(device=OuterRef("pk"), loan__isnull=False, **when)


def as_they_are(devices: Iterable[Device]) -> list[DeviceNow]:
    """Two queries for any number."""
    listed = list(devices)
    ids = [device.pk for device in listed]
    open_faults = DeviceFault.objects.filter(device__in=ids, until=None)
    faults = {fault.device_id: fault for fault in open_faults}
    now = Assignment.objects.filter(device__in=ids, period__contains=timezone.now())
    used = {one.device_id: one for one in now.select_related("event__office", "event__village")}
    return [DeviceNow(one, faults.get(one.pk), used.get(one.pk)) for one in listed]


def now_of(by: Actor, device: Device) -> DeviceNow:
    """One device as it is. A host is not told where the lender uses it."""
    [now] = as_they_are([device])
    if now.used and not (by.covers(device.office_id) or by.covers(now.used.event.office_id)):
        return replace(now, used=None)
    return now


def _borrowed(by: Actor, device: Any) -> QuerySet[Assignment]:
    """Uses of another office's device at events of the actor's, until a day after each."""
    return Assignment.objects.filter(
        inside("event__office_id", by.region),
        device=device,
        loan__isnull=False,
        period__startswith__lte=timezone.now(),
        period__endswith__gt=timezone.now() - timedelta(days=1),
    )


def get_device_or_404(by: Actor, device_id: int) -> Device:
    """Of an office that the actor covers, or lent to one by now: who works with it says how it is."""
    borrowed = Exists(_borrowed(by, OuterRef("pk")))
    device = (
        Device.objects.filter(inside("office_id", by.region) | Q(borrowed), pk=device_id)
        .select_related("office", "point")
        .first()
    )
    if device is None:
        raise NotFound
    return device


def faults_of(by: Actor, device: Device) -> QuerySet[DeviceFault]:
    """The newest first; for a host those since its loan began."""
    found = device.faults.select_related("reported_by", "ended_by").order_by("-since")
    if by.covers(device.office_id):
        return found
    loan = _borrowed(by, device).order_by("period").first()
    if loan is None:
        return found.none()
    return found.filter(Q(until=None) | Q(until__gt=loan.period.lower))


#: Parts of a fault's version -> what a refusal calls them.
FAULT_WORDS = {
    "since": _("Since"),
    "until": _("Until"),
    "what": _("What is broken"),
    "done": _("What was done"),
}


def fault_parts(fault: DeviceFault) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in FAULT_WORDS}


def uses_of(by: Actor, device: Device) -> list[Assignment]:
    """Where it is and will be used, the next first; for a host its own events."""
    ahead = Assignment.objects.filter(device=device, period__endswith__gt=timezone.now())
    if not by.covers(device.office_id):
        ahead = ahead.filter(inside("event__office_id", by.region))
    return list(ahead.select_related("event__office", "event__village").order_by("period"))


def faulty_between(
    devices: Iterable[Device], starts_at: datetime, ends_at: datetime
) -> list[Device]:
    """Those that are out of order at some time of it."""
    faults = DeviceFault.objects.filter(lasting(starts_at, ends_at), device=OuterRef("pk"))
    ids = [device.pk for device in devices]
    return list(Device.objects.filter(Exists(faults), pk__in=ids)) if ids else []


@dataclass(frozen=True)
class Sets:
    """Recording sets of an office, and how many of them it can use on a day."""

    all: int
    ready: int


def sets_ready(code: str, day: date) -> dict[str, Sets]:
    """office within `code` -> its sets that are neither out of order nor lent away on a day. One query."""
    first, last = bounds(day, zone_of(code))
    faulty = Exists(DeviceFault.objects.filter(lasting(first, last), device=OuterRef("pk")))
    lent = Exists(_lent(overlap=DateTimeTZRange(first, last)))
    counted = (
        Device.objects.filter(inside("office_id", code), kind=DeviceKind.SET)
        .values_list("office_id")
        .annotate(n=Count("pk"), ready=Count("pk", filter=~Q(faulty) & ~Q(lent)))
        .order_by("office_id")
    )
    return {office: Sets(n, ready) for office, n, ready in counted}


def clerks_of(office: str, day: Any) -> list[User]:
    """People with a posting at an office on a day, and not only at one of its villages."""
    return list(
        User.objects.filter(
            Q(postings__ends_on__isnull=True) | Q(postings__ends_on__gte=day),
            is_active=True,
            postings__region_id=office,
            postings__starts_on__lte=day,
            postings__role__in=("district_operator", "district_head"),
        )
        .distinct()
        .order_by("name", "pk")
    )


def assignments_of(event: ServiceEvent) -> list[Assignment]:
    return list(
        Assignment.objects.filter(event=event)
        .select_related("team", "device", "clerk", "loan__lender")
        .annotate(is_faulty=_faulty("device"))
        .order_by("team__name", "clerk__name", "device__label", "period")
    )


def get_assignment_or_404(by: Actor, assignment_id: uuid.UUID) -> Assignment:
    """Raises NotFound unless the event, or what is lent to it, is the own office's."""
    assignment = Assignment.objects.select_related("event", "loan").filter(pk=assignment_id).first()
    if assignment is None or not (
        by.covers(assignment.event.office_id)
        or (assignment.loan is not None and by.covers(assignment.loan.lender_id))
    ):
        raise NotFound
    return assignment


def loans_of(by: Actor) -> QuerySet[Loan]:
    """What the actor's offices asked for or were asked for, the newest first.

    Of the event, a lender sees the title, the days and the venue, and nothing else.
    """
    region = by.office or by.region
    own = inside("event__office_id", region) | inside("lender_id", region)
    return (
        Loan.objects.filter(own)
        .select_related("event__office", "event__village", "lender", "asked_by", "answered_by")
        .order_by("-asked_at", "-pk")
    )


def lenders_of(event: ServiceEvent) -> list[Region]:
    """Offices that can be asked for a loan: the others of the province."""
    offices = _regencies_of_province(ancestor(event.office_id, Level.PROVINCE))
    return [office for office in offices if office.pk != event.office_id]


@lru_cache(maxsize=64)
def _regencies_of_province(province: str) -> tuple[Region, ...]:
    """Cached: regions change only with a new edition of the codes, and then all processes restart."""
    return tuple(regions_below(province, [Level.REGENCY]))


def may_answer(by: Actor, loan: Loan) -> bool:
    """Whether a page offers to answer: only the head of the lending office, once."""
    return (
        loan.state == LoanState.ASKED
        and loan.lender_id == by.office
        and by.may(Permission.EVENTS_APPROVE)
    )


def get_loan_or_404(by: Actor, loan_id: uuid.UUID) -> Loan:
    if (loan := loans_of(by).filter(pk=loan_id).first()) is None:
        raise NotFound
    return loan


@dataclass(frozen=True)
class Plan:
    """How far the plan of an event has come, for the steps on its page."""

    sessions: int
    stations: int
    assigned: int
    costs: int
    asked: int


def _plan_counts() -> dict[str, Any]:
    def count_of(model: Any, **only: Any) -> Coalesce:
        rows = model.objects.filter(event=OuterRef("pk"), **only).order_by()
        counted = rows.values("event").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

    return {
        "stations_n": count_of(Station),
        "assigned_n": count_of(Assignment),
        "costs_n": count_of(EventCost),
        "asked_n": count_of(Loan, state=LoanState.ASKED),
    }


def get_planned_event_or_404(by: Actor, event_id: uuid.UUID) -> ServiceEvent:
    """An event with what `plan_of` counts, what a head signs and its venue, in one query."""
    more = _plan_counts() | outages_counted() | WITH_STANDING | of_venue()
    return get_event_or_404(by, event_id, **more)


def plan_of(event: ServiceEvent, sessions: int) -> Plan:
    """Of an event that came from `get_planned_event_or_404`."""
    return Plan(sessions, *(getattr(event, name) for name in _plan_counts()))
