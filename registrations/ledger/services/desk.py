from __future__ import annotations

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.ledger import Beside, Entry, log_service


def log_form(*, by: Actor, entry: Entry, beside: Beside) -> ServiceRecord:
    """Log what a form of a desk says, under the form's own number.

    Sent twice it writes one record: a form without an hour means another moment each time, so only
    its number tells.
    """
    require(by, Permission.RECORDS_LOG)
    if saved := ServiceRecord.objects.visible_to(by).filter(pk=entry.id).first():
        return saved
    return log_service(by=by, entry=entry, beside=beside)[0]
