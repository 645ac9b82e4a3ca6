"""Teams, devices and clerks: who and what is where, and what offices lend each other."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import says
from dukcapil.regions.models import Region, code_length
from events.planning.models.event import ServiceEvent
from events.resources.enums import LoanState
from events.resources.triggers import ASSIGNMENT_OF_OFFICE, LOAN_BETWEEN_OFFICES


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
        constraints = [
            models.UniqueConstraint(
                fields=["office", "label"],
                name="device_once",
                **says("device-exists", _("A device of this name exists."), field="label"),
            )
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
        triggers = [ASSIGNMENT_OF_OFFICE]
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
