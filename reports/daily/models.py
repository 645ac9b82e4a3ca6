"""Revisions of regency days. A revision is never changed; a late record makes the next one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.core.errors import Conflict, rule
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.regions.models import Region
from events.planning.enums import Service
from registrations.ledger.enums import Outcome
from registrations.people.enums import Category
from reports.daily.enums import NilReason, RevisionReason
from reports.daily.triggers import (
    CONFIRMATION_RULES,
    CONFIRMATION_SIGNED,
    CONFIRMED_BY,
    COUNTS_WITH_DAY,
    EARLY_WITH_DAY,
    LOCK_SIGNED,
    LOCKED_BY,
    REGENCYDAY_FROZEN,
)


class BuildHead(models.Model):
    """Up to which seq a regency's chain is in revisions. Behind the ledger's head: work to do."""

    regency = models.OneToOneField(Region, models.PROTECT, primary_key=True, related_name="+")
    built_to = models.BigIntegerField(default=0)
    built_at = models.DateTimeField(null=True)
    #: How many nil reports were made, without a row of the chain: they change the figures' state too.
    nil_days = models.IntegerField(default=0, db_default=0)

    class Meta:
        verbose_name = _("build head")


class RegencyDay(models.Model):
    """One revision of a serving regency's day: the recount of its chain up to `ledger_seq`."""

    regency = models.ForeignKey(Region, models.PROTECT, related_name="+")
    service_date = models.DateField()
    revision = models.PositiveIntegerField()
    ledger_seq = models.BigIntegerField()
    reason = models.CharField(max_length=8, choices=RevisionReason.choices)
    latest = models.BooleanField(default=True)
    #: Places for recording at sessions of approved events of that day, as they stood when built.
    target = models.IntegerField(default=0)
    built_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("daily report")
        triggers = [REGENCYDAY_FROZEN, clocked("built_at")]
        constraints = [
            models.UniqueConstraint(
                fields=["regency", "service_date", "revision"], name="regencyday_revision"
            ),
            models.UniqueConstraint(
                fields=["regency", "service_date"],
                condition=Q(latest=True),
                name="regencyday_latest",
            ),
            models.CheckConstraint(name="regencyday_from_one", condition=Q(revision__gte=1)),
        ]
        indexes = [models.Index(fields=["service_date"], name="regencyday_date")]


class DayCount(models.Model):
    """Sparse counts of a revision: only cells that are not zero. Partitioned by month."""

    pk = models.CompositePrimaryKey(
        "service_date", "day", "place", "domicile", "service", "category", "outcome", "reason"
    )
    day = models.ForeignKey(RegencyDay, models.PROTECT, related_name="counts", db_index=False)
    service_date = models.DateField()
    place = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False)
    domicile = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False)
    service = models.CharField(max_length=20, choices=Service.choices)
    category = models.CharField(max_length=6, choices=Category.choices)
    outcome = models.CharField(max_length=6, choices=Outcome.choices)
    #: Why it failed; of a printed card, why it was printed.
    reason = models.CharField(max_length=30, blank=True)
    n = models.IntegerField()
    #: When the last counted row was received.
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("day count")
        triggers = [COUNTS_WITH_DAY, *APPEND_ONLY]
        indexes = [
            models.Index(fields=["service", "service_date"], name="daycount_service_date"),
            models.Index(fields=["domicile", "service_date"], name="daycount_domicile"),
            models.Index(fields=["place", "service_date"], name="daycount_place"),
        ]


class EarlyCount(models.Model):
    """What of a revision's counts coverage counts only from a later day on (`counts_from`), because
    whoever was served was not due yet. `DayCount` holds it too, on the day of the service. No person.
    """

    pk = models.CompositePrimaryKey("day", "place", "domicile", "service", "reason", "counts_from")
    day = models.ForeignKey(RegencyDay, models.PROTECT, related_name="early", db_index=False)
    service_date = models.DateField()
    counts_from = models.DateField()
    place = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False)
    domicile = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False)
    service = models.CharField(max_length=20, choices=Service.choices)
    #: Of a printed card, why it was printed.
    reason = models.CharField(max_length=30, blank=True)
    n = models.IntegerField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("early count")
        triggers = [EARLY_WITH_DAY, *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="earlycount_later", condition=Q(counts_from__gt=F("service_date"))
            ),
        ]
        indexes = [
            models.Index(fields=["domicile", "counts_from"], name="earlycount_domicile"),
            models.Index(fields=["place", "counts_from"], name="earlycount_place"),
        ]


class DayConfirmation(models.Model):
    """The office says that a revision of its day is right, or why nobody was served. Append-only.

    A trigger asks for a reason exactly when the revision counts nothing.
    """

    day = models.OneToOneField(RegencyDay, models.PROTECT, related_name="confirmation")
    nil_reason = models.CharField(max_length=12, choices=NilReason.choices, blank=True)
    note = models.CharField(max_length=300, blank=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    #: SHA-256 of the revision with its counts, as it was decided about; the database fills it in.
    content = models.CharField(max_length=64, blank=True, editable=False, default="", db_default="")
    confirmed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("confirmation of a day")
        triggers = [
            *(CONFIRMATION_RULES, CONFIRMED_BY, CONFIRMATION_SIGNED),
            clocked("confirmed_at"),
            *APPEND_ONLY,
        ]
        constraints = [
            models.CheckConstraint(
                name="confirmation_other_has_note",
                condition=~Q(nil_reason="other") | ~Q(note=""),
                **says("note", _("Say in the note what the other reason was."), field="note"),
            ),
        ]


class DayLock(models.Model):
    """The province has closed a regency's day. Append-only.

    Nothing of it is confirmed any more; what still changes in the ledger is a further revision
    that says so.
    """

    regency = models.ForeignKey(Region, models.PROTECT, related_name="+")
    service_date = models.DateField()
    locked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    #: SHA-256 of the newest revision with its counts, as it was decided about; the database fills it in.
    content = models.CharField(max_length=64, blank=True, editable=False, default="", db_default="")
    locked_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("lock of a day")
        triggers = [LOCKED_BY, LOCK_SIGNED, clocked("locked_at"), *APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(
                fields=["regency", "service_date"],
                name="daylock_once",
                **says("day-locked", _("The province has locked this day.")),
            )
        ]


rule(
    "reports_dayconfirmation_day_id_key",
    lambda: Conflict("confirmed", _("This revision is confirmed already.")),
)
