"""The waiting list of a session. It moves up by itself whenever a place comes free."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, of_office, scoped
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid
from dukcapil.core.locks import Lock, held
from dukcapil.core.prepared import hot, in_a_row
from events.planning.enums import EventState, Lane, Service
from events.planning.models.session import Seat, ServiceSession
from registrations.booking.enums import AppointmentState, MessageKind, WaitState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.services import messages, seats
from registrations.booking.services.contacts import carry, put
from registrations.booking.services.judging import (
    early_at,
    local_day,
    not_recordable,
    refuse_unfit,
)
from registrations.booking.services.messages import Contact
from registrations.booking.services.visits import (
    Visit,
    end,
    give_places,
    hours_now,
    lock_appointment,
    locked_state,
    release_missed,
    same_office,
)
from registrations.people.models import Resident
from registrations.people.selectors import recorded_by_status, recorded_dates
from registrations.people.services.lookups import recorded_elsewhere

#: Entries that are read and locked at a time.
ENTRIES_AT_ONCE = 500


@service
def wait(
    *,
    by: Actor,
    session: ServiceSession,
    resident: Resident,
    services: list[str],
    priority: bool = False,
    contact: Contact | None = None,
    confirm: Collection[str] = (),
) -> Waiting:
    """Put somebody on the list; who left a contact is told of a place. Raises Conflict
    `already-waiting`, and as `book` who cannot be recorded.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    services = sorted(set(services))
    if not services:
        raise Invalid("services", _("Name at least one service."), field="services")
    if not_offered := set(services) - set(session.event.services):
        raise Invalid(
            "services", _("The event does not offer this service."), field=min(not_offered)
        )
    same_office(session, resident)
    ahead = locked_state(session.event) in EventState.ahead()
    hours_now(session)
    hold_lists([session])
    if not ahead or session.ends_at <= timezone.now():
        raise Conflict("session-over", _("The session is over."), field="session")
    refuse_unfit(by, session, resident, services, confirm)
    release_missed([resident.pk])
    entry = Waiting.objects.create(
        session=session,
        event_id=session.event_id,
        office_id=session.event.office_id,
        resident=resident,
        village_id=resident.village_id,
        services=services,
        priority=priority,
        created_by_id=by.user_id,
    )
    carry([(entry, contact)])
    # A place may have come free between the refusal and this.
    promote(by, session)
    entry.refresh_from_db()
    return entry


@service
def withdraw(*, by: Actor, entry: Waiting) -> Waiting:
    """Take somebody off the list. Again: changes nothing."""
    require(by, Permission.APPOINTMENTS_BOOK)
    locked = Waiting.objects.visible_to(by).select_for_update(of=("self",)).get(pk=entry.pk)
    if locked.state == WaitState.MOVED_UP:
        raise Conflict("moved-up", _("This person has a place by now: cancel the booking."))
    if locked.state == WaitState.WAITING:
        locked.state = WaitState.WITHDRAWN
        locked.save(update_fields=["state"])
        messages.drop_entries([locked.pk])
    return locked


def give_back(
    by: Actor, session: ServiceSession, visits: list[uuid.UUID], state: AppointmentState
) -> None:
    """These visits are over; whoever waits for a place of the session gets what came free."""
    hold_lists([session])
    end(visits, state)
    promote(by, session)


#: Whoever books somebody has taken a place before they wait for another booking of the person: so who gives
#: places away waits for such places before any booking is touched.
_FREE = hot(
    "hold_free_places",
    """
SELECT count(*) FROM (
    SELECT FROM events_seat
     WHERE session_id = $1::uuid AND holder IS NULL AND kept_for <> 'out'
       AND EXISTS (SELECT FROM registrations_waiting WHERE session_id = $1::uuid AND state = 'waiting')
     ORDER BY service, number FOR UPDATE OF events_seat) place
""",
)
_EVENT = hot(
    "hold_event_of_list", "SELECT state FROM events_serviceevent WHERE id = $1::uuid FOR SHARE"
)


def hold_lists(sessions: Iterable[ServiceSession], onto: ServiceSession | None = None) -> None:
    """Before a booking is touched by whoever may give places of these sessions away: the event, the list, and if
    somebody waits, the free places, in this order (docs/adr/0021). Again: changes nothing. `onto`: a session
    of which a place is taken, and none given away.
    """
    giving = set(sessions)
    for session in sorted({*giving, *([onto] if onto else [])}, key=lambda one: one.pk):
        free = [(_FREE, (session.pk,))] if session in giving else []
        in_a_row((_EVENT, (session.event_id,)), held(Lock.WAITING_LIST, session.pk), *free)


def lock_to_end(by: Actor, visit: Appointment, onto: ServiceSession | None = None) -> Appointment:
    """As `lock_appointment`, by whoever may give its places away: after the list, as everybody; also after that of
    the session onto which it moves.
    """
    hold_lists([visit.session], onto)
    return lock_appointment(by, visit)


