"""Reads of statuses: one person's, the backlog of an office, lists of who needs something done."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import today_in
from registrations.cards.enums import (
    COME_AGAIN,
    SENT,
    STEP,
    STEPS,
    TO_PRINT,
    Exceptional,
    Step,
)
from registrations.cards.models import RecordStatus, StatusImport
from registrations.people.enums import MaritalStatus
from registrations.people.models import RecordingReopened
from registrations.people.selectors import print_days_of
from registrations.people.validators import CARD_AGE, last_birth_date_reaching

_Statuses = QuerySet[RecordStatus, Any]
#: Lists beside those of an exception desk, by `?daftar=`.
AGAIN, LATE, PRINT, HELD = "panggil", "lama", "cetak", "tahan"


def step_of(status: RecordStatus) -> Step:
    return STEP[status.code]


def newest(by: Actor) -> _Statuses:
    """The status that stands, of everybody whom the actor may see and who has one."""
    return RecordStatus.objects.visible_to(by).filter(newest=True)


def history(by: Actor, resident: uuid.UUID) -> list[RecordStatus]:
    """Of one person, the newest first."""
    found = RecordStatus.objects.visible_to(by).filter(resident=resident)
    return list(found.select_related("entered_by").order_by("-newest", "-at", "-entered_at"))


def _late(now: datetime) -> Q:
    late = Q(pk__in=[])
    for step in STEPS:
        if step.days is not None:
            late |= Q(code=step.code, since__lt=now - timedelta(days=step.days))
    return late


def is_late(status: RecordStatus, now: datetime | None = None) -> bool:
    days = STEP[status.code].days
    return days is not None and status.since < (now or timezone.now()) - timedelta(days=days)


def age_in_days(status: RecordStatus) -> int:
    return max((timezone.now() - status.since).days, 0)


@dataclass(frozen=True)
class Backlog:
    """People of one code. `late`: longer in it than its step takes. `oldest`: since when."""

    step: Step
    people: int = 0
    late: int = 0
    oldest: datetime | None = None


def backlog(by: Actor) -> list[Backlog]:
    """Every code with its people; one query. Of an office that keeps no statuses all are none."""
    counted = {
        row["code"]: row
        for row in newest(by)
        .values("code")
        .annotate(
            people=Count("pk"), late=Count("pk", filter=_late(timezone.now())), old=Min("since")
        )
    }
    return [
        Backlog(step, row["people"], row["late"], row["old"])
        if (row := counted.get(step.code))
        else Backlog(step)
        for step in STEPS
    ]


@dataclass(frozen=True)
class OfficeBacklog:
    office: str
    name: str
    people: int
    print_ready: int
    sent: int
    exceptional: int
    late: int


def backlog_by_office(by: Actor) -> list[OfficeBacklog]:
    """A row for each office that keeps statuses; for whoever watches several. One query."""
    exceptional = [code for one in Exceptional for code in one.codes]
    counted = (
        newest(by)
        .values("office", "office__name")
        .annotate(
            people=Count("pk"),
            print_ready=Count("pk", filter=Q(code__in=TO_PRINT)),
            sent=Count("pk", filter=Q(code__in=SENT)),
            exceptional=Count("pk", filter=Q(code__in=exceptional)),
            late=Count("pk", filter=_late(timezone.now())),
        )
        .order_by("office")
    )
    return [
        OfficeBacklog(
            row["office"],
            row["office__name"],
            row["people"],
            row["print_ready"],
            row["sent"],
            row["exceptional"],
            row["late"],
        )
        for row in counted
    ]


def cards_needed(rows: Iterable[Backlog], *, queue: int) -> int:
    """Cards that an office needs at once: who waits for one in its own queue, who is print-ready, and
    who was sent and will be.
    """
    return queue + sum(row.people for row in rows if row.step.code in (*TO_PRINT, *SENT))


# --- lists ----------------------------------------------------------------------------------------


def listed(by: Actor, name: str) -> _Statuses:
    """People of a code, of one of the four lists of exceptions, or of one of ours; the oldest first.

    Raises NotFound for a list that there is not.
    """
    if name in STEP:
        found = newest(by).filter(code=name)
    elif name in Exceptional.values:
        found = newest(by).filter(code__in=Exceptional(name).codes)
    elif name in _LISTS:
        found = _LISTS[name](by)
    else:
        raise NotFound
    return found.order_by("since", "pk")


def to_print(by: Actor) -> _Statuses:
    """Print-ready, and old enough by the rule of their office today, or ever married."""
    return newest(by).filter(_old_enough(by), code__in=TO_PRINT)


def print_held(by: Actor) -> _Statuses:
    """Print-ready before the day on which the office prints their card."""
    return newest(by).filter(code__in=TO_PRINT).exclude(_old_enough(by))


def _old_enough(by: Actor) -> Q:
    """Whoever watches several offices sees of each what the office itself sees."""
    offices = [by.office] if by.office else _printing(by)
    early = print_days_of(offices)
    enough = ~Q(resident__marital_status=MaritalStatus.SINGLE)
    for office in offices:
        day = today_in(office) + timedelta(days=early.get(office, 0))
        born = last_birth_date_reaching(CARD_AGE, day)
        enough |= Q(office=office, resident__birth_date__lte=born)
    return enough


def _printing(by: Actor) -> list[str]:
    found = newest(by).filter(code__in=TO_PRINT).order_by("office")
    return list(found.values_list("office_id", flat=True).distinct())


def to_be_called(by: Actor) -> _Statuses:
    """Whose recording failed or is to be deleted, and was not called again since."""
    called = RecordingReopened.objects.filter(
        resident=OuterRef("resident"), at__gte=OuterRef("since")
    )
    return newest(by).filter(~Exists(called), code__in=COME_AGAIN)


def late(by: Actor) -> _Statuses:
    return newest(by).filter(_late(timezone.now()))


_LISTS = {AGAIN: to_be_called, LATE: late, PRINT: to_print, HELD: print_held}


def import_or_404(by: Actor, brought: uuid.UUID) -> StatusImport:
    found = StatusImport.objects.visible_to(by).filter(pk=brought)
    one = found.select_related("brought_by", "office").first()
    if one is None:
        raise NotFound
    return one


def imports(by: Actor) -> list[StatusImport]:
    """The last ten."""
    found = StatusImport.objects.visible_to(by).select_related("brought_by", "office")
    return list(found.order_by("-brought_at")[:10])


def statuses_of(
    by: Actor, *, resident: uuid.UUID | None = None, code: str = "", newest: bool | None = None
) -> _Statuses:
    """For programs, which page by id. Who was erased has none."""
    found = RecordStatus.objects.visible_to(by).filter(taken_back=False)
    found = found.filter(resident__erased_at__isnull=True)
    if resident is not None:
        found = found.filter(resident=resident)
    if code:
        found = found.filter(code=code)
    return found if newest is None else found.filter(newest=newest)
