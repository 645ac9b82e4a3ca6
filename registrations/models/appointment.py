"""Bookings. Personal data: none but the resident's id; behind row-level security all the same."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import ScopedManager, ScopedQuerySet
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.enums import Service
from events.models import ServiceEvent, ServiceSession
from registrations.enums import AppointmentState
from registrations.models.resident import Resident


class AppointmentQuerySet(ScopedQuerySet["Appointment"]):
    office_column = "office_id"
    village_column = "village_id"
    event_column = "event_id"


class Appointment(models.Model):
    """One person's visit to one session, for one or several services."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.ForeignKey(ServiceSession, models.PROTECT, related_name="appointments")
    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="+")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="appointments")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    services = ArrayField(models.CharField(max_length=20, choices=Service.choices))
    ticket = models.CharField(max_length=10, unique=True)
    state = models.CharField(
        max_length=10, choices=AppointmentState.choices, default=AppointmentState.BOOKED
    )
    checked_in_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager.from_queryset(AppointmentQuerySet)()
    everything = models.Manager()

    class Meta:
        verbose_name = _("appointment")
        base_manager_name = "everything"
        constraints = [
            models.CheckConstraint(
                name="appointment_checked_in",
                condition=~Q(state="checked_in") | Q(checked_in_at__isnull=False),
            ),
            models.CheckConstraint(name="appointment_services", condition=Q(services__len__gt=0)),
        ]
        indexes = [models.Index(fields=["session", "state"], name="appointment_session")]


class BookedQuerySet(ScopedQuerySet["AppointmentService"]):
    office_column = "office_id"
    village_column = "village_id"
    event_column = "event_id"


class AppointmentService(models.Model):
    """A service within a visit. While active, a person is booked for it once."""

    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="places")
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="+")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="+")
    service = models.CharField(max_length=20, choices=Service.choices)
    number = models.PositiveIntegerField()
    active = models.BooleanField(default=True)

    objects = ScopedManager.from_queryset(BookedQuerySet)()
    everything = models.Manager()

    class Meta:
        verbose_name = _("booked service")
        base_manager_name = "everything"
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "service"], condition=Q(active=True), name="booked_once"
            ),
            models.UniqueConstraint(fields=["appointment", "service"], name="booked_service_once"),
        ]
