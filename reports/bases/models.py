"""Denominators and targets are data with dates and sources, never constants in code."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.core.errors import Conflict, rule
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from events.calendar.validators import FIRST_DAY, LAST_DAY
from reports.bases.enums import VOTERS, BasisKind, Indicator, Verdict
from reports.bases.triggers import (
    BASIS_DECIDED_BY,
    BASIS_SIGNED,
    BASIS_TWO_PEOPLE,
    FIGURES_WITH_BASIS,
    TARGET_SET_BY,
)


class BasisQuerySet(models.QuerySet["PopulationBasis"]):
    def approved(self, at: datetime | None = None) -> BasisQuerySet:
        """Those that a second person (or the machine's operator) approved, by that moment."""
        bases = self.filter(decision__verdict=Verdict.APPROVED)
        return bases if at is None else bases.filter(decision__decided_at__lte=at)

    def in_force(self, at: datetime | None = None) -> BasisQuerySet:
        """Approved, and not replaced by another approved one: what a question may rest on."""
        return self.approved(at).exclude(
            pk__in=PopulationBasis.objects.approved(at)
            .filter(replaces__isnull=False)
            .values("replaces_id")
        )


class PopulationBasis(models.Model):
    """A published or derived count of people. Frozen from its first moment (append-only).

    It counts once a `BasisDecision` approves it, and until an approved one `replaces` it.
    """

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=7, choices=BasisKind.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    level = models.CharField(max_length=8, choices=Level.choices)
    wajib_as_of = models.DateField()
    recorded_as_of = models.DateField()
    source = models.CharField(max_length=300, blank=True)
    #: Shown beside every figure of this basis.
    note = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64)
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    imported_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = models.Manager.from_queryset(BasisQuerySet)()

    class Meta:
        verbose_name = _("basis")
        triggers = [clocked("created_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="basis_replaces_another",
                condition=Q(replaces__isnull=True) | ~Q(replaces=F("id")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def of_voters(self) -> bool:
        """Whether it counts voters, and not who must hold a card."""
        return self.kind in VOTERS

    @property
    def is_replaced(self) -> bool:
        """Whether an approved basis stands in its place (prefetch `replaced_by__decision`)."""
        return any(
            hasattr(later, "decision") and later.decision.verdict == Verdict.APPROVED
            for later in self.replaced_by.all()
        )


class BasisDecision(models.Model):
    """What a second person decided about a basis. Append-only; a trigger compares the two people.

    `decided_by` is empty where the machine's operator imported the basis.
    """

    basis = models.OneToOneField(PopulationBasis, models.PROTECT, related_name="decision")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    note = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    #: SHA-256 of the basis with its figures, as it was decided about; the database fills it in.
    content = models.CharField(max_length=64, blank=True, editable=False, default="", db_default="")
    decided_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("decision on a basis")
        triggers = [
            BASIS_TWO_PEOPLE,
            BASIS_DECIDED_BY,
            BASIS_SIGNED,
            clocked("decided_at"),
            *APPEND_ONLY,
        ]
        constraints = [
            models.CheckConstraint(
                name="basis_refusal_has_note",
                condition=Q(verdict="approved") | ~Q(note=""),
                **says("note", _("Say why it is refused."), field="note"),
            ),
        ]


class PopulationFigure(models.Model):
    """One region's figures in a basis. Unknown is null, not zero. Recorded may exceed wajib."""

    basis = models.ForeignKey(PopulationBasis, models.PROTECT, related_name="figures")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    population = models.BigIntegerField(null=True)
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
    #: Unrecorded in percent as the source printed it: shown, and never counted with.
    published_unrecorded_percent = models.DecimalField(max_digits=6, decimal_places=2, null=True)

    class Meta:
        verbose_name = _("population figure")
        triggers = [FIGURES_WITH_BASIS, *APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(fields=["basis", "region"], name="figure_once"),
            models.CheckConstraint(
                name="figure_sum",
                condition=Q(wajib__isnull=True)
                | Q(recorded__isnull=True)
                | Q(unrecorded__isnull=True)
                | Q(wajib=F("recorded") + F("unrecorded")),
                **says("figure-sum", _("Recorded and unrecorded do not add up to wajib KTP.")),
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


class Target(models.Model):
    """A percentage to reach. The nearest region's target of the newest year not later counts.

    Append-only: the newest row of an indicator, region and year counts, so that a release keeps
    the target of its own moment. A row without a percentage withdraws what stood before.
    """

    indicator = models.CharField(_("indicator"), max_length=20, choices=Indicator.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("year"))
    percent = models.DecimalField(_("percent"), max_digits=5, decimal_places=2, null=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    set_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("target")
        triggers = [TARGET_SET_BY, clocked("set_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="target_percent", condition=Q(percent__gt=0, percent__lte=100)
            ),
            models.CheckConstraint(
                name="target_year", condition=Q(year__gte=FIRST_DAY.year, year__lte=LAST_DAY.year)
            ),
        ]
        indexes = [
            models.Index(fields=["indicator", "region", "year", "set_at"], name="target_newest")
        ]


rule(
    "reports_basisdecision_basis_id_key",
    lambda: Conflict("decided", _("This basis was decided about already.")),
)
