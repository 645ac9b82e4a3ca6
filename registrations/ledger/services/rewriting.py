"""Steps of a correction: records of a person are taken back and written again, by rows of their own.

None of them asks for a right, and the office's ledger is held by the caller: only `corrections` and
`oversight` come here. A row says for which correction it was written; the reason stands with that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.db import RETRIED, rows
from dukcapil.core.errors import Conflict, DomainError, from_database
from dukcapil.core.ids import uuid7
from dukcapil.core.locks import Lock, hold
from events.planning.enums import Service
from registrations.ledger.enums import Outcome, RowKind, SetAside
from registrations.ledger.models import RecordNote, ServiceRecord
from registrations.ledger.services.cards import carry_card
from registrations.ledger.services.entries import canonical
from registrations.ledger.services.ledger import decision, insert
from registrations.ledger.services.receivers import carry_receiver
from registrations.ledger.validators import refusal_of
from registrations.people.models import Resident

#: Counted once for a person in the nation.
ONCE = (Service.RECORDING, Service.IKD_ACTIVATION)
#: Counted once already, elsewhere or before: whatever counted here is lost to no figure.
SERVED_ALREADY = {"already-recorded", "already-activated"}
#: Why a record that was taken back cannot be written again.
CANNOT_STAND = SERVED_ALREADY | {
    *("not-recorded-yet", "waits-for-decision", "called-again", "paper-needed"),
    "already-handed-over",
}
#: What counted, and would count no more without a word.
_LOST = {SetAside.NOT_RECORDED, SetAside.CALLED_AGAIN}


@dataclass
class Standing:
    """A record that is not void, with what it weighs now."""

    record: ServiceRecord
    weight: int
    accepted: bool

    @property
    def once(self) -> bool:
        return self.record.outcome == Outcome.DONE and self.record.service in ONCE

    @property
    def counts_as_recording(self) -> bool:
        return self.once and self.weight > 0 and self.record.service == Service.RECORDING


def hold_ledger(office: str) -> None:
    """Nobody writes into this office's ledger until this transaction ends. First of all locks: who
    writes a record holds the ledger, then waits for the person.
    """
    hold(Lock.LEDGER, office)


def standing(resident: Resident) -> list[Standing]:
    """Every record of a person that is not void, in the order in which it can be written again: what
    was accepted of a doubtful number first, for that lets the others count; recordings before
    everything that needs one; hand-overs of cards after the prints that tell one card from the next; what
    was accepted, and what counts, before what was set aside.
    """
    rows = list(ServiceRecord.everything.filter(resident=resident).order_by("service_date", "seq"))
    void = {row.ref_id for row in rows if row.row_kind == RowKind.VOID}
    accepted = {row.ref_id for row in rows if row.row_kind == RowKind.ACCEPT}
    records = [
        Standing(row, row.weight + (row.pk in accepted), row.pk in accepted)
        for row in rows
        if row.row_kind == RowKind.RECORD and row.pk not in void
    ]
    recorded = any(one.counts_as_recording for one in records)
    return sorted(records, key=lambda one: _turn(one, recorded=recorded))


def _turn(one: Standing, *, recorded: bool) -> tuple[bool, bool, bool, bool, bool]:
    doubt = one.accepted and one.record.set_aside_code == SetAside.DOUBTFUL_NUMBER
    # An activation is accepted only once its recording is there.
    waits = recorded and one.record.service == Service.IKD_ACTIVATION
    return (
        not doubt or waits,
        one.record.service != Service.RECORDING,
        one.record.service == Service.CARD_HANDOVER,
        not one.accepted,
        one.weight == 0,
    )


def take_back(by: Actor, records: Iterable[Standing], note: str) -> None:
    for one in records:
        insert(1, _row(by, one.record, RowKind.VOID, one.record.pk, note))


def take_back_one(by: Actor, record: ServiceRecord, note: str) -> ServiceRecord:
    """The row that voids it. Whoever calls has seen to the person and to the chain's lock."""
    return insert(1, decision(by, record, RowKind.VOID, note))[0]


