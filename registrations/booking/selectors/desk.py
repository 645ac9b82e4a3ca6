"""What a desk shows: progress of events and sessions, the queue, what was set aside."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Value, When
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from events.planning.enums import EventState, Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat, ServiceSession
from events.planning.selectors.events import seat_counts
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment

#: Rows of one queue; more than that is paged.
QUEUE = 100
#: Who is this much behind the hour of the invitation may lose the place to who waits.
GRACE = timedelta(minutes=30)
#: Who is called comes first, then who is here, then who is expected, then who is done.
_ORDER = Case(
    When(state=AppointmentState.CHECKED_IN, station__isnull=False, then=Value(0)),
    When(state=AppointmentState.CHECKED_IN, then=Value(1)),
    When(state=AppointmentState.BOOKED, then=Value(2)),
    default=Value(3),
    output_field=IntegerField(),
)
QUEUE_COLUMNS = (
    *("id", "ticket", "state", "services", "checked_in_at", "resident_id", "queue_number"),
    *("expected_at", "walk_in", "priority", "skips", "station_id", "station__name", "group__name"),
    *("resident__identity__name", "resident__identity__nik_masked", "resident__village__name"),
)


@dataclass
class Progress:
    """A session with its places and the states of its bookings."""

    session: ServiceSession
    places: dict[str, dict[str, int]]
    states: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def capacity(self) -> int:
        return sum(cell["capacity"] for cell in self.places.values())

    @property
    def taken(self) -> int:
        return sum(
            cell["capacity"] - cell["free"] - cell["walk_in"] - cell["priority"]
            for cell in self.places.values()
        )

    @property
    def waiting(self) -> int:
        return self.states[AppointmentState.CHECKED_IN]

    @property
    def expected(self) -> int:
        return self.states[AppointmentState.BOOKED]

    @property
    def served(self) -> int:
        return self.states[AppointmentState.SERVED]


def progress(by: Actor, sessions: list[ServiceSession]) -> list[Progress]:
    """Two queries for any number of sessions."""
    ids = [session.pk for session in sessions]
    seats = seat_counts(ids)
    found = {session.pk: Progress(session, seats[session.pk]) for session in sessions}
    counted = (
        Appointment.objects.visible_to(by)
        .filter(session_id__in=ids)
        .values_list("session_id", "state")
        .annotate(n=Count("pk"))
    )
    for session_id, state, n in counted.order_by():
        found[session_id].states[state] = n
    return list(found.values())


def places_only(sessions: list[ServiceSession]) -> list[Progress]:
    """For who may know the plan, and nothing of the people in it."""
    seats = seat_counts(session.pk for session in sessions)
    return [Progress(session, seats[session.pk]) for session in sessions]


def sessions_of(by: Actor, event: ServiceEvent) -> list[ServiceSession]:
    found = ServiceSession.objects.visible_to(by).filter(event=event)
    return list(found.order_by("starts_at", "pk"))


def sessions_on(by: Actor, day: date, zone: str) -> list[ServiceSession]:
    """Sessions of approved events on a local day, with their events."""
    begins = datetime.combine(day, time.min, ZoneInfo(zone))
    return list(
        ServiceSession.objects.visible_to(by)
        .select_related("event__village")
        .filter(
            starts_at__lt=begins + timedelta(days=1),
            ends_at__gte=begins,
            event__state=EventState.APPROVED,
        )
        .order_by("starts_at", "pk")
    )


def named(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a visit with the words that a page says."""
    return row | {
        "name": row["resident__identity__name"],
        "nik_masked": row["resident__identity__nik_masked"],
        "village": row["resident__village__name"],
        "labels": [Service(name).label for name in row["services"]],
    }


