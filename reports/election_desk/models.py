"""What a board shows of an office's day, kept by a job: counts, no person."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.regions.models import Region, code_length
from events.elections.models import Election


class DeskRow(models.Model):
    """An office's day as far as its chain went at `ledger_seq`; a board adds what came since."""

    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    day = models.DateField()
    #: The one that the office opened for, if any.
    election = models.ForeignKey(
        Election, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    ledger_seq = models.BigIntegerField()
    recorded = models.IntegerField()
    printed = models.IntegerField()
    biodata = models.IntegerField()
    suket = models.IntegerField()
    #: Recorded in each hour of the local day.
    hours = ArrayField(models.IntegerField(), size=24)
    #: Checked in and not served, when it was counted last.
    waiting = models.IntegerField()
    kept_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("row of a desk")
        constraints = [
            models.UniqueConstraint(fields=["office", "day"], name="deskrow_once"),
            models.CheckConstraint(
                name="deskrow_office_is_regency", condition=code_length("office", 5)
            ),
            models.CheckConstraint(name="deskrow_hours", condition=Q(hours__len=24)),
        ]
