"""Denominators and targets are data with dates and sources, never constants in code."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from reports.enums import BasisKind, Indicator


class PopulationBasis(models.Model):
    """A published or derived count of people. Frozen from its first moment (append-only)."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=7, choices=BasisKind.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    level = models.CharField(max_length=8, choices=Level.choices)
    wajib_as_of = models.DateField()
    recorded_as_of = models.DateField()
    source = models.CharField(max_length=300, blank=True)
    note = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64)
    imported_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("basis")
        constraints = [
            models.CheckConstraint(
                name="basis_two_people",
                condition=Q(imported_by__isnull=True)
                | Q(approved_by__isnull=True)
                | ~Q(imported_by=F("approved_by")),
            )
        ]

    def __str__(self) -> str:
        return self.name


class PopulationFigure(models.Model):
    """One region's figures in a basis. Unknown is null, not zero. Recorded may exceed wajib."""

    basis = models.ForeignKey(PopulationBasis, models.PROTECT, related_name="figures")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    wajib = models.BigIntegerField(null=True)
    recorded = models.BigIntegerField(null=True)
    unrecorded = models.BigIntegerField(null=True)
    printed = models.BigIntegerField(null=True)
    ikd_activated = models.BigIntegerField(null=True)
    dkb = models.BigIntegerField(null=True)
    deaths = models.BigIntegerField(null=True)
    duplicates = models.BigIntegerField(null=True)
    moved_out = models.BigIntegerField(null=True)
    moved_in = models.BigIntegerField(null=True)
    first_recordings = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("population figure")
        constraints = [
            models.UniqueConstraint(fields=["basis", "region"], name="figure_once"),
            models.CheckConstraint(
                name="figure_sum",
                condition=Q(wajib__isnull=True)
                | Q(recorded__isnull=True)
                | Q(unrecorded__isnull=True)
                | Q(wajib=F("recorded") + F("unrecorded")),
            ),
            models.CheckConstraint(
                name="figure_dinamis",
                condition=Q(dkb__isnull=True)
                | Q(
                    wajib=F("dkb")
                    - F("deaths")
                    - F("duplicates")
                    - F("moved_out")
                    + F("moved_in")
                    + F("first_recordings")
                ),
            ),
            models.CheckConstraint(
                name="figure_not_negative",
                condition=(Q(wajib__isnull=True) | Q(wajib__gte=0))
                & (Q(recorded__isnull=True) | Q(recorded__gte=0)),
            ),
        ]


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent(), level=pghistory.Statement)
class Target(models.Model):
    """A percentage to reach. The nearest region's target of the newest year not later counts."""

    indicator = models.CharField(max_length=20, choices=Indicator.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    source = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("target")
        constraints = [
            models.UniqueConstraint(fields=["indicator", "region", "year"], name="target_once"),
            models.CheckConstraint(
                name="target_percent", condition=Q(percent__gt=0, percent__lte=100)
            ),
        ]
