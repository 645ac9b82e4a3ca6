"""The closing report of one event: what the ledger counts beside what was planned.

Page, XLSX and PDF show the sections of one answer. Its queries do not grow with the people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.db.models import Sum
from django.db.models.functions import ExtractHour
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import rows as fetch
from dukcapil.core.errors import Conflict
from dukcapil.regions.models import inside
from events.calendar.selectors import off_days
from events.incidents.enums import OutageKind
from events.planning.enums import CostItem, ObstacleKind, Service
from events.planning.models.event import ServiceEvent
from events.stock.enums import Item
from events.stock.selectors import Bag, bags_by_item
from registrations.booking.enums import AppointmentState, WaitState
from registrations.ledger.enums import Failure, Outcome, PrintReason
from registrations.ledger.models import ServiceRecord
from registrations.people.enums import Category
from reports.closing.selectors.documents import documents_section, noted_cells, together_figures
from reports.closing.selectors.ikd import funnel_of_event, funnel_sections
from reports.closing.selectors.sections import Cell, Section, Sections, summed


@dataclass(kw_only=True)
class Closing(Sections):
    event: ServiceEvent


def closing(by: Actor, event: ServiceEvent) -> Closing:
    """Voids are taken off; a set-aside record counts nowhere until it is accepted."""
    counted = _counted(by, event)
    noted: dict[str, list[Any]] = defaultdict(list)
    for kind, *rest in fetch(_NOTED, {"event": event.pk}):
        noted[kind].append(rest)
    off = off_days(event.village_id, event.starts_on, event.ends_on)
    visits = _visits(noted["visit"])
    without = {what: int(n) for what, n, *_rest in noted["counted"]}
    report = Closing(event=event)
    report.sections = [
        _services(event, counted, {service: n for service, n, *_rest in noted["seats"]}),
        _days(counted, off),
        _hours(counted),
        _ends(visits),
        *_reasons(counted),
        *funnel_sections(funnel_of_event(counted, visits, noted["step"])),
        *documents_section(noted_cells(noted["document"]), without),
        *_noted(event, noted),
        *_hindered(event, noted),
    ]
    report.sections += _cards(bags_by_item(event.pk), noted["cards"])
    report.figures = _figures(counted, visits, dict(row[:2] for row in noted["waiting"]))
    report.figures += together_figures(counted, without)
    report.figures += [(_("People reached"), people) for _code, people, *_r in noted["audience"]]
    report.figures += [(_("Cards destroyed"), n) for _code, n, *_r in noted["destroyed"]]
    report.facts = _facts(event, off)
    return report


def minutes(by: Actor, event: ServiceEvent) -> Closing:
    """The report that states that an event took place. Raises Conflict for a draft and for what was
    cancelled.
    """
    if not event.is_held:
        text = _("There are minutes only of an event that was approved and not cancelled.")
        raise Conflict("event-state", text)
    return closing(by, event)


def _counted(by: Actor, event: ServiceEvent) -> list[dict[str, Any]]:
    """The ledger of this event by day, local hour, service, outcome, reason, category: one query."""
    rows: Any = (
        ServiceRecord.objects.visible_to(by)
        .filter(event=event)
        .annotate(hour=ExtractHour("occurred_at", tzinfo=ZoneInfo(event.village.timezone)))
        .values("service_date", "hour", "service", "outcome", "reason", "category")
        .annotate(
            n=Sum("weight"), outsiders=Sum("weight", filter=~inside("domicile_id", event.office_id))
        )
        .order_by()
    )
    return [row for row in rows if row["n"]]


def _services(event: ServiceEvent, counted: list[dict[str, Any]], seats: dict[str, int]) -> Section:
    """Target and actual, one row for each service of the event or of its ledger."""
    cells: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in counted:
        cell = cells[row["service"]]
        if row["outcome"] == Outcome.DONE:
            cell["done"] += row["n"]
            cell[row["category"]] += row["n"]
            cell["outsiders"] += row["outsiders"] or 0
        else:
            cell["failed"] += row["n"]
    names = [name for name in Service.values if name in cells or name in event.services]
    table: list[list[Cell]] = [
        [
            str(Service(name).label),
            seats.get(name, 0),
            *(
                cells[name][part]
                for part in ("done", Category.PEMULA, Category.UMUM, "outsiders", "failed")
            ),
        ]
        for name in names
    ]
    columns = [
        *(_("Service"), _("Target (places)"), _("Done"), _("of it first-time"), _("of it general")),
        *(_("of it from elsewhere"), _("Failed")),
    ]
    return Section(_("Services"), columns, table, summed(table))


def _days(counted: list[dict[str, Any]], off: dict[date, str]) -> Section:
    """Days off have a column of their own, and their rows name the holiday or the weekend."""
    cells: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in counted:
        cells[row["service_date"]][row["outcome"]] += row["n"]
    table: list[list[Cell]] = [
        [
            date_format(day, "l, j F Y") + (f" ({off[day] or _('weekend')})" if day in off else ""),
            cell[Outcome.DONE],
            cell[Outcome.FAILED],
            cell[Outcome.DONE] if day in off else 0,
        ]
        for day, cell in sorted(cells.items())
    ]
    columns = [_("Day"), _("Done"), _("Failed"), _("Done on a day off")]
    return Section(_("By day"), columns, table, summed(table))


def _hours(counted: list[dict[str, Any]]) -> Section:
    """By the local clock, over all days: when the people came."""
    cells: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in counted:
        cells[row["hour"]][row["outcome"]] += row["n"]
    table: list[list[Cell]] = [
        [f"{hour:02}.00–{hour:02}.59", cell[Outcome.DONE], cell[Outcome.FAILED]]
        for hour, cell in sorted(cells.items())
    ]
    columns = [_("Hour"), _("Done"), _("Failed")]
    return Section(_("By hour"), columns, table, summed(table), in_minutes=False)


def _reasons(counted: list[dict[str, Any]]) -> list[Section]:
    failed: dict[str, int] = defaultdict(int)
    printed: dict[str, int] = defaultdict(int)
    for row in counted:
        if row["outcome"] == Outcome.FAILED:
            failed[row["reason"]] += row["n"]
        elif row["service"] == Service.CARD_PRINT:
            printed[row["reason"]] += row["n"]
    sections = []
    if failed:
        table: list[list[Cell]] = [
            [str(Failure(code).label), failed[code]] for code in Failure.values if failed[code]
        ]
        sections.append(
            Section(_("Failed, by reason"), [_("Reason"), _("Times")], table, summed(table))
        )
    if printed:
        table = [
            [str(PrintReason(code).label) if code else _("not said"), n]
            for code, n in sorted(printed.items())
        ]
        sections.append(
            Section(_("Cards printed, by reason"), [_("Reason"), _("Cards")], table, summed(table))
        )
    return sections


def _hindered(event: ServiceEvent, noted: dict[str, list[Any]]) -> list[Section]:
    """What touched its hours: outages, and devices of it that were out of order."""
    zone = ZoneInfo(event.village.timezone)

    def hours(*moments: str | None) -> list[Cell]:
        return [
            date_format(datetime.fromisoformat(one).astimezone(zone), "j M Y H.i") if one else ""
            for one in moments
        ]

    outages = [
        (str(OutageKind(code).label), *orjson.loads(text)) for code, *_n, text in noted["outage"]
    ]
    faults = [(label, *orjson.loads(text)) for label, *_n, text in noted["fault"]]
    sections = []
    if outages:
        table: list[list[Cell]] = [
            [kind, place or _("the whole office"), *hours(since, until), note]
            for kind, place, since, until, note in sorted(outages, key=lambda one: one[2])
        ]
        columns = [_("Outage"), _("Where"), _("Since"), _("Until"), _("Note")]
        sections.append(Section(_("Outages of network and power"), columns, table))
    if faults:
        table = [
            [label, *hours(since, until), what, done]
            for label, since, until, what, done in sorted(faults, key=lambda one: one[1])
        ]
        columns = [_("Device"), _("Since"), _("Until"), _("What is broken"), _("What was done")]
        sections.append(Section(_("Devices out of order"), columns, table))
    return sections


#: What is planned and noted beside the people, in one query.
_NOTED = """
SELECT 'seats', seat.service, count(*), NULL, '' FROM events_seat seat
    JOIN events_servicesession session ON session.id = seat.session_id
    WHERE session.event_id = %(event)s GROUP BY seat.service
