"""Reads of statuses: one person's, the backlog of an office, lists of who needs something done."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import Part, at_once
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.validators import ancestor_sql, inside_sql, level_of, span
from registrations.cards.enums import (
    COME_AGAIN,
    SENT,
    STEP,
    STEPS,
    TO_PRINT,
    Exceptional,
    Step,
    StatusCode,
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


def late_at(now: datetime) -> Q:
    """Longer in a code than its step takes."""
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
            people=Count("pk"), late=Count("pk", filter=late_at(timezone.now())), old=Min("since")
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
            late=Count("pk", filter=late_at(timezone.now())),
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


@dataclass(frozen=True)
class CardsNeeded:
    """Cards that are needed at once: whose printing was ordered, who is print-ready, and who was sent to the
    centre and will be.
    """

    queue: int
    print_ready: int
    sent: int

    @property
    def cards(self) -> int:
        return self.queue + self.print_ready + self.sent


def cards_needed(rows: Iterable[Backlog]) -> CardsNeeded:
    people = {row.step.code: row.people for row in rows}
    return CardsNeeded(
        queue=people.get(StatusCode.SENT_FOR_CARD_PRINTING, 0),
        print_ready=people.get(StatusCode.PRINT_READY_RECORD, 0),
        sent=sum(people.get(code, 0) for code in SENT),
    )


# --- counts that are kept -------------------------------------------------------------------------


@dataclass(frozen=True)
class RegionBacklog:
    """The last known backlog of an office, or of all offices of a region that bring lists."""

    #: Every code, in the order of the steps.
    rows: list[Backlog]
    #: How many offices are in it.
    offices: int
    #: Day of the newest list; of several offices the earliest of those days.
    as_of: date
    counted_at: datetime

    @property
    def late(self) -> int:
        return sum(row.late for row in self.rows)

    @property
    def known(self) -> list[Backlog]:
        """Codes in which anybody stands."""
        return [row for row in self.rows if row.people]

    @property
    def by_code(self) -> dict[str, Backlog]:
        return {row.step.code: row for row in self.rows}

    @property
    def needed(self) -> CardsNeeded:
        return cards_needed(self.rows)


_KEPT = """
SELECT {above} AS region, code, sum(people)::bigint AS people, sum(late)::bigint AS late,
       min(oldest) AS oldest, count(*) AS offices, min(listed_on) AS as_of,
       min(counted_at) AS counted_at
  FROM registrations_statuscount
 WHERE listed_on IS NOT NULL AND {inside}
 GROUP BY 1, 2
"""


def kept_part(region: str, level: Level) -> Part:
    """For `core.db.at_once`: what is kept of each region of a level within `region`. No person is asked of."""
    sql = _KEPT.format(above=ancestor_sql("office_id", level), inside=inside_sql("office_id"))
    return sql, span(region)


def kept_by(found: Iterable[Mapping[str, Any]]) -> dict[str, RegionBacklog]:
    """What `kept_part` found, by region. A region of which no office brought a list is not among them."""
    of_region: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in found:
        of_region.setdefault(row["region"], {})[row["code"]] = row
    return {region: _kept(rows) for region, rows in of_region.items()}


def _kept(rows: Mapping[str, Mapping[str, Any]]) -> RegionBacklog:
    first = next(iter(rows.values()))
    backlog = [
        Backlog(step, row["people"], row["late"], row["oldest"] and _moment(row["oldest"]))
        if (row := rows.get(step.code))
        else Backlog(step)
        for step in STEPS
    ]
    as_of, counted_at = date.fromisoformat(first["as_of"]), _moment(first["counted_at"])
    return RegionBacklog(backlog, first["offices"], as_of, counted_at)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def kept_backlogs(region: str, level: Level) -> dict[str, RegionBacklog]:
    return kept_by(at_once({"kept": kept_part(region, level)})["kept"])


def kept_backlog(region: str) -> RegionBacklog | None:
    """Of the region itself; None where nobody knows: no office brought a list, or it is below an office."""
    level = level_of(region)
    if level.is_below(Level.REGENCY):
        return None
    return kept_backlogs(region, level).get(region)


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
    return newest(by).filter(late_at(timezone.now()))


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
    """For programs, which page by id."""
    found = RecordStatus.objects.visible_to(by).filter(taken_back=False)
    if resident is not None:
        found = found.filter(resident=resident)
    if code:
        found = found.filter(code=code)
    return found if newest is None else found.filter(newest=newest)
