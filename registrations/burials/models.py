"""The burial register of a village, how many registers and cemeteries an office has, and its monthly report.

Personal data: `sealed` (name, NIK, birth date or age, sex, address, block, who reports), `key` and
`nik_hash` (keyed hashes), `certificate`, both dates, the reason of a void, and the resident's id.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self, TypeVar

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.permissions import Role
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
from dukcapil.regions.models import Region, code_length
from registrations.burials.enums import BurialState, Doubt
from registrations.burials.triggers import STAYS
from registrations.findings.models import Finding
from registrations.people.models import Resident
from registrations.people.triggers import of_somebody

M = TypeVar("M", bound=models.Model)

LONGEST_CEMETERY = 100
LONGEST_REASON = 300
_ALREADY = _("A burial of this person is written down already.")
_BURIED: dict[str, Any] = says("already-buried", _ALREADY, field="nik")


class BurialQuerySet(ScopedQuerySet[M]):
    def visible_to(self, actor: Actor) -> Self:
        """Who keeps the register of a village sees what they wrote themselves, and nothing else."""
        found = super().visible_to(actor)
        if actor.role == Role.BURIAL_RECORDER:
            return found.filter(recorded_by=actor.user_id)
        return found


class BurialManager(ScopedManager[M]):
    _queryset_class = BurialQuerySet


class Burial(ScopedModel):
    """One line of the register. Written once: a correction is another line, and voids this one.

    A burial changes no figure. Whoever is found by it is proposed as deceased (`findings`), and two
    people decide.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: Where the grave lies; of one that another office handed over the home village.
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    home_village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: Line of the village's register of a year; a correction keeps it.
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    #: A place: never a person's name.
    cemetery = models.CharField(max_length=LONGEST_CEMETERY)
    died_on = models.DateField()
    buried_on = models.DateField()
    #: The local day on which the village wrote it down; a correction keeps it.
    reported_on = models.DateField()
    #: JSON, encrypted. None: erased.
    sealed = models.BinaryField(null=True)
    nik_hash = models.BinaryField(max_length=32, null=True)
    #: Where no NIK is known: keyed hash of name and birth date, else of name, age, sex, day of death and village.
    key = models.BinaryField(max_length=32, null=True)
    state = models.CharField(max_length=11, choices=BurialState.choices, default=BurialState.NEW)
    doubt = models.CharField(max_length=12, choices=Doubt.choices, blank=True, default="")
    resident = models.ForeignKey(
        Resident, models.PROTECT, null=True, blank=True, related_name="burials"
    )
    finding = models.ForeignKey(
        Finding, models.PROTECT, null=True, blank=True, related_name="burials"
    )
    matched_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    matched_at = models.DateTimeField(null=True)
    #: The day on which the family handed in the form of the death.
    filed_on = models.DateField(null=True)
    filed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    #: Number of the death certificate, encrypted.
    certificate = models.BinaryField(null=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    corrects = models.OneToOneField("self", models.PROTECT, null=True, related_name="corrected_by")
    #: Another office's hand-over, which this row was made of.
    received = models.UUIDField(null=True, editable=False)
    voided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=LONGEST_REASON, blank=True, default="")

    objects: ClassVar = BurialManager["Burial"]()
    scope = Scope(village="village_id")
    #: What a row must have (`burial_dates`, `burial_void`) stays there, and says nothing.
    personal: ClassVar = Personal(
        "resident",
        {
            **dict.fromkeys(("sealed", "nik_hash", "key", "certificate")),
            **dict.fromkeys(("died_on", "buried_on"), date(1900, 1, 1)),
            "void_reason": "-",
        },
    )

    class Meta(ScopedModel.Meta):
        verbose_name = _("burial")
        triggers = [clocked("recorded_at"), of_somebody(), STAYS]
        constraints = [
            models.CheckConstraint(name="burial_office", condition=code_length("office", 5)),
            models.CheckConstraint(
                name="burial_villages",
                condition=code_length("village", 13) & code_length("home_village", 13),
                **says("village", _("Choose a village."), field="village"),
            ),
            models.CheckConstraint(
                name="burial_dates",
                condition=Q(died_on__gte="1900-01-01", buried_on__gte=F("died_on")),
                **says(
                    "buried-before-death",
                    _("Nobody is buried before the day of death: look at both dates."),
                    field="buried_on",
                ),
            ),
            models.CheckConstraint(
                name="burial_not_ahead",
                condition=Q(buried_on__lte=F("reported_on")),
                **says("buried-future", _("A burial cannot be in the future."), field="buried_on"),
            ),
            models.CheckConstraint(
                name="burial_cemetery",
                condition=~Q(cemetery=""),
                **says("cemetery", _("Name the cemetery."), field="cemetery"),
            ),
            models.CheckConstraint(
                name="burial_sealed",
                condition=Q(sealed__isnull=False)
                | Q(nik_hash__isnull=True, key__isnull=True, certificate__isnull=True),
            ),
            models.CheckConstraint(
                name="burial_state",
                condition=Q(state="matched", resident__isnull=False, doubt="")
                | (Q(state="asked", resident__isnull=True, finding__isnull=True) & ~Q(doubt=""))
                | Q(
                    state__in=["new", "not_found", "handed_over"],
                    resident__isnull=True,
                    finding__isnull=True,
                    doubt="",
                )
                | Q(state="void"),
            ),
            models.CheckConstraint(
                name="burial_void",
                condition=(
                    Q(state="void", voided_at__isnull=False, voided_by__isnull=False)
                    & ~Q(void_reason="")
                )
                | (~Q(state="void") & Q(voided_at__isnull=True, voided_by__isnull=True)),
                **says("reason", _("Say why."), field="reason"),
            ),
            models.CheckConstraint(
                name="burial_filed",
                condition=Q(filed_on__isnull=True, filed_by__isnull=True, certificate__isnull=True)
                | Q(filed_on__gte=F("died_on"), filed_by__isnull=False),
                **says(
                    "filed-before-death",
                    _("Reported before the day of death: look at both dates."),
                    field="filed_on",
                ),
            ),
            models.UniqueConstraint(
                fields=["office", "nik_hash"],
                condition=Q(nik_hash__isnull=False) & ~Q(state="void"),
                name="burial_number_once",
                **_BURIED,
            ),
            models.UniqueConstraint(
                fields=["office", "key"],
                condition=Q(key__isnull=False) & ~Q(state="void"),
                name="burial_name_once",
                **says("already-buried", _ALREADY, field="name"),
            ),
            models.UniqueConstraint(
                fields=["resident"],
                condition=Q(state="matched"),
                name="burial_person_once",
                **_BURIED,
            ),
            models.UniqueConstraint(
                fields=["village", "year", "number"],
                condition=~Q(state="void"),
                name="burial_line_once",
            ),
            models.UniqueConstraint(
                fields=["received"], condition=~Q(state="void"), name="burial_received_once"
            ),
        ]
        indexes = [
            models.Index(fields=["office", "reported_on"], name="burial_office_day"),
            models.Index(fields=["village", "recorded_by"], name="burial_village_by"),
            models.Index(
                fields=["office", "recorded_at"],
                condition=Q(state__in=["new", "asked"]),
                name="burial_waiting",
            ),
        ]

    @property
    def told(self) -> dict[str, str]:
        """`name`, `nik`, `birth_date`, `age`, `sex`, `address`, `block`, `reporter`, `relation`: what was
        written down. Empty once erased.
        """
        if self.sealed is None:
            return {}
        told: dict[str, str] = orjson.loads(
            decrypt(bytes(self.sealed), context=f"burial {self.pk}")
        )
        return told

    def tell(self, told: dict[str, str]) -> None:
        kept = {name: value for name, value in told.items() if value}
        self.sealed = encrypt(orjson.dumps(kept).decode(), context=f"burial {self.pk}")

    @property
    def born(self) -> date | None:
        said = self.told.get("birth_date")
        return date.fromisoformat(said) if said else None

    @property
    def certificate_number(self) -> str:
        if not self.certificate:
            return ""
        return decrypt(bytes(self.certificate), context=f"burial certificate {self.pk}")

    def certify(self, number: str) -> None:
        context = f"burial certificate {self.pk}"
        self.certificate = encrypt(number, context=context) if number else None

    @property
    def line(self) -> str:
        """As papers name it."""
        return f"{self.number}/{self.year}"


