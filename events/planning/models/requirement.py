"""What people bring to a service: rows with dates, so that what was asked then is known later."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.regions.models import Region
from events.planning.enums import Service

LONGEST_PAPER = 120
MOST_PAPERS = 12


class Requirement(models.Model):
    """The papers of a service, from a day on. Of the rows that hold on a day that of the lowest region
    counts, there the one from the latest day, of the same day the newest; without any, the list of the
    software (`events.planning.enums.BRING`).
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    service = models.CharField(max_length=20, choices=Service.choices)
    papers = ArrayField(models.CharField(max_length=LONGEST_PAPER))
    since = models.DateField()
    source = models.CharField(max_length=200)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("requirement of a service")
        triggers = [clocked("decided_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="requirement_papers",
                condition=Q(papers__len__range=(1, MOST_PAPERS)) & ~Q(papers__contains=[""]),
                **says("papers", _("Name one to twelve papers, each on a line."), field="papers"),
            ),
            models.CheckConstraint(
                name="requirement_source",
                condition=~Q(source=""),
                **says("source", _("Name the decree or letter that says so."), field="source"),
            ),
        ]
        indexes = [
            models.Index(fields=["region", "service", "-since", "-id"], name="requirement_newest"),
        ]
