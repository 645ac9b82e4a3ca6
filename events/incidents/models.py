"""The follow-up of a desk: incidents, tasks, calls of the hotline, commitments. No citizen in them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, UUIDField, Value
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.regions.models import Region, code_length
from events.elections.models import Opening
from events.incidents.enums import (
    CallKind,
    CommitmentState,
    IncidentKind,
    IncidentState,
    OutageKind,
)
from events.incidents.triggers import OUTAGE_AT_OWN
from events.planning.models.event import ServiceEvent
from events.points.models import Point

#: Before it nothing was noted here: a year like 0026 is a slip of the hand.
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def _or_none(field: str) -> Coalesce:
    """Compared as a value: an exclusion finds no overlap of a null."""
    return Coalesce(F(field), Value(uuid.UUID(int=0), output_field=UUIDField()))


class Incident(models.Model):
    """Something that hinders the service in one or several offices. Each office has its own end; it is
    over when all have one, so its state is no column.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=8, choices=IncidentKind.choices)
    opening = models.ForeignKey(Opening, models.PROTECT, null=True, blank=True, related_name="+")
    event = models.ForeignKey(ServiceEvent, models.PROTECT, null=True, blank=True, related_name="+")
    since = models.DateTimeField(db_default=Now())
    due = models.DateTimeField(null=True, blank=True)
    #: Who sees to it: a name of the staff or a function.
    owner = models.CharField(max_length=120, blank=True, default="", db_default="")
    #: Raised by each change: who changes it names the one that was seen.
    version = models.PositiveIntegerField(default=1, db_default=1)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("incident")
        indexes = [models.Index(fields=["since"], name="incident_since")]
        constraints = [
            models.CheckConstraint(
                name="incident_at_one",
                condition=Q(opening__isnull=True) | Q(event__isnull=True),
                **says("incident-at", _("Name an opening or an event, not both."), field="event"),
            ),
        ]


class IncidentOffice(models.Model):
    """An office that an incident hinders, until its own end."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="offices")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("office of an incident")
        constraints = [
            models.UniqueConstraint(fields=["incident", "office"], name="incident_office_once"),
            models.CheckConstraint(
                name="incident_office_is_regency", condition=code_length("office", 5)
            ),
        ]
        indexes = [
            models.Index(fields=["office"], condition=Q(until=None), name="incident_open_offices")
        ]


class IncidentNote(models.Model):
    """What was seen or done: words, or the end (or a new beginning) of an office or of all. No citizen's
    name or number.
    """

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="notes")
    #: None: of all offices.
    office = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=6, choices=IncidentState.choices, blank=True)
    text = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("note of an incident")
        triggers = [clocked("at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="incidentnote_says_something",
                condition=~Q(text="") | ~Q(state=""),
                **says("note", _("Say what is the matter."), field="note"),
            )
        ]


class Outage(models.Model):
    """A time without network or power: at a point, at an event, or (without either) in the whole office.
    It may be announced, and may have no end yet.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    point = models.ForeignKey(Point, models.PROTECT, null=True, blank=True, related_name="+")
    event = models.ForeignKey(ServiceEvent, models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=8, choices=OutageKind.choices)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)
    #: Raised by each change: who changes it names the one that was seen.
    version = models.PositiveIntegerField(default=1, db_default=1)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("outage")
        triggers = [OUTAGE_AT_OWN]
        constraints = [
            models.CheckConstraint(
                name="outage_times",
                condition=Q(until=None) | Q(until__gt=F("since")),
                **says("outage-times", _("An outage ends after it began."), field="until"),
            ),
            models.CheckConstraint(
                name="outage_since",
                condition=Q(since__gte=BEGINNING),
                **says("outage-since", _("This time is too far away."), field="from"),
            ),
            models.CheckConstraint(
                name="outage_at_one",
                condition=Q(point=None) | Q(event=None),
                **says("outage-at", _("Name a point or an event, not both."), field="event"),
            ),
            models.CheckConstraint(name="outage_of_regency", condition=code_length("office", 5)),
            ExclusionConstraint(
                name="outage_once",
                expressions=[
                    ("office", RangeOperators.EQUAL),
                    (_or_none("point"), RangeOperators.EQUAL),
                    (_or_none("event"), RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (Func(F("since"), F("until"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
                **says(
                    "outage-overlaps",
                    _(
                        "An outage of this kind is noted there for this time already: change that one."
                    ),
                    field="from",
                ),
            ),
        ]


class Task(models.Model):
    """What somebody of an office has to do, from an incident or for itself."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    owner = models.CharField(max_length=120)
    due = models.DateField()
    text = models.CharField(max_length=300)
    incident = models.ForeignKey(
        Incident, models.PROTECT, null=True, blank=True, related_name="tasks"
    )
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("task")
        constraints = [
            models.CheckConstraint(
                name="task_done_by_somebody",
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["office", "due"], name="task_office_due")]


class Call(models.Model):
    """One call of the hotline. Who called is not kept."""

    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)
    kind = models.CharField(max_length=9, choices=CallKind.choices)
    answered_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("call of the hotline")
        triggers = [clocked("at"), *APPEND_ONLY]
        indexes = [models.Index(fields=["office", "at"], name="call_office_at")]


class Commitment(models.Model):
    """What an office promised at a meeting, with who answers for it and where the evidence is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    source = models.CharField(max_length=200)
    text = models.CharField(max_length=300)
    owner = models.CharField(max_length=120)
    due = models.DateField()
    state = models.CharField(
        max_length=9, choices=CommitmentState.choices, default=CommitmentState.OPEN
    )
    link = models.URLField(max_length=300, blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1, db_default=1)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("commitment")
        constraints = [
            models.CheckConstraint(
                name="commitment_kept_has_evidence",
                condition=~Q(state="kept") | ~Q(link=""),
                **says(
                    "commitment-evidence",
                    _("A commitment is kept when its evidence can be looked at: give the address."),
                    field="link",
                ),
            ),
        ]
        indexes = [models.Index(fields=["office", "due"], name="commitment_office_due")]
