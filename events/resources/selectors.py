"""Teams, devices, clerks and loans: who is where."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from psycopg2.extras import DateTimeTZRange

from dukcapil.accounts.models import User
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region, inside
from dukcapil.regions.selectors import regions_below
from dukcapil.regions.validators import ancestor
from events.planning.models.event import EventCost, ServiceEvent
from events.planning.models.session import Station
from events.planning.selectors.events import get_event_or_404
from events.planning.selectors.signing import WITH_STANDING
from events.resources.enums import LoanState
from events.resources.models import Assignment, Device, Loan, Team, TeamMember


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
    return list(Device.objects.filter(office_id=office).order_by("kind", "label"))


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
    """An event with what `plan_of` counts and what a head signs, in one query."""
    return get_event_or_404(by, event_id, **_plan_counts(), **WITH_STANDING)


def plan_of(event: ServiceEvent, sessions: int) -> Plan:
    """Of an event that came from `get_planned_event_or_404`."""
    return Plan(sessions, *(getattr(event, name) for name in _plan_counts()))
