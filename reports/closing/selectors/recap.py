"""Events of a period together: openings on days off apart, by kind, programme, place and office.

Every table counts the same services, so their sums are the same. Four queries, whatever the number
of events. Services logged without an event are not among them.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Q, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import Part, at_once
from dukcapil.core.errors import Invalid
from dukcapil.regions.models import inside
from events.calendar.selectors import off_days_of
from events.calendar.validators import FIRST_DAY, LAST_DAY
from events.planning.enums import Service
from events.planning.models.event import EventAudience, ServiceEvent
from events.stock.enums import AccountKind
from events.stock.models import Movement
from events.stock.selectors import bags_of
from registrations.documents.selectors import asked_part, counted_part, summed_by_kind
from registrations.ledger.enums import Outcome
from registrations.ledger.models import ServiceRecord
from registrations.ledger.selectors import OUTSIDERS, funnel_of
from registrations.people.enums import Category
from reports.closing.selectors.documents import (
    asked_cells,
    documents_section,
    together_figures,
)
from reports.closing.selectors.ikd import Stop, funnel_sections, funnels_section, stops_section
from reports.closing.selectors.sections import Cell, Section, Sections, summed

#: The most days of one recap.
MOST_DAYS = 366
#: The most openings on days off that get a row each.
MOST_NAMED = 200


@dataclass(kw_only=True)
class Recap(Sections):
    first: date
    last: date


@dataclass
class _Sum:
    """What was done: the columns of every table."""

    days: int = 0
    pemula: int = 0
    umum: int = 0
    ikd: int = 0
    cards: int = 0
    others: int = 0
    failed: int = 0

    def add(self, row: dict[str, Any]) -> None:
        service, n = row["service"], row["n"]
        if row["outcome"] != Outcome.DONE:
            self.failed += n
        elif service == Service.RECORDING:
            self.pemula += n if row["category"] == Category.PEMULA else 0
            self.umum += n if row["category"] != Category.PEMULA else 0
        elif service == Service.IKD_ACTIVATION:
            self.ikd += n
        elif service == Service.CARD_PRINT:
            self.cards += n
        else:
            self.others += n

    @property
    def done(self) -> int:
        return self.pemula + self.umum + self.ikd + self.cards + self.others

    def cells(self) -> list[Cell]:
        parts = (self.days, self.pemula, self.umum, self.ikd, self.cards, self.others)
        return [*parts, self.done, self.failed]


def check_period(first: date, last: date) -> None:
    if not FIRST_DAY <= first <= LAST_DAY:
        raise Invalid("period", _("Nothing is counted before 2011."), field="first")
    if not 0 <= (last - first).days < MOST_DAYS:
        raise Invalid(
            "period",
            _("A period runs forward, over at most %(most)s days.") % {"most": MOST_DAYS},
            field="last",
        )


def recap(by: Actor, first: date, last: date) -> Recap:
    """Approved and closed events with a day in [first, last], and what the ledger has of these days.

    A record of an event that was cancelled afterwards still counts: what was done was done.
    """
    check_period(first, last)
    counted = _counted(by, first, last)
    events = _events(by, first, last, {row["event_id"] for row in counted})
    off = off_days_of({event.village_id for event in events.values()}, first, last)
    running = [
        (event, day)
        for event in events.values()
        if event.is_held
        for day in _span(event, first, last)
    ]
    report = Recap(first=first, last=last)

    def table(title: str, column: str, name: Callable[[ServiceEvent, date], str]) -> Section:
        sums: dict[str, _Sum] = defaultdict(_Sum)
        for event, day in running:
            sums[name(event, day)].days += 1
        for row in counted:
            sums[name(events[row["event_id"]], row["service_date"])].add(row)
        rows: list[list[Cell]] = [[key, *sums[key].cells()] for key in sorted(sums)]
        return Section(title, [column, *_columns()], rows, summed(rows))

    def kind_of_day(event: ServiceEvent, day: date) -> str:
        return _("Day off") if day in off[event.village_id] else _("Working day")

    report.sections = [
        table(_("Working days and days off"), _("Day"), kind_of_day),
        table(_("By kind"), _("Kind"), lambda event, _day: str(event.get_kind_display())),
        table(
            _("By programme"), _("Programme"), lambda event, _day: event.programme.upper() or "–"
        ),
        table(_("By place"), _("Place"), lambda event, _day: str(event.get_place_kind_display())),
    ]
    if by.office is None:
        report.sections.append(
            table(_("By office"), _("Office"), lambda event, _day: event.office.name)
        )
    report.sections += _openings(running, counted, events, off)
    report.sections += _ikd(counted, events)
    held = {event.pk for event, _day in running}
    found = at_once(_beside(by.office or by.region, first, last, held))
    without = summed_by_kind(row for row in found["counted"] if row["event_id"])
    at_events = [row for row in found["asked"] if row["event_id"]]
    report.sections += documents_section(asked_cells(at_events), without)
    report.figures = _figures(running, counted, events, off)
    report.figures += together_figures(counted, without)
    people = sum(row["n"] for row in found["reached"])
    report.figures.append((_("People reached by public information"), people))
    report.figures += _cards(held)
    if found["destroyed"]:
        report.figures.append((_("Cards destroyed"), sum(row["n"] for row in found["destroyed"])))
    return report


def _cards(events: Collection[uuid.UUID]) -> list[tuple[str, int | None]]:
    """The bags of all these events together; none when no bag went out."""
    bags = [bag for bag in bags_of(events).values() if bag.filled]
    if not bags:
        return []
    figures: list[tuple[str, int | None]] = [
        (_("Blank cards taken along"), sum(bag.taken for bag in bags)),
        (_("Blank cards printed"), sum(bag.printed for bag in bags)),
        (_("Blank cards spoiled"), sum(bag.spoiled for bag in bags)),
        (_("Blank cards brought back"), sum(bag.returned for bag in bags)),
        (_("Blank cards not brought back"), sum(bag.left for bag in bags)),
    ]
    if difference := sum(bag.difference for bag in bags):
        figures.append((_("Blank cards, unexplained difference"), difference))
    return figures


def _beside(own: str, first: date, last: date, held: Collection[uuid.UUID]) -> dict[str, Part]:
    """What stands beside the ledger: documents, people told, and old and spoiled cards whose destruction was
    booked for an event (no row where nobody booked it).
    """
    booked = Movement.objects.filter(event__in=held, target_kind=AccountKind.DESTROYED)
    reached = EventAudience.objects.filter(event__in=held).order_by().values("event")
    return {
        "asked": asked_part(own, first, last),
        "counted": counted_part(own, first, last),
        "reached": reached.annotate(n=Sum("people")),
        "destroyed": booked.order_by().values("event").annotate(n=Sum("quantity")),
    }


def _columns() -> list[str]:
    return [
        *(_("Event days"), _("Recorded, first-time"), _("Recorded, general"), "IKD"),
        *(_("Cards printed"), _("Others"), _("Done"), _("Failed")),
    ]


def _own(by: Actor, column: str) -> Q:
    """Only the actor's own offices: an event that borrows from them belongs to its own office."""
    return inside(column, by.office or by.region)


