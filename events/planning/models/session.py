"""Sessions, their seats, and the stations that people go through.

`Seat.holder` is an appointment's id. Its foreign key is added in SQL by a migration of
registrations, because events must not import registrations.
"""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import says
from events.planning.enums import Lane, Service
from events.planning.models.event import ServiceEvent
from events.planning.triggers import (
    PLACES_ADDED_FIT,
    PLACES_REMOVED_FIT,
    SEAT_KEEPS_HOLDER,
    SEAT_OUT_CHANGES,
    SESSION_FITS_PLACES,
    SESSION_IN_EVENT,
)


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent(), level=pghistory.Statement)
class ServiceSession(ScopedModel):
    """Part of an event's day. Its capacity is the number of its seats, which are rows."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="sessions")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    scope = Scope(office="event__office_id", event="event_id", people=False)

    class Meta(ScopedModel.Meta):
        verbose_name = _("session")
        triggers = [SESSION_IN_EVENT, SESSION_FITS_PLACES]
        constraints = [
            models.CheckConstraint(
                name="session_times",
                condition=Q(ends_at__gt=F("starts_at")),
                **says("session-times", _("A session ends after it starts."), field="ends_at"),
            )
        ]


class Seat(models.Model):
    """One seat for one service, a place in the words of people. Free ones are counted from here alone."""

    session = models.ForeignKey(ServiceSession, models.PROTECT, related_name="seats")
    service = models.CharField(max_length=20, choices=Service.choices)
    number = models.PositiveIntegerField()
    #: The lane that it is kept for; empty for everybody.
    kept_for = models.CharField(max_length=8, choices=Lane.choices, blank=True)
    #: The lane of a place that is out: it comes back with the set.
    kept_before = models.CharField(max_length=8, null=True, blank=True, editable=False)  # noqa: DJ001 - none: the place is not out
    holder = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = _("place")
        triggers = [SEAT_KEEPS_HOLDER, SEAT_OUT_CHANGES, PLACES_ADDED_FIT, PLACES_REMOVED_FIT]
        constraints = [
            models.UniqueConstraint(fields=["session", "service", "number"], name="seat_once"),
            models.UniqueConstraint(fields=["holder", "service"], name="seat_one_a_holder"),
            models.CheckConstraint(name="seat_number", condition=Q(number__gte=1)),
            models.CheckConstraint(
                name="seat_out_for_a_while",
                condition=Q(kept_for=Lane.OUT, kept_before__isnull=False)
                | (~Q(kept_for=Lane.OUT) & Q(kept_before=None)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["session", "service", "kept_for", "number"],
                condition=Q(holder__isnull=True),
                name="seat_free",
            ),
            models.Index(
                fields=["session", "service"], condition=Q(kept_for=Lane.OUT), name="seat_out"
            ),
        ]


class Station(models.Model):
    """A table at an event with the services that are given there, as the queue board names it."""

    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="stations")
    name = models.CharField(max_length=40)
    services = ArrayField(models.CharField(max_length=20, choices=Service.choices))

    class Meta:
        verbose_name = _("station")
        constraints = [
            models.UniqueConstraint(fields=["event", "name"], name="station_once"),
            models.CheckConstraint(name="station_services", condition=Q(services__len__gt=0)),
        ]
