"""Papers that an office hands out in place of a card, when it may, and how their numbers look.

Personal data: initials and year of birth (of the open page), the reason, and the resident's id.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Personal, Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.regions.models import Region, code_length
from events.elections.models import Election
from registrations.ledger.models import ServiceRecord
from registrations.papers.enums import PaperKind, PaperState
from registrations.papers.triggers import PAPER_STAYS
from registrations.people.models import Resident
from registrations.people.triggers import of_somebody

#: The farthest that a window begins before its election.
MOST_DAYS = 400
#: Days after which what SIAK said of a card is no answer any more, and the longest that a rule may say.
STATUS_AGE, MOST_STATUS_AGE = 30, 400
#: What a number may be made of; the first three tell numbers of one office apart.
PLACEHOLDERS = ("{number}", "{kind}", "{year}", "{month}")
NUMBERS_AS = "{number}/{kind}/{month}/{year}"
_SHAPE = r"^([^{}]|\{(number|kind|month|year)\})+$"


class PaperRule(models.Model):
    """When a region's offices issue a paper, in days before an election: who moves the election moves
    the window. Of an election and kind the rule of the nearest region counts, of that the newest.
    """

    election = models.ForeignKey(Election, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=7, choices=PaperKind.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    days_before_open = models.PositiveSmallIntegerField()
    #: The last day; 0: the election's own, until its local midnight.
    days_before_close = models.PositiveSmallIntegerField()
    #: Days for which a status of a recording counts; an older one is unknown and wants a reason.
    status_age = models.PositiveSmallIntegerField(default=STATUS_AGE)
    source = models.CharField(max_length=200)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("rule for papers")
        triggers = [clocked("decided_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="paperrule_days",
                condition=Q(
                    days_before_open__gte=F("days_before_close"), days_before_open__lte=MOST_DAYS
                ),
                **says(
                    "rule-days",
                    _(
                        "A window opens at most 400 days before the election, and not after it closes."
                    ),
                    field="days_before_open",
                ),
            ),
            models.CheckConstraint(
                name="paperrule_status_age",
                condition=Q(status_age__gte=1, status_age__lte=MOST_STATUS_AGE),
                **says(
                    "rule-status-age",
                    _("A status counts for a day at least and for 400 at most."),
                    field="status_age",
                ),
            ),
            models.CheckConstraint(
                name="paperrule_source",
                condition=~Q(source=""),
                **says("source", _("Name the decree or letter that says so."), field="source"),
            ),
        ]
        indexes = [models.Index(fields=["election", "kind", "-id"], name="paperrule_newest")]


class PaperTemplate(models.Model):
    """How an office writes numbers, from its newest row."""

    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    text = models.CharField(max_length=60)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("template of numbers")
        triggers = [clocked("set_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="papertemplate_office_is_regency", condition=code_length("office", 5)
            ),
            models.CheckConstraint(
                name="papertemplate_text",
                condition=Q(text__contains="{number}")
                & Q(text__contains="{kind}")
                & Q(text__contains="{year}")
                & Q(text__regex=_SHAPE),
                **says(
                    "template",
                    _(
                        "A number has {number}, {kind} and {year}, perhaps {month}, and no other braces."
                    ),
                    field="text",
                ),
            ),
        ]
        indexes = [models.Index(fields=["office", "-id"], name="papertemplate_newest")]


class PaperCounter(models.Model):
    """The last number given. Only the function `paper_issue` writes it, and holds it to the commit:
    what is rolled back gives its number back.
    """

    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=7, choices=PaperKind.choices)
    #: Of the local day.
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("counter of papers")
        constraints = [
            models.UniqueConstraint(fields=["office", "kind", "year"], name="papercounter_once")
        ]


class Paper(ScopedModel):
    """Belongs to one record of the ledger, and is void when that is. Year, serial, number, state and last
    day are the function's (`paper_issue`), whatever an INSERT says of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    record = models.OneToOneField(ServiceRecord, models.PROTECT, related_name="paper")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=7, choices=PaperKind.choices)
    #: The local date of the record.
    issued_on = models.DateField()
    year = models.PositiveSmallIntegerField(default=0)
    serial = models.PositiveIntegerField(default=0)
    number = models.CharField(max_length=100, blank=True)
    #: 100 random bits, which the square on the paper holds.
    code = models.CharField(max_length=20)
    #: Inclusive; a biodata sheet has none.
    valid_until = models.DateField(null=True, blank=True)
    #: None: outside every rule, by the head and with a reason.
    rule = models.ForeignKey(PaperRule, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    extends = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="extended_by"
    )
    state = models.CharField(max_length=9, choices=PaperState.choices, default=PaperState.VALID)
    #: The handover of the card.
    exchanged_by = models.ForeignKey(
        ServiceRecord, models.PROTECT, null=True, blank=True, related_name="+"
    )
    #: What the open page tells of the person.
    initials = models.CharField(max_length=20)
    birth_year = models.PositiveSmallIntegerField()
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(db_default=Now(), editable=False)

    scope = Scope()
    personal: ClassVar = Personal("resident", {"initials": "", "birth_year": 0, "reason": ""})

    class Meta(ScopedModel.Meta):
        verbose_name = _("paper")
        triggers = [clocked("issued_at"), of_somebody(), PAPER_STAYS]
        constraints = [
            models.UniqueConstraint(
                fields=["office", "kind", "year", "serial"], name="paper_serial_once"
            ),
            models.UniqueConstraint(
                fields=["office", "number"],
                name="paper_number_once",
                **says(
                    "number-taken",
                    _("An older paper has this number. Choose another way to write numbers."),
                ),
            ),
            models.UniqueConstraint(fields=["code"], name="paper_code_once"),
            models.CheckConstraint(
                name="paper_exchanged",
                condition=Q(exchanged_by__isnull=True)
                | Q(kind="suket", state__in=["exchanged", "void"]),
            ),
            models.CheckConstraint(
                name="paper_exchanged_by",
                condition=~Q(state="exchanged") | Q(exchanged_by__isnull=False),
            ),
            models.CheckConstraint(
                name="paper_valid_until",
                condition=Q(kind="biodata", valid_until__isnull=True)
                | Q(kind="suket", valid_until__gt=F("issued_on")),
            ),
            models.CheckConstraint(name="paper_code", condition=Q(code__regex="^[a-z2-7]{20}$")),
        ]
        indexes = [
            models.Index(fields=["office", "issued_on", "kind", "serial"], name="paper_day"),
            models.Index(fields=["resident", "kind"], name="paper_resident"),
            models.Index(
                fields=["office", "valid_until"],
                condition=Q(kind="suket", state="valid"),
                name="paper_outstanding",
            ),
        ]

    def is_expired(self, day: date) -> bool:
        return self.state == PaperState.VALID and bool(self.valid_until and self.valid_until < day)