UNION ALL SELECT 'cost', item, planned, spent, '' FROM events_eventcost WHERE event_id = %(event)s
UNION ALL SELECT 'cards', '', taken, printed, concat_ws('|', coalesce(rejected::text, '?'),
    coalesce(returned::text, '?')) FROM events_eventblanko WHERE event_id = %(event)s
UNION ALL SELECT 'destroyed', '', sum(quantity)::int, NULL, '' FROM events_movement
    WHERE event_id = %(event)s AND target_kind = 'destroyed' HAVING count(*) > 0
UNION ALL SELECT 'audience', '', people, NULL, '' FROM events_eventaudience
    WHERE event_id = %(event)s
UNION ALL SELECT 'obstacle', kind, count(*), NULL, string_agg(nullif(note, ''), '; ')
    FROM events_eventobstacle WHERE event_id = %(event)s GROUP BY kind
UNION ALL SELECT 'team', coalesce(lender.name, ''), count(*) FILTER (WHERE clerk_id IS NOT NULL),
    count(*) FILTER (WHERE device_id IS NOT NULL), ''
    FROM events_assignment assignment LEFT JOIN events_loan loan ON loan.id = assignment.loan_id
    LEFT JOIN regions_region lender ON lender.code = loan.lender_id
    WHERE assignment.event_id = %(event)s GROUP BY lender.name
