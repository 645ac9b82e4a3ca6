"""Bookings. Personal data: `contact` (sealed) and the resident's id; behind row-level security."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Personal, Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import says
from dukcapil.regions.models import Region
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession, Station
from registrations.booking.enums import AppointmentState
from registrations.booking.models.contacted import Contacted, contact_whole
from registrations.booking.models.group import VisitGroup
from registrations.people.models import Resident
from registrations.people.triggers import of_somebody


class Appointment(Contacted, ScopedModel):
    """One person's visit to one session, for one or several services."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    #: `queue_number_once` begins with it.
    session = models.ForeignKey(
        ServiceSession, models.PROTECT, related_name="appointments", db_index=False
    )
    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="+")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="appointments")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    services = ArrayField(models.CharField(max_length=20, choices=Service.choices))
    ticket = models.CharField(max_length=10, unique=True)
    state = models.CharField(
        max_length=16, choices=AppointmentState.choices, default=AppointmentState.BOOKED
    )
    #: Blank beside what ended before this was noted: such a visit may say "did not come" of somebody
    #: who came and was not served.
    ended_at = models.DateTimeField(null=True, blank=True)
    walk_in = models.BooleanField(default=False)
    #: May use the priority lane. The reason (age, disability, pregnancy) is never noted.
    priority = models.BooleanField(default=False)
    #: The hour in the invitation, worked out from the seat's number in the session.
    expected_at = models.DateTimeField(null=True, blank=True)
    group = models.ForeignKey(
        VisitGroup, models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    checked_in_at = models.DateTimeField(null=True, blank=True)
    #: Given on arrival, 1, 2, 3 ... in a session: booked people and walk-ins share one queue.
    queue_number = models.PositiveIntegerField(null=True, blank=True)
    #: Where and when the person was called last.
    station = models.ForeignKey(
        Station, models.SET_NULL, null=True, blank=True, related_name="called", db_index=False
    )
    called_at = models.DateTimeField(null=True, blank=True)
    #: How often the person was called and was not there.
    skips = models.PositiveSmallIntegerField(default=0)
    #: The state that the closing of the event ended: taken back, it stands again.
    open_at_closing = models.CharField(max_length=20, blank=True, default="", db_default="")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    scope = Scope(village="village_id", event="event_id")
    personal: ClassVar = Personal("resident", {"channel": "", "contact": None})

    class Meta(ScopedModel.Meta):
        verbose_name = _("appointment")
        triggers = [of_somebody()]
        constraints = [
            models.CheckConstraint(
                name="appointment_checked_in",
                condition=~Q(state="checked_in") | Q(checked_in_at__isnull=False),
            ),
            models.CheckConstraint(
                name="appointment_ends",
                condition=Q(state__in=("booked", "checked_in"), ended_at__isnull=True)
                | Q(state__in=("served", "cancelled"))
                | Q(state="moved", ended_at__isnull=False)
                | Q(state="came_not_served", ended_at__isnull=False, checked_in_at__isnull=False)
                | Q(state="no_show", ended_at__isnull=True)
                | Q(state="no_show", checked_in_at__isnull=True),
            ),
            models.CheckConstraint(name="appointment_services", condition=Q(services__len__gt=0)),
            contact_whole("appointment_contact"),
            models.UniqueConstraint(fields=["session", "queue_number"], name="queue_number_once"),
            models.CheckConstraint(
                name="appointment_called",
                condition=Q(station__isnull=True) | Q(called_at__isnull=False),
            ),
        ]
        # Whoever is called, waits again or is served changes no other index than this one, which is of pages: the
        # row is written anew beside itself, and no index learns of it (docs/performance.md).
        indexes = [
            BrinIndex(fields=["station"], name="appointment_station", pages_per_range=32),
        ]


class AppointmentService(ScopedModel):
    """A service within a visit. While active, a person is booked for it once."""

    #: `booked_service_once` begins with it.
    appointment = models.ForeignKey(
        Appointment, models.PROTECT, related_name="places", db_index=False
    )
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="+")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="+")
    service = models.CharField(max_length=20, choices=Service.choices)
    number = models.PositiveIntegerField()
    active = models.BooleanField(default=True)
    #: It was active when the event was closed.
    open_at_closing = models.BooleanField(default=False, db_default=False)

    scope = Scope(village="village_id", event="event_id")

    class Meta(ScopedModel.Meta):
        verbose_name = _("booked service")
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "service"],
                condition=Q(active=True),
                name="booked_once",
                **says(
                    "already-booked",
                    _("This person is already booked for this service."),
                    field="services",
                ),
            ),
            models.UniqueConstraint(fields=["appointment", "service"], name="booked_service_once"),
        ]
