"""Reads of statuses: one person's, the backlog of an office, lists of who needs something done."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import Part, at_once
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from dukcapil.regions.validators import ancestor_sql, inside_sql, level_of, span
from events.planning.enums import Service
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.cards.enums import (
    COME_AGAIN,
    SENT,
    STEP,
    STEPS,
    TO_PRINT,
    Age,
    Exceptional,
    StatusCode,
    Step,
)
from registrations.cards.models import RecordStatus, StatusImport
from registrations.ledger.enums import Outcome, PrintReason, RowKind
from registrations.ledger.models import ServiceRecord
from registrations.ledger.selectors import standing
from registrations.people.enums import MaritalStatus
from registrations.people.models import RecordingReopened, Resident
from registrations.people.selectors import dates_for, print_days_of
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

    @property
    def days(self) -> int | None:
        """How long the oldest of them stand in it."""
        return None if self.oldest is None else max((timezone.now() - self.oldest).days, 0)


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
    #: Day of the newest list; of several offices the earliest of those days. None without a list.
    as_of: date | None
    counted_at: datetime

    @property
    def late(self) -> int:
        return sum(row.late for row in self.rows)

    def people_in(self, codes: Iterable[str]) -> int:
        return sum(self.by_code[code].people for code in codes)

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
 WHERE {listed} AND {inside}
 GROUP BY 1, 2
"""


#: The same of one office, as text of SQL for a statement about it.
KEPT_OF_OFFICE = """(
    SELECT jsonb_agg(jsonb_build_object('region', own.office_id, 'code', own.code, 'offices', 1,
               'people', own.people, 'late', own.late, 'oldest', own.oldest,
               'as_of', own.listed_on, 'counted_at', own.counted_at))
      FROM registrations_statuscount own
     WHERE own.office_id = {office} AND own.listed_on IS NOT NULL
)"""


def kept_part(region: str, level: Level, *, entered: bool = False) -> Part:
    """For `core.db.at_once`: what is kept of each region of a level within `region`, of offices that bring
    lists. `entered`: also of one that only entered statuses by hand.
    """
    sql = _KEPT.format(
        above=ancestor_sql("office_id", level),
        listed="TRUE" if entered else "listed_on IS NOT NULL",
        inside=inside_sql("office_id"),
    )
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
    as_of = first["as_of"] and date.fromisoformat(first["as_of"])
    return RegionBacklog(backlog, first["offices"], as_of, _moment(first["counted_at"]))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def kept_backlogs(region: str, level: Level, *, entered: bool = False) -> dict[str, RegionBacklog]:
    return kept_by(at_once({"kept": kept_part(region, level, entered=entered)})["kept"])


def kept_backlog(region: str) -> RegionBacklog | None:
    """Of the region itself; None where nobody knows: no office brought a list, or it is below an office."""
    level = level_of(region)
    if level.is_below(Level.REGENCY):
        return None
    return kept_backlogs(region, level).get(region)


def backlog(by: Actor) -> list[Backlog]:
    """Every code with its people, as kept. An office sees what it entered by hand, too; whoever watches
    several sees those that bring lists.
    """
    if by.office:
        entered = kept_backlogs(by.office, Level.REGENCY, entered=True).get(by.office)
    else:
        entered = kept_backlog(by.region)
    return entered.rows if entered else [Backlog(step) for step in STEPS]


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
    """A row for each office that brings lists; for whoever watches several."""
    exceptional = [code for one in Exceptional for code in one.codes]
    kept = kept_backlogs(by.region, Level.REGENCY)
    names = dict(Region.objects.filter(pk__in=kept).values_list("code", "name"))
    return [
        OfficeBacklog(
            code,
            names[code],
            one.people_in(STEP),
            one.people_in(TO_PRINT),
            one.people_in(SENT),
            one.people_in(exceptional),
            one.late,
        )
        for code, one in sorted(kept.items())
    ]


@dataclass(frozen=True)
class BacklogLine:
    """A row of a table of backlogs: `cells` are of its codes, none where nobody knows."""

    name: str
    backlog: RegionBacklog | None
    cells: list[Backlog | None]


