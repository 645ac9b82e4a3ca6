"""Making the seats of a session, one row each, and checking how many may be asked for."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from events.planning.errors import no_seats
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.validators import LARGEST_CAPACITY


def check_capacity(event: ServiceEvent, capacity: dict[str, int]) -> None:
    if not capacity:
        raise no_seats()
    for name, number in capacity.items():
        if name not in event.services:
            raise Invalid(
                "capacity-service",
                _("The event does not offer this service."),
                field=f"capacity/{name}",
            )
        if not 0 <= number <= LARGEST_CAPACITY:
            raise Invalid(
                "capacity",
                _("Places are a number from 0 to %(most)s.") % {"most": LARGEST_CAPACITY},
                field=f"capacity/{name}",
            )


def add_seats(session: ServiceSession, name: str, first: int, count: int) -> None:
    """`count` seats numbered from `first`; the last ones are kept for priority and for walk-ins."""
    event = session.event
    walk_in = count * event.walk_in_percent // 100
    priority = count * event.priority_percent // 100
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_seat (session_id, service, number, kept_for)"
            " SELECT %s, %s, n, CASE WHEN n > %s THEN 'walk_in' WHEN n > %s THEN 'priority'"
            "   ELSE '' END FROM generate_series(%s, %s) n",
            [
                *(session.pk, name, first + count - 1 - walk_in),
                *(first + count - 1 - walk_in - priority, first, first + count - 1),
            ],
        )
