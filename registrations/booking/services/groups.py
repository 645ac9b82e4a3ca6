"""Booking a group, such as a class, from its list: every row is answered, nobody booked twice."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid
from dukcapil.core.ids import uuid7
from events.elections.selectors import next_election
from events.planning.enums import Service
from events.planning.models.session import Seat, ServiceSession
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.readers import Line
from registrations.booking.selectors.groups import age_notes
from registrations.booking.services import messages, seats
from registrations.booking.services.matching import RowAnswer, match_rows
from registrations.booking.services.messages import Contact
from registrations.booking.services.visits import (
    new_ticket,
    open_session_of,
    release_missed,
)
from registrations.booking.services.waiting import promote
from registrations.people.models import Resident
from registrations.people.services.lookups import recorded_elsewhere
from registrations.people.validators import recordable_from

#: Tries, for another group with the same person may be booked at the same moment.
TRIES = 3


@dataclass
class Booked:
    group: VisitGroup
    answers: list[RowAnswer]

    def of(self, *statuses: str) -> list[RowAnswer]:
        return [answer for answer in self.answers if answer.status in statuses]


def book_group(
    *,
    by: Actor,
    session: ServiceSession,
    name: str,
    services: list[str],
    lines: list[Line],
    waiting_list: bool = True,
    contact: Contact | None = None,
) -> Booked:
    """Book the people of a list for one session, in the list's order, as far as places reach.

    The rest goes to the waiting list if wanted. The same list again books nobody twice. People
    whom the office does not hold yet are held when NIK, name and village are given. Raises Conflict
    as `book`; a row never refuses the others.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    for attempt in range(TRIES):
        try:
            return _book_group(
                by=by,
                session=session,
                name=name.strip(),
                services=sorted(set(services)),
                lines=lines,
                waiting_list=waiting_list,
                contact=contact,
            )
        except Conflict as error:
            if error.code not in ("already-booked", "already-waiting") or attempt + 1 == TRIES:
                raise
    raise AssertionError("unreachable")


@service
def _book_group(
    *,
    by: Actor,
    session: ServiceSession,
    name: str,
    services: list[str],
    lines: list[Line],
    waiting_list: bool,
    contact: Contact | None,
) -> Booked:
    if not services:
        raise Invalid("services", _("Name at least one service."), field="services")
    open_session_of(session)
    group = _group(by, session, name, services, contact)
    answers = [RowAnswer(line) for line in lines]
    for answer in answers:
        if answer.line.problem:
            answer.message = answer.line.problem[1]
    match_rows(
        by, session.event.office_id, [answer for answer in answers if not answer.line.problem]
    )
    matched = [answer for answer in answers if answer.resident]
    release_missed(answer.person.pk for answer in matched)
    _check(by, session, services, matched)
    bookable = [answer for answer in answers if answer.resident and not answer.message]
    _give_group_places(by, session, group, services, bookable, waiting_list=waiting_list)
    group.rows += len(lines)
    group.save(update_fields=["rows"])
    return Booked(group, answers)


def _group(
    by: Actor, session: ServiceSession, name: str, services: list[str], contact: Contact | None
) -> VisitGroup:
    """The group of this name, created when it is new: its list may come in several parts."""
    if not name:
        raise Invalid("group-name", _("Give the group a name, such as XII IPA 1."), field="name")
    group, new = VisitGroup.objects.get_or_create(
        session=session,
        name=name,
        defaults={
            "event_id": session.event_id,
            "office_id": session.event.office_id,
            "services": services,
            "created_by_id": by.user_id,
        },
    )
    if contact:
        group.channel, group.contact = contact.channel, contact.sealed(group.pk)
        group.save(update_fields=["channel", "contact"])
        group.session = session
        if new:
            messages.remind(group, contact)
    return group


# --- may they come, and are they booked already ---------------------------------------------------


def _check(
    by: Actor, session: ServiceSession, services: list[str], answers: list[RowAnswer]
) -> None:
    day = session.starts_at.astimezone(ZoneInfo(session.event.village.timezone)).date()
    people = [answer.resident for answer in answers if answer.resident]
    recorded = recorded_elsewhere(by=by, people=[resident.pk for resident in people])
    booked = _open_bookings(people, services)
    waiting = set(
        Waiting.objects.filter(
            session=session, resident__in=people, state=WaitState.WAITING
        ).values_list("resident_id", flat=True)
    )
    election = next_election(session.event.village_id, day)
    seen: dict[uuid.UUID, int] = {}
    for answer in answers:
        person = answer.person
        if person.pk in seen:
            answer.message = _("The same person as in row %(row)s.") % {"row": seen[person.pk]}
        elif person.pk in waiting:
            answer.status, answer.message = "here", _("Is on the waiting list already.")
        elif booking := booked.get(person.pk):
            same_session = booking.session_id == session.pk
            answer.status = "here" if same_session else "problem"
            answer.message = (
                _("Is booked for this session already.")
                if same_session
                else _("Is booked for another session: cancel or move that booking first.")
            )
        else:
            answer.message = _why_not_recordable(person, services, day, recorded.get(person.pk))
        seen.setdefault(person.pk, answer.line.row)
        answer.notes += age_notes(person.birth_date, day, election.held_on if election else None)


