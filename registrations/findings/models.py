"""What somebody found out about a person, with the paper behind it, and what the office decided.

Personal data: number of the paper and notes (sealed), issuer and date of the paper, and the ids.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Personal, Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.indexes import names
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.regions.models import Region
from registrations.findings.enums import EvidenceKind, FindingState, Refusal
from registrations.findings.triggers import DECIDED_ONCE
from registrations.people.enums import FindingOutcome
from registrations.people.models import Resident
from registrations.people.triggers import of_somebody

_NOTES = [*FindingOutcome.notes()]
_ONCE: dict[str, Any] = says(
    "already-found",
    _("Somebody said something about this person already, and the office has not decided yet."),
    field="resident",
)


class FindingMinutes(ScopedModel):
    """What a village found, counted, as its head signed it: once, by typed name and function. The
    findings point to their minutes; `content` is the hash of what was shown.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    content = models.CharField(max_length=64)
    #: Outcome -> people. No person's name, no number.
    counts = models.JSONField()
    people = models.PositiveIntegerField()
    #: Of who signs for the village; not of a person that something was found about.
    signer = models.CharField(max_length=120)
    function = models.CharField(max_length=120)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(db_default=Now(), editable=False)

    scope = Scope(village="village_id")

    class Meta(ScopedModel.Meta):
        verbose_name = _("minutes of a village")
        triggers = [clocked("signed_at"), *APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(
                fields=["village", "content"],
                name="minutes_once",
                **says("already-signed", _("These minutes are signed already.")),
            ),
            models.CheckConstraint(
                name="minutes_signed",
                condition=~Q(signer="") & ~Q(function=""),
                **says("signer", _("Give name and function of who signs."), field="signer"),
            ),
            models.CheckConstraint(name="minutes_people", condition=Q(people__gt=0)),
        ]
        indexes = [models.Index(fields=["office", "-signed_at"], name="minutes_office")]


class FindingTask(ScopedModel):
    """By when an office asks a village to look at its people; the newest of a village counts."""

    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    due = models.DateField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now(), editable=False)

    scope = Scope(village="village_id")

    class Meta(ScopedModel.Meta):
        verbose_name = _("task of a village")
        triggers = [clocked("asked_at"), *APPEND_ONLY]
        indexes = [
            models.Index(
                fields=["village", "-id"], condition=names("village"), name="findingtask_of_village"
            )
        ]


class Finding(ScopedModel):
    """Proposed by whoever was there, decided by a second person. A later recording contradicts it,
    whichever door that comes through (function `finding_contradicted`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="findings")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=16, choices=FindingOutcome.choices)
    #: The other row of the same person, of the same office.
    of = models.ForeignKey(Resident, models.PROTECT, null=True, blank=True, related_name="+")
    evidence_kind = models.CharField(max_length=17, choices=EvidenceKind.choices, blank=True)
    #: Sealed for this row: the number of a paper leads to a person.
    evidence_number = models.BinaryField(null=True)
    evidence_issuer = models.CharField(max_length=150, blank=True)
    evidence_on = models.DateField(null=True, blank=True)
    #: Sealed for this row.
    note = models.BinaryField(null=True)
    state = models.CharField(
        max_length=12, choices=FindingState.choices, default=FindingState.PROPOSED
    )
    found_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    found_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=8, choices=Refusal.choices, blank=True)
    #: Sealed for this row.
    decided_note = models.BinaryField(null=True)
    contradicted_at = models.DateTimeField(null=True, blank=True)
    #: Who decides has looked at the contradiction.
    seen_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    seen_at = models.DateTimeField(null=True, blank=True)
    minutes = models.ForeignKey(
        FindingMinutes, models.PROTECT, null=True, blank=True, related_name="findings"
    )

    scope = Scope(village="village_id")
    #: What a paper must have (`finding_deceased`) stays there, and says nothing.
    personal: ClassVar = Personal(
        "resident",
        {
            "evidence_number": b"",
            "evidence_issuer": "-",
            "evidence_on": date(1900, 1, 1),
            "note": None,
            "decided_note": None,
        },
    )

    @property
    def is_note(self) -> bool:
        """It is decided by nobody."""
        return self.outcome in FindingOutcome.notes()

    class Meta(ScopedModel.Meta):
        verbose_name = _("finding")
        triggers = [clocked("found_at"), of_somebody(), DECIDED_ONCE]
        constraints = [
            models.CheckConstraint(
                name="finding_deceased",
                condition=~Q(outcome="deceased")
                | (
                    ~Q(evidence_kind="")
                    & Q(evidence_number__isnull=False, evidence_on__isnull=False)
                    & ~Q(evidence_issuer="")
                ),
                **says(
                    "paper-needed",
                    _(
                        "That somebody died is said by a paper: give its kind, number, issuer and date."
                    ),
                    field="evidence",
                ),
            ),
            models.CheckConstraint(
                name="finding_duplicate",
                condition=(Q(outcome="duplicate", of__isnull=False) & ~Q(of=F("resident")))
                | (~Q(outcome="duplicate") & Q(of__isnull=True)),
                **says(
                    "duplicate-of",
                    _("Say which other person of the list it is, and only of a duplicate."),
                    field="of",
                ),
            ),
            models.CheckConstraint(
                name="finding_recorded_already",
                condition=~Q(outcome="recorded_already")
                | (Q(evidence_on__isnull=False) & ~Q(evidence_issuer="")),
                **says(
                    "source-needed",
                    _("Say who recorded the person, and on which day."),
                    field="evidence",
                ),
            ),
            models.CheckConstraint(
                name="finding_state",
                condition=Q(
                    state="proposed",
                    decided_at__isnull=True,
                    contradicted_at__isnull=True,
                    why="",
                )
                | Q(
                    state="accepted",
                    decided_at__isnull=False,
                    contradicted_at__isnull=True,
                    why="",
                )
                | (
                    Q(state="refused", decided_at__isnull=False, contradicted_at__isnull=True)
                    & ~Q(why="")
                )
                | Q(state="contradicted", contradicted_at__isnull=False, why=""),
            ),
            models.CheckConstraint(
                name="finding_seen",
                condition=Q(seen_at__isnull=True) | Q(state="contradicted", seen_by__isnull=False),
            ),
            # What is true of one day (not met, away) may be said again; else one thing at a time.
            models.UniqueConstraint(
                fields=["resident"],
                condition=Q(state="proposed") & ~Q(outcome__in=_NOTES),
                name="finding_proposed_once",
                **_ONCE,
            ),
            models.UniqueConstraint(
                fields=["resident"],
                condition=Q(state="accepted") & ~Q(outcome__in=_NOTES),
                name="finding_accepted_once",
                **says(
                    "already-explained",
                    _("Something else is accepted about this person already."),
                    field="resident",
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["resident", "-found_at"], name="finding_resident"),
            models.Index(fields=["office", "state", "found_at"], name="finding_office_state"),
            models.Index(
                fields=["village", "found_at"],
                condition=Q(minutes__isnull=True),
                name="finding_not_signed",
            ),
        ]
