"""Cards by double entry: accounts, what moved between them, what was counted, what was asked for.

Balances are written by the triggers of movements and counts. No person but the staff who signed.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.regions.models import Region, code_length
from events.planning.models.event import ServiceEvent
from events.points.models import Point
from events.resources.models import Team
from events.stock.enums import AccountKind, Act, HandedIn, Item, Spoiled
from events.stock.triggers import (
    ACCOUNT_KEPT,
    ACCOUNT_NAMED,
    COUNT_TAKEN,
    MOVEMENT_BOOKED,
    REQUEST_DECIDED_ONCE,
)
from events.stock.validators import AFTER, BY_HAND, MOST, TAKEN_FROM, WITH_REASON, at_least

_K = AccountKind
_OF_OFFICE = [kind for kind in _K if kind not in (_K.CENTRE, _K.PROVINCE, _K.OFFICE, _K.EVENT)]


class StockAccount(models.Model):
    """A place or a state of cards, with what is there. `key` is its text form in API and pages; the
    database makes it of the other columns.
    """

    key = models.CharField(max_length=80, editable=False)
    item = models.CharField(max_length=10, choices=Item.choices)
    kind = models.CharField(max_length=10, choices=AccountKind.choices)
    office = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+")
    province = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+")
    point = models.ForeignKey(Point, models.PROTECT, null=True, related_name="+")
    event = models.ForeignKey(ServiceEvent, models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    card_class = models.CharField(
        max_length=12, choices=[*Spoiled.choices, *HandedIn.choices], blank=True, default=""
    )
    balance = models.BigIntegerField(default=0, db_default=0, editable=False)
    #: How many changes there were: movements are numbered by it.
    moves = models.BigIntegerField(default=0, db_default=0, editable=False)
    #: Since when it is kept; None: not yet.
    opened_at = models.DateTimeField(null=True, editable=False)
    #: The time of the last count.
    counted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("stock account")
        triggers = [ACCOUNT_NAMED, ACCOUNT_KEPT]
        constraints = [
            models.UniqueConstraint(fields=["key", "item"], name="stockaccount_once"),
            # A conflict, not wrong input: its words stand with the triggers.
            models.CheckConstraint(
                name="stockaccount_not_below_zero",
                condition=Q(balance__gte=0) | Q(kind__in=_K.without_floor()),
            ),
            models.CheckConstraint(
                name="stockaccount_whose",
                condition=Q(kind=_K.CENTRE, office=None, province=None)
                | Q(kind=_K.PROVINCE, office=None, province__isnull=False)
                | Q(kind__in=[_K.OFFICE, _K.EVENT], office__isnull=False, province=None)
                | Q(kind__in=_OF_OFFICE, office__isnull=False, province=None)
                | Q(kind__in=_OF_OFFICE, office=None, province__isnull=False),
            ),
            models.CheckConstraint(
                name="stockaccount_levels",
                condition=(Q(office=None) | code_length("office", 5))
                & (Q(province=None) | code_length("province", 2)),
            ),
            models.CheckConstraint(
                name="stockaccount_parts",
                condition=(Q(point=None) | Q(kind=_K.OFFICE))
                & (Q(kind=_K.EVENT, event__isnull=False) | ~Q(kind=_K.EVENT) & Q(event=None))
                & (Q(team=None) | Q(kind=_K.EVENT)),
            ),
            models.CheckConstraint(
                name="stockaccount_class",
                condition=Q(kind=_K.SPOILED, card_class__in=Spoiled.values)
                | Q(kind=_K.HANDED_IN, card_class__in=HandedIn.values)
                | ~Q(kind__in=[_K.SPOILED, _K.HANDED_IN]) & Q(card_class=""),
            ),
            models.CheckConstraint(
                name="stockaccount_counted_alone",
                condition=Q(item__in=Item.moved()) | Q(kind__in=_K.stores()),
            ),
        ]
        indexes = [models.Index(fields=["office", "item", "kind"], name="stockaccount_office")]

    def __str__(self) -> str:
        return self.key

    @property
    def place(self) -> str:
        """The code of whose it is; empty for the centre."""
        return self.office_id or self.province_id or ""


class StockCount(models.Model):
    """What somebody counted (opname). The first one of a store opens it; of a later one the database says
    what the books had at that moment, and the difference becomes a movement.

    `team`: who counted, `[{name, function}]`, as typed; they sign on paper.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(StockAccount, models.PROTECT, related_name="counts")
    physical = models.BigIntegerField()
    system = models.BigIntegerField(null=True, editable=False)
    difference = models.BigIntegerField(null=True, editable=False)
    counted_at = models.DateTimeField()
    team = models.JSONField(default=list)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    received_at = models.DateTimeField(db_default=Now(), editable=False)
    payload_hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("stock count")
        triggers = [COUNT_TAKEN, *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="stockcount_physical",
                condition=Q(physical__range=(0, MOST)),
                **says(
                    "physical",
                    _("Counted is a number from 0 to 10,000,000."),
                    field="physical",
                ),
            ),
            models.CheckConstraint(
                name="stockcount_team",
                condition=at_least("team", 1),
                **says("team", _("Name who counted, with the function."), field="team"),
            ),
            models.CheckConstraint(
                name="stockcount_reason",
                condition=Q(difference=None) | Q(difference=0) | ~Q(reason=""),
                **says(
                    "count-reason",
                    _("The count differs from the books: say why."),
                    field="reason",
                ),
            ),
        ]
        indexes = [models.Index(fields=["account", "-counted_at"], name="stockcount_newest")]


