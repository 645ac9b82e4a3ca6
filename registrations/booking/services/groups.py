"""Booking a group, such as a class, from its list: every row is answered, nobody booked twice."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid
from dukcapil.core.ids import uuid7
from events.planning.models.session import Seat, ServiceSession
from registrations.booking.enums import RowPerson, RowStatus
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.readers import Line
from registrations.booking.services import messages, seats
from registrations.booking.services.answers import RowAnswer
from registrations.booking.services.contacts import change_contact
from registrations.booking.services.judging import allot, check_people, judge_rows
from registrations.booking.services.matching import ListLook, not_matched
from registrations.booking.services.messages import Contact
from registrations.booking.services.visits import new_ticket, open_session_of, release_missed
from registrations.booking.services.waiting import hold_lists, promote
from registrations.people.errors import number_erased
from registrations.people.models import Resident
from registrations.people.selectors import erased
from registrations.people.services.lookups import registered_from_list
from registrations.people.services.register_many import register_many

#: Tries, for another group with the same person may be booked at the same moment.
TRIES = 3
_MEANWHILE = ("already-booked", "already-waiting", "resident-exists")


@dataclass
class Booked:
    group: VisitGroup
    answers: list[RowAnswer]

    def of(self, *statuses: str) -> list[RowAnswer]:
        return [answer for answer in self.answers if answer.status in statuses]


@dataclass(frozen=True)
class GroupPlan:
    """What is booked for the people of a list."""

    name: str
    services: list[str]
    waiting_list: bool = True
    contact: Contact | None = None


def plan_of(
    name: str, services: Iterable[str], *, waiting_list: bool = True, contact: Contact | None = None
) -> GroupPlan:
    """Raises Invalid for a group without a name or a service."""
    if not (name := name.strip()):
        raise Invalid("group-name", _("Give the group a name, such as XII IPA 1."), field="name")
    if not (wanted := sorted(set(services))):
        raise Invalid("services", _("Name at least one service."), field="services")
    return GroupPlan(name, wanted, waiting_list, contact)


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
    as `book`; a row never refuses the others. On a page a preview comes first: `drafts`.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    plan = plan_of(name, services, waiting_list=waiting_list, contact=contact)
    return tried(lambda: _book_group(by=by, session=session, plan=plan, lines=lines))


T = TypeVar("T")


def tried(verb: Callable[[], T]) -> T:
    """Somebody else may book or register one of the people at the same moment: then once more."""
    for attempt in range(TRIES):
        try:
            return verb()
        except Conflict as error:
            if error.code not in _MEANWHILE or attempt + 1 == TRIES:
                raise
    raise AssertionError("unreachable")


@service
def _book_group(
    *, by: Actor, session: ServiceSession, plan: GroupPlan, lines: list[Line]
) -> Booked:
    open_session_of(session)
    answers = [RowAnswer(line) for line in lines]
    look = ListLook(by, session.event.office_id)
    judge_rows(look, session, plan.services, answers)
    free = lock_free_seats(session, plan.services)
    allot(answers, fewest(free), waiting_list=plan.waiting_list)
    return carry_out(look, session, plan, answers, free)


def carry_out(
    look: ListLook,
    session: ServiceSession,
    plan: GroupPlan,
    answers: list[RowAnswer],
    free_seats: dict[str, list[Seat]],
) -> Booked:
    """Hold and book the people of rows that were judged, in the caller's transaction."""
    by = look.by
    group = _group(by, session, plan)
    _hold_people(look, session, plan.services, answers)
    release_missed(answer.person.pk for answer in answers if answer.resident)
    bookable = [answer for answer in answers if answer.stands and answer.resident]
    _give_group_places(by, session, group, plan, bookable, free_seats)
    group.rows += len(answers)
    group.save(update_fields=["rows"])
    return Booked(group, answers)


def _hold_people(
    look: ListLook, session: ServiceSession, services: list[str], answers: list[RowAnswer]
) -> None:
    """Register who is new. Of whom nothing could be said before, it is said now."""
    standing = [answer for answer in answers if answer.stands and not answer.resident]
    for answer in standing:
        row = answer.line.row
        if row in look.unfit:
            answer.say(RowStatus.PROBLEM, not_matched())
        elif answer.who == RowPerson.LATER and row in look.fits:
            answer.who, answer.resident = RowPerson.HELD, look.fits[row]
    told = [answer for answer in standing if answer.resident]
    check_people(look, session, services, told)
    new = [answer for answer in standing if answer.stands and not answer.resident and answer.data]
    _refuse_erased(new)
    new = [answer for answer in new if answer.stands]
    residents = register_many(
        by=look.by, people={answer.line.row: answer.data for answer in new if answer.data}
    )
    for answer in new:
        answer.who, answer.resident = RowPerson.NEW, residents[answer.line.row]
    registered_from_list(
        by=look.by, numbers=[answer.line.nik.text for answer in new if answer.line.nik]
    )


