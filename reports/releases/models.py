"""Frozen figures: working cuts, publications by two people, and who is told of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.core.rules import APPEND_ONLY, clocked
from dukcapil.regions.models import Region
from reports.releases.enums import ReleaseKind
from reports.releases.triggers import ANSWERS_WITH_RELEASE, ENTRIES_WITH_RELEASE


class ReleaseQuerySet(models.QuerySet["Release"]):
    def open_to_staff(self) -> ReleaseQuerySet:
        """Working cuts, and publications that are out: approved, and their embargo over.

        The database's own clock decides, so that no server shows one early.
        """
        return self.filter(Q(kind=ReleaseKind.WORKING) | self.is_out())

    def out(self) -> ReleaseQuerySet:
        return self.filter(self.is_out())

    @staticmethod
    def is_out() -> Q:
        return Q(publication__isnull=False, embargo_until__lte=Now())


class Release(models.Model):
    """A frozen vector: for every regency the seq up to which its chain counts."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=11, choices=ReleaseKind.choices, default=ReleaseKind.WORKING)
    frozen_at = models.DateTimeField(db_default=Now(), editable=False)
    #: The day that a publication is about.
    day = models.DateField(null=True, blank=True)
    embargo_until = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    #: What an approval names (`selectors.release_parts`); set by the page that offers it.
    version = ""

    objects = models.Manager.from_queryset(ReleaseQuerySet)()

    class Meta:
        verbose_name = _("release")
        triggers = [clocked("frozen_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="release_publication",
                condition=Q(kind="working", embargo_until__isnull=True)
                | Q(
                    kind="publication",
                    embargo_until__isnull=False,
                    day__isnull=False,
                    proposed_by__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReleaseEntry(models.Model):
    release = models.ForeignKey(Release, models.PROTECT, related_name="entries")
    regency = models.ForeignKey(Region, models.PROTECT, related_name="+")
    ledger_seq = models.BigIntegerField()

    class Meta:
        verbose_name = _("release entry")
        triggers = [ENTRIES_WITH_RELEASE, *APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(fields=["release", "regency"], name="releaseentry_once")
        ]


class ReleaseAnswer(models.Model):
    """A region's row of coverage as the release shows it, on its own day and each on its own basis.

    `change`: what became of it since the release before, and why (`coverage.selectors.change`).
    """

    release = models.ForeignKey(Release, models.PROTECT, related_name="answers")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    row = models.JSONField()
    change = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("answer of a release")
        triggers = [ANSWERS_WITH_RELEASE, *APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(fields=["release", "region"], name="releaseanswer_once")
        ]
