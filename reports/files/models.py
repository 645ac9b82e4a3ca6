"""The table of files of figures: work list of the job, and what is fetched."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import Posting
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import clocked
from dukcapil.core.work import Work
from dukcapil.regions.models import Region
from reports.files.enums import FileKind, FileState


class FigureFile(Work):
    """A file of figures that a job makes: PDF and data package. No person in it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=3, choices=FileKind.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: The question as it was asked, with its day and basis settled.
    question = models.JSONField()
    state = models.CharField(max_length=7, choices=FileState.choices, default=FileState.WAITING)
    content = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("file of figures")
        triggers = [clocked("created_at")]
        constraints = [
            models.CheckConstraint(
                name="figurefile_content_while_ready",
                condition=Q(state="ready", content__isnull=False)
                | (~Q(state="ready") & Q(content__isnull=True)),
            )
        ]
        indexes = [
            models.Index(fields=["posting", "created_at"], name="figurefile_posting"),
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="figurefile_due"),
        ]
