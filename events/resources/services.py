"""Teams, devices and clerks at events, and loans between offices. The database refuses to use one of
them twice at a time; here the message names the event that has it.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import DateTimeTZRange

from dukcapil.accounts.models import User
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.regions.models import Region
from events.elections.selectors import election_on
from events.planning.enums import LONGEST_NIGHT
from events.planning.models.event import ServiceEvent
from events.planning.selectors.events import require_own
from events.planning.services.own import lock_event
from events.resources.enums import LoanState
from events.resources.models import Assignment, Device, Loan, Team, TeamMember
from events.resources.selectors import busy_elsewhere

#: An assignment may begin so long before the event and end so long after it, for travel and setting
#: up. Not longer: while it lasts, a lent clerk sees the event's people.
AROUND_EVENT = timedelta(days=1)
#: Of the hours of voting, a shift on election day leaves at least so long free.
TIME_TO_VOTE = timedelta(hours=1)


@service
def make_team(*, by: Actor, office: Region, name: str, clerks: list[User]) -> Team:
    """A team of the own office, or the same team with other members."""
    require(by, Permission.EVENTS_PLAN)
    if by.office != office.pk:
        raise NotFound
    team, _new = Team.objects.get_or_create(office=office, name=name.strip())
    TeamMember.objects.filter(team=team).exclude(clerk__in=clerks).delete()
    for clerk in clerks:
        TeamMember.objects.get_or_create(team=team, clerk=clerk)
    return team


@service
def add_device(*, by: Actor, office: Region, label: str, kind: str) -> Device:
    require(by, Permission.EVENTS_PLAN)
    if by.office != office.pk:
        raise NotFound
    return Device.objects.create(office=office, label=label.strip(), kind=kind)


@service
def assign(
    *,
    by: Actor,
    event: ServiceEvent,
    starts_at: datetime,
    ends_at: datetime,
    team: Team | None = None,
    device: Device | None = None,
    clerk: User | None = None,
) -> Assignment:
    """Send a team, a device or a clerk to an event.

    A team brings its members. Raises Conflict naming the event that has them at that time, Invalid
    when nobody could vote on election day.
    """
    require(by, Permission.EVENTS_PLAN)
    require_own(by, event)
    if not event.is_ahead:
        raise Conflict("event-over", _("The event is closed or cancelled."))
    assignment = _assign(by, event, starts_at, ends_at, team=team, device=device, clerk=clerk)
    if team is not None:
        for member in team.members.select_related("clerk"):
            _assign(by, event, starts_at, ends_at, clerk=member.clerk)
    return assignment


def _assign(
    by: Actor,
    event: ServiceEvent,
    starts_at: datetime,
    ends_at: datetime,
    loan: Loan | None = None,
    *,
    team: Team | None = None,
    device: Device | None = None,
    clerk: User | None = None,
) -> Assignment:
    if ends_at <= starts_at:
        raise Invalid("assignment-times", _("It ends after it starts."), field="ends")
    zone = ZoneInfo(event.village.timezone)
    first = datetime.combine(event.starts_on, time(), zone) - AROUND_EVENT
    last = datetime.combine(event.ends_on, time(), zone) + timedelta(1) + AROUND_EVENT
    if not first <= starts_at < ends_at <= last:
        raise Invalid(
            "assignment-days",
            _("The hours lie within the event's days, one day more on each side."),
            field="ends",
        )
    if clerk is not None:
        _leave_time_to_vote(event, starts_at, ends_at)
    if elsewhere := busy_elsewhere(starts_at, ends_at, team=team, device=device, clerk=clerk):
        raise Conflict(
            "busy",
            _("%(what)s is at %(title)s at that time (%(office)s).")
            % {
                "what": elsewhere.label,
                "title": elsewhere.event.title,
                "office": elsewhere.event.office.name,
            },
        )
    return Assignment.objects.create(
        event=event,
        loan=loan,
        period=DateTimeTZRange(starts_at, ends_at),
        assigned_by_id=by.user_id,
        team=team,
        device=device,
        clerk=clerk,
    )


def _leave_time_to_vote(event: ServiceEvent, starts_at: datetime, ends_at: datetime) -> None:
    """Raise Invalid when a shift leaves the clerk too little time to vote on an election day, also
    when it began on the evening before.
    """
    zone = ZoneInfo(event.village.timezone)
    days = {starts_at.astimezone(zone).date()}
    if ends_at - starts_at <= LONGEST_NIGHT:
        days.add(ends_at.astimezone(zone).date())
    for day in sorted(days):
        _leave_time_on(event, day, starts_at, ends_at)


def _leave_time_on(event: ServiceEvent, day: date, starts_at: datetime, ends_at: datetime) -> None:
    if (election := election_on(event.village_id, day)) is None:
        return
    zone = ZoneInfo(event.village.timezone)
    first = datetime.combine(day, election.voting_from, zone)
    last = datetime.combine(day, election.voting_until, zone)
    zero = timedelta()
    free = max(zero, min(starts_at, last) - first) + max(zero, last - max(ends_at, first))
    if free < TIME_TO_VOTE:
        raise Invalid(
            "voting-time",
            _("%(name)s: voting is from %(first)s to %(last)s; a shift leaves an hour of it free.")
            % {
                "name": election.name,
                "first": f"{election.voting_from:%H.%M}",
                "last": f"{election.voting_until:%H.%M}",
            },
            field="ends",
        )


@service
def end_assignment(*, by: Actor, assignment: Assignment) -> None:
    """Take somebody or something off an event; what was lent goes home."""
    require(by, Permission.EVENTS_PLAN)
    own = by.covers(assignment.event.office_id)
    lender = assignment.loan is not None and by.covers(assignment.loan.lender_id)
    if not (own or lender):
        raise NotFound
    assignment.delete()


@service
def ask_loan(*, by: Actor, event: ServiceEvent, lender: Region, wanted: str) -> Loan:
    """Ask another office for clerks or devices. Raises Conflict when it was asked already."""
    require(by, Permission.EVENTS_PLAN)
    event = lock_event(by, event.pk)
    if not event.is_ahead:
        raise Conflict("event-over", _("The event is closed or cancelled."))
    return Loan.objects.create(
        event=event, lender=lender, wanted=wanted.strip(), asked_by_id=by.user_id
    )


@service
def answer_loan(
    *,
    by: Actor,
    loan: Loan,
    starts_at: datetime,
    ends_at: datetime,
    clerks: list[User],
    devices: list[Device],
    answer: str = "",
) -> Loan:
    """The lender's head gives clerks and devices of the own office, or none: then it is refused."""
    require(by, Permission.EVENTS_APPROVE)
    locked = (
        Loan.objects.select_for_update(of=("self",))
        .select_related("event__village", "event__office")
        .filter(Q(lender_id=by.office), pk=loan.pk)
        .first()
    )
    if locked is None:
        raise NotFound
    if locked.state != LoanState.ASKED:
        raise Conflict("loan-answered", _("This was answered already."))
    lends = bool(clerks or devices)
    if not lends and not answer.strip():
        raise Invalid("loan-answer", _("Say why nothing can be lent."), field="answer")
    locked.state = LoanState.GIVEN if lends else LoanState.REFUSED
    locked.answer = answer.strip()
    locked.answered_by_id = by.user_id
    locked.answered_at = timezone.now()
    locked.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    for clerk in clerks:
        _assign(by, locked.event, starts_at, ends_at, loan=locked, clerk=clerk)
    for device in devices:
        _assign(by, locked.event, starts_at, ends_at, loan=locked, device=device)
    return locked
