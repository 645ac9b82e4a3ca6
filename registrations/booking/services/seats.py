"""Taking and giving back places. Nobody can take one that is not there, not even in psql."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from events.planning.enums import Lane
from events.planning.models.session import Seat, ServiceSession
from registrations.booking.errors import session_full

#: Invitations name a quarter of an hour.
SLOT = timedelta(minutes=15)

_TAKE = """
UPDATE events_seat SET holder = %(holder)s
 WHERE id = (SELECT id FROM events_seat
              WHERE session_id = %(session)s AND service = %(service)s AND holder IS NULL
                AND kept_for = %(lane)s
              ORDER BY number LIMIT 1 FOR UPDATE {wait})
RETURNING number, (SELECT max(number) FROM events_seat
                    WHERE session_id = %(session)s AND service = %(service)s)
"""

_RELEASE = """
UPDATE events_seat seat SET holder = NULL
  FROM registrations_appointmentservice place
 WHERE place.appointment_id = ANY (%s) AND place.active
   AND seat.holder = place.appointment_id AND seat.service = place.service
"""


@dataclass(frozen=True)
class Taken:
    number: int
    #: The highest number of the session's places for this service.
    last: int


def lanes(*, walk_in: bool = False, priority: bool = False) -> list[str]:
    """For whom places may be kept that somebody takes, in the order in which they are tried."""
    kept = [*([Lane.PRIORITY] if priority else []), *([Lane.WALK_IN] if walk_in else [])]
    return [*kept, ""]


def free(session_id: uuid.UUID, name: str, tried: list[str]) -> bool:
    return Seat.objects.filter(
        session_id=session_id, service=name, holder__isnull=True, kept_for__in=tried
    ).exists()


def take(session_id: uuid.UUID, name: str, holder: uuid.UUID, tried: list[str]) -> Taken:
    """A free place. Raises Conflict `session-full`."""
    asked: dict[str, Any] = {"holder": holder, "session": session_id, "service": name}
    with connection.cursor() as cursor:
        for lane in tried:
            cursor.execute(_TAKE.format(wait="SKIP LOCKED"), asked | {"lane": lane})
            if row := cursor.fetchone():
                return Taken(*row)
        # Others hold locks on free places that they may yet give back: then wait for them.
        while free(session_id, name, tried):
            for lane in tried:
                cursor.execute(_TAKE.format(wait=""), asked | {"lane": lane})
                if row := cursor.fetchone():
                    return Taken(*row)
    raise session_full()


def release(appointments: list[uuid.UUID]) -> None:
    """Give back the places of services that were not given yet."""
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [appointments])


def hour_of(session: ServiceSession, place: Taken) -> datetime:
    """When somebody with this place is asked to come: places are spread over the session."""
    length = session.ends_at - session.starts_at
    moment = session.starts_at + length * (place.number - 1) / max(1, place.last)
    quarter = datetime.fromtimestamp(
        moment.timestamp() // SLOT.total_seconds() * SLOT.total_seconds(), UTC
    )
    return max(session.starts_at, quarter)