def _events(
    by: Actor, first: date, last: date, logged: set[uuid.UUID]
) -> dict[uuid.UUID, ServiceEvent]:
    """Events with a day in the period, and events with records in it (late, or cancelled later)."""
    events = (
        ServiceEvent.objects.visible_to(by)
        .select_related("office", "village")
        .filter(_own(by, "office_id"))
        .filter(Q(starts_on__lte=last, ends_on__gte=first) | Q(pk__in=logged))
    )
    return {event.pk: event for event in events.order_by("starts_on", "title", "pk")}


#: Where an activation of IKD stopped, as a desk noted it beside the record.
_STEP = Case(
    When(
        service=Service.IKD_ACTIVATION,
        outcome=Outcome.FAILED,
        then=Coalesce("ref__beside__step", "beside__step", Value("")),
    ),
    default=Value(""),
)


def _has_stopped(row: dict[str, Any]) -> bool:
    return row["service"] == Service.IKD_ACTIVATION and row["outcome"] == Outcome.FAILED


def _counted(by: Actor, first: date, last: date) -> list[dict[str, Any]]:
    rows: Any = (
        ServiceRecord.objects.visible_to(by)
        .filter(service_date__range=(first, last))
        .filter(_own(by, "event__office_id"))
        .annotate(step=_STEP)
        .values("event_id", "service_date", "service", "outcome", "category", "reason", "step")
        .annotate(n=Sum("weight"), outsiders=Sum("weight", filter=OUTSIDERS))
        .order_by()
    )
    return [row for row in rows if row["n"]]


def _span(event: ServiceEvent, first: date, last: date) -> list[date]:
    begins, ends = max(first, event.starts_on), min(last, event.ends_on)
    return [begins + timedelta(days=n) for n in range((ends - begins).days + 1)]


