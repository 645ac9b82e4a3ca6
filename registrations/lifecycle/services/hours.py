"""What other hours and days of sessions mean for people: steps that the verbs of an event and of a
session share, once the hours are written.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import ngettext

from dukcapil.core.errors import Invalid
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat, ServiceSession
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.judging import first_day, local_day
from registrations.booking.services.seats import TakenSeat, hour_of
from registrations.people.selectors import print_days


def anybody_came(
    *, event: ServiceEvent | None = None, session: ServiceSession | None = None
) -> bool:
    """To a session or an event. Who came, and whose visit was cancelled then, keeps nobody."""
    came = Q(checked_in_at__isnull=False) | Q(state=AppointmentState.SERVED)
    visits = Appointment.objects.exclude(state__in=AppointmentState.given_up())
    where = Q(session=session) if session else Q(event=event)
    return visits.filter(came, where).exists()


def invite_anew(session: ServiceSession) -> set[uuid.UUID]:
    """The hour of everybody who did not come yet, by the numbers of their seats in the new hours; returns
    whose hour is another one.

    Who is late by the new hours, too, stays late.
    """
    last = dict(
        Seat.objects.filter(session=session)
        .values_list("service")
        .annotate(last=Max("number"))
        .order_by()
    )
    now = timezone.now()
    visits = Appointment.objects.filter(session=session, state=AppointmentState.BOOKED).exclude(
        expected_at__gte=session.starts_at, expected_at__lt=now
    )
    booked = AppointmentService.objects.filter(appointment__in=visits, active=True)
    hours: dict[uuid.UUID, datetime] = {}
    for visit_id, name, number in booked.values_list("appointment_id", "service", "number"):
        hour = hour_of(session, TakenSeat(number, last[name]))
        hours[visit_id] = min(hours.get(visit_id, hour), hour)
    others = [visit for visit in visits if visit.expected_at != hours.get(visit.pk)]
    for visit in others:
        visit.expected_at = hours.get(visit.pk)
    Appointment.objects.bulk_update(others, ["expected_at"])
    return {visit.pk for visit in others}


def refuse_too_young(sessions: Collection[ServiceSession], shift: timedelta, *, field: str) -> None:
    """Once the sessions are on another day, so much later. Raises Invalid `too-young` with how many of
    their people could have had their services on the day before, and not on this one: each day by its
    own rule for printing, so also a later one may be too early.
    """
    if not shift:
        return
    days = {session.pk: local_day(session) for session in sessions}
    person = ("session", "resident", "resident__birth_date", "resident__marital_status")
    visits = Appointment.objects.filter(
        session__in=days, state=AppointmentState.BOOKED, places__active=True
    )
    entries = Waiting.objects.filter(session__in=days, state=WaitState.WAITING)
    asked = [
        *((*row, [name]) for *row, name in visits.values_list(*person, "places__service")),
        *entries.values_list(*person, "services"),
    ]
    offices = {session.pk: session.event.office_id for session in sessions}
    prints = any(Service.CARD_PRINT in services for *_person, services in asked)

    @cache
    def early(session: uuid.UUID, day: date) -> int:
        return print_days(offices[session], day, [Service.CARD_PRINT] if prints else [])

    def may(session: uuid.UUID, day: date, *person: Any) -> bool:
        born, marital_status, services = person
        return first_day(born, marital_status, services, early(session, day)) <= day

    young = {
        resident
        for session, resident, *person in asked
        if may(session, days[session] - shift, *person) and not may(session, days[session], *person)
    }
    if not young:
        return
    text = ngettext(
        "%(n)s person who is booked or waits would be too young on that day: choose a later day, or"
        " cancel that booking first.",
        "%(n)s people who are booked or wait would be too young on that day: choose a later day, or"
        " cancel those bookings first.",
        len(young),
    )
    raise Invalid(
        "too-young", text % {"n": number_format(len(young))}, field=field, people=len(young)
    )