def _open_bookings(people: Iterable[Resident], services: list[str]) -> dict[uuid.UUID, Appointment]:
    booked_services = AppointmentService.objects.filter(
        resident__in=people,
        service__in=services,
        active=True,
        appointment__state__in=AppointmentState.active(),
    ).select_related("appointment")
    return {
        booked_service.resident_id: booked_service.appointment for booked_service in booked_services
    }


def _why_not_recordable(
    person: Resident, services: list[str], day: date, recorded: date | None
) -> str:
    if Service.RECORDING not in services:
        return ""
    if recorded:
        return _("Was recorded on %(day)s already.") % {"day": f"{recorded:%d-%m-%Y}"}
    first = recordable_from(person.birth_date, person.marital_status)
    if day < first:
        return _("Too young: may be recorded from %(day)s on.") % {"day": f"{first:%d-%m-%Y}"}
    return ""


# --- places ---------------------------------------------------------------------------------------


def _give_group_places(
    by: Actor,
    session: ServiceSession,
    group: VisitGroup,
    services: list[str],
    answers: list[RowAnswer],
    *,
    waiting_list: bool,
) -> None:
    """The first rows get the free places with the lowest numbers, for all services or for none."""
    free_seats = {name: _lock_free_seats(session, name) for name in services}
    count = min(len(seats_left) for seats_left in free_seats.values())
    _take_seats(by, session, group, services, answers[:count], free_seats)
    for answer in answers[count:]:
        answer.status = "waiting" if waiting_list else "full"
        answer.message = "" if waiting_list else _("No place is left.")
    if waiting_list:
        Waiting.objects.bulk_create(
            Waiting(
                session=session,
                event_id=session.event_id,
                office_id=session.event.office_id,
                resident=answer.resident,
                village_id=answer.resident.village_id,
                services=services,
                group=group,
                created_by_id=by.user_id,
            )
            for answer in answers[count:]
            if answer.resident
        )
        # A place may have come free while this list was looked through.
        promote(by, session)


def _lock_free_seats(session: ServiceSession, name: str) -> list[Seat]:
    """Free seats in their order, locked until the commit: a list waits for bookings under way."""
    return list(
        Seat.objects.select_for_update()
        .filter(session=session, service=name, holder__isnull=True, kept_for="")
        .order_by("number")
    )


def _take_seats(
    by: Actor,
    session: ServiceSession,
    group: VisitGroup,
    services: list[str],
    answers: list[RowAnswer],
    free_seats: dict[str, list[Seat]],
) -> None:
    numbered = Seat.objects.filter(session=session, service__in=services).values_list("service")
    last = dict(numbered.annotate(last=Max("number")).order_by())
    visits, booked_services, holders = [], [], []
    for number, answer in enumerate(answers):
        taken = {name: free_seats[name][number] for name in services}
        visit = Appointment(
            id=uuid7(),
            session=session,
            event_id=session.event_id,
            office_id=session.event.office_id,
            resident=answer.person,
            village_id=answer.person.village_id,
            services=services,
            ticket=new_ticket(),
            group=group,
            expected_at=min(
                seats.hour_of(session, seats.TakenSeat(seat.number, last[name]))
                for name, seat in taken.items()
            ),
            created_by_id=by.user_id,
        )
        visits.append(visit)
        booked_services += [_booked_service(visit, name, seat) for name, seat in taken.items()]
        holders += [(seat.pk, visit.pk) for seat in taken.values()]
        answer.status, answer.ticket = "booked", visit.ticket
        answer.number, answer.expected_at = (
            min(seat.number for seat in taken.values()),
            visit.expected_at,
        )
    Appointment.objects.bulk_create(visits)
    AppointmentService.objects.bulk_create(booked_services)
    if holders:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE events_seat seat SET holder = taken.holder"
                "  FROM unnest(%s::bigint[], %s::uuid[]) taken (id, holder)"
                " WHERE seat.id = taken.id",
                [
                    [seat for seat, _visit_id in holders],
                    [str(visit_id) for _seat, visit_id in holders],
                ],
            )


def _booked_service(visit: Appointment, name: str, seat: Seat) -> AppointmentService:
    return AppointmentService(
        appointment=visit,
        resident_id=visit.resident_id,
        office_id=visit.office_id,
        village_id=visit.village_id,
        event_id=visit.event_id,
        service=name,
        number=seat.number,
    )
