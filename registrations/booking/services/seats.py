"""Seats, the rows that stand for places: taking and giving back single ones.

A place is a row of the table, so nobody can take one that does not exist, not even in psql.
`visits.give_places` takes all seats of a visit.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from dukcapil.core.prepared import Hot, as_array, hot
from events.planning.enums import Lane
from events.planning.models.session import ServiceSession
from registrations.booking.errors import session_full

#: Invitations name a quarter of an hour.
SLOT = timedelta(minutes=15)

#: Takes the first free place, if there is one.
TAKE = """
UPDATE events_seat SET holder = %(holder)s
 WHERE id = (SELECT id FROM events_seat
              WHERE session_id = %(session)s AND service = %(service)s AND holder IS NULL
                AND kept_for = %(lane)s
              ORDER BY number LIMIT 1 FOR UPDATE {wait})
RETURNING number, (SELECT max(number) FROM events_seat
                    WHERE session_id = %(session)s AND service = %(service)s)
"""

_FIRST = """(SELECT id FROM events_seat
              WHERE session_id = $2::uuid AND service = $3::text AND holder IS NULL AND kept_for = ${lane}::text
              ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED)"""


def _taking(lanes_tried: int) -> Hot:
    """As `TAKE`, of one lane after the other: the next is looked at when the one before has no free place."""
    first = ", ".join(_FIRST.format(lane=4 + number) for number in range(lanes_tried))
    sql = f"""
UPDATE events_seat SET holder = $1::uuid WHERE id = coalesce({first})
RETURNING number, (SELECT max(number) FROM events_seat WHERE session_id = $2::uuid AND service = $3::text)
"""
    return hot(f"take_seat_of_{lanes_tried}", sql)


#: By how many lanes are tried.
_TAKE = {tried: _taking(tried) for tried in (1, 2, 3)}
_ANY_FREE = hot(
    "any_seat_free",
    """
SELECT 1 FROM events_seat
 WHERE session_id = $1::uuid AND service = $2::text AND holder IS NULL AND kept_for = ANY ($3::text[])
 LIMIT 1
""",
)

_RELEASE = """
UPDATE events_seat seat SET holder = NULL
  FROM registrations_appointmentservice booked
 WHERE booked.appointment_id = ANY (%s) AND booked.active
   AND seat.holder = booked.appointment_id AND seat.service = booked.service
"""


@dataclass(frozen=True)
class TakenSeat:
    number: int
    #: The highest number of the session's seats for this service.
    last: int


def lanes(*, walk_in: bool = False, priority: bool = False) -> list[str]:
    """The lanes that a person may take a place of, in the order of trying; '' is for everybody."""
    kept = [*([Lane.PRIORITY] if priority else []), *([Lane.WALK_IN] if walk_in else [])]
    return [*kept, ""]


def any_free(session_id: uuid.UUID, name: str, lane_order: list[str]) -> bool:
    return bool(_ANY_FREE.rows(session_id, name, as_array(lane_order)))


def take(session_id: uuid.UUID, name: str, holder: uuid.UUID, lane_order: list[str]) -> TakenSeat:
    """Take a free seat for `holder`. Raises Conflict `session-full`."""
    params: dict[str, Any] = {"holder": holder, "session": session_id, "service": name}
    with connection.cursor() as cursor:
        if row := _TAKE[len(lane_order)].one(holder, session_id, name, *lane_order):
            return TakenSeat(*row)
        # Others hold locks on free places that they may yet give back: then wait for them.
        while any_free(session_id, name, lane_order):
            for lane in lane_order:
                cursor.execute(TAKE.format(wait=""), params | {"lane": lane})
                if row := cursor.fetchone():
                    return TakenSeat(*row)
    raise session_full()


def take_at_once(
    session_id: uuid.UUID, name: str, holder: uuid.UUID, lane_order: list[str]
) -> TakenSeat:
    """As `take`, of what nobody else holds: waits for nobody."""
    if row := _TAKE[len(lane_order)].one(holder, session_id, name, *lane_order):
        return TakenSeat(*row)
    raise session_full()


def release(appointments: list[uuid.UUID]) -> None:
    """Free the seats of services that these visits did not use yet."""
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [appointments])


def hour_of(session: ServiceSession, seat: TakenSeat) -> datetime:
    """When somebody with this seat is asked to come: seats are spread over the session. Never before
    the quarter of an hour in which it is given.
    """
    length = session.ends_at - session.starts_at
    moment = session.starts_at + length * (seat.number - 1) / max(1, seat.last)
    return max(session.starts_at, quarter(moment), quarter(timezone.now()))


def quarter(moment: datetime) -> datetime:
    slot = SLOT.total_seconds()
    return datetime.fromtimestamp(moment.timestamp() // slot * slot, UTC)
