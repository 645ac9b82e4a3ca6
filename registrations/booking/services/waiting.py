"""The waiting list of a session. It moves up by itself whenever a place comes free."""

from __future__ import annotations

import uuid
from collections import defaultdict

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid
from dukcapil.core.locks import Lock, hold
from events.planning.enums import EventState
from events.planning.models.session import Seat, ServiceSession
from registrations.booking.enums import AppointmentState, MessageKind, WaitState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.services import messages, seats
from registrations.booking.services.visits import (
    Visit,
    end,
    locked_state,
    place,
    release_missed,
    same_office,
)
from registrations.people.models import Resident

#: People looked at in one go.
FAR = 500


@service
def wait(
    *,
    by: Actor,
    session: ServiceSession,
    resident: Resident,
    services: list[str],
    priority: bool = False,
) -> Waiting:
    """Put somebody on the list. Raises Conflict `already-waiting`."""
    require(by, Permission.APPOINTMENTS_BOOK)
    wanted = sorted(set(services))
    if not wanted:
        raise Invalid("services", _("Name at least one service."), field="services")
    if strange := set(wanted) - set(session.event.services):
        raise Invalid("services", _("The event does not offer this service."), field=min(strange))
    same_office(session, resident)
    over = session.ends_at <= timezone.now()
    if over or locked_state(session.event) not in EventState.ahead():
        raise Conflict("session-over", _("The session is over."), field="session")
    release_missed([resident.pk])
    entry = Waiting.objects.create(
        session=session,
        event_id=session.event_id,
        office_id=session.event.office_id,
        resident=resident,
        village_id=resident.village_id,
        services=wanted,
        priority=priority,
        created_by_id=by.user_id,
    )
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
    return locked


def give_back(
    by: Actor, session: ServiceSession, visits: list[uuid.UUID], state: AppointmentState
) -> None:
    """These visits are over; whoever waits for a place of the session gets what came free."""
    end(visits, state)
    promote(by, session)


def promote(by: Actor, session: ServiceSession) -> list[Appointment]:
    """Give free places to who waits, first come first served.

    Somebody whose services are not all free lets the next one pass: a place for an IKD activation
    helps nobody who waits to be recorded. Runs in the caller's transaction, one at a time a session.
    """
    hold(Lock.WAITING_LIST, session.pk)
    waiting = Waiting.objects.filter(session_id=session.pk, state=WaitState.WAITING)
    if not waiting.exists() or not _takes_bookings(session):
        return []
    free = _free(session.pk)
    moved: list[Appointment] = []
    last = 0
    while any(free.values()):
        # Held: nobody is withdrawn between this look and the booking.
        ahead = waiting.filter(pk__gt=last).select_for_update(of=("self",)).order_by("pk")
        if not (entries := list(ahead[:FAR])):
            break
        last = entries[-1].pk
        moved += _promote(by, session, entries, free)
    groups = {made.group_id for made in moved if made.group_id}
    messages.tell(
        MessageKind.MOVED_UP,
        VisitGroup.objects.filter(pk__in=groups).select_related("session__event__village"),
    )
    return moved


def _promote(
    by: Actor,
    session: ServiceSession,
    entries: list[Waiting],
    free: dict[tuple[str, str], int],
) -> list[Appointment]:
    busy = _busy(entries)
    moved = []
    for entry in entries:
        if busy[entry.resident_id] & set(entry.services):
            _finish(entry, WaitState.ENDED)
            continue
        lane = _lane(free, entry)
        if lane is not None and (made := _move_up(by, session, entry)):
            for name in entry.services:
                free[name, lane] -= 1
            moved.append(made)
    return moved


def _takes_bookings(session: ServiceSession) -> bool:
    """Holds the event's state: who cancels or closes it waits, or has done so before this looks."""
    return locked_state(session.event) == EventState.APPROVED and session.ends_at > timezone.now()


def _free(session_id: uuid.UUID) -> dict[tuple[str, str], int]:
    counted = (
        Seat.objects.filter(session_id=session_id, holder__isnull=True)
        .values_list("service", "kept_for")
        .annotate(n=Count("pk"))
        .order_by()
    )
    found: dict[tuple[str, str], int] = defaultdict(int)
    found |= {(name, lane): n for name, lane, n in counted}
    return found


def _busy(entries: list[Waiting]) -> dict[uuid.UUID, set[str]]:
    """Who has a booking for what meanwhile, here or elsewhere."""
    found: dict[uuid.UUID, set[str]] = defaultdict(set)
    booked = AppointmentService.objects.filter(
        resident_id__in=[entry.resident_id for entry in entries],
        active=True,
        appointment__session__ends_at__gt=timezone.now(),
    )
    for resident_id, name in booked.values_list("resident_id", "service"):
        found[resident_id].add(name)
    return found


def _lane(free: dict[tuple[str, str], int], entry: Waiting) -> str | None:
    for lane in seats.lanes(priority=entry.priority):
        if all(free[name, lane] > 0 for name in entry.services):
            return lane
    return None


def _move_up(by: Actor, session: ServiceSession, entry: Waiting) -> Appointment | None:
    visit = Visit(priority=entry.priority, group_id=entry.group_id)
    try:
        with transaction.atomic():
            release_missed([entry.resident_id])
            made = place(
                by, session, entry.resident_id, entry.village_id, sorted(entry.services), visit
            )
    except (Conflict, IntegrityError):
        return None  # the place was taken, or the person booked elsewhere, at this very moment
    entry.appointment = made
    _finish(entry, WaitState.MOVED_UP)
    return made


def _finish(entry: Waiting, state: WaitState) -> None:
    entry.state = state
    entry.save(update_fields=["state", "appointment"])
