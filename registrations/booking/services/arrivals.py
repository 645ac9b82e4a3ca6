"""Arrival at a session: on its own day, and taken back when it was a mistake."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Asks, Conflict
from dukcapil.core.locks import Lock, hold
from events.planning.models.session import ServiceSession
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
from registrations.booking.services import messages
from registrations.booking.services.waiting import give_back, lock_to_end

ANOTHER_DAY = "another-day"

_LAST_NUMBER = """
SELECT coalesce(max(queue_number), 0) FROM registrations_appointment WHERE session_id = %s
"""


def last_number(session_id: UUID) -> int:
    """Of the queue; whoever gives the next one holds `Lock.QUEUE_NUMBERS`."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST_NUMBER, [session_id])
        return int(cursor.fetchone()[0])


def ask_day(session: ServiceSession, confirm: Collection[str]) -> None:
    """A session of the night is still on its day after midnight."""
    zone = ZoneInfo(session.event.village.timezone)
    first, last = (timezone.localdate(at, zone) for at in (session.starts_at, session.ends_at))
    if ANOTHER_DAY in confirm or first <= timezone.localdate(timezone=zone) <= last:
        return
    raise Asks(
        ANOTHER_DAY,
        message=_("This session is on %(day)s, not today. Is the person here all the same?")
        % {"day": date_format(first, "l, j F Y")},
    )


@service
def undo_check_in(*, by: Actor, appointment: Appointment) -> Appointment:
    """The arrival was a mistake: the booking is expected again. Again: changes nothing.

    Whoever came without a booking is cancelled, and the place goes to who waits. Raises Conflict once
    something was logged for the visit. The last number of the queue is free again; another one stays
    with the visit, so that numbers have no gap.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    locked = lock_to_end(by, appointment)
    if locked.state == AppointmentState.BOOKED:
        return locked
    if locked.state != AppointmentState.CHECKED_IN:
        raise Conflict("appointment-state", _("This visit is over."))
    if locked.places.filter(active=False).exists():
        raise Conflict(
            "logged-already",
            _("Something was logged for this visit already: take the record back first."),
        )
    if locked.walk_in:
        give_back(by, locked.session, [locked.pk], AppointmentState.CANCELLED)
        locked.refresh_from_db(fields=["state", "ended_at"])
        return locked
    hold(Lock.QUEUE_NUMBERS, locked.session_id)
    if locked.queue_number == last_number(locked.session_id):
        locked.queue_number = None
    locked.state = AppointmentState.BOOKED
    locked.checked_in_at = locked.station = None
    locked.skips = 0
    locked.save(update_fields=["state", "checked_in_at", "station", "skips", "queue_number"])
    if contact := messages.contact_of(locked):
        messages.remind(locked, contact)
    return locked