def write_again(
    by: Actor,
    records: Iterable[Standing],
    note: str,
    *,
    resident: Resident,
    categories: dict[Any, str] | None = None,
    domiciles: dict[Any, str] | None = None,
    may_end: Collection[str] = (),
) -> list[ServiceRecord]:
    """The same services, for this person, in another category or of another domicile where one is
    named for the record's id. The ledger judges them as new: what counts elsewhere is set aside. What
    counted for nothing and cannot be written stays void; what counted only if it cannot be for a
    reason in `may_end`, else its refusal is raised. No visit is opened or used up.
    """
    written = []
    for one in records:
        old = one.record
        changed = {
            "resident_id": resident.pk,
            "category": (categories or {}).get(old.pk, old.category),
            "domicile_id": (domiciles or {}).get(old.pk, old.domicile_id),
        }
        try:
            again = _write_one(by, one, changed, note)
        except DomainError as error:
            if error.code not in (may_end if one.weight else CANNOT_STAND):
                raise _counts(one, error) from None
            continue
        _note_again(old, again)
        carry_receiver(old, again)
        carry_card(by, old, again)
        written.append(again)
    return written


def _write_one(by: Actor, one: Standing, changed: dict[str, Any], note: str) -> ServiceRecord:
    try:
        with transaction.atomic():
            row = _row(by, one.record, RowKind.RECORD, None, one.record.note, changed)
            # Its paper first: without it a suket counts for nothing.
            rows(
                "SELECT paper_carried(%s, %s, %s)", [one.record.pk, row[0], changed["resident_id"]]
            )
            again = insert(1, row)
            code = again[0].set_aside_code
            # A suket of before there were papers has none to take along.
            if one.weight and ((code in _LOST and one.once) or code == SetAside.PAPER_NEEDED):
                raise refusal_of(SetAside(code), one.record.service)
            if one.accepted and again[0].weight == 0:
                insert(1, _row(by, again[0], RowKind.ACCEPT, again[0].pk, note))
    except DatabaseError as error:
        refusal = from_database(error)
        if getattr(error.__cause__, "pgcode", None) in RETRIED or refusal is None:
            raise
        raise refusal from None
    return again[0]


def _counts(one: Standing, error: DomainError) -> DomainError:
    """Why all of it is refused: by itself a figure would be one less."""
    if error.code not in CANNOT_STAND:
        return error
    words = {
        "service": Service(one.record.service).label,
        "day": date_format(one.record.service_date, "j F Y"),
        "why": error.message,
    }
    return Conflict(
        error.code,
        _(
            "%(service)s of %(day)s counts and could not be recorded anew: %(why)s"
            " Nothing was changed."
        )
        % words,
    )


def _note_again(old: ServiceRecord, again: ServiceRecord) -> None:
    beside = RecordNote.everything.filter(record=old).first()
    if beside is not None:
        RecordNote.objects.create(
            record=again,
            office_id=again.office_id,
            village_id=again.domicile_id,
            event_id=again.event_id,
            exception=beside.exception,
            helped=beside.helped,
            step=beside.step,
        )


def _row(
    by: Actor,
    record: ServiceRecord,
    kind: RowKind,
    ref: Any,
    note: str,
    changed: dict[str, Any] | None = None,
) -> list[Any]:
    new = changed or {}
    content = {"kind": kind, "ref": ref or record.pk, "for": note, **new}
    card_used = record.card_used if kind == RowKind.RECORD else ""
    return [
        *(uuid7(), record.office_id, kind, ref, record.service, record.outcome, record.reason),
        new.get("category", record.category),
        new.get("resident_id", record.resident_id),
        new.get("domicile_id", record.domicile_id),
        *(record.place_id, record.event_id, record.session_id, record.device),
        by.user_id if kind != RowKind.RECORD else record.author_id,
        *(note, record.occurred_at, record.timezone, record.clock_skew),
        *(keyed_hash(canonical(content)), card_used),
    ]
