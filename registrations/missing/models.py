"""Lists of people who are to be recorded, and what became of each of them.

A list never forgets: who was on it stays on it, recorded or left. States are derived, by the function
`close_roll` of the database alone; counts follow them by the trigger `count_roll`, in the same statement.
Personal data: the resident's id, the keyed hash of the NIK, and the note of a contact.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left, Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.scoping import Personal, Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.indexes import names
from dukcapil.core.rules import clocked, says
from dukcapil.regions.models import Region, code_length
from events.elections.models import Election
from events.venues.models import Venue
from registrations.missing.enums import (
    ContactHow,
    ContactResult,
    EntryState,
    LeftBecause,
    NextStep,
    Purpose,
)
from registrations.people.enums import Stage
from registrations.people.models import Resident


class RollList(models.Model):
    """One a purpose, office and election. Holds no person."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField(max_length=9, choices=Purpose.choices)
    election = models.ForeignKey(
        Election, models.PROTECT, null=True, blank=True, related_name="roll_lists"
    )
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: When it was closed as a whole last, and of which local day; None before the first time.
    closed_at = models.DateTimeField(null=True, blank=True)
    as_of = models.DateField(null=True, blank=True)
    #: The day of the election when it was closed; None also of one that is cancelled.
    held_on = models.DateField(null=True, blank=True)
    #: How often it was closed.
    version = models.PositiveIntegerField(default=0)
    #: Somebody asked for it to be closed, and no job has done so yet.
    asked_at = models.DateTimeField(null=True, blank=True)
    #: Who answers for it.
    owner = models.ForeignKey(
        Posting, models.PROTECT, null=True, blank=True, related_name="roll_lists"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("list of people to be recorded")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "purpose", "election"],
                name="roll_list_once",
                nulls_distinct=False,
                **says("list-exists", _("This list is being made elsewhere. Try again.")),
            ),
            models.CheckConstraint(
                name="roll_list_election",
                condition=Q(purpose="missing", election__isnull=True)
                | Q(purpose="seventeen", election__isnull=False),
            ),
            models.CheckConstraint(name="roll_list_of_office", condition=code_length("office", 5)),
        ]


