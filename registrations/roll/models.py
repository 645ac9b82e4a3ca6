"""Lists of residents that an office brings: staged, looked at, written, and undone within 30 days.

Personal data, all of it sealed: the file and its name, questions about it with samples of its rows, and
the rows with what was held before (`RollRows.rows`). In plain stand counts, and ids of people.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.scoping import Scope, ScopedModel
from dukcapil.core.crypto import decrypt, encrypt
from dukcapil.core.ids import uuid7
from dukcapil.core.indexes import names
from dukcapil.core.lists.brought import Brought
from dukcapil.core.work import Work
from dukcapil.regions.models import Region
from registrations.roll.enums import Completeness, GoneState, ImportState, ImportStep, Verdict

#: Rows whose person is held in a village, wherever the list has them.
FOUND = "found"
#: The note on somebody who is off the roll.
OFF_ROLL = "off-roll"
#: Rows with nothing new whose person is off the roll, and comes back with the list.
BACK = "back"


@dataclass
class Row:
    """A row of a list, as it stands sealed among others."""

    #: As the sheet counts it.
    number: int
    #: What was read, by the kind of its column.
    cells: dict[str, str]
    #: What it says of a person, by field; dates and codes as text. None: it could not be made out.
    person: dict[str, str] | None = None
    #: Why it is refused, and what is to be noted: field, code, words.
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    verdict: str = ""
    #: Whom the office holds under its number.
    resident: str = ""
    #: Of a correction: what was held when it was compared, and what the list has. By field.
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    #: People of the office (id, words), and an earlier row, with this name and birth date and another
    #: number.
    alike: list[tuple[str, str]] = field(default_factory=list)
    alike_row: int = 0
    #: Somebody said that it is another person.
    other_person: bool = False
    #: The preview does not say whether its number is held: too many like it lead to nobody.
    unsaid: bool = False
    #: The code of the village, where that lies in another district.
    elsewhere: str = ""
    #: Since when the person whom it names was off the roll, until this list.
    off_roll: str = ""
    #: The family card that the person had until this list, "" for none; None: it changed none.
    card_before: str | None = None
    #: The village of a row that was blanked.
    was_in: str = ""
    outcome: str = ""
    #: Why it was left, or not undone.
    why: str = ""
    #: The proposal that was made of it.
    proposal: str = ""

    @property
    def village(self) -> str:
        """The code of the village that the list says; empty where it could not be made out."""
        return self.elsewhere or (self.person or {}).get("village", "") or self.was_in

    @property
    def comes_back(self) -> bool:
        off = any(code == OFF_ROLL for _field, code, _words in self.notes)
        return off and self.verdict == Verdict.SAME and not self.outcome

    @property
    def held_in(self) -> str:
        """The village in which its person is held."""
        return self.before.get("village", self.village)


class RollImport(ScopedModel, Brought, Work):
    """One list. The row stays as evidence of who brought what; its content goes when its time is over."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="+")
    step = models.CharField(max_length=5, choices=ImportStep.choices, default=ImportStep.READ)
    state = models.CharField(max_length=8, choices=ImportState.choices, default=ImportState.WAITING)
    #: Why it failed: a code, and words without anything of the file's content.
    problem = models.CharField(max_length=40, blank=True)
    #: Rows of the list, and those that the present step is through with.
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    #: Whether rows that look like somebody held are other people, all of them.
    alike_confirmed = models.BooleanField(default=False)
    #: What somebody said that the list is: whom it has, of which villages, on which day. Empty: some
    #: people, and nothing is said of others.
    completeness = models.CharField(
        max_length=12, choices=Completeness.choices, blank=True, default="", db_default=""
    )
    covers = ArrayField(models.CharField(max_length=13), default=list, blank=True, db_default=[])
    as_of = models.DateField(null=True, blank=True)
    #: Grows with everything that somebody changes; a button names what it was pressed on.
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    #: From here on thirty days are counted.
    written_at = models.DateTimeField(null=True, blank=True)

    scope = Scope()

    class Meta(ScopedModel.Meta):
        verbose_name = _("import of residents")
        constraints = [
            models.CheckConstraint(name="roll_import_progress", condition=Q(done__lte=F("total"))),
            models.CheckConstraint(
                name="roll_import_gone",
                condition=~Q(state="gone")
                | Q(file__isnull=True, about__isnull=True, name__isnull=True),
            ),
            models.CheckConstraint(
                name="roll_import_written",
                condition=Q(step__in=["read", "judge"], written_at__isnull=True)
                | Q(step__in=["write", "undo"], written_at__isnull=False),
            ),
            models.CheckConstraint(
                name="roll_import_says",
                condition=Q(completeness="", covers=[], as_of__isnull=True)
                | Q(
                    ~Q(covers=[]),
                    completeness__in=["missing_only", "whole"],
                    as_of__isnull=False,
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["office", "created_at"], name="roll_import_office"),
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="roll_import_due"),
        ]

    @property
    def says(self) -> dict[str, Any]:
        """What somebody said that the list is, by the fields of the form."""
        return {
            "completeness": self.completeness,
            "as_of": self.as_of,
            "villages": self.covers,
        }