@dataclass(frozen=True)
class BacklogTable:
    """Offices or regions side by side, with the codes in which anybody of them stands."""

    steps: list[Step]
    lines: list[BacklogLine]


def side_by_side(
    regions: Iterable[tuple[str, str]], kept: Mapping[str, RegionBacklog]
) -> BacklogTable:
    """`regions`: code and name, in the order of the page."""
    known = list(regions)
    steps = [
        step
        for step in STEPS
        if any(code in kept and kept[code].by_code[step.code].people for code, _name in known)
    ]
    lines = []
    for code, name in known:
        one = kept.get(code)
        cells = [one.by_code[step.code] if one else None for step in steps]
        lines.append(BacklogLine(name, one, cells))
    return BacklogTable(steps, lines)


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
    return _unprinted(by).filter(_old_enough(by))


def print_held(by: Actor) -> _Statuses:
    """Print-ready before the day on which the office prints their card."""
    return _unprinted(by).exclude(_old_enough(by))


def _unprinted(by: Actor) -> _Statuses:
    """Print-ready, and no card was printed since: SIAK's next list comes later than the card."""
    since = standing(Service.CARD_PRINT, "resident").filter(occurred_at__gte=OuterRef("since"))
    return newest(by).filter(~Exists(since), code__in=TO_PRINT)


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


def queue(by: Actor, *, held: bool = False) -> QuerySet[Any, Any]:
    """Who waits for a card, each with `why`: the reason that the ledger tells, empty where somebody has to
    say it (a card was printed before). `held`: before the day on which the office prints it.
    """
    counted = standing(Service.SUKET, "resident").filter(weight__gt=0)
    why = Case(
        When(Exists(standing(Service.CARD_PRINT, "resident")), then=Value(_AGAIN)),
        When(Exists(counted), then=Value(PrintReason.SUKET.value)),
        default=Value(PrintReason.FIRST.value),
    )
    found = print_held(by) if held else to_print(by)
    return found.annotate(why=why).order_by("since", "pk")


#: Printed before: lost, damaged, changed, moved; nobody but the clerk knows.
_AGAIN = ""


def counts_in(waiting: QuerySet[Any, Any]) -> list[dict[str, Any]]:
    """Of a `queue`: why, village, village_name, n. One query."""
    rows = waiting.order_by().values(
        "why", village=F("resident__village"), village_name=F("resident__village__name")
    )
    return list(rows.annotate(n=Count("pk")).order_by("village_name", "village"))


def to_be_called(by: Actor) -> _Statuses:
    """Whose recording failed or is to be deleted, and was not called again since."""
    called = RecordingReopened.objects.filter(
        resident=OuterRef("resident"), at__gte=OuterRef("since")
    )
    return newest(by).filter(~Exists(called), code__in=COME_AGAIN)


def late(by: Actor) -> _Statuses:
    return newest(by).filter(late_at(timezone.now()))


_LISTS = {AGAIN: to_be_called, LATE: late, PRINT: to_print, HELD: print_held}


# --- printed and not handed over ------------------------------------------------------------------


def uncollected(by: Actor) -> QuerySet[Any, Any]:
    """The newest card of everybody who has it not yet, as its record of printing: the oldest first. Each with
    its `age`. What SIAK says was handed over is not among them.
    """
    later = standing(Service.CARD_PRINT, "resident").filter(
        Q(occurred_at__gt=OuterRef("occurred_at"))
        | Q(occurred_at=OuterRef("occurred_at"), seq__gt=OuterRef("seq"))
    )
    taken = standing(Service.CARD_HANDOVER, "resident").filter(
        occurred_at__gte=OuterRef("occurred_at")
    )
    issued = RecordStatus.objects.filter(
        resident=OuterRef("resident"),
        newest=True,
        code=StatusCode.CARD_ISSUED,
        at__date__gte=OuterRef("service_date"),
    )
    void = ServiceRecord.objects.filter(ref_id=OuterRef("pk"), row_kind=RowKind.VOID)
    cards = ServiceRecord.objects.visible_to(replace(by, lent_events=())).filter(
        service=Service.CARD_PRINT,
        outcome=Outcome.DONE,
        row_kind=RowKind.RECORD,
        resident__erased_at=None,
    )
    cards = cards.exclude(Exists(void)).filter(~Exists(later), ~Exists(taken), ~Exists(issued))
    bands = [
        When(service_date__lte=by.today - timedelta(days=age.first), then=Value(age.value))
        for age in reversed(Age)
        if age.first
    ]
    age = Case(*bands, default=Value(Age.NEW.value), output_field=models.CharField())
    return cards.annotate(age=age).order_by("occurred_at", "pk")


