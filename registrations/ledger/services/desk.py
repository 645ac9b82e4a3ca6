"""Logging from a desk's form, which a clerk may send twice."""

from __future__ import annotations

import uuid
from dataclasses import replace

from dukcapil.accounts.asked import asked
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.ids import uuid7
from events.planning.models.session import ServiceSession
from registrations.ledger.enums import RowKind
from registrations.ledger.models import CardReceiver, RecordNote, ServiceRecord
from registrations.ledger.services.entries import AtDesk, Entry
from registrations.ledger.services.ledger import DeskNote, log_service

_SAVED = asked(
    "record_saved",
    lambda by, record: ServiceRecord.objects.visible_to(by).filter(pk=record),
    record=uuid.UUID,
)


def log_form(
    *, by: Actor, entry: Entry, desk_note: DeskNote, session: ServiceSession | None = None
) -> ServiceRecord:
    """Log a desk's form; the form carries the id of its record. `session`: as the actor may see it.

    The same form sent twice writes one record. Times are not compared: a form without an hour gets
    a new one each time it is sent. A form that says something else under the same id, or whose
    record was taken back meanwhile (the clerk went back in the browser), becomes a record of its own.
    """
    require(by, Permission.RECORDS_LOG)
    saved: ServiceRecord | None = _SAVED.one(by, entry.id)
    if saved and _says_the_same(saved, entry, desk_note) and not _taken_back(saved):
        return saved
    if saved:
        entry = replace(entry, id=uuid7())
    return log_service(by=by, entry=entry, desk_note=desk_note, desk=AtDesk(session))[0]


def _says_the_same(saved: ServiceRecord, entry: Entry, desk_note: DeskNote) -> bool:
    noted = RecordNote.objects.filter(record=saved).first() or RecordNote()
    took = CardReceiver.objects.filter(record=saved).first() or CardReceiver()
    return (
        *(saved.resident_id, saved.session_id, saved.service, saved.outcome, saved.reason),
        *(saved.card_used, saved.note, noted.exception, noted.helped, noted.step),
        *(took.relation, took.proof),
    ) == (
        *(entry.resident, entry.session, entry.service, entry.outcome, entry.reason),
        *(entry.card_used, entry.note, desk_note.exception, desk_note.helped, desk_note.step),
        *(entry.receiver, entry.proof),
    )


def _taken_back(saved: ServiceRecord) -> bool:
    return ServiceRecord.objects.filter(ref=saved, row_kind=RowKind.VOID).exists()
