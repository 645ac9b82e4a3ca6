"""Who is at a school, in a prison, in a home; and groups that an office seeks out.

Personal data: `RosterEntry.sealed` (name, birth date, sex, NIK, encrypted), `nik_hash` and `key` (keyed
hashes), and that somebody is in a prison or belongs to a group at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Self, TypeVar

import orjson
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import (
    Actor,
    Personal,
    Scope,
    ScopedManager,
    ScopedModel,
    ScopedQuerySet,
)
from dukcapil.core.crypto import decrypt, encrypt
from dukcapil.core.ids import uuid7
from dukcapil.core.indexes import names
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.regions.models import Region
from events.venues.enums import VenueKind
from events.venues.models import Venue
from registrations.people.models import Resident
from registrations.people.triggers import of_somebody
from registrations.rosters.enums import Doubt, Group, Triage

M = TypeVar("M", bound=models.Model)


def told_in(entry: uuid.UUID, sealed: bytes | memoryview) -> dict[str, str]:
    """`name`, `birth_date`, `sex`, `nik`: what a list has of the entry with this id."""
    told: dict[str, str] = orjson.loads(decrypt(bytes(sealed), context=f"roster {entry}"))
    return told


def born_in(told: Mapping[str, str]) -> date | None:
    said = told.get("birth_date")
    return date.fromisoformat(said) if said else None


class EntryQuerySet(ScopedQuerySet[M]):
    def visible_to(self, actor: Actor) -> Self:
        """Nobody's prison but for whoever may see prisons: also not as a filter of some other list."""
        found = super().visible_to(actor)
        if actor.may(Permission.PRISONS_VIEW):
            return found
        return found.exclude(roster__venue__kind=VenueKind.PRISON)


class EntryManager(ScopedManager[M]):
    _queryset_class = EntryQuerySet


class Roster(ScopedModel):
    """Who is at a venue in one year; every list that is brought makes another version of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="rosters")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: Of a school the year in which its school year begins.
    year = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    scope = Scope()

    class Meta(ScopedModel.Meta):
        verbose_name = _("roster")
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "year"],
                name="roster_once",
                **says("roster-exists", _("There is a roster of this year."), field="year"),
            ),
            models.CheckConstraint(
                name="roster_year",
                condition=Q(year__gte=2011, year__lte=2100),
                **says("year", _("A year from 2011 to 2100."), field="year"),
            ),
        ]

    @property
    def year_label(self) -> str:
        is_school = VenueKind(self.venue.kind).has_school_years
        return f"{self.year}/{self.year + 1}" if is_school else str(self.year)


class RosterVersion(ScopedModel):
    """A list that was brought: how many of its rows were new, moved to another class, gone, the same."""

    roster = models.ForeignKey(Roster, models.PROTECT, related_name="versions")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    #: Day of the list, as its sender says.
    as_of = models.DateField()
    rows = models.PositiveIntegerField()
    added = models.PositiveIntegerField()
    moved = models.PositiveIntegerField()
    gone = models.PositiveIntegerField()
    same = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    brought_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    brought_at = models.DateTimeField(db_default=Now(), editable=False)

    scope = Scope()

    class Meta(ScopedModel.Meta):
        verbose_name = _("version of a roster")
        triggers = [clocked("brought_at"), *APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(fields=["roster", "number"], name="roster_version_once"),
        ]


class RosterEntry(ScopedModel):
    """Somebody of a roster. Nobody is deleted: who is on the next list no more has `gone_in`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    roster = models.ForeignKey(Roster, models.PROTECT, related_name="entries")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: Keyed hash of the NIK, else of name and birth date: the same person in the next list.
    key = models.BinaryField(max_length=32, null=True)
    nik_hash = models.BinaryField(max_length=32, null=True)
    #: JSON, encrypted: name, birth_date, sex, nik, as the list has them. None: erased.
    sealed = models.BinaryField(null=True)
    #: Row of the newest list that named them, for the order of a page: names are sealed.
    place = models.PositiveIntegerField(default=0, db_default=0)
    #: A class, a block, a ward: never a person's name.
    class_name = models.CharField(max_length=40, blank=True, default="", db_default="")
    #: Whom the office holds.
    resident = models.ForeignKey(
        Resident, models.PROTECT, null=True, blank=True, related_name="roster_entries"
    )
    doubt = models.CharField(
        max_length=10, choices=Doubt.choices, blank=True, default="", db_default=""
    )
    #: Of a prison alone.
    triage = models.CharField(
        max_length=16, choices=Triage.choices, blank=True, default="", db_default=""
    )
    triaged_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    triaged_at = models.DateTimeField(null=True)
    #: Versions of the roster: the first that named somebody, and the first that did so no more.
    added_in = models.PositiveIntegerField()
    gone_in = models.PositiveIntegerField(null=True)
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar = EntryManager["RosterEntry"]()
    scope = Scope()
    personal: ClassVar = Personal(
        "resident",
        {
            **dict.fromkeys(("sealed", "key", "nik_hash")),
            **dict.fromkeys(("class_name", "doubt", "triage"), ""),
        },
    )

    class Meta(ScopedModel.Meta):
        verbose_name = _("entry of a roster")
        triggers = [of_somebody()]
        constraints = [
            models.UniqueConstraint(fields=["roster", "key"], name="roster_entry_once"),
            models.CheckConstraint(
                name="roster_entry_key",
                condition=Q(sealed__isnull=True, key__isnull=True, nik_hash__isnull=True)
                | Q(sealed__isnull=False, key__isnull=False),
            ),
            models.CheckConstraint(
                name="roster_entry_gone",
                condition=Q(gone_in__isnull=True) | Q(gone_in__gt=models.F("added_in")),
            ),
            models.CheckConstraint(
                name="roster_entry_triage",
                condition=Q(triage="") | Q(triaged_at__isnull=False, triaged_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["roster", "class_name", "place", "id"],
                condition=names("roster"),
                name="roster_entry_of_class",
            ),
            models.Index(
                fields=["office", "nik_hash"],
                condition=Q(nik_hash__isnull=False),
                name="roster_entry_nik",
            ),
        ]

    @property
    def told(self) -> dict[str, str]:
        """As `told_in`. Empty once erased."""
        return {} if self.sealed is None else told_in(self.pk, self.sealed)

    def tell(self, told: dict[str, Any]) -> None:
        self.sealed = encrypt(
            orjson.dumps({name: value for name, value in told.items() if value}).decode(),
            context=f"roster {self.pk}",
        )

    @property
    def born(self) -> date | None:
        return born_in(self.told)


class GroupMember(ScopedModel):
    """Somebody belongs to a group that an office seeks out. Nobody but who may see groups learns it; a
    row that is taken back is gone.
    """

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="group_rows")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: Empty: erased.
    group = models.CharField(max_length=16, choices=Group.choices, blank=True)
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField(db_default=Now(), editable=False)

    scope = Scope()
    personal: ClassVar = Personal("resident", {"group": ""})

    class Meta(ScopedModel.Meta):
        verbose_name = _("member of a group")
        triggers = [clocked("noted_at"), of_somebody()]
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "group"],
                condition=~Q(group=""),
                name="group_member_once",
                **says("in-group", _("This person is in this group already."), field="group"),
            ),
        ]
        indexes = [models.Index(fields=["office", "group"], name="group_member_office")]
