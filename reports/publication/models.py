"""Publications, their public rows, and the addresses that are told of them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import Posting, User
from dukcapil.core.errors import Conflict, rule
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.core.work import Work
from dukcapil.regions.models import Region
from reports.publication.enums import DeliveryState
from reports.publication.triggers import (
    PUBLIC_WITH_RELEASE,
    PUBLICATION_APPROVED_BY,
    PUBLICATION_SIGNED,
    PUBLICATION_TWO_PEOPLE,
)
from reports.releases.models import Release


class Publication(models.Model):
    """The second person's word that a release may go out. Append-only; a trigger compares the two."""

    release = models.OneToOneField(Release, models.PROTECT, related_name="publication")
    approved_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    #: SHA-256 of the release with its entries, as it was decided about; the database fills it in.
    content = models.CharField(max_length=64, blank=True, editable=False, default="", db_default="")
    approved_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("publication")
        triggers = [
            *(PUBLICATION_TWO_PEOPLE, PUBLICATION_APPROVED_BY),
            *(PUBLICATION_SIGNED, clocked("approved_at")),
            *APPEND_ONLY,
        ]


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
        triggers = [PUBLIC_WITH_RELEASE, *APPEND_ONLY]
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
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("webhook")
        triggers = [clocked("created_at")]
        constraints = [
            models.UniqueConstraint(
                fields=["posting", "url"],
                condition=Q(active=True),
                name="webhook_once",
                **says("webhook-exists", _("This address is told already."), field="url"),
            )
        ]


class WebhookDelivery(Work):
    """One message to one address: the work list of the job, and the log of what was answered."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="deliveries")
    release = models.ForeignKey(Release, models.PROTECT, related_name="+")
    replay = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(
        max_length=9, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
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


rule(
    "reports_publication_release_id_key",
    lambda: Conflict("published", _("This release was approved already.")),
)
