"""Who looked at whom without a service: what a head asks their own office, and a province all."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    CharField,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    Max,
    OuterRef,
    Q,
    QuerySet,
    UUIDField,
)
from django.db.models.functions import Cast, Upper
from django.utils import timezone

from dukcapil.accounts.enums import Access
from dukcapil.accounts.models import AccessLog, User
from dukcapil.accounts.scoping import Actor
from registrations.booking.models.appointment import Appointment
from registrations.ledger.models import ServiceRecord
from registrations.oversight.models import Export
from registrations.people.models import Resident, ResidentIdentity
from registrations.requests.models import VisitRequest

#: A service, a booking, a registration or a request for a visit this near explains a look.
NEAR = timedelta(minutes=30)
_UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def looks_without_service(by: Actor, since: datetime) -> QuerySet[Any, Any]:
    """user_id, subject, n, last: looks at one person that nothing near explains, newest first.

    A page of a person, a slip, a reveal, and a search that found one; lists and queues name nobody
    alone.

    The last half hour is left out: its service may still come.
    """
    begins = ExpressionWrapper(OuterRef("at") - NEAR, output_field=DateTimeField())
    ends = ExpressionWrapper(OuterRef("at") + NEAR, output_field=DateTimeField())
    person = Cast(OuterRef("subject"), UUIDField())
    served = ServiceRecord.objects.filter(
        resident_id=person, received_at__gte=begins, received_at__lte=ends
    )
    booked = Appointment.objects.filter(resident_id=person).filter(
        Q(created_at__gte=begins, created_at__lte=ends)
        | Q(checked_in_at__gte=begins, checked_in_at__lte=ends)
    )
    added = Resident.objects.filter(pk=person, created_at__gte=begins, created_at__lte=ends)
    asked = VisitRequest.objects.filter(resident_id=person).filter(
        Q(created_at__gte=begins, created_at__lte=ends)
        | Q(ended_at__gte=begins, ended_at__lte=ends)
    )
    looks = AccessLog.objects.visible_to(by).filter(
        action__in=[Access.SEARCH, Access.VIEW, Access.REVEAL],
        kind="resident",
        subject__regex=_UUID,
        at__gte=since,
        at__lt=timezone.now() - NEAR,
    )
    unexplained = looks.filter(~Exists(served), ~Exists(booked), ~Exists(added), ~Exists(asked))
    return (
        unexplained.values("user_id", "subject")
        .annotate(n=Count("pk"), last=Max("at"))
        .order_by("-last", "user_id", "subject")
    )


def reveals(by: Actor, since: datetime) -> QuerySet[AccessLog]:
    """Every full number that was shown, with its reason and case, newest first."""
    found = AccessLog.objects.visible_to(by).filter(action=Access.REVEAL, at__gte=since)
    return found.order_by("-at", "-pk")


def exports(by: Actor, since: datetime) -> QuerySet[Export]:
    found = Export.objects.visible_to(by).filter(created_at__gte=since).defer("file")
    return found.select_related("posting__user", "office").order_by("-created_at", "-pk")


@dataclass(frozen=True)
class Looked:
    """A line of the page, in words."""

    who: str
    resident: str
    masked: str
    at: datetime
    n: int = 1
    reason: str = ""
    case: str = ""
    case_known: bool = False


def named(by: Actor, lines: list[dict[str, Any]]) -> list[Looked]:
    """Staff by name, residents masked: two queries for any number of lines, three with cases.

    Whoever is lent somewhere looks at the own office here.
    """
    people = [uuid.UUID(line["subject"]) for line in lines]
    users = User.objects.in_bulk([line["user_id"] for line in lines])
    masked = dict(
        ResidentIdentity.objects.visible_to(replace(by, lent_events=()))
        .filter(pk__in=people)
        .values_list("pk", "nik_masked")
    )
    known = _cases(by, people) if any("case" in line for line in lines) else set()
    return [
        Looked(
            who=users[line["user_id"]].name if line["user_id"] in users else "–",
            resident=line["subject"],
            masked=masked.get(uuid.UUID(line["subject"]), "–"),
            at=line["last"],
            n=line.get("n", 1),
            reason=line.get("reason", ""),
            case=line.get("case", ""),
            case_known=(line["subject"], line.get("case", "").strip().upper()) in known,
        )
        for line in lines
    ]


def _cases(by: Actor, people: list[uuid.UUID]) -> set[tuple[str, str]]:
    """The cases that these people have: codes of slips, numbers and ids of services."""
    slips = Appointment.objects.visible_to(by).filter(resident_id__in=people)
    records = ServiceRecord.objects.visible_to(by).filter(resident_id__in=people)
    text = CharField()
    pairs = slips.values_list("resident_id", "ticket").union(
        records.values_list("resident_id", Cast("seq", text)),
        records.values_list("resident_id", Upper(Cast("pk", text))),
    )
    return {(str(person), case) for person, case in pairs}


def reveal_lines(found: Any) -> list[dict[str, Any]]:
    columns = ("user_id", "subject", "reason", "case")
    return [{name: getattr(row, name) for name in columns} | {"last": row.at} for row in found]
