"""Sessions, their places, and stations."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Count, Max, Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat, ServiceSession, Station
from events.planning.services.events import lock_event, require_own

#: Places of one service in one session; a typing error of three digits should not make rows.
LARGEST_CAPACITY = 5000


@service
def open_session(
    *,
    by: Actor,
    event: ServiceEvent,
    starts_at: datetime,
    ends_at: datetime,
    capacity: dict[str, int],
) -> ServiceSession:
    """A session with its places. Services must be among the event's."""
    require(by, Permission.EVENTS_PLAN)
    require_own(by, event)
    _check_capacity(event, capacity)
    session = ServiceSession.objects.create(event=event, starts_at=starts_at, ends_at=ends_at)
    for name, number in capacity.items():
        _add_seats(session, name, 1, number)
    return session


def _check_capacity(event: ServiceEvent, capacity: dict[str, int]) -> None:
    if not capacity:
        raise Invalid("capacity", _("Give places for at least one service."), field="capacity")
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


def _add_seats(session: ServiceSession, name: str, first: int, count: int) -> None:
    """Numbered on; the last ones of them are kept for the priority lane and for walk-ins."""
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


@service
def change_capacity(
    *, by: Actor, session: ServiceSession, capacity: dict[str, int]
) -> ServiceSession:
    """Raise or lower places. Lowering takes free places only; Conflict when fewer are free."""
    require(by, Permission.EVENTS_PLAN)
    require_own(by, session.event)
    _check_capacity(session.event, capacity)
    # Not the key: a booking that refers to the session holds a free place that we may wait for.
    ServiceSession.everything.select_for_update(no_key=True).get(pk=session.pk)
    for name, wanted in capacity.items():
        seats = Seat.objects.filter(session=session, service=name)
        now = seats.aggregate(
            n=Count("pk"), last=Max("number"), held=Count("pk", filter=Q(holder__isnull=False))
        )
        if wanted > now["n"]:
            _add_seats(session, name, (now["last"] or 0) + 1, wanted - now["n"])
        elif wanted < now["n"]:
            _remove_seats(session, name, now["n"] - wanted)
    return session


def _remove_seats(session: ServiceSession, name: str, count: int) -> None:
    free = (
        Seat.objects.select_for_update()
        .filter(session=session, service=name, holder__isnull=True)
        .order_by("-number")
        .values_list("pk", flat=True)[:count]
    )
    chosen = list(free)
    if len(chosen) < count:
        raise Conflict(
            "capacity-below-booked",
            _("The capacity cannot be lower than the places already booked."),
            field="capacity",
        )
    Seat.objects.filter(pk__in=chosen, holder__isnull=True).delete()


@service
def set_stations(*, by: Actor, event: ServiceEvent, stations: dict[str, list[str]]) -> None:
    """The event's stations, by name, with the services given there; the others go.

    Raises Invalid for a service that the event does not offer.
    """
    require(by, Permission.EVENTS_PLAN)
    event = lock_event(by, event.pk)
    for name, services in stations.items():
        if strange := set(services) - set(event.services):
            raise Invalid(
                "station-service",
                _("%(name)s: the event does not offer this service.") % {"name": name},
                field=min(strange),
            )
    Station.objects.filter(event=event).exclude(name__in=stations).delete()
    for name, services in stations.items():
        Station.objects.update_or_create(
            event=event, name=name, defaults={"services": list(dict.fromkeys(services))}
        )
