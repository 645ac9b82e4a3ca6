"""Who took a card: written beside its record, read again by the staff of the office, carried on by a correction.

Steps of the ledger; none asks for a right.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dukcapil.core.crypto import decrypt, encrypt
from dukcapil.core.ids import uuid7
from events.planning.enums import Service
from registrations.booking.services.messages import drop_card_ready
from registrations.ledger.enums import Outcome, Receiver
from registrations.ledger.models import CardReceiver, ServiceRecord
from registrations.ledger.services.entries import Draft


def write_receivers(drafts: Iterable[Draft], written: Iterable[ServiceRecord]) -> None:
    """Beside the hand-overs of rows that were just written. Whoever has the card is not told any more that
    it waits.
    """
    handed = [row for row in written if row.service == Service.CARD_HANDOVER]
    if not handed:
        return
    told = {draft.entry.id: draft.entry for draft in drafts}
    rows = [
        _receiver(row, entry.receiver, entry.proof, " ".join(entry.receiver_name.split()))
        for row in handed
        if (entry := told[row.pk]).receiver
    ]
    if rows:
        CardReceiver.objects.bulk_create(rows)
    have = [row for row in handed if row.outcome == Outcome.DONE and row.weight > 0]
    if have:
        drop_card_ready([row.resident_id for row in have])


def _receiver(record: ServiceRecord, relation: str, proof: str, name: str) -> CardReceiver:
    key = uuid7()
    return CardReceiver(
        id=key,
        record=record,
        resident_id=record.resident_id,
        office_id=record.office_id,
        village_id=record.domicile_id,
        event_id=record.event_id,
        relation=relation,
        proof=proof,
        name=encrypt(name, context=f"receiver {key}") if name else None,
    )


class HandedTo(NamedTuple):
    """In words. `name`: empty for the person, and once the person was erased."""

    relation: str
    proof: str
    name: str


def told_of(receiver: CardReceiver) -> HandedTo:
    name = bytes(receiver.name) if receiver.name else b""
    return HandedTo(
        str(receiver.get_relation_display()),
        str(receiver.get_proof_display()),
        decrypt(name, context=f"receiver {receiver.pk}") if name else "",
    )


def carry_receiver(old: ServiceRecord, again: ServiceRecord) -> None:
    """A correction wrote a hand-over anew."""
    before = CardReceiver.everything.filter(record=old).first()
    if before is not None:
        name = told_of(before).name if before.relation != Receiver.SELF else ""
        _receiver(again, before.relation, before.proof, name).save(force_insert=True)
