"""Teams, devices and clerks: who and what is where, and what offices lend each other."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import says
from dukcapil.regions.models import Region, code_length
from events.incidents.models import BEGINNING
from events.planning.models.event import ServiceEvent
from events.points.models import Point
from events.resources.enums import DeviceKind, LoanState
from events.resources.triggers import (
    ASSIGNMENT_FITS_PLACES,
    ASSIGNMENT_OF_OFFICE,
    DEVICE_AT_OWN_POINT,
    FAULT_FITS_PLACES,
    LOAN_BETWEEN_OFFICES,
)


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
    kind = models.CharField(max_length=40, choices=DeviceKind.choices)
    #: What it was called before there were kinds, or its make.
    model = models.CharField(max_length=80, blank=True, default="", db_default="")
    #: Where it stands at home; none: at the office itself.
    point = models.ForeignKey(
        Point, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("device")
        triggers = [DEVICE_AT_OWN_POINT]
        constraints = [
            models.UniqueConstraint(
                fields=["office", "label"],
                name="device_once",
                **says("device-exists", _("A device of this name exists."), field="label"),
            )
        ]


class DeviceFault(models.Model):
    """A time in which a device does not work. One that has no end hinders whatever it is assigned to."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    device = models.ForeignKey(Device, models.PROTECT, related_name="faults")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    what = models.CharField(max_length=500, blank=True)
    #: What was done about it.
    done = models.CharField(max_length=500, blank=True)
    reported_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("fault of a device")
        triggers = [FAULT_FITS_PLACES]
        constraints = [
            models.CheckConstraint(
                name="fault_times",
                condition=Q(until=None) | Q(until__gt=F("since")),
                **says("fault-times", _("A fault ends after it began."), field="until"),
            ),
            models.CheckConstraint(
                name="fault_since",
                condition=Q(since__gte=BEGINNING),
                **says("fault-since", _("This time is too far away."), field="from"),
            ),
            models.CheckConstraint(
                name="fault_ended_by_somebody",
                condition=Q(until=None, ended_by=None)
                | Q(until__isnull=False, ended_by__isnull=False),
            ),
            ExclusionConstraint(
                name="fault_once",
                expressions=[
                    ("device", RangeOperators.EQUAL),
                    (Func(F("since"), F("until"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
                **says(
                    "fault-overlaps",
                    _("A fault of this device is noted for this time already: change that one."),
                    field="from",
                ),
            ),
        ]


class TeamMember(models.Model):
    team = models.ForeignKey(Team, models.CASCADE, related_name="members")
    clerk = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("team member")
        constraints = [models.UniqueConstraint(fields=["team", "clerk"], name="member_once")]


class Loan(models.Model):
    """An office asks another one for clerks and devices for an event; its head gives or refuses.

    What is given are assignments that name the loan. The lender sees the event's title, days and
    venue, and nobody's data; a lent clerk serves in that event and sees nothing else.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="loans")
    lender = models.ForeignKey(Region, models.PROTECT, related_name="+")
    wanted = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=LoanState.choices, default=LoanState.ASKED)
    answer = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("loan")
        triggers = [LOAN_BETWEEN_OFFICES]
        constraints = [
            models.CheckConstraint(
                name="loan_lender_is_regency", condition=code_length("lender", 5)
            ),
            models.CheckConstraint(
                name="loan_answered",
                condition=Q(state="asked", answered_by__isnull=True, answered_at__isnull=True)
                | (~Q(state="asked") & Q(answered_by__isnull=False, answered_at__isnull=False)),
            ),
            models.UniqueConstraint(
                fields=["event", "lender"],
                condition=Q(state="asked"),
                name="loan_asked_once",
                **says("loan-asked", _("This office was asked already and has not answered yet.")),
            ),
        ]


class Assignment(models.Model):
    """A team, a device or a clerk at an event for a period. The database refuses double use.

    Of the own office, or lent by another one (`loan`); the trigger `assignment_of_office` says so.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="assignments")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True)
    device = models.ForeignKey(Device, models.PROTECT, null=True, blank=True)
    clerk = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    loan = models.ForeignKey(
        Loan, models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    period = DateTimeRangeField()
    assigned_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("assignment")
        triggers = [ASSIGNMENT_OF_OFFICE, ASSIGNMENT_FITS_PLACES]
        constraints = [
            models.CheckConstraint(
                name="assignment_of_one",
                condition=Q(team__isnull=False, device__isnull=True, clerk__isnull=True)
                | Q(team__isnull=True, device__isnull=False, clerk__isnull=True)
                | Q(team__isnull=True, device__isnull=True, clerk__isnull=False),
            ),
            ExclusionConstraint(
                name="team_used_once",
                expressions=[
                    ("team", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(team__isnull=False),
                **says("team-busy", _("The team is elsewhere at that time.")),
            ),
            ExclusionConstraint(
                name="device_used_once",
                expressions=[
                    ("device", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(device__isnull=False),
                **says("device-busy", _("The device is elsewhere at that time.")),
            ),
            ExclusionConstraint(
                name="clerk_used_once",
                expressions=[
                    ("clerk", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(clerk__isnull=False),
                **says("clerk-busy", _("The clerk is elsewhere at that time.")),
            ),
            models.CheckConstraint(name="assignment_period", condition=Q(period__isempty=False)),
        ]