UNION ALL SELECT 'outage', outage.kind, 0, NULL, json_build_array(
        coalesce(point.name, at_event.title, ''), outage.since, outage.until, outage.note)::text
    FROM events_serviceevent event
    JOIN events_outage outage ON outage.office_id = event.office_id
    LEFT JOIN events_point point ON point.id = outage.point_id
    LEFT JOIN events_serviceevent at_event ON at_event.id = outage.event_id
    WHERE event.id = %(event)s
      AND (outage.event_id = event.id OR (outage.event_id IS NULL AND outage.point_id IS NULL)
           OR point.district_id = left(event.village_id, 8))
      AND EXISTS (SELECT 1 FROM events_servicesession session WHERE session.event_id = event.id
           AND tstzrange(session.starts_at, session.ends_at)
            && tstzrange(outage.since, outage.until))
UNION ALL SELECT 'fault', device.label, 0, NULL, json_build_array(
        fault.since, fault.until, fault.what, fault.done)::text
    FROM events_devicefault fault JOIN events_device device ON device.id = fault.device_id
    WHERE EXISTS (SELECT 1 FROM events_assignment used WHERE used.event_id = %(event)s
       AND used.device_id = device.id AND used.period && tstzrange(fault.since, fault.until))
UNION ALL SELECT 'step', coalesce(beside.step, ''), sum(led.weight), NULL, ''
    FROM registrations_servicerecord led
    LEFT JOIN registrations_recordnote beside ON beside.record_id = coalesce(led.ref_id, led.id)
    WHERE led.event_id = %(event)s AND led.service = 'ikd_activation' AND led.outcome = 'failed'
    GROUP BY 2
UNION ALL SELECT 'waiting', state, count(*), NULL, '' FROM registrations_waiting
    WHERE event_id = %(event)s GROUP BY state
UNION ALL SELECT 'document', service, count(*), NULL, state || ' ' || for_whom
    FROM registrations_documentrequest WHERE event_id = %(event)s GROUP BY service, for_whom, state
UNION ALL SELECT 'counted', what, sum(quantity), NULL, '' FROM (
    SELECT DISTINCT ON (day, what) what, quantity FROM registrations_officecount
     WHERE event_id = %(event)s ORDER BY day, what, at DESC, id DESC) newest GROUP BY what
UNION ALL SELECT 'visit', state, count(*), walk_in::int, '' FROM registrations_appointment
    WHERE event_id = %(event)s GROUP BY walk_in, state