class BurialBooks(models.Model):
    """How many registers, villages and cemeteries an office has by a letter or a count; the newest row
    counts. No person. A source may name more registers than villages (Kendari: 66 of 65).
    """

    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    as_of = models.DateField()
    books = models.PositiveIntegerField()
    villages = models.PositiveIntegerField()
    #: Null: nobody has counted them.
    cemeteries = models.PositiveIntegerField(null=True, blank=True)
    source = models.CharField(max_length=200)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("count of burial registers")
        triggers = [clocked("entered_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(name="burialbooks_office", condition=code_length("office", 5)),
            models.CheckConstraint(
                name="burialbooks_villages",
                condition=Q(villages__gt=0),
                **says("villages", _("An office has at least one village."), field="villages"),
            ),
            models.CheckConstraint(
                name="burialbooks_source",
                condition=~Q(source=""),
                **says("source", _("Name the decree or letter that says so."), field="source"),
            ),
        ]
        indexes = [
            models.Index(
                fields=["office", "-as_of", "-id"],
                condition=names("office"),
                name="burialbooks_of_office",
            )
        ]


class BurialReport(models.Model):
    """The monthly report of an office, or of a province, as it was sent: counts without a person. What is
    written down later makes another one; the newest counts.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: Its first day.
    month = models.DateField()
    content = models.JSONField()
    #: Hash of the content.
    digest = models.CharField(max_length=64)
    #: Of a province: the reports of its offices that stand in it.
    parts = ArrayField(models.UUIDField(), default=list, db_default=[])
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("monthly report of burials")
        triggers = [clocked("made_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="burialreport_region", condition=code_length("region", 2, 5)
            ),
            models.CheckConstraint(name="burialreport_month", condition=Q(month__day=1)),
        ]
        indexes = [models.Index(fields=["region", "month", "-made_at"], name="burialreport_newest")]
