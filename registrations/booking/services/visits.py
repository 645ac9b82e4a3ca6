"""Steps that every way of booking shares: taking places for a visit, ending it, using it up.

None of them is a whole verb: the services that use them check the permission and let the waiting
list move up (a contract in pyproject.toml lets only services use them).
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import rows
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.ids import uuid7
from dukcapil.core.prepared import as_array, hot, in_a_row
from events.planning.enums import EventState
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat, ServiceSession
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.errors import session_full
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.waiting import Waiting
from registrations.booking.services import messages, seats
from registrations.booking.services.arriving import write_visit
from registrations.booking.services.contacts import put
from registrations.booking.services.messages import Contact
from registrations.people.models import Resident

#: Without letters and digits that are mistaken for each other when read aloud.
_TICKET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_ticket() -> str:
    return "".join(secrets.choice(_TICKET) for _n in range(8))


_STATE = hot("locked_state", "SELECT state FROM events_serviceevent WHERE id = $1::uuid FOR SHARE")
_HOURS = hot(
    "hours_now", "SELECT starts_at, ends_at FROM events_servicesession WHERE id = $1::uuid"
)


#: Once it is held. Which of the services have no place free in these lanes: of most bookings of a rush, that is all.
_OPEN = hot(
    "open_session",
    """
SELECT event.state, session.starts_at, session.ends_at,
       EXISTS (SELECT FROM unnest($3::text[]) wanted (name) WHERE NOT EXISTS (
                   SELECT FROM events_seat
                    WHERE session_id = session.id AND service = wanted.name AND holder IS NULL
                      AND kept_for = ANY ($4::text[])))
  FROM events_serviceevent event LEFT JOIN events_servicesession session ON session.id = $2::uuid
 WHERE event.id = $1::uuid
""",
)


def locked_state(event: ServiceEvent) -> str:
    """The event's state, held until the booking is committed: cancelling waits, bookings do not."""
    [(state,)] = _STATE.rows(event.pk)
    return str(state)


def hours_now(session: ServiceSession) -> None:
    """Once the event is held: its hours may have been changed, or itself removed, while this waited."""
    if (hours := _HOURS.one(session.pk)) is None:
        raise NotFound
    session.starts_at, session.ends_at = hours


def open_session_of(
    session: ServiceSession, services: Iterable[str] = (), lanes: Iterable[str] = ()
) -> None:
    """Raises Conflict when the session takes no bookings, or has no place for one of these services; holds its
    event's state.
    """
    event, known = session.event.pk, (as_array(services), as_array(lanes))
    [(state, begins, ends, full)] = in_a_row(
        (_STATE, (event,)), (_OPEN, (event, session.pk, *known))
    )
    if state != EventState.APPROVED:
        raise Conflict("event-state", _("Only an approved event takes bookings."), field="session")
    if ends is None:
        raise NotFound
    session.starts_at, session.ends_at = begins, ends
    if ends <= timezone.now():
        raise Conflict("session-over", _("The session is over."), field="session")
    if full:
        raise session_full()


def same_office(session: ServiceSession, resident: Resident) -> None:
    """An event serves people whom its office holds: its clerks would not see anybody else.

    Raises Invalid when a lent clerk brings somebody of their own office.
    """
    if resident.office_id != session.event.office_id:
        raise Invalid(
            "other-office-person",
            _("This person is held by your own office. The office of the event adds them first."),
            field="resident",
        )


_MISSED = hot(
    "missed_visits",
    """
SELECT visit.id FROM registrations_appointment visit
  JOIN events_servicesession session ON session.id = visit.session_id
 WHERE visit.resident_id = ANY ($1::uuid[]) AND visit.state IN ('booked', 'checked_in')
   AND session.ends_at <= $2::timestamptz
 ORDER BY visit.id FOR UPDATE OF visit
""",
)


def release_missed(residents: Iterable[uuid.UUID]) -> None:
    """End open bookings of sessions that are over, so that the person can be booked again."""
    if missed := [visit for (visit,) in _MISSED.rows(as_array(residents), timezone.now())]:
        end(missed, AppointmentState.NO_SHOW)