"""


def _noted(event: ServiceEvent, noted: dict[str, list[Any]]) -> list[Section]:
    sections = []
    if noted["obstacle"]:
        table: list[list[Cell]] = [
            [str(ObstacleKind(code).label), n, notes or ""]
            for code, n, _none, notes in sorted(noted["obstacle"])
        ]
        sections.append(Section(_("Obstacles"), [_("Obstacle"), _("Times"), _("Notes")], table))
    if noted["cost"]:
        order = {code: number for number, code in enumerate(CostItem.values)}
        table = [
            [str(CostItem(code).label), planned, spent]
            for code, planned, spent, _none in sorted(noted["cost"], key=lambda row: order[row[0]])
        ]
        columns = [_("Item"), _("Planned (Rp)"), _("Spent (Rp)")]
        sections.append(Section(_("Costs"), columns, table, summed(table)))
    if noted["team"]:
        table = [
            [name or event.office.name, clerks, devices]
            for name, clerks, devices, _none in sorted(noted["team"])
        ]
        columns = [_("Office"), _("Clerks"), _("Devices")]
        sections.append(Section(_("Team and devices"), columns, table, summed(table)))
    return sections


def _cards(bags: Mapping[str, Bag], noted: list[Any]) -> list[Section]:
    """The event's bag by the stock ledger; and what was noted by hand, before there was one."""
    columns, sections = [_("What"), _("Cards")], []
    titles = {Item.CARD: _("Blank cards"), Item.CHILD_CARD: _("KIA blank cards")}
    for item, bag in bags.items():
        if not bag.filled:
            continue
        table: list[list[Cell]] = [
            [_("Taken along"), bag.taken],
            [_("Printed well"), bag.printed],
            [_("Spoiled"), bag.spoiled],
            [_("Brought back"), bag.returned],
            [_("Not brought back"), bag.left],
        ]
        if bag.difference:
            table.append([_("Unexplained difference"), bag.difference])
        sections.append(Section(titles[Item(item)], columns, table))
    for _code, taken, printed, rest in noted:
        rejected, returned = (None if text == "?" else int(text) for text in rest.split("|"))
        table = [
            [_("Taken along"), taken],
            [_("Printed well"), printed],
            [_("Rejected"), rejected],
            [_("Brought back"), returned],
        ]
        sections.append(Section(_("Blank cards, noted by hand"), columns, table))
    return sections


def _visits(noted: list[Any]) -> dict[bool, dict[str, int]]:
    """walk-in -> state -> visits: every visit of the event is in one of them."""
    visits: dict[bool, dict[str, int]] = {False: defaultdict(int), True: defaultdict(int)}
    for state, n, walk_in, _none in noted:
        visits[bool(walk_in)][state] = n
    return visits


def _ends(visits: dict[bool, dict[str, int]]) -> Section:
    """How the visits ended; the sum is the list."""
    ends = AppointmentState.ends()
    names = {False: _("Booked before"), True: _("Came without a booking")}
    table: list[list[Cell]] = [
        [
            names[walk_in],
            *(states[state] for state in ends),
            sum(states[state] for state in AppointmentState.active()),
            sum(states.values()),
        ]
        for walk_in, states in visits.items()
    ]
    columns = [_("Visit"), *(str(state.label) for state in ends), _("Still open"), _("Sum")]
    return Section(_("How the visits ended"), columns, table, summed(table))


def _figures(
    counted: list[dict[str, Any]],
    visits: dict[bool, dict[str, int]],
    waits: dict[str, int],
) -> list[tuple[str, int | None]]:
    def all_in(*states: AppointmentState) -> int:
        return sum(cell[state] for cell in visits.values() for state in states)

    def logged(outcome: Outcome) -> int:
        return sum(row["n"] for row in counted if row["outcome"] == outcome)

    expected = {
        walk_in: sum(n for state, n in cell.items() if state not in AppointmentState.given_up())
        for walk_in, cell in visits.items()
    }
    moved_up = waits.get(WaitState.MOVED_UP, 0)
    left = sum(waits.get(state, 0) for state in WaitState.placeless())
    return [
        (_("Booked"), expected[False]),
        (_("Walk-ins"), expected[True]),
        (_("Came"), all_in(*AppointmentState.came())),
        (_("Came, not served"), all_in(AppointmentState.CAME_NOT_SERVED)),
        (_("Did not come"), all_in(AppointmentState.NO_SHOW)),
        (_("Moved up from the waiting list"), moved_up),
        (_("Without a place"), left),
        (_("Services done"), logged(Outcome.DONE)),
        (_("Services failed"), logged(Outcome.FAILED)),
    ]


def _facts(event: ServiceEvent, off: dict[date, str]) -> list[tuple[str, str]]:
    facts = [
        (_("Kind"), str(event.get_kind_display())),
        (_("Place"), f"{event.place}, {event.village.name}"),
        (_("State"), str(event.get_state_display())),
    ]
    if event.programme:
        facts.append((_("Programme"), event.programme))
    if event.target_group:
        facts.append((_("For whom"), event.target_group))
    if event.holiday_reason:
        facts.append((_("Why open on a holiday"), event.holiday_reason))
    if off:
        days = ", ".join(f"{day:%d-%m-%Y} ({name or _('weekend')})" for day, name in off.items())
        facts.append((_("Days off by the calendar"), days))
    return facts
