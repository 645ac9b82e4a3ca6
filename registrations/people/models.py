"""People, split in two so that erasure is one row.

Personal data: ResidentIdentity (name, address, cipher of the NIK, its masked form) and
Resident (birth date, sex, village, keyed hash of the NIK). Both stand behind row-level security.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, TypeVar

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import (
    Personal,
    Scope,
    ScopedManager,
    ScopedModel,
    ScopedQuerySet,
)
from dukcapil.core.errors import rule
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import says
from dukcapil.regions.models import Region, code_length
from registrations.people.enums import (
    ChangeKind,
    ChangeSource,
    ChangeState,
    MaritalStatus,
    Sex,
)
from registrations.people.errors import resident_exists
from registrations.people.triggers import DOUBT_STAYS, NAMES_TURNED, WORDS_SEARCHED

M = TypeVar("M", bound=models.Model)


class HeldManager(ScopedManager[M]):
    """People whom an office holds: without those who were merged into another row, or erased."""

    def get_queryset(self) -> ScopedQuerySet[M]:
        return super().get_queryset().filter(merged_into__isnull=True, erased_at__isnull=True)


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent(), level=pghistory.Statement)
class Resident(ScopedModel):
    """A person as one office holds them. The same person may be held by several offices.

    Not a population register: nothing here says who exists, only whom an office works with.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    nik_hash = models.BinaryField(max_length=32)
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    birth_date = models.DateField()
    sex = models.CharField(max_length=1, choices=Sex.choices)
    marital_status = models.CharField(
        max_length=8, choices=MaritalStatus.choices, default=MaritalStatus.SINGLE
    )
    #: The date of a recording before this ledger or outside it, from an imported list.
    known_recorded_on = models.DateField(null=True, blank=True)
    is_example = models.BooleanField(default=False)
    #: Nobody can have been issued this NIK. Said once, by `people.selectors.nik_doubts`: the database
    #: cannot read the number. Whether somebody accepted it all the same is told by the ledger.
    doubtful_number = models.BooleanField(default=False, db_default=False)
    #: The row of the same person to which everything of this one went (`corrections`). No key: the
    #: table would be blocked while it is checked, and no person is ever deleted.
    merged_into = models.UUIDField(null=True, blank=True)
    #: When the person's data was erased; `nik_hash` is a tombstone since then (`core.crypto`).
    erased_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    #: Those who are still held; `everything` finds the others, too.
    objects: ClassVar = HeldManager["Resident"]()
    scope = Scope(village="village_id", lent="appointments")
    #: The village stays: a figure's domicile, in which nobody is alone.
    personal: ClassVar = Personal(
        "pk", {"birth_date": date(1900, 1, 1), "sex": "", "marital_status": ""}
    )

    class Meta(ScopedModel.Meta):
        verbose_name = _("resident")
        triggers = [DOUBT_STAYS]
        constraints = [
            models.UniqueConstraint(fields=["office", "nik_hash"], name="resident_once"),
            models.CheckConstraint(
                name="resident_office_is_regency", condition=code_length("office", 5)
            ),
            models.CheckConstraint(
                name="resident_village_is_village",
                condition=code_length("village", 13),
            ),
            models.CheckConstraint(
                name="resident_birth_date",
                condition=Q(birth_date__gte="1890-01-01"),
                **says("birth-date", _("Nobody alive was born before 1890."), field="birth_date"),
            ),
        ]
        indexes = [
            models.Index(fields=["office", "village"], name="resident_office_village"),
            models.Index(fields=["nik_hash"], name="resident_nik_hash"),
            # With all that both walls ask for: people of an age are counted without reading them.
            models.Index(
                fields=["office", "birth_date", "village", "id"], name="resident_office_born"
            ),
        ]


def _turned_key() -> models.CharField[str | None, str | None]:
    return models.CharField(max_length=150, db_collation="C", null=True, editable=False)


