"""Lists that somebody took out of the system. Personal data: `file`, sealed, and `reason`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import Posting
from dukcapil.accounts.scoping import Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import says
from dukcapil.core.work import Work
from dukcapil.regions.models import Region
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from registrations.oversight.enums import ExportKind, ExportState


class Export(ScopedModel, Work):
    """A list of people as a file: asked for with a reason, built by a job, kept for a day.

    The row stays as evidence; the file goes when its time is over.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="+")
    kind = models.CharField(_("list"), max_length=10, choices=ExportKind.choices)
    session = models.ForeignKey(
        ServiceSession, models.PROTECT, null=True, blank=True, related_name="+"
    )
    event = models.ForeignKey(ServiceEvent, models.PROTECT, null=True, blank=True, related_name="+")
    #: Which residents, as the list's address says it: codes and words, never a name.
    filters = models.CharField(max_length=300, blank=True, default="", db_default="")
    #: The import whose rows are to be mended. No foreign key: what has been taken out stays written.
    of_import = models.UUIDField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(max_length=8, choices=ExportState.choices, default=ExportState.WAITING)
    rows = models.PositiveIntegerField(null=True)
    file = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    scope = Scope()

    class Meta(ScopedModel.Meta):
        verbose_name = _("export")
        constraints = [
            models.CheckConstraint(
                name="export_reason",
                condition=Q(reason__regex=r"\S.*\S"),
                **says("reason", _("Give a reason of at least two characters."), field="reason"),
            ),
            models.CheckConstraint(
                name="export_file_while_ready",
                condition=Q(state="ready", file__isnull=False)
                | (~Q(state="ready") & Q(file__isnull=True)),
            ),
            models.CheckConstraint(
                name="export_session",
                condition=Q(kind__in=["queue", "waiting"], session__isnull=False)
                | (~Q(kind__in=["queue", "waiting"]) & Q(session__isnull=True)),
            ),
            models.CheckConstraint(
                name="export_event",
                condition=Q(kind="missing", event__isnull=False)
                | (~Q(kind="missing") & Q(event__isnull=True)),
            ),
            models.CheckConstraint(
                name="export_import",
                condition=Q(kind="mend", of_import__isnull=False)
                | (~Q(kind="mend") & Q(of_import__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["office", "created_at"], name="export_office"),
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="export_due"),
        ]
