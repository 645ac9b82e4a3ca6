"""`appointments.book` on the short road: one person's plain booking by a program of the office itself.

The rules are those of the verb, by the same functions where they are functions; what is read is read
by prepared statements. Whatever stands against the booking, a full session apart, goes the long way
(docs/adr/0078). tests/registrations/test_short_road.py asks both ways the same and compares all rows.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils import timezone

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.road import HELD, OFFICE, held
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.services import require
from dukcapil.core.db import ENTERED
from dukcapil.core.ids import uuid7
from dukcapil.core.road import Insert, LongWay, Statement, Step, Transaction, plain_id
from dukcapil.regions.enums import day_of
from events.planning.enums import EventState, Service
from events.planning.models.session import Seat
from registrations.booking.enums import AppointmentState, MessageKind, MessageState
from registrations.booking.errors import session_full
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.services import seats
from registrations.booking.services.arriving import places_of
from registrations.booking.services.judging import not_recordable
from registrations.booking.services.visits import new_ticket

_FIELDS = frozenset({"session", "resident", "services"})
#: A printed card asks for the office's rule of its day: the long way.
_SERVICES = frozenset(Service.values) - {Service.CARD_PRINT}

#: As `visits.locked_state`; of an event of the own office alone, for nobody else's waits for a stranger.
_HOLD = Statement(
    "road_hold_event",
    f"""
SELECT {held("count(*)")} FROM (
    SELECT FROM events_serviceevent
     WHERE id = (SELECT event_id FROM events_servicesession WHERE id = $1) AND office_id = {OFFICE}
       FOR SHARE SKIP LOCKED) event
""",
)

_ACTIVE = ", ".join(f"'{state}'" for state in AppointmentState.active())
#: What is asked of a person for whom there is a place.
_PERSON = f"""
       CASE WHEN asked.recorded THEN
           (SELECT recorded_on FROM recorded_dates(ARRAY[person.id])) END,
       CASE WHEN asked.recorded THEN
           EXISTS (SELECT FROM recorded_by_status(ARRAY[person.id])) END,
       CASE WHEN asked.recorded THEN
           (SELECT called.may_return_on FROM registrations_recordingreopened called
             WHERE called.resident_id = person.id AND called.office_id = {OFFICE}
             ORDER BY called.at DESC, called.id DESC LIMIT 1) END,
       NOT asked.full AND EXISTS (
           SELECT FROM registrations_appointment visit
             JOIN events_servicesession missed ON missed.id = visit.session_id
            WHERE visit.resident_id = person.id AND visit.state IN ({_ACTIVE})
              AND missed.ends_at <= $4)
"""


def _facts(name: str, is_held: str, of_person: str) -> Statement:
    return Statement(
        name,
        f"""
SELECT {ENTERED}, {is_held}, found.* FROM (SELECT) only_one LEFT JOIN (
SELECT session.event_id, session.starts_at, session.ends_at, event.state, event.village_id,
       person.village_id, person.birth_date, person.marital_status, asked.full, {of_person}
  FROM events_servicesession session
  JOIN events_serviceevent event ON event.id = session.event_id AND event.office_id = {OFFICE}
  JOIN registrations_resident person ON person.id = $2 AND person.office_id = {OFFICE}
   AND person.erased_at IS NULL AND person.merged_into IS NULL
 CROSS JOIN LATERAL (SELECT full_now, NOT full_now AND '{Service.RECORDING}' = ANY ($3::text[])
      FROM (SELECT EXISTS (SELECT FROM unnest($3::text[]) wanted (name) WHERE NOT EXISTS (
                SELECT FROM events_seat
                 WHERE session_id = session.id AND service = wanted.name AND holder IS NULL
                   AND kept_for = ''))
            -- Once: else it stands in the plan, and runs, wherever `asked` is named.
            OFFSET 0) counted (full_now)) asked ("full", recorded)
 WHERE session.id = $1) found ON true
""",
    )


#: Once the event is held. Of a session that is full nothing more is asked: that is most of a rush.
_FACTS = _facts("road_booking_facts", HELD, _PERSON)
#: The same of a session that was full when somebody asked last.
_GLANCE = _facts("road_booking_glance", "true", "NULL, NULL, NULL, NULL")


class _Facts(NamedTuple):
    """A row of `_FACTS`."""

    event_id: uuid.UUID
    starts_at: datetime
    ends_at: datetime
    state: str
    event_village: str
    village: str
    birth_date: date
    marital_status: str
    full: bool
    #: Asked where somebody is to be recorded, and there is a place.
    recorded_on: date | None
    by_status: bool | None
    returns_on: date | None
    missed: bool | None


_numbered = {"holder": "$1", "session": "$2", "service": "$3", "lane": "$4"}
_TAKE = Statement(
    "road_take_seat",
    re.sub(r"%\((\w+)\)s", lambda mark: _numbered[mark[1]], seats.TAKE.format(wait="SKIP LOCKED")),
    writes=(Seat,),
)
_VISIT = Insert("road_visit", Appointment)
_PLACE = Insert("road_place", AppointmentService)
#: Fails where `messages.come_again` would have something to do: it stands between the booking and its COMMIT.
_CANCELLED = Statement(
    "road_cancelled_message",
    f"""