class ResidentIdentity(ScopedModel):
    """Name, address and NIK of a person. Erasing them blanks this row; the ledger stays valid."""

    resident = models.OneToOneField(
        Resident, models.PROTECT, primary_key=True, related_name="identity"
    )
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    name = models.CharField(max_length=150)
    name_key = models.CharField(max_length=150, db_collation="C")
    #: The key turned so that it begins with its second, third ... word: a rule writes them. Each has
    #: its index, for row security lets no other kind of search use one (docs/adr/0040).
    key_2 = _turned_key()
    key_3 = _turned_key()
    key_4 = _turned_key()
    key_5 = _turned_key()
    key_6 = _turned_key()
    address = models.CharField(max_length=250, blank=True)
    rt = models.CharField(max_length=3, blank=True)
    rw = models.CharField(max_length=3, blank=True)
    nik_cipher = models.BinaryField()
    nik_masked = models.CharField(max_length=24)

    scope = Scope(village="village_id", lent="resident__appointments")
    personal: ClassVar = Personal(
        "resident",
        {
            **dict.fromkeys(("name", "name_key", "address", "rt", "rw", "nik_masked"), ""),
            # As the rule writes them when the name is gone.
            **dict.fromkeys(("key_2", "key_3", "key_4", "key_5", "key_6")),
            "nik_cipher": b"",
        },
    )

    class Meta(ScopedModel.Meta):
        verbose_name = _("identity")
        triggers = [NAMES_TURNED]
        indexes = [
            models.Index(fields=["office", "name_key"], name="identity_name"),
            *(
                models.Index(
                    fields=["office", f"key_{word}"],
                    condition=Q(**{f"key_{word}__isnull": False}),
                    name=f"identity_name_{word}",
                )
                for word in range(2, WORDS_SEARCHED + 1)
            ),
        ]


class CorrectionProposal(ScopedModel):
    """What is to become of a person's data, and what became of it: old and new side by side.

    Open until somebody decides; what a clerk does at once is written here as done, so these rows are
    the history of the person's data. Personal data: `sealed` (JSON, encrypted) and the reasons.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="changes")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=7, choices=ChangeKind.choices)
    source = models.CharField(max_length=6, choices=ChangeSource.choices)
    state = models.CharField(max_length=7, choices=ChangeState.choices, default=ChangeState.OPEN)
    #: {"old": {...}, "new": {...}}; None once it was refused, expired or erased.
    sealed = models.BinaryField(null=True)
    reason = models.CharField(max_length=300)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_because = models.CharField(max_length=300, blank=True)

    scope = Scope(village="village_id")
    personal: ClassVar = Personal("resident", {"sealed": None, "reason": "", "decided_because": ""})

    class Meta(ScopedModel.Meta):
        verbose_name = _("change of a person's data")
        constraints = [
            models.CheckConstraint(
                name="correction_decided",
                condition=Q(state="open", decided_at__isnull=True, sealed__isnull=False)
                | (~Q(state="open") & Q(decided_at__isnull=False)),
            ),
            models.UniqueConstraint(
                fields=["resident"],
                condition=Q(state="open", kind="nik"),
                name="correction_nik_once",
                **says(
                    "already-proposed",
                    _("Another NIK is proposed for this person already."),
                    field="nik",
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["resident", "proposed_at"], name="correction_resident"),
            models.Index(
                fields=["office", "proposed_at"], condition=Q(state="open"), name="correction_open"
            ),
        ]


rule("resident_once", resident_exists)


class ListMapping(ScopedModel):
    """What somebody chose by hand for the columns of a list, so that the next list with this header
    is read alike. `key` is a hash of the header's words: a header may hold anything, a name too.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    key = models.CharField(max_length=64)
    #: Letter of a column -> what stands in it; an empty text: not used.
    kinds = models.JSONField()
    chosen_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField(auto_now=True)

    scope = Scope()

    class Meta(ScopedModel.Meta):
        verbose_name = _("columns of a list")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "key"],
                name="list_mapping_once",
                **says("list-mapping", _("The columns of this list are being chosen elsewhere.")),
            )
        ]
