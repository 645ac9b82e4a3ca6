"""Correcting the ledger by further rows: voiding a record, or accepting one that was set aside."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require, require_two_persons
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, Refused
from dukcapil.core.locks import Lock, hold
from events.planning.enums import Service
from registrations.booking.services.messages import drop_card_ready
from registrations.booking.services.reopening import lock_used, reopen
from registrations.ledger.enums import Outcome, RowKind, SetAside
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.activations import activation_left, ask_along, take_along
from registrations.ledger.services.cards import take_back_card
from registrations.ledger.services.ledger import accept_what_waited, decision, insert
from registrations.ledger.validators import check_card_fate


def void_record(
    *,
    by: Actor,
    record: ServiceRecord,
    reason: str,
    card: str = "",
    confirm: Collection[str] = (),
) -> tuple[ServiceRecord, bool]:
    """Take a record back by a row of its own. A second void returns the first. The booking that the
    record used up is open again.

    `card`: what became of the card of a print that was done (`CardFate`); of others nothing is asked.
    Asks before the IKD activation of whoever is recorded no more goes along (`activations`).
    """
    require(by, Permission.RECORDS_VOID)
    if not by.covers(record.office_id) and record.author_id != by.user_id:
        # A clerk who is lent to an event may void what they wrote themselves.
        raise Refused("forbidden", _("This record belongs to another office."))
    return _correct(by, record, RowKind.VOID, reason, card, confirm)


def accept_record(*, by: Actor, record: ServiceRecord, reason: str) -> tuple[ServiceRecord, bool]:
    """Let a set-aside record count: once the other office's record is void, or because the doubtful
    number is this person's all the same. That accepts the number: later records count at once, until
    the accepted one is voided.

    Who works for one office decides on what concerns no other: of two offices' records decides who
    sees both.
    """
    require(by, Permission.RECORDS_ACCEPT)
    of_two = record.weight == 0 and record.set_aside_code not in SetAside.of_one_office()
    if (of_two and by.office is not None) or not by.covers(record.office_id):
        raise Refused("forbidden", _("Somebody who sees both offices decides on this record."))
    require_two_persons(by, record.author_id)
    return _correct(by, record, RowKind.ACCEPT, reason)


def _correct(
    by: Actor,
    record: ServiceRecord,
    kind: RowKind,
    reason: str,
    card: str = "",
    confirm: Collection[str] = (),
) -> tuple[ServiceRecord, bool]:
    try:
        return _append_correction(by, record, kind, reason, card, confirm)
    except Conflict:
        # Somebody else did the same while we waited for the chain's end.
        if earlier := ServiceRecord.objects.filter(ref_id=record.pk, row_kind=kind).first():
            return earlier, False
        raise


@service
def _append_correction(
    by: Actor,
    record: ServiceRecord,
    kind: RowKind,
    reason: str,
    card: str,
    confirm: Collection[str],
) -> tuple[ServiceRecord, bool]:
    if not reason.strip():
        raise Invalid("reason", _("Give a reason."), field="reason")
    if earlier := ServiceRecord.objects.filter(ref_id=record.pk, row_kind=kind).first():
        return earlier, False
    if kind == RowKind.VOID:
        if record.row_kind == RowKind.RECORD:
            check_card_fate(record.service, record.outcome, card)
        # In the order of `ledger.log_service`: ledger, visit, end of the chain. While a recording ends
        # nobody activates an IKD on it.
        hold(Lock.LEDGER, record.office_id, shared=record.service != Service.RECORDING)
        _reopen_visit(by, record)
    row = insert(1, decision(by, record, kind, reason, card))[0]
    if kind == RowKind.VOID:
        take_back_card(by, record, card)
        if record.service == Service.CARD_PRINT:
            drop_card_ready([record.resident_id])  # there is none that waits
        if row.weight < 0 and row.service == Service.RECORDING:
            _end_activation(by, record, reason, confirm)
    accept_what_waited(by, [row])
    return row, True


def _end_activation(
    by: Actor, record: ServiceRecord, reason: str, confirm: Collection[str]
) -> None:
    activation = activation_left(record.resident_id, record.office_id)
    if activation is None:
        return
    ask_along(activation, record.office_id, confirm)
    if activation.office_id == record.office_id:
        _reopen_visit(by, activation)
    take_along(by, activation, reason)


def _reopen_visit(by: Actor, record: ServiceRecord) -> None:
    """As many visits as have no other record of the session that stands for the service, the newest
    first; none while the service was given all the same.
    """
    if record.session_id is None or record.row_kind != RowKind.RECORD:
        return
    used = lock_used(record.session_id, record.resident_id, record.service)
    voids = ServiceRecord.objects.filter(ref_id=OuterRef("pk"), row_kind=RowKind.VOID)
    others = ServiceRecord.objects.filter(
        session_id=record.session_id,
        resident_id=record.resident_id,
        service=record.service,
        row_kind=RowKind.RECORD,
    )
    standing = list(
        others.exclude(pk=record.pk).exclude(Exists(voids)).values_list("outcome", flat=True)
    )
    if Outcome.DONE in standing:
        return
    for visit in used[: max(0, len(used) - len(standing))]:
        reopen(by, visit, record.service)
