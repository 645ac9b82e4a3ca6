"""The service ledger: append-only, one gapless numbered chain for each serving regency.

The function `ledger_write`, its only writer, sets seq, weight, received_at and the hashes; whatever is said
of them is overwritten. A count is ``sum(weight)`` up to a seq. Never update, never delete.
Personal data: the resident's id; beside a record of a card the name of who took it, sealed.
"""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Cast, Left
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Personal, Scope, ScopedModel
from dukcapil.core.errors import Conflict, Invalid, rule
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import APPEND_ONLY, Rule, says
from dukcapil.regions.enums import Zone
from dukcapil.regions.models import Region
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from registrations.ledger.enums import (
    CardFate,
    CardUsed,
    Failure,
    HandoverProof,
    IkdStep,
    Outcome,
    PrintReason,
    Receiver,
    RowKind,
    SetAside,
)
from registrations.ledger.validators import (
    CARD_ITEMS,
    already_handed_over,
    called_again,
    cards_spoiled_by,
    paper_needed,
)
from registrations.people.enums import Category
from registrations.people.models import Resident
from registrations.people.triggers import of_somebody

#: Why something failed; of a printed card, why it was printed.
REASONS = [*Failure.choices, *PrintReason.choices]

#: What became of a card: of a print that failed, and of one that is taken back.
CARD_WORDS = [*CardUsed.choices, CardFate.choices[0]]


def _said_of_a_card() -> Q:
    """`validators.check_card_used` and `check_card_fate`, as a row says it; a correction that writes a print anew says
    nothing of the card. In few words: PostgreSQL reads the text of a check for each INSERT."""
    of_failed = Q(card_used=CardUsed.NONE)
    for word in CardFate.values:
        alike: dict[tuple[str, ...], list[str]] = {}
        for service in CARD_ITEMS:
            if reasons := tuple(r for r in Failure.values if word in cards_spoiled_by(service, r)):
                alike.setdefault(reasons, []).append(service)
        for reasons, services in alike.items():
            fits = Q(card_used=word, reason__in=[*reasons])
            if len(services) < len(CARD_ITEMS):
                fits &= Q(service=services[0]) if len(services) == 1 else Q(service__in=services)
            of_failed |= fits
    of_print = (Q(row_kind="record", outcome="failed") & of_failed) | Q(
        row_kind="void", outcome="done", card_used__in=CardFate.values
    )
    return Q(card_used="") | (Q(service__in=list(CARD_ITEMS)) & of_print)


#: Local days between a service and its record; what comes later stands in the oversight.
LATE_AFTER = 7
#: What the function `unusual_records` looks for; it repeats this, so that it finds the indexes.
UNUSUAL = Q(row_kind="record") & (
    ~Q(office=Left("domicile", 5))
    | Q(set_aside_code="doubtful-number")
    | Q(
        service_date__lt=Func(
            *(F("timezone"), F("received_at")),
            template=f"(timezone(%(expressions)s)::date - {LATE_AFTER})",
            output_field=models.DateField(),
        )
    )
)


class LedgerHead(models.Model):
    """The end of an office's chain. Only the trigger writes it."""

    office = models.OneToOneField(Region, models.PROTECT, primary_key=True, related_name="+")
    seq = models.BigIntegerField(default=0)
    hash = models.BinaryField(default=b"")

    class Meta:
        verbose_name = _("ledger head")