def queue(
    by: Actor, session: ServiceSession, *, done: bool = False, skip: int = 0
) -> list[dict[str, Any]]:
    """People of a session, who is here first; `done`: those served, cancelled or missed."""
    found = Appointment.objects.visible_to(by).filter(session=session)
    active = AppointmentState.active()
    found = found.exclude(state__in=active) if done else found.filter(state__in=active)
    ordered = found.annotate(place=_ORDER).order_by("place", *_TURN)
    return [named(row) for row in ordered.values(*QUEUE_COLUMNS)[skip : skip + QUEUE + 1]]


#: As `services.queue` calls them; who is not here yet, by the hour of the invitation.
_TURN = ("-priority", "skips", "queue_number", "expected_at", "created_at", "id")


def late_until() -> datetime:
    """Who was expected up to this moment is late now."""
    return timezone.now() - GRACE


def printed(by: Actor, session: ServiceSession) -> list[dict[str, Any]]:
    """Everybody with a booking that holds, by group, hour and name: one query."""
    found = Appointment.objects.visible_to(by).filter(session=session)
    found = found.exclude(state__in=(AppointmentState.CANCELLED, AppointmentState.NO_SHOW))
    ordered = found.order_by("group__name", "expected_at", "resident__identity__name")
    return [named(row) for row in ordered.values(*QUEUE_COLUMNS)]


def board(by: Actor, session: ServiceSession, most: int = 12) -> dict[str, list[dict[str, Any]]]:
    """Numbers only: those called, the last first, and those who are next. One query."""
    here = (
        Appointment.objects.visible_to(by)
        .filter(session=session, state=AppointmentState.CHECKED_IN)
        .order_by(*_TURN)
        .values("queue_number", "station__name", "called_at", "station_id")
    )
    rows: list[Any] = list(here)
    called = [row for row in rows if row["station_id"]]
    called.sort(key=lambda row: row["called_at"], reverse=True)
    waiting = [row for row in rows if not row["station_id"]]
    return {"called": called, "next": waiting[:most], "more": waiting[most:]}


def states_in(by: Actor, session: ServiceSession) -> dict[str, int]:
    """state of a visit -> how many: one query."""
    counted = Appointment.objects.visible_to(by).filter(session=session).values_list("state")
    return dict(counted.annotate(n=Count("pk")).order_by())


def sessions_with_room(by: Actor, appointment: Appointment) -> list[ServiceSession]:
    """Where a visit that nobody came for yet may be moved to: one query.

    Sessions to come of the same office that have a free place for every service.
    """
    if appointment.state != AppointmentState.BOOKED:
        return []
    found = (
        ServiceSession.objects.visible_to(by)
        .select_related("event__village")
        .filter(
            event__office_id=appointment.office_id,
            event__state=EventState.APPROVED,
            ends_at__gt=timezone.now(),
        )
        .exclude(pk=appointment.session_id)
    )
    for name in appointment.services:
        free = Seat.objects.filter(
            session=OuterRef("pk"), service=name, holder__isnull=True, kept_for=""
        )
        found = found.filter(Exists(free))
    return list(found.order_by("starts_at", "pk")[:30])


def visit_of(by: Actor, session: ServiceSession, resident_id: uuid.UUID) -> Appointment | None:
    """Somebody's visit to this session, the one that still holds before any other."""
    found = (
        Appointment.objects.visible_to(by)
        .select_related("station")
        .filter(session=session, resident_id=resident_id)
        .annotate(place=_ORDER)
        .order_by("place", "-created_at")
    )
    return found.first()


def open_bookings(by: Actor, resident_id: uuid.UUID) -> list[Appointment]:
    found = Appointment.objects.visible_to(by).select_related("event")
    return list(found.filter(resident_id=resident_id, state__in=AppointmentState.active()))


def appointments_of(by: Actor, resident_id: uuid.UUID) -> list[Appointment]:
    return list(
        Appointment.objects.visible_to(by)
        .select_related("session", "event__village")
        .filter(resident_id=resident_id)
        .order_by("-session__starts_at")[:50]
    )