def _ikd_places(
    by_event: dict[uuid.UUID, list[dict[str, Any]]],
    events: dict[uuid.UUID, ServiceEvent],
    stopped: list[dict[str, Any]],
) -> list[Section]:
    """Events that name one place alike are together, whatever their capitals."""
    names: dict[tuple[str, str], str] = {}
    place_of = {}
    for pk, event in events.items():
        place_of[pk] = (event.village_id, event.place.casefold())
        names.setdefault(place_of[pk], f"{event.place}, {event.village.name}")
    by_place: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for pk, rows in by_event.items():
        by_place[place_of[pk]] += rows
    ordered = sorted(by_place, key=lambda key: (names[key], key))
    tried = [(names[key], funnel_of(by_place[key])) for key in ordered]
    tried = [(name, funnel) for name, funnel in tried if funnel.tried]
    sections = funnels_section(_("Place"), tried[:MOST_NAMED])
    if len(tried) > MOST_NAMED:
        sections[0].total = None
        sections[0].title += " " + _("(the first %(most)s)") % {"most": MOST_NAMED}
    stops: dict[tuple[tuple[str, str], str, str], int] = defaultdict(int)
    for row in stopped:
        stops[place_of[row["event_id"]], row["step"], row["reason"]] += row["n"]
    at_places = [Stop(names[place], step, why, n) for (place, step, why), n in stops.items()]
    return sections + stops_section(at_places, MOST_NAMED)


def _ikd(counted: list[dict[str, Any]], events: dict[uuid.UUID, ServiceEvent]) -> list[Section]:
    """Of all together, of each event and of each place: the first of them, when there are many."""
    by_event: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in counted:
        by_event[row["event_id"]].append(row)
    named = [
        (f"{date_format(event.starts_on, 'j M Y')}: {event.title}, {event.place}", funnel_of(rows))
        for pk, event in events.items()
        if (rows := by_event.get(pk))
    ]
    tried = [(name, funnel) for name, funnel in named if funnel.tried]
    whole = funnel_of(counted)
    stopped = [row for row in counted if _has_stopped(row)]
    for row in stopped:
        whole.stopped[row["step"]] += row["n"]
    sections = funnel_sections(whole)
    each = funnels_section(_("Event"), tried[:MOST_NAMED])
    if len(tried) > MOST_NAMED:
        each[0].total = None
        each[0].title += " " + _("(the first %(most)s)") % {"most": MOST_NAMED}
    return sections + each + _ikd_places(by_event, events, stopped)


_Off = dict[str, dict[date, str]]


def _openings(
    running: list[tuple[ServiceEvent, date]],
    counted: list[dict[str, Any]],
    events: dict[uuid.UUID, ServiceEvent],
    off: _Off,
) -> list[Section]:
    """Every opening on a day off, with the day's name and the reason that was given."""
    sums: dict[tuple[date, uuid.UUID], _Sum] = defaultdict(_Sum)
    for event, day in running:
        if day in off[event.village_id]:
            sums[day, event.pk].days = 1
    for row in counted:
        if row["service_date"] in off[events[row["event_id"]].village_id]:
            sums[row["service_date"], row["event_id"]].add(row)
    rows: list[list[Cell]] = []
    for day, event_id in sorted(sums)[:MOST_NAMED]:
        event = events[event_id]
        day_off_name = off[event.village_id][day] or _("weekend")
        opening = (
            f"{date_format(day, 'j M Y')} ({day_off_name}): {event.title}, {event.office.name}"
        )
        reason = f" – {event.holiday_reason}" if event.holiday_reason else ""
        rows.append([opening + reason, *sums[day, event_id].cells()])
    if not rows:
        return []
    total = summed(rows) if len(sums) <= MOST_NAMED else None
    return [Section(_("Openings on days off"), [_("Opening"), *_columns()], rows, total)]


def _figures(
    running: list[tuple[ServiceEvent, date]],
    counted: list[dict[str, Any]],
    events: dict[uuid.UUID, ServiceEvent],
    off: _Off,
) -> list[tuple[str, int | None]]:
    total, on_days_off = _Sum(), _Sum()
    for row in counted:
        total.add(row)
        if row["service_date"] in off[events[row["event_id"]].village_id]:
            on_days_off.add(row)
    days_off = [day for event, day in running if day in off[event.village_id]]
    return [
        (_("Events"), len({event.pk for event, _day in running})),
        (_("Event days"), len(running)),
        (_("Event days on days off"), len(days_off)),
        (_("Services done"), total.done),
        (_("Services done on days off"), on_days_off.done),
        (_("Services failed"), total.failed),
    ]
