"""Booked groups (a class, a team), their counts and their members."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from events.elections.selectors import next_election
from events.planning.models.session import ServiceSession
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.selectors.desk import labelled_row
from registrations.people.validators import CARD_AGE, RECORDING_AGE, anniversary

_PERSON = (
    *("resident_id", "resident__identity__name", "resident__identity__nik_masked"),
    *("resident__village__name", "resident__birth_date", "services", "state"),
)


def get_group_or_404(by: Actor, group_id: uuid.UUID) -> VisitGroup:
    groups = VisitGroup.objects.visible_to(by).select_related("session__event__village")
    if (group := groups.filter(pk=group_id).first()) is None:
        raise NotFound
    return group


def groups_of(by: Actor, session: ServiceSession) -> list[VisitGroup]:
    """With how many are booked, came and wait: one query."""
    visits = Q(appointments__isnull=False)
    return list(
        VisitGroup.objects.visible_to(by)
        .filter(session=session)
        .annotate(
            booked=Count("appointments", filter=visits, distinct=True),
            served=Count(
                "appointments",
                filter=Q(appointments__state=AppointmentState.SERVED),
                distinct=True,
            ),
            waits=Count("waiting", filter=Q(waiting__state=WaitState.WAITING), distinct=True),
        )
        .order_by("created_at", "pk")
    )


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


def age_notes(born: date, day: date, election: date | None) -> list[str]:
    """What is worth knowing of a young person's age: on the day of the visit, on election day."""
    card = anniversary(born, CARD_AGE)
    notes = []
    if anniversary(born, RECORDING_AGE) <= day < card:
        notes.append(_("16: gets the card on %(day)s.") % {"day": f"{card:%d-%m-%Y}"})
    if election and card == election:
        notes.append(_("Turns 17 on election day."))
    elif election and day < card < election:
        notes.append(_("17 on election day."))
    return notes


def members(by: Actor, group: VisitGroup) -> list[dict[str, Any]]:
    """Everybody of a group, by name; somebody moved up from the waiting list stands there once.

    Three queries.
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
    rows = [labelled_row(row) for row in people]
    for row in rows:
        row["ages"] = age_notes(
            row["resident__birth_date"], day, election.held_on if election else None
        )
        row["waits"] = "ticket" not in row
    return sorted(rows, key=lambda row: row["name"])