class RollRows(ScopedModel):
    """Some hundred rows of a list, sealed together, with counts of what becomes of them."""

    id = models.BigAutoField(primary_key=True)
    roll_import = models.ForeignKey(RollImport, models.PROTECT, related_name="pieces")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: From 0, in the order of the file.
    number = models.PositiveIntegerField()
    #: Sealed JSON; what was held before stands in it for 30 days.
    rows = models.BinaryField(null=True)
    size = models.PositiveSmallIntegerField()
    #: The step that was last done with it: `read`, `judge`, `write`, `undo`.
    step = models.CharField(max_length=5, choices=ImportStep.choices, default=ImportStep.READ)
    #: Verdict or outcome -> how many rows.
    verdicts = models.JSONField(default=dict)
    outcomes = models.JSONField(default=dict)
    #: Village -> verdict or outcome, `found` (held there, and on the list) and `back` -> how many rows.
    villages = models.JSONField(null=True)

    scope = Scope()

    class Meta(ScopedModel.Meta):
        verbose_name = _("rows of an import")
        constraints = [
            models.UniqueConstraint(fields=["roll_import", "number"], name="roll_rows_once"),
        ]

    def read(self) -> list[Row]:
        if self.rows is None:
            return []
        text = decrypt(bytes(self.rows), context=self._context)
        return [Row(**row) for row in orjson.loads(text)]

    def put(self, rows: list[Row]) -> None:
        """Seal these rows, and count what becomes of them."""
        text = orjson.dumps(rows).decode()
        self.rows = encrypt(text, context=self._context)
        self.size = len(rows)
        self.verdicts = dict(Counter(row.verdict for row in rows if row.verdict))
        self.outcomes = dict(Counter(row.outcome for row in rows if row.outcome))
        by_village: dict[str, Counter[str]] = defaultdict(Counter)
        for row in rows:
            by_village[row.village][row.outcome or row.verdict] += 1
            if row.resident:
                by_village[row.held_in][FOUND] += 1
            if row.comes_back:
                by_village[row.village][BACK] += 1
        self.villages = {village: dict(counted) for village, counted in by_village.items()}

    #: What `put` writes.
    WRITTEN = ("rows", "size", "verdicts", "outcomes", "villages")

    @property
    def _context(self) -> str:
        return f"rows {self.roll_import_id} {self.number}"


class RollPerson(ScopedModel):
    """Whom an import brought: only they may vanish again, while nothing stands on them.

    The person is no foreign key: the row outlives an undone one, as evidence that it was held.
    """

    #: The resident's own.
    id = models.UUIDField(primary_key=True, editable=False)
    roll_import = models.ForeignKey(RollImport, models.PROTECT, related_name="people")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    scope = Scope()

    class Meta(ScopedModel.Meta):
        verbose_name = _("person of an import")


class VillageList(models.Model):
    """How complete an office's list of a village is, since which import, and of which day. No row: none."""

    village = models.OneToOneField(Region, models.PROTECT, primary_key=True, related_name="+")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    completeness = models.CharField(max_length=12, choices=Completeness.choices)
    roll_import = models.ForeignKey(
        RollImport, models.PROTECT, null=True, blank=True, related_name="village_lists"
    )
    #: The day that the list itself names.
    on = models.DateField()

    class Meta:
        verbose_name = _("list of a village")
        constraints = [
            models.CheckConstraint(
                name="village_list_in_office", condition=Q(office=Left("village", 5))
            ),
        ]


class RollGone(ScopedModel):
    """A question: somebody was held at home in a village, and is not on a whole list of it. It stays
    with its answer. The person is no foreign key: a question holds nobody who may vanish again.
    """

    id = models.BigAutoField(primary_key=True)
    roll_import = models.ForeignKey(RollImport, models.PROTECT, related_name="gone")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    resident = models.UUIDField(editable=False)
    state = models.CharField(max_length=6, choices=GoneState.choices, default=GoneState.OPEN)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    #: The later list that has the person, or asks anew: when it is undone, the question is open again.
    closed_by = models.UUIDField(null=True, editable=False)

    scope = Scope()

    class Meta(ScopedModel.Meta):
        verbose_name = _("question of a whole list")
        constraints = [
            models.UniqueConstraint(fields=["roll_import", "resident"], name="roll_gone_once"),
            models.UniqueConstraint(
                fields=["resident"], condition=Q(state="open"), name="roll_gone_open_once"
            ),
            models.CheckConstraint(
                name="roll_gone_answered",
                condition=Q(state="open", answered_by__isnull=True, answered_at__isnull=True)
                | (~Q(state="open") & Q(answered_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["roll_import", "village", "state", "id"],
                condition=names("roll_import"),
                name="roll_gone_of_village",
            ),
        ]
