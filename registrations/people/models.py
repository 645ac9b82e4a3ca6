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
from django.db.models.functions import Now
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
from dukcapil.core.indexes import names
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.regions.models import Region, code_length
from registrations.people.enums import (
    CalledAgain,
    ChangeKind,
    ChangeSource,
    ChangeState,
    MaritalStatus,
    Sex,
)
from registrations.people.errors import resident_exists
from registrations.people.triggers import (
    CALLED_AGAIN_STAYS,
    DOUBT_STAYS,
    NAMES_TURNED,
    WORDS_SEARCHED,
    of_somebody,
)
from registrations.people.validators import MOST_DAYS_EARLY, PRINT_DAYS

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
    #: The day on which this office learned that somebody is, or was, married: the card is due then.
    known_married_since = models.DateField(null=True, blank=True, editable=False)
    #: The date of a recording before this ledger or outside it, from an imported list.
    known_recorded_on = models.DateField(null=True, blank=True)
    #: A whole list of the village, as of this day, does not have the person, and somebody said that they
    #: are not of it any more. Who is on a later list is of it again. Nobody is deleted (`roll`).
    off_roll_since = models.DateField(null=True, blank=True, editable=False)
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
        "pk",
        {
            "birth_date": date(1900, 1, 1),
            "sex": "",
            "marital_status": "",
            "known_married_since": None,
        },
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
                name="resident_married_since",
                condition=Q(known_married_since__isnull=True) | ~Q(marital_status="single"),
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
            # With all that both walls ask for: people of an age are counted without reading them. The id is
            # no key of it: PostgreSQL would look for a person in it while it believes the table empty.
            models.Index(
                fields=["office", "birth_date", "village"], include=["id"], name="resident_born"
            ),
        ]


class PrintRule(models.Model):
    """How many days before the 17th birthday an office prints a card; it is handed over on the day. Of the
    rows that hold on a day the one from the latest day counts, of the same day the newest; without one
    it is printed on the birthday.
    """

    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    days = models.PositiveSmallIntegerField()
    #: From which day on.
    since = models.DateField()
    source = models.CharField(max_length=200)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("rule for printing early")
        triggers = [clocked("decided_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="printrule_office_is_regency", condition=code_length("office", 5)
            ),
            models.CheckConstraint(
                name="printrule_days",
                condition=Q(days__lte=MOST_DAYS_EARLY),
                **says("print-days", PRINT_DAYS, field="days"),
            ),
            models.CheckConstraint(
                name="printrule_source",
                condition=~Q(source=""),
                **says("source", _("Name the decree or letter that says so."), field="source"),
            ),
        ]
        indexes = [
            models.Index(
                fields=["office", "-since", "-id"],
                condition=names("office"),
                name="printrule_of_office",
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
    key_7 = _turned_key()
    key_8 = _turned_key()
    address = models.CharField(max_length=250, blank=True)
    rt = models.CharField(max_length=3, blank=True)
    rw = models.CharField(max_length=3, blank=True)
    nik_cipher = models.BinaryField()
    nik_masked = models.CharField(max_length=24)
    #: The number of the family card, keyed and sealed as the NIK is: lists tell it, and voters are
    #: matched by it. It is shown nowhere.
    family_card_hash = models.BinaryField(max_length=32, null=True)
    family_card_cipher = models.BinaryField(null=True)

    scope = Scope(village="village_id", lent="resident__appointments")
    personal: ClassVar = Personal(
        "resident",
        {
            **dict.fromkeys(("name", "name_key", "address", "rt", "rw", "nik_masked"), ""),
            # As the rule writes them when the name is gone.
            **dict.fromkeys(f"key_{word}" for word in range(2, WORDS_SEARCHED + 1)),
            "nik_cipher": b"",
            **dict.fromkeys(("family_card_hash", "family_card_cipher")),
        },
    )

    class Meta(ScopedModel.Meta):
        verbose_name = _("identity")
        triggers = [NAMES_TURNED]
        # With all that both walls ask for, so that a common word is looked through without reading people.
        indexes = [
            models.Index(
                fields=["office", "name_key"], include=["village", "resident"], name="identity_word"
            ),
            *(
                models.Index(
                    fields=["office", f"key_{word}"],
                    include=["village", "resident"],
                    condition=Q(**{f"key_{word}__isnull": False}),
                    name=f"identity_word_{word}",
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


class RecordingReopened(ScopedModel):
    """Somebody who was recorded is missing again, because the centre failed, found twice or deleted what
    was recorded. Personal data: `evidence`, and the resident's id.

    Coverage takes the person off from `reopened_on` on (`reports.coverage.selectors.counting`): its role
    reads places, days and `seq` alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="reopenings")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=16, choices=CalledAgain.choices)
    may_return_on = models.DateField()
    evidence = models.CharField(max_length=300, blank=True)
    #: The record that counted, and its void. None: a recording before the ledger or outside it was known.
    record = models.UUIDField(null=True)
    void = models.UUIDField(null=True)
    #: Where the person counted, by home and by place of service.
    domicile = models.ForeignKey(Region, models.PROTECT, related_name="+")
    place = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: From when on the person counted as recorded; of a known recording its date.
    counted_on = models.DateField()
    reopened_on = models.DateField()
    #: Whose ledger knows of it from which number on: a release of before does not.
    chain = models.ForeignKey(Region, models.PROTECT, related_name="+")
    seq = models.BigIntegerField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    scope = Scope()
    personal: ClassVar = Personal("resident", {"evidence": ""})

    class Meta(ScopedModel.Meta):
        verbose_name = _("recording called again")
        triggers = [clocked("at"), of_somebody(), CALLED_AGAIN_STAYS]
        constraints = [
            models.UniqueConstraint(
                fields=["record"],
                name="reopened_once",
                **says("already-reopened", _("This recording was called again already.")),
            ),
            models.CheckConstraint(
                name="reopened_with_void",
                condition=Q(record__isnull=True, void__isnull=True)
                | Q(record__isnull=False, void__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["resident", "at"], name="reopened_resident"),
            # Counted before every warm answer (`known_reopened`).
            models.Index(fields=["office"], condition=Q(void__isnull=True), name="reopened_known"),
        ]


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