class ServiceRecord(ScopedModel):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Indexed by `ledger_seq`; `resident` and `ref` by indexes of their own below.
    office = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False)
    seq = models.BigIntegerField(default=0)
    row_kind = models.CharField(max_length=6, choices=RowKind.choices, default=RowKind.RECORD)
    ref = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="later", db_index=False
    )
    service = models.CharField(max_length=20, choices=Service.choices)
    outcome = models.CharField(max_length=6, choices=Outcome.choices)
    reason = models.CharField(max_length=30, choices=REASONS, blank=True)
    category = models.CharField(max_length=6, choices=Category.choices)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="records", db_index=False)
    domicile = models.ForeignKey(Region, models.PROTECT, related_name="+")
    place = models.ForeignKey(Region, models.PROTECT, related_name="+")
    event = models.ForeignKey(
        ServiceEvent, models.PROTECT, null=True, blank=True, related_name="records"
    )
    session = models.ForeignKey(
        ServiceSession, models.PROTECT, null=True, blank=True, related_name="records"
    )
    device = models.CharField(max_length=60, blank=True)
    author_id = models.BigIntegerField()
    note = models.CharField(max_length=300, blank=True)
    occurred_at = models.DateTimeField()
    timezone = models.CharField(max_length=13, choices=Zone.choices)
    #: The local date at the place of service; a UTC date would misdate the east of the country.
    service_date = models.GeneratedField(
        expression=Cast(
            Func(F("timezone"), F("occurred_at"), function="timezone"), models.DateField()
        ),
        output_field=models.DateField(),
        db_persist=True,
    )
    received_at = models.DateTimeField(auto_now_add=True)
    clock_skew = models.IntegerField(null=True, blank=True)
    payload_hash = models.BinaryField()
    weight = models.SmallIntegerField(default=0)
    #: Why the record was set aside when it was written; set by the trigger, never changed.
    set_aside_code = models.CharField(
        max_length=15, choices=SetAside.choices, blank=True, default="", db_default=""
    )
    #: The day the person is due, where that is later than the service: from then on coverage counts
    #: the record. Derived by the trigger, outside the hash; none in rows from before it was kept.
    counts_from = models.DateField(null=True, blank=True, editable=False)
    #: What became of the card: said with a failed print, or with the void of one that was done.
    card_used = models.CharField(
        max_length=16, choices=CARD_WORDS, blank=True, default="", db_default=""
    )
    previous_hash = models.BinaryField(default=b"")
    hash = models.BinaryField(default=b"")

    scope = Scope(village="domicile_id", event="event_id")

    #: Of a row that was just written: bag or store held no card for it by the stock ledger. Not kept.
    card_missing = False

    class Meta(ScopedModel.Meta):
        verbose_name = _("service record")
        triggers = [*APPEND_ONLY, of_somebody(pgtrigger.Q(new__row_kind__in=["record", "accept"]))]
        constraints = [
            models.UniqueConstraint(fields=["office", "seq"], name="ledger_seq"),
            models.UniqueConstraint(
                fields=["ref"],
                condition=Q(row_kind="void"),
                name="ledger_void_once",
                **says("already-voided", _("This record is already void.")),
            ),
            models.UniqueConstraint(
                fields=["ref"],
                condition=Q(row_kind="accept"),
                name="ledger_accept_once",
                **says("already-counts", _("This record counts already.")),
            ),
            models.CheckConstraint(
                name="ledger_ref",
                condition=Q(row_kind="record", ref__isnull=True)
                | Q(row_kind__in=["void", "accept"], ref__isnull=False),
            ),
            models.CheckConstraint(
                name="ledger_failure_has_reason",
                condition=Q(outcome="done", reason="")
                | Q(outcome="done", service="card_print", reason__in=PrintReason.values)
                | (Q(outcome="failed") & ~Q(reason="") & ~Q(reason__in=PrintReason.values)),
                **says(
                    "failure-reason",
                    _("A failed service has a reason, a done one has none."),
                    field="reason",
                ),
            ),
            # The hash joins fields with this sign. A field that held it could lend text to its
            # neighbour unnoticed; only the note may hold it, for its neighbours are numbers.
            models.CheckConstraint(
                name="ledger_unambiguous",
                condition=~Q(device__contains="|") & ~Q(reason__contains="|"),
                **says(
                    "device", _("The name of a device has no vertical line (|)."), field="device"
                ),
            ),
            models.CheckConstraint(name="ledger_weight", condition=Q(weight__in=[-1, 0, 1])),
            models.CheckConstraint(
                name="ledger_card_used",
                condition=_said_of_a_card(),
                **says(
                    "card-used",
                    _("No card is spoiled in this way for this reason."),
                    field="card_used",
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["office", "service_date", "seq"], name="ledger_office_day"),
            models.Index(fields=["resident"], name="ledger_resident"),
            # The few that count later: a build of figures finds them without reading the others.
            models.Index(
                fields=["office", "service_date", "seq"],
                condition=Q(counts_from__isnull=False),
                name="ledger_early",
            ),
            models.Index(fields=["ref"], condition=Q(ref__isnull=False), name="ledger_refs"),
            # The few that weigh nothing until somebody decides: a job looks for them every minute.
            models.Index(
                fields=["office"],
                condition=Q(row_kind="record", weight=0),
                name="ledger_set_aside",
            ),
            models.Index(
                fields=["office", "received_at"], condition=UNUSUAL, name="ledger_unusual_office"
            ),
            models.Index(
                fields=["domicile", "received_at"],
                condition=UNUSUAL,
                name="ledger_unusual_domicile",
            ),
        ]


class RecordNote(ScopedModel):
    """What a desk notes with a record; figures count the step alone. Nothing medical: a mark says *that*
    something was done differently, never why (UU 24/2013 art. 84 protects notes on disability).
    """

    record = models.OneToOneField(
        ServiceRecord, models.PROTECT, primary_key=True, related_name="beside"
    )
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    event = models.ForeignKey(ServiceEvent, models.PROTECT, null=True, related_name="+")
    #: Recorded with an exception (a line for a signature, fewer fingers, eyes closed).
    exception = models.BooleanField(default=False)
    #: A guardian or companion helped.
    helped = models.BooleanField(default=False)
    #: Where an activation of IKD stopped.
    step = models.CharField(max_length=8, choices=IkdStep.choices, blank=True)

    scope = Scope(village="village_id", event="event_id")

    class Meta(ScopedModel.Meta):
        verbose_name = _("note beside a record")
        triggers = APPEND_ONLY
        constraints = [
            models.CheckConstraint(
                name="recordnote_says_something",
                condition=Q(exception=True) | Q(helped=True) | ~Q(step=""),
            )
        ]


#: Who took a card stays as it was written; erasing takes the name away.
_RECEIVER_STAYS = Rule(
    name="cardreceiver_stays",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF TG_OP = 'INSERT' THEN
            IF NOT EXISTS (SELECT FROM registrations_servicerecord led
                            WHERE led.id = NEW.record_id AND led.service = 'card_handover'
                              AND led.outcome = 'done' AND led.row_kind = 'record') THEN
                RAISE EXCEPTION 'no card was handed over' USING ERRCODE = 'DK272';
            END IF;
            RETURN NEW;
        END IF;
        IF TG_OP = 'DELETE' OR NEW.name IS NOT NULL
           OR to_jsonb(NEW) - 'name' IS DISTINCT FROM to_jsonb(OLD) - 'name' THEN
            RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';
        END IF;
        RETURN NEW;
    """,
)


class CardReceiver(ScopedModel):
    """Who took a card that was handed over, and by what the office knew who that was. It stands with its
    record; a correction that writes the record anew writes this anew.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    record = models.OneToOneField(ServiceRecord, models.PROTECT, related_name="receiver")
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="+")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    event = models.ForeignKey(ServiceEvent, models.PROTECT, null=True, related_name="+")
    relation = models.CharField(max_length=7, choices=Receiver.choices)
    proof = models.CharField(max_length=7, choices=HandoverProof.choices)
    #: Where it was somebody else. Sealed for this row; None: the person, or erased.
    name = models.BinaryField(null=True)

    scope = Scope(village="village_id", event="event_id")
    personal: ClassVar = Personal("resident", {"name": None})

    class Meta(ScopedModel.Meta):
        verbose_name = _("receiver of a card")
        triggers = [_RECEIVER_STAYS, of_somebody()]
        constraints = [
            models.CheckConstraint(
                name="cardreceiver_codes",
                condition=Q(relation__in=Receiver.values, proof__in=HandoverProof.values),
                **says("receiver", _("Say who took it, and what was shown."), field="receiver"),
            ),
            models.CheckConstraint(
                name="cardreceiver_self",
                condition=~Q(relation="self") | Q(name__isnull=True),
                **says("receiver", _("Say who took it, and what was shown."), field="receiver"),
            ),
        ]


class EffectiveService(models.Model):
    """Derived index: the one record that counts for a person and service, over the whole nation.

    Only `ledger_write` writes it; the roles that serve requests cannot even read it.
    """

    pk = models.CompositePrimaryKey("nik_hash", "service")
    nik_hash = models.BinaryField(max_length=32)
    service = models.CharField(max_length=20, choices=Service.choices)
    record = models.OneToOneField(
        ServiceRecord, models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    office = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("effective service")


rule(
    "DK201",
    lambda: Conflict(
        "already-recorded",
        _("This person is already recorded. Next step: print or hand over the card."),
        field="resident",
    ),
)
rule(
    "DK202",
    lambda: Invalid(
        "not-recorded-yet",
        _("IKD is for recorded people only. Record this person first."),
        field="resident",
    ),
)
rule("DK203", lambda: Conflict("not-a-record", _("Only a record can be voided or accepted.")))
rule("DK204", lambda: Conflict("already-voided", _("This record is already void.")))
rule(
    "DK208",
    lambda: Conflict(
        "waits-for-decision",
        _("A record of this service for this person was set aside and waits for a decision."),
        field="resident",
    ),
)
rule("DK212", called_again)
rule("DK271", already_handed_over)
rule(
    "DK272",
    lambda: Invalid("receiver", _("Only a card that was handed over has a receiver.")),
)
rule("DK260", paper_needed)
rule("DK205", lambda: Conflict("already-counts", _("This record counts already.")))
rule(
    "DK206",
    lambda: Conflict(
        "other-record-counts",
        _("The other office's record still counts. It must be voided first."),
    ),
)
rule(
    "DK207",
    lambda: Conflict(
        "already-activated", _("IKD is already active for this person."), field="resident"
    ),
)
rule(
    "registrations_servicerecord_pkey",
    lambda: Conflict("record-id-taken", _("This id belongs to another record."), field="id"),
)