@dataclass(frozen=True)
class Visit:
    """How somebody comes (this decides which kept places are tried first), and whom to tell. Whoever comes
    without a booking is here, and gets the next number of the queue. `waits`: for places that others may
    yet give back. `instead_of`: moved, so ended once the places are taken: a desk that holds one waits for it.
    """

    walk_in: bool = False
    priority: bool = False
    group_id: uuid.UUID | None = None
    contact: Contact | None = None
    waits: bool = True
    instead_of: uuid.UUID | None = None


def give_places(
    by: Actor,
    session: ServiceSession,
    resident_id: uuid.UUID,
    village_id: str,
    services: list[str],
    visit: Visit,
) -> Appointment:
    """Take a seat for each service and write the visit: all of them or none.

    Raises Conflict `session-full`, `already-booked`.
    """
    appointment_id = uuid7()
    lanes = seats.lanes(walk_in=visit.walk_in, priority=visit.priority)
    take = seats.take if visit.waits else seats.take_at_once
    taken = {name: take(session.pk, name, appointment_id, lanes) for name in services}
    if visit.instead_of:
        end([visit.instead_of], AppointmentState.MOVED)
    appointment = Appointment(
        id=appointment_id,
        session=session,
        event_id=session.event_id,
        office_id=session.event.office_id,
        resident_id=resident_id,
        village_id=village_id,
        services=services,
        ticket=new_ticket(),
        walk_in=visit.walk_in,
        priority=visit.priority,
        group_id=visit.group_id,
        state=AppointmentState.CHECKED_IN if visit.walk_in else AppointmentState.BOOKED,
        checked_in_at=timezone.now() if visit.walk_in else None,
        expected_at=min(seats.hour_of(session, seat) for seat in taken.values()),
        created_by_id=by.user_id,
    )
    put(appointment, visit.contact)
    write_visit(appointment, {name: seat.number for name, seat in taken.items()})
    if visit.contact:
        messages.remind(appointment, visit.contact)
    return appointment


def end(appointments: list[uuid.UUID], state: AppointmentState) -> None:
    """End visits and give back their unused places. A visit served in part counts as served, and who
    did not come but is here came and was not served.

    The waiting list moves up in `waiting.give_back`, not here.
    """
    if not appointments:
        return
    seats.release(appointments)
    # A place that was used stays with its visit.
    used = Seat.objects.filter(holder__in=appointments).values_list("holder", flat=True)
    served = [holder for holder in used.distinct() if holder]
    AppointmentService.objects.filter(appointment_id__in=appointments).update(active=False)
    ended = Appointment.objects.filter(pk__in=appointments)
    in_part, rest = ended.filter(pk__in=served), ended.exclude(pk__in=served)
    now = timezone.now()
    in_part.update(state=AppointmentState.SERVED, ended_at=now)
    if state == AppointmentState.NO_SHOW:
        rest.filter(checked_in_at__isnull=False).update(
            state=AppointmentState.CAME_NOT_SERVED, ended_at=now
        )
        rest = rest.filter(checked_in_at__isnull=True)
    rest.update(state=state, ended_at=now)
    messages.drop(appointments)


def end_all_of(event_id: uuid.UUID, state: AppointmentState) -> int:
    """End every open booking of an event that is over; returns how many there were.

    The waiting lists end first, so nobody moves up to what comes free.
    """
    waiting = Waiting.objects.filter(event_id=event_id, state=WaitState.WAITING)
    messages.drop_entries(waiting.values_list("pk", flat=True))
    waiting.update(state=WaitState.ENDED)
    open_ids = list(
        Appointment.objects.select_for_update(of=("self",))
        .filter(event_id=event_id, state__in=AppointmentState.active())
        .values_list("pk", flat=True)
    )
    end(open_ids, state)
    return len(open_ids)


def lock_appointment(by: Actor, appointment: Appointment) -> Appointment:
    locked = (
        Appointment.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("session__event")
        .filter(pk=appointment.pk)
        .first()
    )
    if locked is None:
        raise NotFound
    return locked


