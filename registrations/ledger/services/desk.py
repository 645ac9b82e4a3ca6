from __future__ import annotations

from dataclasses import replace

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.ids import uuid7
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.ledger import Beside, Entry, log_service


def log_form(*, by: Actor, entry: Entry, beside: Beside) -> ServiceRecord:
    """Log what a form of a desk says, under the form's own number.

    Sent twice it writes one record: a form without an hour means another moment each time, so the
    moment does not tell. Who goes back in the browser and says something else gets a record of that.
    """
    require(by, Permission.RECORDS_LOG)
    saved = ServiceRecord.objects.visible_to(by).filter(pk=entry.id).first()
    if saved and _says_the_same(saved, entry):
        return saved
    if saved:
        entry = replace(entry, id=uuid7())
    return log_service(by=by, entry=entry, beside=beside)[0]


def _says_the_same(saved: ServiceRecord, entry: Entry) -> bool:
    return (saved.resident_id, saved.session_id, saved.service, saved.outcome, saved.reason) == (
        entry.resident,
        entry.session,
        entry.service,
        entry.outcome,
        entry.reason,
    )
