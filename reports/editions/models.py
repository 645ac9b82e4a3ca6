"""Editions: voters by village as they leave the house, once, for a recipient who is named."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region, code_length
from events.elections.models import Election
from reports.bases.models import PopulationBasis
from reports.editions.enums import STEP
from reports.editions.triggers import EDITION_LIMITS, EDITION_MADE_BY, ROWS_WITH_EDITION


class Edition(models.Model):
    """Who got which numbers, made of what. Frozen with its rows from its first moment, and sealed."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    election = models.ForeignKey(Election, models.PROTECT, related_name="+")
    #: The election's day as it stood when the edition was made.
    held_on = models.DateField()
    basis = models.ForeignKey(PopulationBasis, models.PROTECT, related_name="+")
    #: What was logged up to this day is counted.
    day = models.DateField()
    #: An institution, such as a KPU. No person's name.
    recipient = models.CharField(max_length=150)
    #: The number of the agreement or letter under which it is given.
    agreement = models.CharField(max_length=100)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("edition")
        triggers = [EDITION_LIMITS, EDITION_MADE_BY, clocked("made_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="edition_region",
                condition=code_length("region", 2, 5) & ~Q(region="00"),
                **says(
                    "edition-region",
                    _("An edition is made of a province, or of a regency or city."),
                    field="region",
                ),
            ),
            models.CheckConstraint(
                name="edition_recipient",
                condition=~Q(recipient=""),
                **says("recipient", _("Say who gets the edition."), field="recipient"),
            ),
            models.CheckConstraint(
                name="edition_agreement",
                condition=~Q(agreement=""),
                **says("agreement", _("Give the number of the agreement."), field="agreement"),
            ),
            models.CheckConstraint(
                name="edition_before_election", condition=Q(held_on__gte=F("day"))
            ),
        ]
        indexes = [models.Index(fields=["region", "made_at"], name="edition_region_made")]

    def __str__(self) -> str:
        return f"{self.region_id} {self.day} {self.recipient}"


def _in_steps(name: str) -> Q:
    return Q(**{f"{name}__isnull": True}) | Q(**{name: F(name) / STEP * STEP, f"{name}__gte": 0})


class EditionRow(models.Model):
    """Numbers of a village, of several that were joined, or of a region around them.

    Only multiples of five; of a region around villages the sum of theirs. None where unknown or left
    out: `left_out` names the families (`recording`, `seventeen`) that are not shown.
    """

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="rows")
    level = models.CharField(max_length=8, choices=Level.choices)
    #: The first of those that were joined.
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    regions = models.JSONField()
    potential = models.PositiveIntegerField()
    recorded = models.PositiveIntegerField(null=True)
    unrecorded = models.PositiveIntegerField(null=True)
    seventeen = models.PositiveIntegerField(null=True)
    left_out = models.JSONField(default=list)

    class Meta:
        verbose_name = _("row of an edition")
        triggers = [ROWS_WITH_EDITION, *APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(fields=["edition", "region"], name="editionrow_once"),
            models.CheckConstraint(
                name="editionrow_rounded",
                condition=_in_steps("potential")
                & _in_steps("recorded")
                & _in_steps("unrecorded")
                & _in_steps("seventeen"),
            ),
            models.CheckConstraint(
                name="editionrow_sum",
                condition=Q(recorded__isnull=True, unrecorded__isnull=True)
                | Q(
                    recorded__isnull=False,
                    unrecorded__isnull=False,
                    potential=F("recorded") + F("unrecorded"),
                ),
            ),
        ]