def too_young_to_have(by: Actor) -> Q:
    """Of a card: printed early by the office's rule, handed over from the 17th birthday on."""
    born = last_birth_date_reaching(CARD_AGE, by.today)
    return Q(resident__marital_status=MaritalStatus.SINGLE, resident__birth_date__gt=born)


def uncollected_stock(by: Actor) -> list[dict[str, Any]]:
    """office, name, village, village_name, a count for each age, total: the cards that lie there. One query."""
    rows: Any = (
        uncollected(by)
        .order_by()
        .values("office_id", "office__name", "domicile_id", "domicile__name", "age")
        .annotate(n=Count("pk"))
    )
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        line = found.setdefault(
            (row["office_id"], row["domicile_id"]),
            {
                "office": row["office_id"],
                "office_name": row["office__name"],
                "village": row["domicile_id"],
                "village_name": row["domicile__name"],
                "ages": dict.fromkeys(Age, 0),
                "total": 0,
            },
        )
        line["ages"][Age(row["age"])] += row["n"]
        line["total"] += row["n"]
    return [found[key] for key in sorted(found)]


@dataclass(frozen=True)
class CardState:
    """Of one person: the newest card, whether it was handed over, and from when on it may be."""

    card: ServiceRecord | None
    handed: ServiceRecord | None
    handover_from: date

    @property
    def refused(self) -> str:
        """Why it cannot be handed over today; empty when it can."""
        day = today_in(self.card.office_id) if self.card else None
        if self.handed:
            words = _("Handed over on %(day)s.")
            return words % {"day": date_format(self.handed.service_date, "j F Y")}
        if self.card is None or day is None:
            return _("No card was printed yet.")
        if self.handover_from > day:
            return _("From %(day)s on.") % {"day": date_format(self.handover_from, "j F Y")}
        return ""


def cards_of(by: Actor, people: Iterable[Resident]) -> dict[uuid.UUID, CardState]:
    """Two queries, whoever they are."""
    listed = list(people)
    void = ServiceRecord.objects.filter(ref_id=OuterRef("pk"), row_kind=RowKind.VOID)
    rows = ServiceRecord.objects.visible_to(by).filter(
        resident__in=listed,
        service__in=Service.of_card(),
        outcome=Outcome.DONE,
        row_kind=RowKind.RECORD,
    )
    last: dict[tuple[uuid.UUID, str], ServiceRecord] = {}
    for row in rows.exclude(Exists(void)).order_by("occurred_at", "seq"):
        if row.service == Service.CARD_PRINT or row.weight > 0:
            last[row.resident_id, row.service] = row
    states = {}
    for key, dates in dates_for(listed).items():
        card = last.get((key, Service.CARD_PRINT))
        handed = last.get((key, Service.CARD_HANDOVER))
        stands = handed and (card is None or handed.occurred_at >= card.occurred_at)
        states[key] = CardState(card, handed if stands else None, dates.handover_from)
    return states


def of_class(by: Actor, group: VisitGroup) -> list[Resident]:
    """Who came, or is to come, with this class; by name. One query."""
    visits = Appointment.objects.visible_to(by).filter(group=group)
    there = visits.exclude(state__in=AppointmentState.given_up()).values("resident")
    found = Resident.objects.visible_to(by).filter(pk__in=there).select_related("identity")
    return sorted(found, key=lambda one: (one.identity.name, one.pk))


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
