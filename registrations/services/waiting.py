"""The waiting list of a session. It moves up by itself whenever a place comes free."""

from __future__ import annotations

import uuid
from collections import defaultdict

from django.db import IntegrityError, connection, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid
from events.enums import EventState
from events.models import Seat, ServiceEvent, ServiceSession
from registrations.enums import MessageKind, WaitState
from registrations.models import Appointment, AppointmentService, Resident, VisitGroup, Waiting
from registrations.services import messages, seats
from registrations.services.visits import Visit, place

#: People looked at in one go; whoever stands behind them is looked at next time.
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


def promote(by: Actor, session: ServiceSession) -> list[Appointment]:
    """Give free places to who waits, first come first served.

    Somebody whose services are not all free lets the next one pass: a place for an IKD activation
    helps nobody who waits to be recorded. Runs in the caller's transaction, one at a time a session.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(8173, hashtext(%s))", [str(session.pk)])
    entries = list(
        Waiting.objects.filter(session_id=session.pk, state=WaitState.WAITING).order_by("id")[:FAR]
    )
    if not entries or not _takes_bookings(session):
        return []
    free = _free(session.pk)
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
    groups = {made.group_id for made in moved if made.group_id}
    messages.tell(
        MessageKind.MOVED_UP,
        VisitGroup.objects.filter(pk__in=groups).select_related("session__event__village"),
    )
    return moved


def _takes_bookings(session: ServiceSession) -> bool:
    state = ServiceEvent.everything.filter(pk=session.event_id).values_list("state", flat=True)
    return state.first() == EventState.APPROVED and session.ends_at > timezone.now()


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
        resident_id__in=[entry.resident_id for entry in entries], active=True
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


def end_waiting(event_id: uuid.UUID) -> int:
    """Nobody of an event that is over waits any more; returns how many there were."""
    return Waiting.objects.filter(event_id=event_id, state=WaitState.WAITING).update(
        state=WaitState.ENDED
    )
