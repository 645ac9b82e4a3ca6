"""Frozen figures: working cuts, publications by two people, and who is told of them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import Posting, User
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from reports.enums import DeliveryState, FileKind, FileState, ReleaseKind


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
    frozen_at = models.DateTimeField()
    #: The day that a publication is about.
    day = models.DateField(null=True, blank=True)
    embargo_until = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    objects = models.Manager.from_queryset(ReleaseQuerySet)()

    class Meta:
        verbose_name = _("release")
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
        constraints = [
            models.UniqueConstraint(fields=["release", "regency"], name="releaseentry_once")
        ]


class Publication(models.Model):
    """The second person's word that a release may go out. Append-only; a trigger compares the two."""

    release = models.OneToOneField(Release, models.PROTECT, related_name="publication")
    approved_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("publication")


class PublicFigure(models.Model):
    """A row of coverage as everybody may have it, made once when a release is approved.

    `recording` and `ikd` say whether that family of figures may be shown; the counts that the
    decision rests on are kept for the next release.
    """

    release = models.ForeignKey(Release, models.PROTECT, related_name="public_figures")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    recording = models.BooleanField()
    ikd = models.BooleanField()
    #: What the decision rests on: counts of the ledger since the basis' day.
    counted = models.JSONField()
    row = models.JSONField()

    class Meta:
        verbose_name = _("public figure")
        constraints = [
            models.UniqueConstraint(fields=["release", "region"], name="publicfigure_once")
        ]


class Webhook(models.Model):
    """An address that is told when a release is out. The secret is sealed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="+")
    url = models.URLField(max_length=300)
    secret = models.BinaryField()
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("webhook")
        constraints = [
            models.UniqueConstraint(
                fields=["posting", "url"], condition=Q(active=True), name="webhook_once"
            )
        ]


class WebhookDelivery(models.Model):
    """One message to one address: the work list of the job, and the log of what was answered."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="deliveries")
    release = models.ForeignKey(Release, models.PROTECT, related_name="+")
    replay = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(
        max_length=9, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    #: The last answer: its status, or what kept it from coming.
    answer = models.CharField(max_length=60, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("delivery of a webhook")
        constraints = [
            models.UniqueConstraint(fields=["webhook", "release", "replay"], name="delivery_once")
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="delivery_due")
        ]


class FigureFile(models.Model):
    """A file of figures that a job makes: PDF and data package. No person in it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=3, choices=FileKind.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: The question as it was asked, with its day and basis settled.
    question = models.JSONField()
    state = models.CharField(max_length=7, choices=FileState.choices, default=FileState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    content = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("file of figures")
        constraints = [
            models.CheckConstraint(
                name="figurefile_content_while_ready",
                condition=Q(state="ready", content__isnull=False)
                | (~Q(state="ready") & Q(content__isnull=True)),
            )
        ]
        indexes = [models.Index(fields=["posting", "created_at"], name="figurefile_posting")]