class RollEntry(ScopedModel):
    """A person on a list. Ordered by `id`: the index (list, village, state, id) reads a page of a village.

    Office, village, hash, purpose and election are copies, for the walls and for one rule: nobody stands
    on two lists of a purpose and election, whichever office holds them.
    """

    id = models.BigAutoField(primary_key=True)
    list = models.ForeignKey(RollList, models.PROTECT, related_name="entries", db_index=False)
    purpose = models.CharField(max_length=9, choices=Purpose.choices, editable=False)
    election = models.ForeignKey(
        Election,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    office = models.ForeignKey(
        Region, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    village = models.ForeignKey(
        Region, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    resident = models.ForeignKey(
        Resident, models.PROTECT, related_name="roll_entries", db_index=False
    )
    #: None of who was erased.
    nik_hash = models.BinaryField(max_length=32, null=True, editable=False)
    stage_at_start = models.CharField(max_length=16, choices=Stage.choices)
    added_on = models.DateField()
    state = models.CharField(max_length=9, choices=EntryState.choices)
    #: Of the finding that explains it, or of the newest that waits for a decision.
    outcome = models.CharField(max_length=20, blank=True, db_default="")
    left_because = models.CharField(
        max_length=9, choices=LeftBecause.choices, blank=True, db_default=""
    )
    changed_at = models.DateTimeField(db_default=Now())
    #: What people put down: who follows it up, and what is next.
    owner = models.ForeignKey(
        Posting, models.PROTECT, null=True, blank=True, related_name="roll_entries"
    )
    next_step = models.CharField(max_length=7, choices=NextStep.choices, blank=True, db_default="")
    #: Where the person is by the newest roster (`events.venues`): nobody's prison. No key, for entries are many.
    venue = models.UUIDField(null=True, editable=False)

    scope = Scope(village="village_id")
    personal: ClassVar = Personal("resident", {"nik_hash": None})

    class Meta(ScopedModel.Meta):
        verbose_name = _("entry of a list of people to be recorded")
        constraints = [
            models.UniqueConstraint(fields=["resident", "list"], name="roll_entry_once"),
            models.UniqueConstraint(
                fields=["nik_hash", "purpose", "election"],
                condition=~Q(state="left") & Q(nik_hash__isnull=False),
                nulls_distinct=False,
                name="roll_entry_once_in_nation",
            ),
            models.CheckConstraint(
                name="roll_entry_left",
                condition=Q(state="left") & ~Q(left_because="")
                | ~Q(state="left") & Q(left_because=""),
            ),
            models.CheckConstraint(
                name="roll_entry_at_home", condition=Q(office=Left("village", 5))
            ),
        ]
        indexes = [
            models.Index(
                fields=["list", "village", "state", "id"],
                condition=names("list"),
                name="roll_entry_of_village",
            ),
            models.Index(fields=["list", "id"], condition=names("list"), name="roll_entry_of_list"),
            models.Index(
                fields=["venue"], condition=Q(venue__isnull=False), name="roll_entry_venue"
            ),
        ]


class RollContact(ScopedModel):
    """That somebody on a list was spoken to, or was not reached: a note beside the entry."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entry = models.ForeignKey(RollEntry, models.PROTECT, related_name="contacts")
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="roll_contacts")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)
    how = models.CharField(max_length=7, choices=ContactHow.choices)
    result = models.CharField(max_length=11, choices=ContactResult.choices)
    note = models.CharField(max_length=200, blank=True, help_text=_("No number, no illness."))
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    scope = Scope(village="village_id")
    personal: ClassVar = Personal("resident", {"note": ""})

    class Meta(ScopedModel.Meta):
        verbose_name = _("contact with somebody on a list")
        triggers = [clocked("at")]
        indexes = [models.Index(fields=["entry", "-at"], name="roll_contact_newest")]


#: Columns of a count, in the order of the states.
COUNTED = tuple(EntryState.values)


class _Counts(models.Model):
    recorded = models.IntegerField(db_default=0)
    explained = models.IntegerField(db_default=0)
    booked = models.IntegerField(db_default=0)
    asked = models.IntegerField(db_default=0)
    open = models.IntegerField(db_default=0)
    left = models.IntegerField(db_default=0)

    class Meta:
        abstract = True

    @property
    def people(self) -> int:
        return sum(getattr(self, name) for name in COUNTED)


#: Of a row of counts.
_POSITIVE = Q(**{f"{name}__gte": 0 for name in COUNTED})


class RollCount(_Counts):
    """How many people of a village are in which state: no person. Written by `count_roll` alone."""

    list = models.ForeignKey(RollList, models.PROTECT, related_name="counts", db_index=False)
    village = models.ForeignKey(
        Region, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        verbose_name = _("counts of a list")
        constraints = [
            models.UniqueConstraint(fields=["list", "village"], name="roll_count_once"),
            models.CheckConstraint(name="roll_count_positive", condition=_POSITIVE),
        ]
        indexes = [models.Index(fields=["village"], name="roll_count_village")]


class RollVenueCount(_Counts):
    """As `RollCount`, of the people of a list who are at a venue, wherever they live."""

    list = models.ForeignKey(RollList, models.PROTECT, related_name="venue_counts", db_index=False)
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("counts of a list by venue")
        constraints = [
            models.UniqueConstraint(fields=["list", "venue"], name="roll_venue_count_once"),
            models.CheckConstraint(name="roll_venue_count_positive", condition=_POSITIVE),
        ]


class RollTouched(ScopedModel):
    """People whose state may be another since: written by the triggers `people_touched`, taken away by
    whoever settles them (`services.refreshing`).
    """

    id = models.BigAutoField(primary_key=True)
    office = models.ForeignKey(
        Region, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    #: No key: of an import that is undone nobody is left.
    resident = models.UUIDField()

    scope = Scope()

    class Meta(ScopedModel.Meta):
        verbose_name = _("people to look at again")
        indexes = [
            models.Index(
                fields=["office", "id"], condition=names("office"), name="roll_touched_of_office"
            )
        ]


#: `people` of a row of counts, for queries.
PEOPLE = sum((F(name) for name in COUNTED[1:]), F(COUNTED[0]))
