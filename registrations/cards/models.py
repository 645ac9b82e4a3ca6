"""What SIAK says of people's recordings, as its lists tell it; and the lists that are brought.

Personal data: the ids of residents, and that a recording of theirs failed or is doubted.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import clocked, says
from dukcapil.regions.models import Region, code_length
from registrations.cards.enums import ImportState, StatusCode
from registrations.cards.triggers import FOLLOWS, STAYS
from registrations.people.models import Resident
from registrations.people.triggers import of_somebody


class StatusImport(ScopedModel):
    """A list of statuses: looked at, then taken in or dropped. `rows` names people by their ids, until
    then: of a row that nobody could read nothing is kept but its number and why.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: The day of the list, for rows without one.
    as_of = models.DateField()
    source = models.CharField(max_length=100)
    state = models.CharField(max_length=7, choices=ImportState.choices, default=ImportState.SHOWN)
    #: [[id of the resident, code, moment, number of the row], ...]
    rows = models.JSONField(null=True)
    #: [[number of the row, why], ...]
    refused = models.JSONField()
    found = models.PositiveIntegerField()
    #: What became of the rows: new, history, known before, refused.
    taken = models.PositiveIntegerField(default=0)
    older = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    impossible = models.PositiveIntegerField(default=0)
    brought_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    brought_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_at = models.DateTimeField(null=True)

    scope = Scope()

    class Meta(ScopedModel.Meta):
        verbose_name = _("list of statuses")
        triggers = [clocked("brought_at")]
        constraints = [
            models.CheckConstraint(
                name="statusimport_state",
                condition=Q(state="shown", decided_at__isnull=True, rows__isnull=False)
                | (~Q(state="shown") & Q(decided_at__isnull=False, rows__isnull=True)),
            ),
            models.CheckConstraint(
                name="statusimport_source",
                condition=~Q(source=""),
                **says("source", _("Say where the status comes from."), field="source"),
            ),
        ]
        indexes = [models.Index(fields=["office", "-brought_at"], name="statusimport_newest")]


class RecordStatus(ScopedModel):
    """One status of one person. `newest` and `since` are the database's (`recordstatus_follows`). What was
    `taken_back` was entered wrongly: it is neither newest nor history.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="statuses")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    code = models.CharField(max_length=26, choices=StatusCode.choices)
    at = models.DateTimeField()
    since = models.DateTimeField(editable=False)
    newest = models.BooleanField(default=True, editable=False)
    taken_back = models.BooleanField(default=False, editable=False)
    source = models.CharField(max_length=100)
    brought = models.ForeignKey(
        StatusImport, models.PROTECT, null=True, blank=True, related_name="statuses"
    )
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(db_default=Now(), editable=False)

    scope = Scope()

    class Meta(ScopedModel.Meta):
        verbose_name = _("status of a recording")
        triggers = [clocked("entered_at"), of_somebody(), FOLLOWS, STAYS]
        constraints = [
            models.CheckConstraint(
                name="recordstatus_code",
                condition=Q(code__in=StatusCode.values),
                **says("code", _("SIAK has no such status."), field="code"),
            ),
            models.CheckConstraint(
                name="recordstatus_source",
                condition=~Q(source=""),
                **says("source", _("Say where the status comes from."), field="source"),
            ),
            models.CheckConstraint(
                name="recordstatus_at",
                condition=Q(at__gte="2009-01-01T00:00:00Z"),
                **says("status-before", _("No KTP-el was recorded before 2009."), field="at"),
            ),
            models.UniqueConstraint(
                fields=["resident", "code", "at"],
                condition=Q(taken_back=False),
                name="recordstatus_once",
                **says("status-known", _("This status is known already."), field="code"),
            ),
            models.CheckConstraint(
                name="recordstatus_taken_back", condition=Q(newest=False) | Q(taken_back=False)
            ),
            models.UniqueConstraint(
                fields=["resident"],
                condition=Q(newest=True),
                name="recordstatus_newest",
                **says(
                    "status-at-once",
                    _("Somebody else entered a status of this person at the same moment."),
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["office", "code", "since"],
                condition=Q(newest=True),
                name="recordstatus_backlog",
            ),
        ]


class StatusCount(models.Model):
    """How many people of an office stand in a code: no person. Of an office that ever had a status all
    codes are here. Written by `services.counting` alone, in the transaction of whoever changes a status.
    """

    office = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=26, choices=StatusCode.choices)
    people = models.PositiveIntegerField(default=0)
    #: Longer in the code than its step takes, when it was counted.
    late = models.PositiveIntegerField(default=0)
    #: Since when the oldest of them stand in it.
    oldest = models.DateTimeField(null=True)
    #: Day of the newest list that the office took in. None: it brought none, and nobody knows its backlog,
    #: whatever was entered by hand.
    listed_on = models.DateField(null=True)
    counted_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("counts of statuses")
        constraints = [
            models.UniqueConstraint(fields=["office", "code"], name="statuscount_once"),
            models.CheckConstraint(
                name="statuscount_office_is_regency", condition=code_length("office", 5)
            ),
            models.CheckConstraint(
                name="statuscount_code", condition=Q(code__in=StatusCode.values)
            ),
            models.CheckConstraint(
                name="statuscount_people",
                condition=Q(late__lte=F("people"))
                & (Q(people=0, oldest__isnull=True) | Q(people__gt=0, oldest__isnull=False)),
            ),
        ]
