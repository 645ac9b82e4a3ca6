"""Changing and removing a session: its bookings, waiting list and messages follow."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict
from dukcapil.core.versions import require_seen
from dukcapil.regions.enums import day_of
from events.planning.errors import session_booked
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.selectors.wholes import WHOLE_WORDS, session_parts
from events.planning.services import steps
from events.planning.services.own import lock_event
from events.planning.services.signing import require_ahead
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.draft import ListDraft
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.services import messages
from registrations.booking.services.visits import hours_now
from registrations.booking.services.waiting import promote
from registrations.ledger.models import ServiceRecord
from registrations.lifecycle.services.hours import anybody_came, invite_anew, refuse_too_young


@service
def change_session(
    *,
    by: Actor,
    session: ServiceSession,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    capacity: dict[str, int] | None = None,
    version: str | None = None,
) -> ServiceSession:
    """Other hours, more or fewer places; what is None stays. Who left a contact is told of other hours,
    new places go to the waiting list. `version`: of what was shown (`session_parts`).

    Raises Invalid for hours that are over, or on no day of the event, when no place would be left, and
    `too-young` when people who are booked could not be recorded on that day; Conflict `event-over`,
    when more are booked than would be left, and `session-begun` when people came and it would be on
    another day.
    """
    # The event first: a booking under way holds it, too, and takes its hour from what stands.
    event = lock_event(by, session.event_id)
    require_ahead(event)
    hours_now(session)
    require_seen(version, session_parts(session), WHOLE_WORDS)
    before = session.starts_at
    moved = _other_hours(by, event, session, starts_at, ends_at)
    if capacity is not None:
        steps.set_seats(by=by, session=session, capacity=capacity)
    if moved:
        others = invite_anew(session)
        messages.tell_moved(
            _concerned(session, others, begins_as_before=session.starts_at == before)
        )
    promote(by, session)
    return session


def _other_hours(
    by: Actor,
    event: ServiceEvent,
    session: ServiceSession,
    starts_at: datetime | None,
    ends_at: datetime | None,
) -> bool:
    """Whether they are others."""
    before = (session.starts_at, session.ends_at)
    hours = (starts_at or session.starts_at, ends_at or session.ends_at)
    if hours == before:
        return False
    shift = day_of(hours[0], event.village_id) - day_of(before[0], event.village_id)
    if shift and anybody_came(session=session):
        raise Conflict("session-begun", _("People came already: the session stays on its day."))
    steps.set_hours(by=by, session=session, starts_at=hours[0], ends_at=hours[1])
    refuse_too_young([session], shift, field="starts_at")
    return True


def _concerned(
    session: ServiceSession, others: set[uuid.UUID], *, begins_as_before: bool
) -> list[messages.Owner]:
    """Whoever left a contact and is expected at another hour; a group, when any of its people is."""
    visits = Appointment.objects.filter(pk__in=others).exclude(group=None)
    groups = set(visits.values_list("group", flat=True))
    return [
        owner
        for owner in messages.with_contact(session=session)
        if owner.pk in others
        or owner.pk in groups
        # Whoever waits, alone or with a group, knows the beginning alone.
        or not (begins_as_before or isinstance(owner, Appointment))
    ]


@service
def remove_session(*, by: Actor, session: ServiceSession) -> None:
    """Take an empty session out of the plan. Raises Conflict `session-booked` when anybody was booked
    or waits there, or was recorded.
    """
    # Whoever is about to book waits here, and finds no seat then.
    lock_event(by, session.event_id)
    for model in (Appointment, Waiting, VisitGroup, ServiceRecord):
        if model.objects.filter(session=session).exists():
            raise session_booked()
    # Lists that somebody looks at before they are booked: there is nothing left to book them for.
    ListDraft.objects.filter(session=session).delete()
    steps.remove_session(by=by, session=session)