def _group(by: Actor, session: ServiceSession, plan: GroupPlan) -> VisitGroup:
    """The group of this name, created when it is new: its list may come in several parts."""
    group, _new = VisitGroup.objects.get_or_create(
        session=session,
        name=plan.name,
        defaults={
            "event_id": session.event_id,
            "office_id": session.event.office_id,
            "services": plan.services,
            "created_by_id": by.user_id,
        },
    )
    group.session = session
    again = bool(group.cancelled_at)
    if again:
        group.cancelled_at, group.cancelled_because = None, ""
        group.save(update_fields=["cancelled_at", "cancelled_because"])
        # It comes after all: nobody is told that it does not.
        messages.forget([group])
    if plan.contact:
        group = change_contact(by=by, owner=group, contact=plan.contact)
        group.session = session
    if again and (contact := messages.contact_of(group)):
        messages.remind(group, contact)
    return group


def _refuse_erased(answers: list[RowAnswer]) -> None:
    """Whose data was erased is not held again by a list. A preview does not tell it."""
    gone = erased(answer.line.nik.text for answer in answers if answer.line.nik)
    for answer in answers:
        if answer.line.nik and answer.line.nik.text in gone:
            answer.say(RowStatus.PROBLEM, str(number_erased().message))


# --- places ---------------------------------------------------------------------------------------


def lock_free_seats(session: ServiceSession, services: list[str]) -> dict[str, list[Seat]]:
    """Free seats in their order, locked until the commit: a list waits for bookings under way."""
    hold_lists([session])
    return {
        name: list(
            Seat.objects.select_for_update()
            .filter(session=session, service=name, holder__isnull=True, kept_for="")
            .order_by("number")
        )
        for name in services
    }


def fewest(free_seats: dict[str, list[Seat]]) -> int:
    """How many people get a place for all services."""
    return min(len(seats_left) for seats_left in free_seats.values())


def _give_group_places(
    by: Actor,
    session: ServiceSession,
    group: VisitGroup,
    plan: GroupPlan,
    answers: list[RowAnswer],
    free_seats: dict[str, list[Seat]],
) -> None:
    """The first rows get the free places with the lowest numbers, for all services or for none."""
    allot(answers, fewest(free_seats), waiting_list=plan.waiting_list)
    booked = [answer for answer in answers if answer.status == RowStatus.BOOKED]
    visits = take_seats(
        by, session, group, plan.services, [answer.person for answer in booked], free_seats
    )
    for answer, visit in zip(booked, visits, strict=True):
        answer.ticket, answer.expected_at = visit.ticket, visit.expected_at
        answer.number = min(visit.numbers)
    Waiting.objects.bulk_create(
        Waiting(
            session=session,
            event_id=session.event_id,
            office_id=session.event.office_id,
            resident=answer.resident,
            village_id=answer.person.village_id,
            services=plan.services,
            group=group,
            created_by_id=by.user_id,
        )
        for answer in answers
        if answer.status == RowStatus.WAITING
    )
    if plan.waiting_list:
        # A place may have come free while this list was looked through.
        promote(by, session)


@dataclass(frozen=True)
class GivenVisit:
    pk: uuid.UUID
    ticket: str
    expected_at: datetime
    numbers: list[int]


def take_seats(
    by: Actor,
    session: ServiceSession,
    group: VisitGroup,
    services: list[str],
    residents: list[Resident],
    free_seats: dict[str, list[Seat]],
) -> list[GivenVisit]:
    """A visit with its seats for each of them, in their order: six statements for any number."""
    numbered = Seat.objects.filter(session=session, service__in=services).values_list("service")
    last = dict(numbered.annotate(last=Max("number")).order_by())
    visits, booked_services, holders, given = [], [], [], []
    for place, resident in enumerate(residents):
        taken = {name: free_seats[name][place] for name in services}
        hour = min(
            seats.hour_of(session, seats.TakenSeat(seat.number, last[name]))
            for name, seat in taken.items()
        )
        visit = Appointment(
            id=uuid7(),
            session=session,
            event_id=session.event_id,
            office_id=session.event.office_id,
            resident=resident,
            village_id=resident.village_id,
            services=services,
            ticket=new_ticket(),
            group=group,
            expected_at=hour,
            created_by_id=by.user_id,
        )
        visits.append(visit)
        booked_services += [_booked_service(visit, name, seat) for name, seat in taken.items()]
        holders += [(seat.pk, visit.pk) for seat in taken.values()]
        numbers = [seat.number for seat in taken.values()]
        given.append(GivenVisit(visit.pk, visit.ticket, hour, numbers))
    Appointment.objects.bulk_create(visits)
    AppointmentService.objects.bulk_create(booked_services)
    _hand_over(holders)
    messages.come_again(session.pk, [resident.pk for resident in residents])
    return given


def _hand_over(holders: list[tuple[int, uuid.UUID]]) -> None:
    if not holders:
        return
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
