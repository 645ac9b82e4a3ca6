"""Events, their sessions and seats; elections; local days; teams and devices.

No table here holds a resident: `Seat.holder` is an appointment's id, and the foreign key to the
appointments is added in SQL by a migration of registrations, so that no import points up.
"""

from __future__ import annotations

import uuid

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import ScopedManager, ScopedQuerySet
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region, code_length
from events.enums import DayKind, ElectionKind, EventKind, EventState, PlaceKind, Service


class Election(models.Model):
    """An election day and the area it is held in. Elections are public facts: no scope."""

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=ElectionKind.choices)
    region = models.ForeignKey(Region, models.PROTECT)
    held_on = models.DateField()
    #: A release knows the elections of its own moment only.
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("election")
        constraints = [
            models.UniqueConstraint(fields=["region", "kind", "held_on"], name="election_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.held_on}"


class LocalDay(models.Model):
    """A day on which offices of a region open although a holiday, or close although none.

    Never changed: the newest row of a region and day counts, so that a release keeps its own.
    """

    region = models.ForeignKey(Region, models.PROTECT)
    day = models.DateField()
    kind = models.CharField(max_length=6, choices=DayKind.choices)
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("local day")
        constraints = [
            models.CheckConstraint(name="localday_reason", condition=~Q(reason="")),
        ]
        indexes = [models.Index(fields=["region", "day"], name="localday_region_day")]


class EventQuerySet(ScopedQuerySet["ServiceEvent"]):
    office_column = "office_id"
    event_column = "pk"


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent(), level=pghistory.Statement)
class ServiceEvent(models.Model):
    """A service day or visit. *Running* is derived from the dates, never stored."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    place = models.CharField(max_length=200)
    place_kind = models.CharField(max_length=10, choices=PlaceKind.choices, default=PlaceKind.OTHER)
    target_group = models.CharField(max_length=100, blank=True)
    programme = models.CharField(max_length=60, blank=True)
    services = ArrayField(models.CharField(max_length=20, choices=Service.choices))
    starts_on = models.DateField()
    ends_on = models.DateField()
    state = models.CharField(max_length=10, choices=EventState.choices, default=EventState.DRAFT)
    holiday_reason = models.CharField(max_length=200, blank=True)
    neutrality_signed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+"
    )
    neutrality_signed_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager.from_queryset(EventQuerySet)()

    class Meta:
        verbose_name = _("event")
        base_manager_name = "everything"
        constraints = [
            models.CheckConstraint(name="event_dates", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(
                name="event_years",
                condition=Q(starts_on__gte="2011-01-01", ends_on__lte="2100-12-31"),
            ),
            models.CheckConstraint(
                name="event_office_is_regency", condition=code_length("office", 5)
            ),
            models.CheckConstraint(name="event_in_office", condition=Q(office=Left("village", 5))),
            models.CheckConstraint(
                name="event_holiday_reason",
                condition=(Q(kind="holiday_opening") & ~Q(holiday_reason=""))
                | (~Q(kind="holiday_opening") & Q(holiday_reason="")),
            ),
            models.CheckConstraint(
                name="event_neutrality",
                condition=~Q(state__in=["approved", "closed"])
                | Q(neutrality_signed_by__isnull=False, neutrality_signed_at__isnull=False),
            ),
            models.CheckConstraint(name="event_services", condition=Q(services__len__gt=0)),
        ]
        indexes = [models.Index(fields=["office", "starts_on"], name="event_office_day")]

    everything = models.Manager()

    def __str__(self) -> str:
        return self.title


class SessionQuerySet(ScopedQuerySet["ServiceSession"]):
    office_column = "event__office_id"
    event_column = "event_id"


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent(), level=pghistory.Statement)
class ServiceSession(models.Model):
    """Part of an event's day. Its capacity is its seats: one row a place and service."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="sessions")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager.from_queryset(SessionQuerySet)()

    class Meta:
        verbose_name = _("session")
        base_manager_name = "everything"
        constraints = [
            models.CheckConstraint(name="session_times", condition=Q(ends_at__gt=F("starts_at")))
        ]

    everything = models.Manager()


class Seat(models.Model):
    """A place is a row. Free places are counted from here alone."""

    session = models.ForeignKey(ServiceSession, models.PROTECT, related_name="seats")
    service = models.CharField(max_length=20, choices=Service.choices)
    number = models.PositiveIntegerField()
    holder = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = _("place")
        constraints = [
            models.UniqueConstraint(fields=["session", "service", "number"], name="seat_once"),
            models.UniqueConstraint(fields=["holder", "service"], name="seat_one_a_holder"),
            models.CheckConstraint(name="seat_number", condition=Q(number__gte=1)),
        ]
        indexes = [
            models.Index(
                fields=["session", "service", "number"],
                condition=Q(holder__isnull=True),
                name="seat_free",
            )
        ]


class Team(models.Model):
    office = models.ForeignKey(Region, models.PROTECT)
    name = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("team")
        constraints = [models.UniqueConstraint(fields=["office", "name"], name="team_once")]


class Device(models.Model):
    """A mobile recording set, printer or link."""

    office = models.ForeignKey(Region, models.PROTECT)
    label = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)

    class Meta:
        verbose_name = _("device")
        constraints = [models.UniqueConstraint(fields=["office", "label"], name="device_once")]


class Assignment(models.Model):
    """A team or a device at an event for a period. The database refuses double use."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="assignments")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True)
    device = models.ForeignKey(Device, models.PROTECT, null=True, blank=True)
    period = DateTimeRangeField()

    class Meta:
        verbose_name = _("assignment")
        constraints = [
            models.CheckConstraint(
                name="assignment_of_one",
                condition=Q(team__isnull=False, device__isnull=True)
                | Q(team__isnull=True, device__isnull=False),
            ),
            ExclusionConstraint(
                name="team_used_once",
                expressions=[
                    ("team", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(team__isnull=False),
            ),
            ExclusionConstraint(
                name="device_used_once",
                expressions=[
                    ("device", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(device__isnull=False),
            ),
        ]
