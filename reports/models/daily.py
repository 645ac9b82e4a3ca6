"""Revisions of regency days. A revision is never changed; a late record makes the next one."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.regions.models import Region
from events.enums import Service
from registrations.enums import Category, Outcome
from reports.enums import RevisionReason


class BuildHead(models.Model):
    """Up to which seq a regency's chain is in revisions. Behind the ledger's head: work to do."""

    regency = models.OneToOneField(Region, models.PROTECT, primary_key=True, related_name="+")
    built_to = models.BigIntegerField(default=0)
    built_at = models.DateTimeField(null=True)

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
    built_at = models.DateTimeField()

    class Meta:
        verbose_name = _("daily report")
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
    """Sparse counts of a revision: only cells that are not zero."""

    day = models.ForeignKey(RegencyDay, models.PROTECT, related_name="counts")
    service_date = models.DateField()
    place = models.ForeignKey(Region, models.PROTECT, related_name="+")
    domicile = models.ForeignKey(Region, models.PROTECT, related_name="+")
    service = models.CharField(max_length=20, choices=Service.choices)
    category = models.CharField(max_length=6, choices=Category.choices)
    outcome = models.CharField(max_length=6, choices=Outcome.choices)
    reason = models.CharField(max_length=30, blank=True)
    n = models.IntegerField()
    #: When the last counted row was received.
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("day count")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "day",
                    "place",
                    "domicile",
                    "service",
                    "category",
                    "outcome",
                    "reason",
                ],
                name="daycount_cell",
            )
        ]
        indexes = [models.Index(fields=["service", "service_date"], name="daycount_service_date")]


class Release(models.Model):
    """A frozen vector: for every regency the seq up to which its chain counts."""

    name = models.CharField(max_length=100, unique=True)
    frozen_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("release")


class ReleaseEntry(models.Model):
    release = models.ForeignKey(Release, models.PROTECT, related_name="entries")
    regency = models.ForeignKey(Region, models.PROTECT, related_name="+")
    ledger_seq = models.BigIntegerField()

    class Meta:
        verbose_name = _("release entry")
        constraints = [
            models.UniqueConstraint(fields=["release", "regency"], name="releaseentry_once")
        ]
