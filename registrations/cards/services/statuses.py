"""One status of one person, entered by hand or by a program."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid, NotFound
from registrations.cards.enums import StatusCode
from registrations.cards.models import RecordStatus
from registrations.people.models import Resident
from registrations.people.services.proposals import own_office


@service
def enter_status(
    *, by: Actor, resident: Resident, code: str, at: datetime, source: str
) -> RecordStatus:
    """What SIAK says of a person of the own office. One older than what is known is history.

    Raises Conflict `status-impossible`, `status-known`; Invalid `status-ahead`, `code`, `source`.
    """
    require(by, Permission.RECORDS_LOG)
    own_office(by, resident)
    person = (
        Resident.objects.visible_to(by)
        .select_for_update(of=("self",))
        .filter(pk=resident.pk)
        .first()
    )
    if person is None:
        raise NotFound
    if code not in StatusCode.values:
        raise Invalid("code", _("SIAK has no such status."), field="code")
    status = RecordStatus.objects.create(
        resident=person,
        office_id=person.office_id,
        code=code,
        at=at,
        since=at,
        source=told_source(source),
        entered_by_id=by.user_id,
    )
    status.refresh_from_db()
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="status entered",
        subject=str(person.pk),
        case=str(status.pk),
    )
    return status


def told_source(text: str) -> str:
    tidy = " ".join(text.split())
    if not tidy:
        raise Invalid("source", _("Say where the status comes from."), field="source")
    refuse_number(tidy, field="source")
    return tidy[:100]
