"""Logging from a desk's form, which a clerk may send twice."""

from __future__ import annotations

from dataclasses import replace

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.ids import uuid7
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.ledger import DeskNote, Entry, log_service


def log_form(*, by: Actor, entry: Entry, desk_note: DeskNote) -> ServiceRecord:
    """Log a desk's form; the form carries the id of its record.

    The same form sent twice writes one record. Times are not compared: a form without an hour gets
    a new one each time it is sent. A form that says something else under the same id (the clerk
    went back in the browser) becomes a record of its own.
    """
    require(by, Permission.RECORDS_LOG)
    saved = ServiceRecord.objects.visible_to(by).filter(pk=entry.id).first()
    if saved and _says_the_same(saved, entry):
        return saved
    if saved:
        entry = replace(entry, id=uuid7())
    return log_service(by=by, entry=entry, desk_note=desk_note)[0]


def _says_the_same(saved: ServiceRecord, entry: Entry) -> bool:
    return (saved.resident_id, saved.session_id, saved.service, saved.outcome, saved.reason) == (
        entry.resident,
        entry.session,
        entry.service,
        entry.outcome,
        entry.reason,
    )
