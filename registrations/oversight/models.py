"""Lists that somebody took out of the system, how long things are kept, and breaches of data. Personal
data: `file` of a list, sealed, and its `reason`.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.scoping import Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.core.work import Work
from dukcapil.regions.models import Region, code_length
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from registrations.oversight.enums import ExportKind, ExportState, Kept


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


class RetentionRule(models.Model):
    """How many days something is kept, from a day on. Of the rules that hold the one of the latest day
    counts, of the same day the newest (`selectors.retention`). No person in it.
    """

    what = models.CharField(max_length=10, choices=Kept.choices)
    keep_days = models.PositiveSmallIntegerField()
    since = models.DateField()
    source = models.CharField(max_length=200)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("retention rule")
        triggers = [clocked("decided_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="retention_days",
                condition=Q(keep_days__gte=1),
                **says("keep-days", _("Something is kept for at least a day."), field="keep_days"),
            ),
            models.CheckConstraint(
                name="retention_source",
                condition=~Q(source=""),
                **says("source", _("Name the decree or letter that says so."), field="source"),
            ),
        ]


class Breach(models.Model):
    """A person's data seen, taken or lost by somebody without a right (UU 27/2022, article 46). The clock
    starts when anybody knows; what follows stands in its notes. No person's name in it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    #: Of whoever wrote it down.
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    noticed_at = models.DateTimeField()
    what = models.CharField(max_length=500)
    #: Which kinds of data: names, numbers, addresses.
    data = models.CharField(max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("data breach")
        triggers = [clocked("at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="breach_said",
                condition=~Q(what="") & ~Q(data=""),
                **says("what", _("Say what happened, and to which data."), field="what"),
            ),
            models.CheckConstraint(
                name="breach_noticed",
                condition=Q(noticed_at__lte=F("at")),
                **says("noticed-at", _("This time has not come yet."), field="noticed_at"),
            ),
        ]
        indexes = [models.Index(fields=["-noticed_at"], name="breach_newest")]


class BreachOffice(models.Model):
    """An office whose people's data it is."""

    breach = models.ForeignKey(Breach, models.PROTECT, related_name="offices")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("office of a data breach")
        triggers = APPEND_ONLY
        constraints = [
            models.UniqueConstraint(fields=["breach", "office"], name="breach_office_once"),
            models.CheckConstraint(
                name="breach_office_is_regency", condition=code_length("office", 5)
            ),
        ]


class BreachNote(models.Model):
    """What was found or done; how many people, as known by then; that people and authority were told."""

    breach = models.ForeignKey(Breach, models.PROTECT, related_name="notes")
    text = models.CharField(max_length=500, blank=True)
    people = models.PositiveIntegerField(null=True)
    told_at = models.DateTimeField(null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("note of a data breach")
        triggers = [clocked("at"), *APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(
                fields=["breach"],
                condition=Q(told_at__isnull=False),
                name="breach_told_once",
                **says("already-told", _("That people were told stands here already.")),
            ),
            models.CheckConstraint(
                name="breach_note_says",
                condition=~Q(text="") | Q(people__isnull=False),
                **says("note", _("Write what was done, or how many people it is."), field="text"),
            ),
            models.CheckConstraint(
                name="breach_told_in_words",
                condition=Q(told_at__isnull=True) | ~Q(text=""),
                **says("told", _("Name the letters by which they were told."), field="text"),
            ),
        ]
