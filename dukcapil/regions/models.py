"""Wilayah: nation > province > regency > district > village.

Regions are public reference data: no scope, no history. Never store a BPS code here.
"""

from __future__ import annotations

from django.db import models
from django.db.models import OuterRef, Q, Value
from django.db.models.functions import Concat, Length
from django.db.models.lookups import Exact, In
from django.utils.translation import gettext_lazy as _

from dukcapil.regions.enums import Level, Zone
from dukcapil.regions.validators import NATION, bounds


def code_length(column: str, *lengths: int) -> Q:
    """For CHECK constraints on a foreign key to a region: its level, by the code's length."""
    return Q(In(Length(column), list(lengths)))


def inside(column: str, code: str) -> Q:
    """Rows whose `column` (a code of a region) is `code` or lies below it. Written as a range: an
    index serves it, and PostgreSQL may apply it before the policies of row security; LIKE has
    neither. The nation is a range too, because an empty Q disappears when it is OR-ed.
    """
    low, high = bounds(code)
    return Q(**{column: code}) | Q(**{f"{column}__gte": low, f"{column}__lt": high})


def inside_outer(column: str, outer: str) -> Q:
    """`inside` of the region that a column of the query around it says."""
    code = OuterRef(outer)
    below = {
        f"{column}__gte": Concat(code, Value(".")),
        f"{column}__lt": Concat(code, Value("/")),
    }
    return Q(Exact(code, Value(NATION))) | Q(**{column: code}) | Q(**below)


class RegionQuerySet(models.QuerySet["Region"]):
    def within(self, code: str) -> RegionQuerySet:
        """The region itself and all below it: a range on the code, which is an index range."""
        if code == NATION:
            return self
        return self.filter(inside("code", code))

    def level(self, level: str) -> RegionQuerySet:
        return self.filter(level=level)


class Region(models.Model):
    code = models.CharField(primary_key=True, max_length=13, db_collation="C")
    level = models.CharField(max_length=8, choices=Level.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    name = models.CharField(max_length=100)
    timezone = models.CharField(max_length=13, choices=Zone.choices)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)

    objects = RegionQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("region")
        constraints = [
            models.CheckConstraint(
                name="region_code_shape",
                condition=Q(code__regex=r"^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$"),
            ),
            models.CheckConstraint(
                name="region_parent", condition=Q(level="nation") | Q(parent__isnull=False)
            ),
            models.CheckConstraint(
                name="region_validity",
                condition=Q(valid_until__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_until__gt=models.F("valid_from")),
            ),
        ]
        indexes = [models.Index(fields=["level", "code"], name="region_level")]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class RetiredCode(models.Model):
    """A code no longer current. An identity number keeps the code of its issue."""

    code = models.CharField(primary_key=True, max_length=13, db_collation="C")
    level = models.CharField(max_length=8, choices=Level.choices)
    name = models.CharField(max_length=100)
    first_edition = models.PositiveSmallIntegerField()
    last_edition = models.PositiveSmallIntegerField()
    successor = models.ForeignKey(Region, models.PROTECT, null=True, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("retired code")

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"