SELECT 1 / CASE WHEN EXISTS (
    SELECT FROM registrations_message message
     WHERE message.kind = '{MessageKind.CANCELLED}' AND message.state = '{MessageState.WAITING}'
       AND (message.appointment_id IN (SELECT id FROM registrations_appointment
                                        WHERE session_id = $1 AND resident_id = $2)
            OR message.waiting_id IN (SELECT id FROM registrations_waiting
                                       WHERE session_id = $1 AND resident_id = $2))) THEN 0 ELSE 1 END
""",
)
_BY_ZERO = "22012"


class Wanted(NamedTuple):
    """What is asked."""

    session: str
    resident: str
    services: list[str]


def plain_booking(body: Mapping[str, Any]) -> Wanted:
    """The booking of a body in which nothing is unusual."""
    if body.keys() != _FIELDS:
        raise LongWay("fields")
    services = body["services"]
    if not isinstance(services, list) or not services:
        raise LongWay("services")
    if not all(isinstance(name, str) and name in _SERVICES for name in services):
        raise LongWay("services")
    return Wanted(plain_id(body["session"]), plain_id(body["resident"]), sorted(set(services)))


def steps_of(wanted: Wanted) -> tuple[Step, Step]:
    """Holds the event, and reads what `book_plain` judges."""
    return (_HOLD, (wanted.session,)), (_FACTS, (*wanted, timezone.now()))


def glance_of(wanted: Wanted) -> Step:
    """Reads what `refuse_full` judges, and holds nobody."""
    return _GLANCE, wanted


#: Sessions that were full when somebody asked last. Only says what is asked first: whether a session is full says
#: the database, each time.
_were_full: dict[str, None] = {}
_MOST = 256


def was_full(wanted: Wanted) -> bool:
    return wanted.session in _were_full


def refuse_full(by: Actor, wanted: Wanted, row: tuple[Any, ...]) -> None:
    """By the row of `glance_of` or `steps_of`. Raises Conflict `session-full`, and LongWay."""
    if not _facts_of(by, row).full:
        _were_full.pop(wanted.session, None)
        return
    if len(_were_full) >= _MOST:
        _were_full.clear()
    _were_full[wanted.session] = None
    raise session_full()


def book_plain(
    by: Actor, transaction: Transaction, wanted: Wanted, row: tuple[Any, ...]
) -> tuple[Appointment, list[Step]]:
    """The visit, with its places taken and their numbers in `numbers`, and the steps that write it: the caller
    does them with the commit. In a transaction that has the actor's scope and did `steps_of`; `row`: of the
    second of them. Raises Conflict `session-full`, and LongWay.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    refuse_full(by, wanted, row)
    facts = _facts_of(by, row)
    _judge(wanted.services, facts)
    holder = uuid7()
    taken = {name: _take(transaction, wanted.session, name, holder) for name in wanted.services}
    # Of a session it asks for the hours; and `_facts_of` lets nobody through who has no office.
    hours: Any = facts
    office: Any = by.office
    visit = Appointment(
        id=holder,
        session_id=wanted.session,
        event_id=facts.event_id,
        office_id=office,
        resident_id=wanted.resident,
        village_id=facts.village,
        services=wanted.services,
        ticket=new_ticket(),
        expected_at=min(seats.hour_of(hours, seat) for seat in taken.values()),
        created_by_id=by.user_id,
    )
    vars(visit)["numbers"] = {name: seat.number for name, seat in taken.items()}
    return visit, _steps_that_write(visit)


def _facts_of(by: Actor, row: tuple[Any, ...]) -> _Facts:
    if by.whole_office is None:
        raise LongWay("posting")
    is_held, *found = row
    facts = _Facts(*found)
    if facts.event_id is None:
        raise LongWay("not-found")
    if not is_held:
        # Somebody changes the event: who waits for that, waits on the long way.
        raise LongWay("waits")
    if facts.state != EventState.APPROVED or facts.ends_at <= timezone.now():
        raise LongWay("session")
    return facts


def _judge(services: list[str], facts: _Facts) -> None:
    day = day_of(facts.starts_at, facts.event_village)
    refusal = not_recordable(
        facts.birth_date, facts.marital_status, services, day, facts.recorded_on, 0
    )
    if refusal or facts.by_status or (facts.returns_on is not None and day < facts.returns_on):
        raise LongWay("person")
    if facts.missed:
        raise LongWay("missed")


def _take(
    transaction: Transaction, session_id: str, name: str, holder: uuid.UUID
) -> seats.TakenSeat:
    rows = transaction.ask((_TAKE, (str(holder), session_id, name, "")))
    if not rows:
        # Others hold locks on the last places: who waits for them, waits on the long way.
        raise LongWay("waits")
    return seats.TakenSeat(*rows[0])


def _steps_that_write(visit: Any) -> list[Step]:
    return [
        _VISIT.of(visit),
        *(_PLACE.of(place) for place in places_of(visit, visit.numbers)),
        (_CANCELLED, (visit.session_id, visit.resident_id)),
    ]


def told_already(error: Exception) -> bool:
    """Whether the booking failed because somebody would be told that it was cancelled."""
    return getattr(error.__cause__, "pgcode", None) == _BY_ZERO


def stands(by: Actor, visit: Appointment) -> bool:
    """Whether this visit was written, once nobody else of it can be on the way."""
    with scoped(by.scope):
        return Appointment.objects.visible_to(by).filter(pk=visit.pk).exists()