def promote(by: Actor, session: ServiceSession) -> list[Appointment]:
    """Give free places to those who wait, first come first served.

    Somebody whose services are not all free is passed over: a place for an IKD activation helps
    nobody who waits to be recorded. Who cannot be recorded by now leaves the list. Runs in the
    caller's transaction, one at a time per session. Whoever touched a booking before this had called
    `hold_lists`.
    """
    hold_lists([session])
    waiting = Waiting.objects.filter(session_id=session.pk, state=WaitState.WAITING)
    if not waiting.exists() or not _takes_bookings(session):
        return []
    free = _free_places(session.pk)
    moved: list[Appointment] = []
    last_id = 0
    while any(free.values()):
        # Locked: nobody is withdrawn between this read and the booking.
        ahead = waiting.filter(pk__gt=last_id).select_for_update(of=("self",)).order_by("pk")
        if not (entries := list(ahead[:ENTRIES_AT_ONCE])):
            break
        last_id = entries[-1].pk
        moved += _promote(by, session, entries, free)
    groups = {visit.group_id for visit in moved if visit.group_id}
    messages.tell(MessageKind.MOVED_UP, [*moved, *VisitGroup.objects.filter(pk__in=groups)])
    return moved


def _promote(
    by: Actor,
    session: ServiceSession,
    entries: list[Waiting],
    free: dict[tuple[str, str], int],
) -> list[Appointment]:
    busy = _booked_services(entries)
    unfit = _unfit(by, session, entries)
    moved = []
    for entry in entries:
        if entry.resident_id in unfit:
            _finish(entry, WaitState.REFUSED)
            continue
        if busy[entry.resident_id] & set(entry.services):
            _finish(entry, WaitState.ENDED)
            continue
        lane = _lane(free, entry)
        if lane is not None and (visit := _move_up(by, session, entry)):
            for name in entry.services:
                free[name, lane] -= 1
            moved.append(visit)
    return moved


def _unfit(by: Actor, session: ServiceSession, entries: list[Waiting]) -> set[uuid.UUID]:
    """Recorded since they wait, or too young for a day that was moved: as every other door asks."""
    day = local_day(session)
    asked = [entry.resident_id for entry in entries if Service.RECORDING in entry.services]
    ids, office = [entry.resident_id for entry in entries], session.event.office_id
    if by.covers(office):
        people = Resident.objects.in_bulk(ids)
        recorded = recorded_elsewhere(by=by, people=asked) if asked else {}
        by_status = recorded_by_status(set(asked) - set(recorded))
    else:
        # A clerk who is lent to the event sees whom they serve, and not who waits. A place that they give
        # back goes by the same rule all the same; nobody is shown to them.
        with scoped(of_office(office)):
            people = Resident.objects.in_bulk(ids)
            recorded = recorded_dates(asked) if asked else {}
            by_status = recorded_by_status(set(asked) - set(recorded))
    days_early = early_at(session, {name for entry in entries for name in entry.services})
    return {
        entry.resident_id
        for entry in entries
        if (one := people.get(entry.resident_id))
        and (
            one.pk in by_status
            or not_recordable(
                *(one.birth_date, one.marital_status, entry.services, day, recorded.get(one.pk)),
                days_early,
            )
        )
    }


def _takes_bookings(session: ServiceSession) -> bool:
    """Locks the event's state, so that nobody cancels or closes the event until the commit."""
    return locked_state(session.event) == EventState.APPROVED and session.ends_at > timezone.now()


def _free_places(session_id: uuid.UUID) -> dict[tuple[str, str], int]:
    counted = (
        Seat.objects.filter(session_id=session_id, holder__isnull=True)
        .exclude(kept_for=Lane.OUT)
        .values_list("service", "kept_for")
        .annotate(n=Count("pk"))
        .order_by()
    )
    free: dict[tuple[str, str], int] = defaultdict(int)
    free |= {(name, lane): n for name, lane, n in counted}
    return free


def _booked_services(entries: list[Waiting]) -> dict[uuid.UUID, set[str]]:
    """resident -> services that they have an open booking for by now, here or elsewhere."""
    booked: dict[uuid.UUID, set[str]] = defaultdict(set)
    open_services = AppointmentService.objects.filter(
        resident_id__in=[entry.resident_id for entry in entries],
        active=True,
        appointment__session__ends_at__gt=timezone.now(),
    )
    for resident_id, name in open_services.values_list("resident_id", "service"):
        booked[resident_id].add(name)
    return booked


def _lane(free: dict[tuple[str, str], int], entry: Waiting) -> str | None:
    for lane in seats.lanes(priority=entry.priority):
        if all(free[name, lane] > 0 for name in entry.services):
            return lane
    return None


def _move_up(by: Actor, session: ServiceSession, entry: Waiting) -> Appointment | None:
    contact = messages.contact_of(entry)
    visit = Visit(priority=entry.priority, group_id=entry.group_id, contact=contact, waits=False)
    try:
        with transaction.atomic():
            release_missed([entry.resident_id])
            appointment = give_places(
                by, session, entry.resident_id, entry.village_id, sorted(entry.services), visit
            )
    except (Conflict, IntegrityError):
        return None  # the place was taken, or the person booked elsewhere, at this very moment
    entry.appointment = appointment
    # It went along to the booking.
    put(entry, None)
    _finish(entry, WaitState.MOVED_UP)
    return appointment


def _finish(entry: Waiting, state: WaitState) -> None:
    entry.state = state
    entry.save(update_fields=["state", "appointment", "channel", "contact"])
    messages.drop_entries([entry.pk])
