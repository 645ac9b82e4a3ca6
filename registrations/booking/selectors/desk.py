"""Bookings as pages show them: progress of sessions, the queue of one, the visits of a person."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, Value, When
from django.utils import timezone

from dukcapil.accounts.asked import asked
from dukcapil.accounts.scoping import Actor
from events.planning.enums import EventState, Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat, ServiceSession
from events.planning.selectors.events import seat_counts
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.people.selectors import STAGE_COLUMNS, with_stages

#: Rows of one queue; more than that is paged.
QUEUE_PAGE = 100
#: Somebody this late after the hour of the invitation may lose the place to the waiting list.
GRACE = timedelta(minutes=30)
#: First whoever is called, then whoever is here, then whoever is expected, then whoever is done.
_QUEUE_RANK = Case(
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
    *("resident__identity__address", "resident__identity__rt", "resident__identity__rw"),
    *STAGE_COLUMNS,
)


@dataclass
class Progress:
    """A session with its places and the states of its bookings."""

    session: ServiceSession | dict[str, Any]
    places: dict[str, dict[str, int]]
    states: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def capacity(self) -> int:
        return sum(cell["capacity"] for cell in self.places.values())

    @property
    def taken(self) -> int:
        return sum(
            cell["capacity"] - cell["free"] - cell["walk_in"] - cell["priority"] - cell["out"]
            for cell in self.places.values()
        )

    @property
    def out(self) -> int:
        """Not given away: a recording set is out of order."""
        return sum(cell["out"] for cell in self.places.values())

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
    session_places = seat_counts(ids)
    by_session = {session.pk: Progress(session, session_places[session.pk]) for session in sessions}
    counted = (
        Appointment.objects.visible_to(by)
        .filter(session_id__in=ids)
        .values_list("session_id", "state")
        .annotate(n=Count("pk"))
    )
    for session_id, state, n in counted.order_by():
        by_session[session_id].states[state] = n
    return list(by_session.values())


def places_only(sessions: list[ServiceSession]) -> list[Progress]:
    """For an actor who may see the plan but nothing of the people in it."""
    session_places = seat_counts(session.pk for session in sessions)
    return [Progress(session, session_places[session.pk]) for session in sessions]


def sessions_of(by: Actor, event: ServiceEvent) -> list[ServiceSession]:
    sessions = ServiceSession.objects.visible_to(by).filter(event=event)
    return list(sessions.order_by("starts_at", "pk"))


def sessions_on(by: Actor, day: date, zone: str) -> list[ServiceSession]:
    """Sessions of approved events on a local day, with their events."""
    return list(held_on(by, day, zone).select_related("event__village"))


def held_on(by: Actor, day: date, zone: str) -> QuerySet[ServiceSession]:
    """As `sessions_on`, where a page asks for many things at once (`core.readings`)."""
    begins = datetime.combine(day, time.min, ZoneInfo(zone))
    held = ServiceSession.objects.visible_to(by).filter(
        starts_at__lt=begins + timedelta(days=1),
        ends_at__gte=begins,
        event__state=EventState.APPROVED,
    )
    return held.order_by("starts_at", "pk")


def states_of(by: Actor, sessions: QuerySet[ServiceSession]) -> QuerySet[Any, Any]:
    """session, state -> how many visits, for `Progress`."""
    visits: Any = Appointment.objects.visible_to(by)
    visits = visits.filter(session__in=sessions.order_by().values("pk"))
    counted = visits.values("session_id", "state").annotate(n=Count("pk"))
    return cast("QuerySet[Any, Any]", counted.order_by("session_id", "state"))


def labelled_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of QUEUE_COLUMNS with short names, and the names of its services for people."""
    return row | {
        "name": row["resident__identity__name"],
        "nik_masked": row["resident__identity__nik_masked"],
        "village": row["resident__village__name"],
        "address": _address(row),
        "labels": [Service(name).label for name in row["services"]],
    }


def _address(row: dict[str, Any]) -> str:
    """Street, RT and RW in one line: where a team goes that visits people at home."""
    return one_address(
        *(row.get(f"resident__identity__{part}") for part in ("address", "rt", "rw"))
    )


def one_address(street: str | None, rt: str | None, rw: str | None) -> str:
    parts = [street, f"RT {rt}" if rt else "", f"RW {rw}" if rw else ""]
    return ", ".join(filter(None, parts))


#: The order in which `services.queue` calls people; whoever is not here yet stands by the hour of
#: the invitation.
_QUEUE_ORDER = ("-priority", "skips", "queue_number", "expected_at", "created_at", "id")


def in_queue_order(
    visits: QuerySet[Appointment], *, ranked: bool = False
) -> QuerySet[Appointment, Any]:
    """`ranked`: first whoever is called, then whoever is here, then the others."""
    if not ranked:
        return visits.order_by(*_QUEUE_ORDER)
    return visits.annotate(queue_rank=_QUEUE_RANK).order_by("queue_rank", *_QUEUE_ORDER)


def late_cutoff() -> datetime:
    """Whoever was expected at this moment or before it is late now."""
    return timezone.now() - GRACE


def people_to_print(by: Actor, session: ServiceSession) -> list[dict[str, Any]]:
    """Everybody whose booking was not cancelled, moved or missed, by group, hour and name: two queries."""
    appointments = Appointment.objects.visible_to(by).filter(session=session)
    appointments = appointments.exclude(
        state__in=(AppointmentState.NO_SHOW, *AppointmentState.given_up())
    )
    ordered = appointments.order_by("group__name", "expected_at", "resident__identity__name")
    return [labelled_row(row) for row in with_stages(ordered.values(*QUEUE_COLUMNS))]


def sessions_with_room(by: Actor, appointment: Appointment) -> list[ServiceSession]:
    """Sessions to which a visit may be moved while its person has not come: one query.

    Sessions to come of the same office that have a free place for every service.
    """
    if appointment.state != AppointmentState.BOOKED:
        return []
    sessions = (
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
        sessions = sessions.filter(Exists(free))
    return list(sessions.order_by("starts_at", "pk")[:30])


def visits_of_one(by: Actor, session: uuid.UUID, resident: uuid.UUID) -> QuerySet[Appointment]:
    left = AppointmentService.objects.filter(appointment=OuterRef("pk"), active=True)
    return (
        Appointment.objects.visible_to(by)
        .select_related("station")
        .filter(session_id=session, resident_id=resident)
        .annotate(
            queue_rank=_QUEUE_RANK,
            open_services=ArraySubquery(left.order_by("service").values("service")),
        )
        .order_by("queue_rank", "-created_at")[:1]
    )


_VISIT = asked("visit", visits_of_one, session=uuid.UUID, resident=uuid.UUID)


def visit_of(by: Actor, session: ServiceSession, resident_id: uuid.UUID) -> Appointment | None:
    """A person's visit to this session, with `open_services`; an open one goes before one that is
    over.
    """
    return cast("Appointment | None", _VISIT.one(by, session.pk, resident_id))


def open_bookings(by: Actor, resident_id: uuid.UUID) -> list[Appointment]:
    appointments = Appointment.objects.visible_to(by).select_related("event")
    return list(appointments.filter(resident_id=resident_id, state__in=AppointmentState.active()))


def appointments_of(by: Actor, resident_id: uuid.UUID) -> list[Appointment]:
    return list(
        Appointment.objects.visible_to(by)
        .select_related("session", "event__village")
        .filter(resident_id=resident_id)
        .order_by("-session__starts_at")[:50]
    )
