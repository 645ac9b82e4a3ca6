"""Voters' lists that an office compares with its people, the codes of elections, and who is no voter.

Personal data, sealed: the file, its name, what is asked about it, and each row. In plain stand what
became of a row, its village and ids of people; once the result is accepted no id is left either.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.scoping import Personal, Scope, ScopedModel
from dukcapil.core.crypto import decrypt, encrypt
from dukcapil.core.ids import uuid7
from dukcapil.core.lists.brought import Brought
from dukcapil.core.rules import says
from dukcapil.core.work import Work
from dukcapil.regions.models import Region
from events.elections.models import Election
from registrations.people.models import Resident
from registrations.people.triggers import of_somebody
from registrations.voters.enums import (
    ListKind,
    ListState,
    ListStep,
    Meaning,
    NoVoteReason,
    Verdict,
)


@dataclass
class Voter:
    """What a row says, as text; "" where it says nothing. `shown`: a masked number, with `*`."""

    nik: str = ""
    shown: str = ""
    name: str = ""
    birth_date: str = ""
    sex: str = ""
    family_card: str = ""
    address: str = ""
    rt: str = ""
    rw: str = ""
    #: The village as the list writes it.
    village: str = ""
    #: What could not be read, in words.
    notes: list[str] = field(default_factory=list)


class VoterList(ScopedModel, Brought, Work):
    """One list. The row stays as evidence of who brought what, with the classes and codes of its rows."""

    #: Of its election, with rows that `selectors.lists.get_list_or_404` read.
    held_on: date

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="+")
    election = models.ForeignKey(Election, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=5, choices=ListKind.choices)
    #: The day that the list is of.
    as_of = models.DateField()
    #: The one village of a list without such a column.
    village = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+")
    step = models.CharField(max_length=5, choices=ListStep.choices, default=ListStep.READ)
    state = models.CharField(max_length=8, choices=ListState.choices, default=ListState.WAITING)
    problem = models.CharField(max_length=40, blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    #: Grows with everything that somebody changes; a button names what it was pressed on.
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    #: What was recorded is of this moment.
    matched_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)

    scope = Scope()

    class Meta(ScopedModel.Meta):
        verbose_name = _("voters' list")
        constraints = [
            models.CheckConstraint(name="voter_list_progress", condition=Q(done__lte=F("total"))),
            models.CheckConstraint(
                name="voter_list_over",
                condition=~Q(state__in=["gone", "accepted"])
                | Q(file__isnull=True, about__isnull=True, name__isnull=True),
            ),
            models.CheckConstraint(
                name="voter_list_accepted",
                condition=Q(state="accepted", accepted_at__isnull=False)
                | (~Q(state="accepted") & Q(accepted_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["office", "created_at"], name="voter_list_office"),
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="voter_list_due"),
        ]


class VoterRow(ScopedModel):
    """One voter of a list, sealed; what became of it stands in plain."""

    id = models.BigAutoField(primary_key=True)
    voter_list = models.ForeignKey(VoterList, models.PROTECT, related_name="rows", db_index=False)
    # A list brings a million rows: what nobody looks for by it, and nobody takes away, has no index.
    office = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False)
    village = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+", db_index=False)
    #: As the sheet counts it.
    number = models.PositiveIntegerField()
    sealed = models.BinaryField(null=True)
    #: Keyed, of a whole number: erasing finds the row by it.
    nik_hash = models.BinaryField(max_length=32, null=True)
    verdict = models.CharField(max_length=12, choices=Verdict.choices, default=Verdict.WAITING)
    #: Fields that are not alike.
    differs = ArrayField(models.CharField(max_length=12), default=list, blank=True, db_default=[])
    resident = models.ForeignKey(
        Resident, models.PROTECT, null=True, related_name="voter_rows", db_index=False
    )
    #: Who it may be, the likeliest first; and the row that has the first of them already.
    maybe = ArrayField(models.UUIDField(), default=list, blank=True, db_default=[])
    other_row = models.PositiveIntegerField(null=True)
    score = models.PositiveSmallIntegerField(default=0, db_default=0)
    #: Whether the person was recorded when the list was matched; of whoever is not found nothing.
    recorded = models.BooleanField(null=True)
    code = models.CharField(max_length=4, blank=True, default="", db_default="")
    #: The code is somebody's, and no rule writes over it.
    code_by_hand = models.BooleanField(default=False, db_default=False)
    #: How often somebody said "later".
    put_off = models.PositiveSmallIntegerField(default=0, db_default=0)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)

    scope = Scope()
    personal: ClassVar = Personal("resident", {"sealed": None, "nik_hash": None})

    class Meta(ScopedModel.Meta):
        verbose_name = _("voter")
        constraints = [
            models.UniqueConstraint(fields=["voter_list", "number"], name="voter_row_once"),
            models.UniqueConstraint(
                fields=["voter_list", "resident"],
                condition=Q(verdict__in=["both", "differs"]),
                name="voter_joined_once",
                **says("voter-joined", _("Another row of this list is that person already.")),
            ),
            models.CheckConstraint(
                name="voter_differs",
                condition=Q(verdict="differs", differs__len__gt=0)
                | (~Q(verdict="differs") & Q(differs__len=0)),
            ),
            models.CheckConstraint(
                name="voter_joined",
                condition=Q(verdict__in=["both", "differs", "twice"]) | Q(resident__isnull=True),
            ),
        ]
        indexes = [
            # What waits for a decision in its order, and rows of one class page by page.
            models.Index(
                fields=["voter_list", "verdict", "put_off", "number"], name="voter_verdict"
            ),
            models.Index(fields=["voter_list", "village", "number"], name="voter_village"),
            models.Index(
                fields=["nik_hash"], condition=Q(nik_hash__isnull=False), name="voter_number"
            ),
            models.Index(
                fields=["resident"], condition=Q(resident__isnull=False), name="voter_resident"
            ),
        ]

    def read(self) -> Voter:
        if self.sealed is None:
            return Voter()
        return opened(bytes(self.sealed), self.voter_list_id, self.number)


def sealed(voter: Voter, list_id: Any, number: int) -> bytes:
    said = {name: value for name, value in vars(voter).items() if value}
    return encrypt(orjson.dumps(said).decode(), context=f"voter {list_id} {number}")


def opened(blob: bytes, list_id: Any, number: int) -> Voter:
    return Voter(**orjson.loads(decrypt(blob, context=f"voter {list_id} {number}")))


class VoterCount(models.Model):
    """How many rows of a list say the same: no person. Written by the trigger `count_voters`, and by the job
    (`services.counting`) where it writes every row.
    """

    voter_list = models.ForeignKey(VoterList, models.PROTECT, related_name="counts", db_index=False)
    village = models.ForeignKey(
        Region, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    recorded = models.BooleanField(null=True)
    code = models.CharField(max_length=4, blank=True, db_default="")
    n = models.IntegerField(db_default=0)

    class Meta:
        verbose_name = _("counts of a voters' list")
        constraints = [
            models.UniqueConstraint(
                fields=["voter_list", "verdict", "code", "village", "recorded"],
                name="voter_count_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="voter_count_positive", condition=Q(n__gte=0)),
        ]


class VoterCode(ScopedModel):
    """What a code of an election's lists means, where it is not as in others of its years."""

    election = models.ForeignKey(Election, models.PROTECT, related_name="+")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    code = models.CharField(max_length=4)
    meaning = models.CharField(max_length=12, choices=Meaning.choices)
    #: The decree or letter that says so.
    source = models.CharField(max_length=200)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField(auto_now=True)

    scope = Scope(people=False)

    class Meta(ScopedModel.Meta):
        verbose_name = _("code of voters' lists")
        constraints = [
            models.UniqueConstraint(
                fields=["election", "office", "code"],
                name="voter_code_once",
                **says("code-once", _("This code has a meaning already."), field="code"),
            ),
            models.UniqueConstraint(
                fields=["election", "office", "meaning"],
                name="voter_meaning_once",
                **says("meaning-once", _("This has a code already."), field="meaning"),
            ),
            models.CheckConstraint(
                name="voter_code_written",
                condition=Q(code__regex=r"^[0-9A-Z]{1,4}$"),
                **says("code", _("Digits and capital letters, at most four."), field="code"),
            ),
            models.CheckConstraint(
                name="voter_code_source",
                condition=~Q(source=""),
                **says("source", _("Name the decree or letter that says so."), field="source"),
            ),
        ]


class NotAVoter(ScopedModel):
    """A resident who may not vote for a time, and by which paper: no person's name in it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="no_vote")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=7, choices=NoVoteReason.choices)
    #: The last day; None: until somebody ends it.
    until = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200)
    said_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    said_at = models.DateTimeField(auto_now_add=True)

    scope = Scope()
    #: Of who is erased it is over: an empty day would be one without an end.
    personal: ClassVar = Personal("resident", {"source": "-", "until": date(1900, 1, 1)})

    class Meta(ScopedModel.Meta):
        verbose_name = _("no voter")
        triggers = [of_somebody()]
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "reason"],
                name="not_a_voter_once",
                **says("said-already", _("This is said of this person already."), field="reason"),
            ),
            models.CheckConstraint(
                name="not_a_voter_source",
                condition=~Q(source=""),
                **says("source", _("Name the decree or letter that says so."), field="source"),
            ),
        ]
