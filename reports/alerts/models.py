"""What went wrong and who is told of it, by which rule. Figures and places; no citizen.

Personal data (staff): the address of AlertAddress.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.core.work import Work
from dukcapil.regions.models import Region, code_length
from reports.alerts.enums import AlertKind, AlertState, MailState
from reports.alerts.triggers import ALERT_MOVES_ON, ALERT_RULE_BY

#: More than any rule of ours goes to.
_MOST = 10_000


class AlertRule(models.Model):
    """From which day on a kind is told in a region and below, from which number on, and when mail of it
    waits. Of the nearest region that has one the row that began last counts; rows are added, never changed.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24, choices=AlertKind.choices)
    valid_from = models.DateField()
    is_on = models.BooleanField()
    number = models.DecimalField(
        max_digits=7,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(_MOST)],
    )
    #: Both or neither. Neither: mail goes out at any hour.
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    reason = models.CharField(max_length=300)
    #: `set_rule` always writes one: what the house began with is no row (`KINDS`).
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("rule of alerts")
        triggers = [ALERT_RULE_BY, clocked("at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="alertrule_region",
                condition=code_length("region", 2, 5),
                **says(
                    "alert-region",
                    _("Rules are those of the nation, a province, or a regency or city."),
                    field="region",
                ),
            ),
            models.CheckConstraint(
                name="alertrule_number",
                condition=Q(number__gte=0, number__lte=_MOST),
                **says("number", _("From 0 to 10.000."), field="number"),
            ),
            models.CheckConstraint(
                name="alertrule_quiet",
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False)
                & ~Q(quiet_from=F("quiet_until")),
                **says(
                    "quiet-hours",
                    _("Give both hours, and two different ones, or none."),
                    field="quiet_until",
                ),
            ),
            models.CheckConstraint(
                name="alertrule_reason",
                condition=~Q(reason=""),
                **says("reason", _("Say why."), field="reason"),
            ),
        ]
        indexes = [models.Index(fields=["region", "kind", "-at"], name="alertrule_newest")]


class Alert(models.Model):
    """One cause at one place, from when it was seen until it was gone. A cause that comes back is another
    alert.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=24, choices=AlertKind.choices)
    #: Where: the office; the nation of what concerns everybody.
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: Which opening, device, incident, item of stock; empty where the office itself is the cause.
    subject = models.CharField(max_length=60, blank=True)
    #: Counts, days and names of places, as the job saw them last.
    facts = models.JSONField(default=dict)
    #: Roles that see it, in and above the region: pages and the bell ask nothing else.
    seen_by = ArrayField(models.CharField(max_length=20))
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    #: What whoever took it does about it. No citizen's name or number.
    note = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("alert")
        triggers = [clocked("opened_at"), ALERT_MOVES_ON]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "region", "subject"],
                condition=Q(closed_at__isnull=True),
                name="alert_one_open",
            ),
            models.CheckConstraint(
                name="alert_taken",
                condition=Q(taken_at__isnull=True, taken_by__isnull=True, note="")
                | Q(taken_at__isnull=False, taken_by__isnull=False) & ~Q(note=""),
                **says("note", _("Say what you do about it."), field="note"),
            ),
            models.CheckConstraint(
                name="alert_region_is_office", condition=code_length("region", 5) | Q(region="00")
            ),
        ]
        indexes = [
            models.Index(fields=["region"], condition=Q(closed_at=None), name="alert_open"),
            models.Index(fields=["region", "-opened_at"], name="alert_region_opened"),
        ]

    @property
    def state(self) -> str:
        if self.closed_at is not None:
            return AlertState.CLOSED
        return AlertState.OPEN if self.taken_at is None else AlertState.TAKEN


class AlertAddress(models.Model):
    """Where somebody agreed to be mailed of alerts. Theirs alone; one that left is blank."""

    user = models.OneToOneField(User, models.PROTECT, primary_key=True, related_name="+")
    email = models.EmailField(blank=True)
    agreed_at = models.DateTimeField(db_default=Now())
    #: The mail server said that nobody has this address: nothing is sent to it any more.
    refused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("address for alerts")


class AlertMail(Work):
    """One alert for one person: the work list of the job. Words are written when it is sent, so that they
    tell what holds then.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    alert = models.ForeignKey(Alert, models.PROTECT, related_name="mails")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=MailState.choices, default=MailState.WAITING)
    #: When the server answered last that this mailbox takes nothing now, though others may.
    held_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("mail of an alert")
        constraints = [
            models.UniqueConstraint(fields=["alert", "user"], name="alertmail_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="alertmail_due")
        ]
