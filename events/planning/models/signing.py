"""What a head signed of an event, and changes that wait for a head's signature."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from events.planning.enums import ChangeState
from events.planning.models.event import ServiceEvent
from events.planning.triggers import CHANGE_DECIDED_ONCE, EVENT_SIGNED_BY
from events.planning.validators import LONGEST_REASON


class EventSignature(models.Model):
    """The plan of an event as a head saw and signed it. Append-only; the newest one counts.

    No person is in it: facts of the plan, hours, numbers of places, planned costs.
    """

    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="signatures")
    version = models.CharField(max_length=60)
    content = models.JSONField()
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("signature of an event")
        triggers = [clocked("signed_at"), EVENT_SIGNED_BY, *APPEND_ONLY]


class EventReopening(models.Model):
    """A closing that the head took back, and why. Append-only."""

    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="reopenings")
    reason = models.CharField(max_length=LONGEST_REASON)
    reopened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reopened_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("closing taken back")
        triggers = [clocked("reopened_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="reopening_reason",
                condition=~Q(reason=""),
                **says("reason", _("Say why the closing is taken back."), field="reason"),
            )
        ]


class EventChange(models.Model):
    """A change of a signed event by somebody who may not sign. Until a head signs it, page, public
    schedule and bookings keep what was signed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="changes")
    #: Column of the event -> the proposed value.
    values = models.JSONField()
    #: Sessions, bookings, team and devices move with the days.
    moves = models.BooleanField(default=False)
    #: The version that it was proposed against.
    against = models.CharField(max_length=60)
    state = models.CharField(max_length=9, choices=ChangeState.choices, default=ChangeState.PENDING)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("proposed change of an event")
        triggers = [CHANGE_DECIDED_ONCE]
        constraints = [
            models.UniqueConstraint(
                fields=["event"],
                condition=Q(state="pending"),
                name="change_one_open",
                **says("change-open", _("Another change of this event waits for the head.")),
            ),
            models.CheckConstraint(name="change_says_something", condition=~Q(values={})),
            models.CheckConstraint(
                name="change_decided",
                condition=Q(state="pending", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(state="pending") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
        ]
