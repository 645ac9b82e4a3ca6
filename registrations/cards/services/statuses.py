"""One status of one person, entered by hand or by a program."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
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
from registrations.cards.services.counting import count_office
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
    count_office(person.office_id)
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="status entered",
        subject=str(person.pk),
        case=str(status.pk),
    )
    return status


@service
def take_back_status(*, by: Actor, resident: Resident, status_id: uuid.UUID) -> RecordStatus:
    """It was entered wrongly; what was known before stands again. Raises Conflict `status-newer`."""
    require(by, Permission.RECORDS_LOG)
    own_office(by, resident)
    found = RecordStatus.objects.visible_to(by).filter(pk=status_id, resident=resident)
    status = found.filter(taken_back=False).first()
    if status is None or not hold_people(by, [resident.pk]):
        raise NotFound
    take_back(found)
    count_office(status.office_id)
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="status taken back",
        subject=str(resident.pk),
        case=str(status.pk),
    )
    status.refresh_from_db()
    return status


def hold_people(by: Actor, people: Iterable[uuid.UUID]) -> list[Resident]:
    """Those who are held by the own office, locked: whoever enters a status of them waits."""
    found = Resident.objects.visible_to(by).filter(pk__in=people, office_id=by.office)
    return list(found.order_by("pk").select_for_update(of=("self",)))


def take_back(rows: QuerySet[RecordStatus]) -> int:
    """A step, of people who are locked: the latest of what is left stands. Returns how many went."""
    ids, people = set(), set()
    for pk, resident in rows.filter(taken_back=False).values_list("pk", "resident_id"):
        ids.add(pk)
        people.add(resident)
    gone = RecordStatus.objects.filter(pk__in=ids).update(taken_back=True, newest=False)
    left = RecordStatus.objects.filter(resident__in=people, taken_back=False)
    latest = left.order_by("resident", "-at", "-entered_at").distinct("resident")
    stands = RecordStatus.objects.filter(pk__in=list(latest.values_list("pk", flat=True)))
    stands.filter(newest=False).update(newest=True)
    return gone


def told_source(text: str) -> str:
    tidy = " ".join(text.split())
    if not tidy:
        raise Invalid("source", _("Say where the status comes from."), field="source")
    refuse_number(tidy, field="source")
    return tidy[:100]