class Movement(models.Model):
    """Cards that changed hands, from one account to another. Never changed: what was wrong goes the way
    back, with a reason.

    The kinds, numbers and balances of both accounts after it are the database's: a statement is a page
    of rows. `record`: of the service ledger, which no table here knows.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.CharField(max_length=10, choices=Item.choices)
    act = models.CharField(max_length=7, choices=Act.choices, default=Act.MOVE)
    source = models.ForeignKey(StockAccount, models.PROTECT, related_name="+", db_index=False)
    target = models.ForeignKey(StockAccount, models.PROTECT, related_name="+", db_index=False)
    quantity = models.BigIntegerField()
    document = models.CharField(max_length=120, blank=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    event = models.ForeignKey(
        ServiceEvent, models.PROTECT, null=True, related_name="+", db_index=False
    )
    record = models.UUIDField(null=True)
    count = models.OneToOneField(StockCount, models.PROTECT, null=True, related_name="movement")
    reason = models.CharField(max_length=300, blank=True)
    supplier = models.CharField(max_length=150, blank=True)
    funds = models.CharField(max_length=150, blank=True)
    minutes_number = models.CharField(max_length=120, blank=True)
    minutes_on = models.DateField(null=True)
    #: `[{name, function, office}]`, as typed; they sign on paper.
    witnesses = models.JSONField(default=list)
    payload_hash = models.BinaryField(max_length=32, default=b"", db_default=b"")
    source_kind = models.CharField(max_length=10, default="", editable=False)
    target_kind = models.CharField(max_length=10, default="", editable=False)
    source_balance = models.BigIntegerField(default=0, editable=False)
    target_balance = models.BigIntegerField(default=0, editable=False)
    #: Which movement of its account it is, without a gap.
    source_number = models.BigIntegerField(default=0, editable=False)
    target_number = models.BigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("movement of stock")
        triggers = [MOVEMENT_BOOKED, *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="movement_quantity",
                condition=Q(quantity__range=(1, MOST)),
                **says("quantity", _("A number from 1 to 10,000,000."), field="quantity"),
            ),
            models.CheckConstraint(
                name="movement_item",
                condition=Q(item__in=Item.moved()),
                **says(
                    "stock-item",
                    _("Movements are kept of cards. Ribbons, film and kits are counted."),
                    field="item",
                ),
            ),
            models.CheckConstraint(
                name="movement_elsewhere",
                condition=~Q(source=F("target")),
                **says("stock-way", _("Cards move to another place."), field="target"),
            ),
            models.CheckConstraint(
                name="movement_way",
                condition=~Q(act=Act.MOVE) | BY_HAND,
                **says(
                    "stock-way",
                    _(
                        "Cards do not go this way by hand. What is printed is booked by its record, what is counted by a count."
                    ),
                    field="target",
                ),
            ),
            models.CheckConstraint(
                name="movement_way_of_record",
                condition=~Q(act__in=[Act.RECORD, Act.VOID, Act.FOUND])
                | Q(act=Act.RECORD)
                & Q(source_kind__in=TAKEN_FROM, target_kind__in=[_K.PRINTED, *AFTER])
                | Q(act=Act.VOID)
                & Q(source_kind=_K.PRINTED, target_kind__in=[_K.OFFICE, _K.EVENT, *AFTER])
                | Q(act=Act.FOUND)
                & Q(source_kind=_K.DIFFERENCE, target_kind__in=[_K.OFFICE, _K.EVENT]),
            ),
            models.CheckConstraint(
                name="movement_way_of_count",
                condition=~Q(act__in=[Act.OPENING, Act.COUNT])
                | Q(act=Act.OPENING, source_kind=_K.OPENING, target_kind__in=_K.stores())
                | Q(act=Act.COUNT, source_kind=_K.DIFFERENCE, target_kind__in=_K.counted())
                | Q(act=Act.COUNT, source_kind__in=_K.counted(), target_kind=_K.DIFFERENCE),
            ),
            models.CheckConstraint(
                name="movement_of_one",
                condition=Q(act=Act.MOVE, record=None, count=None)
                | Q(
                    act__in=[Act.RECORD, Act.VOID, Act.FOUND],
                    record__isnull=False,
                    count=None,
                    quantity=1,
                )
                | Q(act__in=[Act.OPENING, Act.COUNT], record=None, count__isnull=False),
            ),
            models.CheckConstraint(
                name="movement_document",
                condition=~Q(act=Act.MOVE) | ~Q(document=""),
                **says(
                    "document",
                    _("Give the number of the paper that goes with it."),
                    field="document",
                ),
            ),
            models.CheckConstraint(
                name="movement_reason",
                condition=~Q(act=Act.MOVE) | ~WITH_REASON | ~Q(reason=""),
                **says(
                    "reason",
                    _("What is unexplained, or goes the way back, needs a reason."),
                    field="reason",
                ),
            ),
            models.CheckConstraint(
                name="movement_minutes",
                condition=~Q(target_kind=_K.DESTROYED)
                | Q(minutes_on__isnull=False) & ~Q(minutes_number=""),
                **says(
                    "minutes",
                    _("Cards are destroyed with minutes: give their number and date."),
                    field="minutes",
                ),
            ),
            models.CheckConstraint(
                name="movement_witnesses",
                condition=~Q(target_kind=_K.DESTROYED) | at_least("witnesses", 2),
                **says(
                    "witnesses",
                    _(
                        "Two witnesses see that cards are destroyed: name both, with function and office."
                    ),
                    field="witnesses",
                ),
            ),
            models.UniqueConstraint(
                fields=["record", "act"],
                condition=Q(record__isnull=False),
                name="movement_of_record_once",
                **says("stock-record", _("The card of this record is booked already.")),
            ),
        ]
        indexes = [
            models.Index(fields=["source", "-received_at"], name="movement_source_newest"),
            models.Index(fields=["target", "-received_at"], name="movement_target_newest"),
            models.Index(fields=["event"], condition=Q(event__isnull=False), name="movement_event"),
        ]


class CardOfRecord(models.Model):
    """A record that a correction wrote anew has the card of the record before it."""

    record = models.UUIDField(primary_key=True)
    movement = models.ForeignKey(Movement, models.PROTECT, related_name="later_records")

    class Meta:
        verbose_name = _("card of a record")
        triggers = APPEND_ONLY


class StockRequest(models.Model):
    """What an office asks the province for, and what was granted; the cards come by a movement."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    item = models.CharField(max_length=10, choices=Item.choices)
    asked = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    #: May be more than was asked for; 0: nothing.
    granted = models.BigIntegerField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True, default="", db_default="")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("stock request")
        triggers = [clocked("asked_at"), REQUEST_DECIDED_ONCE]
        constraints = [
            models.CheckConstraint(
                name="stockrequest_office_is_regency", condition=code_length("office", 5)
            ),
            models.CheckConstraint(
                name="stockrequest_asked",
                condition=Q(asked__range=(1, MOST)),
                **says("quantity", _("A number from 1 to 10,000,000."), field="asked"),
            ),
            models.CheckConstraint(
                name="stockrequest_reason",
                condition=~Q(reason=""),
                **says("reason", _("Give a reason."), field="reason"),
            ),
            models.CheckConstraint(
                name="stockrequest_decided",
                condition=Q(granted=None, decided_by=None, decided_at=None, note="")
                | Q(granted__isnull=False, decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="stockrequest_granted",
                condition=Q(granted=None) | Q(granted__range=(0, MOST)),
                **says("granted", _("A number from 0 to 10,000,000."), field="granted"),
            ),
            models.CheckConstraint(
                name="stockrequest_refused_with_note",
                condition=Q(granted=None) | ~Q(granted=0) | ~Q(note=""),
                **says("note", _("Say why nothing is granted."), field="note"),
            ),
        ]
        indexes = [models.Index(fields=["office", "-asked_at"], name="stockrequest_newest")]


class StockThreshold(models.Model):
    """Below how many an office looks for more, from a day on. The newest row of the newest day counts."""

    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    item = models.CharField(max_length=10, choices=Item.choices)
    least = models.PositiveIntegerField()
    valid_from = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("stock threshold")
        triggers = [clocked("at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="stockthreshold_office_is_regency", condition=code_length("office", 5)
            ),
        ]
        indexes = [
            models.Index(
                fields=["office", "item", "-valid_from", "-at"], name="stockthreshold_newest"
            )
        ]
