"""Who looked at whom without a service: a head reviews one office, a province all its offices."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

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
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, TruncDate, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy

from dukcapil.accounts.enums import Access
from dukcapil.accounts.models import AccessLog, User
from dukcapil.accounts.scoping import Actor
from dukcapil.regions.enums import zone_of
from dukcapil.regions.models import Region
from registrations.booking.models.appointment import Appointment
from registrations.ledger.models import ServiceRecord
from registrations.oversight.models import Export
from registrations.people.enums import GUESSED
from registrations.people.models import CorrectionProposal, Resident, ResidentIdentity
from registrations.requests.models import VisitRequest

#: A service, booking, registration or visit request this near in time explains a look.
NEAR = timedelta(minutes=30)


@dataclass(frozen=True)
class GuessLine:
    """`n` numbers of which nothing was said any more, on one day."""

    who: str
    office: str
    n: int
    last: datetime


_UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def looks_without_service(by: Actor, since: datetime) -> QuerySet[Any, Any]:
    """user_id, subject, n, last: looks at one person that nothing near explains, newest first.

    A look at one person is a page of a person, a slip, a reveal, or a search that found just one;
    lists and queues are no looks at one person. The last half hour is left out: its service may
    still come.
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
    requested = VisitRequest.objects.filter(resident_id=person).filter(
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
    unexplained = looks.filter(~Exists(served), ~Exists(booked), ~Exists(added), ~Exists(requested))
    return (
        unexplained.values("user_id", "subject")
        .annotate(n=Count("pk"), last=Max("at"))
        .order_by("-last", "user_id", "subject")
    )


def guesses(by: Actor, since: datetime | Combinable) -> QuerySet[Any, Any]:
    """user_id, office, day, n, last: who was stopped after too many numbers that nobody holds."""
    stopped = AccessLog.objects.visible_to(by).filter(
        action=Access.REFUSED, kind=GUESSED, at__gte=since
    )
    return (
        stopped.values(
            "user_id", "office", day=TruncDate("at", tzinfo=ZoneInfo(zone_of(by.region)))
        )
        .annotate(n=Count("pk"), last=Max("at"))
        .order_by("-last", "user_id")
    )


def guessers(by: Actor) -> int:
    """How many people were stopped within the last week: the notice on a head's first page."""
    stopped = guesses(by, timezone.now() - timedelta(days=7))
    return len({line["user_id"] for line in stopped})


def guess_lines(lines: list[dict[str, Any]]) -> list[GuessLine]:
    """With the names of those who were stopped: two queries for any number of lines."""
    users = User.objects.in_bulk({line["user_id"] for line in lines})
    offices = Region.objects.in_bulk({line["office"] for line in lines})
    return [
        GuessLine(
            who=users[line["user_id"]].name,
            office=offices[line["office"]].name,
            n=line["n"],
            last=line["last"],
        )
        for line in lines
    ]


def reveals(by: Actor, since: datetime) -> QuerySet[AccessLog]:
    """Every full number that was shown, with its reason and case, newest first."""
    looks = AccessLog.objects.visible_to(by).filter(action=Access.REVEAL, at__gte=since)
    return looks.order_by("-at", "-pk")


def exports(by: Actor, since: datetime) -> QuerySet[Export]:
    exports = Export.objects.visible_to(by).filter(created_at__gte=since).defer("file")
    return exports.select_related("posting__user", "office").order_by("-created_at", "-pk")


@dataclass(frozen=True)
class LookLine:
    """A look (or several of one clerk at one person) as a line of the page."""

    who: str
    resident: str
    masked: str
    at: datetime
    n: int = 1
    reason: str = ""
    case: str = ""
    case_known: bool = False


def readable_lines(by: Actor, lines: list[dict[str, Any]]) -> list[LookLine]:
    """Staff by name, residents masked: two queries for any number of lines, three with cases.

    An actor who is lent to an event sees only their own office here.
    """
    people = [uuid.UUID(line["subject"]) for line in lines]
    users = User.objects.in_bulk([line["user_id"] for line in lines])
    masked = dict(
        ResidentIdentity.objects.visible_to(replace(by, lent_events=()))
        .filter(pk__in=people)
        .values_list("pk", "nik_masked")
    )
    cases = _cases(by, people) if any("case" in line for line in lines) else set()
    return [
        LookLine(
            who=users[line["user_id"]].name if line["user_id"] in users else "–",
            resident=line["subject"],
            masked=masked.get(uuid.UUID(line["subject"]), "–"),
            at=line["last"],
            n=line.get("n", 1),
            reason=line.get("reason", ""),
            case=line.get("case", ""),
            case_known=(line["subject"], line.get("case", "").strip().upper()) in cases,
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


def reveal_lines(looks: Any) -> list[dict[str, Any]]:
    columns = ("user_id", "subject", "reason", "case")
    return [{name: getattr(look, name) for name in columns} | {"last": look.at} for look in looks]


_MERGED = "residents merged"
#: Kinds of rows of the access log about a person whose data was changed -> words.
_CHANGES = {
    "resident corrected": gettext_lazy("Data corrected"),
    "recording called again": gettext_lazy("Called again for recording"),
    "NIK proposed": gettext_lazy("NIK proposed"),
    "NIK replaced": gettext_lazy("NIK replaced"),
    _MERGED: gettext_lazy("Merged"),
    "person erased": gettext_lazy("Erased"),
}


def changed_people(by: Actor, since: datetime) -> QuerySet[AccessLog]:
    """Whose data was corrected, replaced, merged or erased, newest first. Merging writes a row for each of
    the two: it stands here once, with the person who stays.
    """
    changes = AccessLog.objects.visible_to(by).filter(
        action=Access.CHANGE, kind__in=list(_CHANGES), at__gte=since
    )
    later = AccessLog.objects.visible_to(by).filter(
        action=Access.CHANGE, kind=_MERGED, case=OuterRef("case"), pk__gt=OuterRef("pk")
    )
    changes = changes.exclude(Exists(later), kind=_MERGED)
    return changes.order_by("-at", "-pk")


def change_lines(by: Actor, looks: list[AccessLog]) -> list[tuple[Any, LookLine]]:
    lines = readable_lines(by, reveal_lines(looks))
    ids = [look.case for look in looks if look.kind != "person erased"]
    reasons = dict(
        CorrectionProposal.objects.visible_to(replace(by, lent_events=()))
        .filter(pk__in=ids)
        .values_list("pk", "reason")
    )
    told = {str(change): reason for change, reason in reasons.items()}
    lines = [
        line if line.reason else replace(line, reason=told.get(line.case, ""), case="")
        for line in lines
    ]
    return [(_CHANGES[look.kind], line) for look, line in zip(looks, lines, strict=True)]
