"""Booked groups (a class, a team), their counts and their members."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.asked import asked
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import the_one
from dukcapil.core.errors import NotFound
from events.elections.selectors import next_election
from events.planning.enums import EventState
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat, ServiceSession
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.selectors.desk import labelled_row
from registrations.people.enums import Stage
from registrations.people.selectors import STAGE_COLUMNS, with_stages
from registrations.people.validators import CARD_AGE, RECORDING_AGE, anniversary

_PERSON = (
    *("resident_id", "resident__identity__name", "resident__identity__nik_masked"),
    *("resident__village__name", "services", "state", *STAGE_COLUMNS),
)


def get_group_or_404(by: Actor, group_id: uuid.UUID) -> VisitGroup:
    groups = VisitGroup.objects.visible_to(by).select_related("session__event__village")
    if (group := the_one(groups.filter(pk=group_id))) is None:
        raise NotFound
    return group


def groups_of(
    by: Actor, *, session: ServiceSession | None = None, event: ServiceEvent | None = None
) -> list[VisitGroup]:
    """Of a `session` or an `event`, with how many are booked, came and wait: one query."""
    if session is not None:
        return _OF_SESSION.rows(by, session.pk)
    return list(_groups(by, event=event))


def _groups(by: Actor, **where: Any) -> QuerySet[VisitGroup]:
    visits = Appointment.objects.filter(group=OuterRef("pk"))
    waiting = Waiting.objects.filter(group=OuterRef("pk"), state=WaitState.WAITING)
    active = visits.filter(state__in=AppointmentState.active())
    served = visits.filter(state=AppointmentState.SERVED)
    groups = VisitGroup.objects.visible_to(by).filter(**where).select_related("session")
    return groups.annotate(
        booked=_count(active), served=_count(served), waits=_count(waiting)
    ).order_by("session__starts_at", "created_at", "pk")


#: Classes that a list offers to be filtered by.
_LATEST = 60


def latest_groups(by: Actor, chosen: str = "") -> list[tuple[str, str]]:
    """(id, name) of the classes booked last, and of the one that is chosen: one query."""
    groups = (
        VisitGroup.objects.visible_to(by).select_related("event").order_by("-created_at", "-pk")
    )
    offered = {str(group.pk): f"{group.name} · {group.event.title}" for group in groups[:_LATEST]}
    if chosen and chosen not in offered:
        offered[chosen] = _("the class chosen before")
    return list(offered.items())


def _count(rows: QuerySet[Any]) -> Coalesce:
    by_group = rows.order_by().values("group").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(by_group), 0)


_OF_SESSION = asked(
    "groups_of_session", lambda by, session: _groups(by, session_id=session), session=uuid.UUID
)


def sessions_with_room_for(by: Actor, group: VisitGroup, count: int) -> list[ServiceSession]:
    """Sessions to come of the same office with a place for everybody who is booked: one query."""
    sessions = (
        ServiceSession.objects.visible_to(by)
        .select_related("event__village")
        .filter(
            event__office_id=group.office_id,
            event__state=EventState.APPROVED,
            ends_at__gt=timezone.now(),
        )
        .exclude(pk=group.session_id)
    )
    for name in group.services:
        free = Seat.objects.filter(
            session=OuterRef("pk"), service=name, holder__isnull=True, kept_for=""
        )
        counted = free.order_by().values("session").annotate(n=Count("pk")).values("n")
        sessions = sessions.alias(**{f"free_{name}": Subquery(counted)}).filter(
            **{f"free_{name}__gte": max(count, 1)}
        )
    return list(sessions.order_by("starts_at", "pk")[:30])


def moved_to(by: Actor, group: VisitGroup) -> VisitGroup | None:
    """Where its people went: the group of its name in which somebody of them comes. One query."""
    if group.cancelled_at:
        return None
    left = Appointment.objects.filter(group=group, state__in=AppointmentState.given_up())
    there = Appointment.objects.visible_to(by).filter(
        group__name=group.name,
        group__office_id=group.office_id,
        group__created_at__gt=group.created_at,
        resident__in=left.values("resident"),
        state__in=AppointmentState.active(),
    )
    found = (
        there.exclude(group=group)
        .select_related("group__session__event__village")
        .order_by("-group__created_at")
        .first()
    )
    return found.group if found else None


def age_notes(born: date, day: date, election: date | None) -> list[str]:
    """What is worth knowing of a young person's age: on the day of the visit, on election day."""
    card = anniversary(born, CARD_AGE)
    notes = []
    if anniversary(born, RECORDING_AGE) <= day < card:
        notes.append(_("16: gets the card on %(day)s.") % {"day": f"{card:%d-%m-%Y}"})
    if election and card == election:
        notes.append(f"{Stage.SEVENTEEN_ON_DAY.label}.")
    elif election and day < card < election:
        notes.append(f"{Stage.SEVENTEEN_BY_DAY.label}.")
    return notes


def members(by: Actor, group: VisitGroup) -> list[dict[str, Any]]:
    """Everybody of a group, by name; somebody moved up from the waiting list stands there once.

    Four queries.
    """
    village = group.session.event.village
    day = group.session.starts_at.astimezone(ZoneInfo(village.timezone)).date()
    election = next_election(village.pk, day)
    booked = Appointment.objects.visible_to(by).filter(group=group)
    waiting = Waiting.objects.visible_to(by).filter(group=group).exclude(state=WaitState.MOVED_UP)
    people = [
        *booked.values("id", "ticket", "expected_at", *_PERSON),
        *waiting.values(*_PERSON),
    ]
    rows = [labelled_row(row) for row in with_stages(people)]
    for row in rows:
        row["ages"] = age_notes(
            row["resident__birth_date"], day, election.held_on if election else None
        )
        row["waits"] = "ticket" not in row
    return sorted(rows, key=lambda row: row["name"])