#: The place of before, if nobody else has it; the newest visit of the person.
_TAKE_AGAIN = """
UPDATE events_seat seat SET holder = late.visit
  FROM (SELECT DISTINCT ON (said.person, said.service)
               visit.id AS visit, place.service, place.number
          FROM unnest(%(people)s::uuid[], %(services)s::text[]) said (person, service)
          JOIN registrations_appointment visit ON visit.resident_id = said.person
          JOIN registrations_appointmentservice place
            ON place.appointment_id = visit.id AND place.service = said.service
         WHERE visit.session_id = %(session)s AND visit.ended_at IS NOT NULL
           AND visit.state IN ('no_show', 'came_not_served', 'served')
         ORDER BY said.person, said.service, visit.created_at DESC) late
 WHERE seat.session_id = %(session)s AND seat.service = late.service
   AND seat.number = late.number AND seat.holder IS NULL
RETURNING late.visit
"""


def _served_late(session_id: uuid.UUID, pairs: set[tuple[uuid.UUID, str]]) -> None:
    """A record that comes after the visit ended, as from a desk without network, says how it ended."""
    ordered = sorted(pairs)
    params = {
        "session": session_id,
        "people": [str(resident_id) for resident_id, _name in ordered],
        "services": [name for _resident_id, name in ordered],
    }
    visits = {row[0] for row in rows(_TAKE_AGAIN, params)}
    if visits:
        served = Appointment.objects.filter(pk__in=visits)
        served.update(state=AppointmentState.SERVED, ended_at=timezone.now())


_USE_UP = hot(
    "use_up_bookings",
    """
UPDATE registrations_appointmentservice booked SET active = false
  FROM unnest($2::uuid[], $3::text[]) said (person, service), registrations_appointment visit
 WHERE booked.resident_id = said.person AND booked.service = said.service AND booked.active
   AND visit.id = booked.appointment_id AND visit.session_id = $1::uuid
RETURNING booked.appointment_id, booked.resident_id, booked.service
""",
)
#: Before their places, as every verb that ends a visit does, and in a statement of its own: what is still open is
#: read once nobody else may use any of it up.
_HOLD_VISITS = hot(
    "hold_visits",
    """
SELECT visit.id FROM registrations_appointment visit
 WHERE visit.session_id = $1::uuid AND visit.id IN (
           SELECT booked.appointment_id FROM registrations_appointmentservice booked
             JOIN unnest($2::uuid[], $3::text[]) said (person, service)
               ON booked.resident_id = said.person AND booked.service = said.service
            WHERE booked.active)
 ORDER BY visit.id FOR UPDATE OF visit
""",
)
#: Whoever has another station to go to stands in the queue again, with the same number; else it is over.
_LEAVE_STATION = hot(
    "leave_station",
    """
UPDATE registrations_appointment visit
   SET station_id = NULL,
       state = CASE WHEN more.open THEN visit.state ELSE 'served' END,
       ended_at = CASE WHEN more.open THEN visit.ended_at ELSE $2::timestamptz END
  FROM unnest($1::uuid[]) ended (id)
 CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM registrations_appointmentservice booked
                                     WHERE booked.appointment_id = ended.id AND booked.active)) more (open)
 WHERE visit.id = ended.id
RETURNING visit.id
""",
)


def mark_served(session_id: uuid.UUID, pairs: set[tuple[uuid.UUID, str]]) -> None:
    """These (resident, service) pairs were done or failed in the session: use up their bookings."""
    if not pairs:
        return
    ordered = sorted(pairs)
    said = (
        session_id,
        as_array(resident_id for resident_id, _name in ordered),
        as_array(name for _resident_id, name in ordered),
    )
    taken = in_a_row((_HOLD_VISITS, said), (_USE_UP, said))
    if late := pairs - {(resident_id, name) for _visit, resident_id, name in taken}:
        _served_late(session_id, late)
    if not taken:
        return
    appointments = sorted({visit_id for visit_id, _resident, _name in taken})
    in_a_row(
        (_LEAVE_STATION, (as_array(appointments), timezone.now())),
        messages.dropped(appointments),
    )
