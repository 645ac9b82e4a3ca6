"""Lists of residents that an office brings: staged, looked at, written, and undone within 30 days.

Personal data, all of it sealed: the file and its name, questions about it with samples of its rows, and
the rows with what was held before (`RollRows.rows`). In plain stand counts, and ids of people.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import Posting
from dukcapil.accounts.scoping import Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.work import Work
from dukcapil.regions.models import Region
from registrations.roll.enums import ImportState, ImportStep


class RollImport(ScopedModel, Work):
    """One list. The row stays as evidence of who brought what; its content goes when its time is over."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="+")
    step = models.CharField(max_length=5, choices=ImportStep.choices, default=ImportStep.READ)
    state = models.CharField(max_length=8, choices=ImportState.choices, default=ImportState.WAITING)
    #: Sealed: the name that the file had on its owner's machine.
    name = models.BinaryField(null=True)
    #: Sealed; gone once the rows are read.
    file = models.BinaryField(null=True)
    #: Sealed JSON: which sheet and columns somebody chose, what is asked, what was said of the file.
    about = models.BinaryField(null=True)
    #: Why it failed: a code, and words without anything of the file's content.
    problem = models.CharField(max_length=40, blank=True)
    #: Rows of the list, and those that the present step is through with.
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    #: Whether rows that look like somebody held are other people, all of them.
    alike_confirmed = models.BooleanField(default=False)
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
        ]
        indexes = [
            models.Index(fields=["office", "created_at"], name="roll_import_office"),
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="roll_import_due"),
        ]


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

    scope = Scope()

    class Meta(ScopedModel.Meta):
        verbose_name = _("rows of an import")
        constraints = [
            models.UniqueConstraint(fields=["roll_import", "number"], name="roll_rows_once"),
        ]


class RollPerson(ScopedModel):
    """Whom an import brought: only they may vanish again, while nothing stands on them.

    The person is no foreign key: the row outlives an undone one, as evidence that it was held.
    """

    resident = models.UUIDField(primary_key=True, editable=False)
    roll_import = models.ForeignKey(RollImport, models.PROTECT, related_name="people")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    scope = Scope()

    class Meta(ScopedModel.Meta):
        verbose_name = _("person of an import")
