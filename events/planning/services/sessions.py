"""Sessions, their seats, and stations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid
from dukcapil.core.versions import require_seen
from events.planning.enums import Service
from events.planning.errors import no_seats
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession, Station
from events.planning.selectors.events import require_own
from events.planning.selectors.wholes import WHOLE_WORDS, stations_parts
from events.planning.services.own import lock_event
from events.planning.services.seats import add_seats, check_capacity
from events.planning.validators import (
    RECORDING_MINUTES,
    check_minutes,
    seats_for_kits,
)


@service
def open_session(
    *,
    by: Actor,
    event: ServiceEvent,
    starts_at: datetime,
    ends_at: datetime,
    capacity: Mapping[str, int | None],
    minutes: int = RECORDING_MINUTES,
) -> ServiceSession:
    """A session with its seats. Services must be among the event's.

    A capacity of None, for recording alone: as many seats as the event's recording sets can serve,
    `minutes` for each person.
    """
    require(by, Permission.EVENTS_PLAN)
    require_own(by, event)
    seats = _seat_numbers(event, starts_at, ends_at, capacity, minutes)
    check_capacity(event, seats)
    if not any(seats.values()):
        raise no_seats()
    session = ServiceSession.objects.create(event=event, starts_at=starts_at, ends_at=ends_at)
    for name, number in seats.items():
        add_seats(session, name, 1, number)
    return session


def _seat_numbers(
    event: ServiceEvent,
    starts_at: datetime,
    ends_at: datetime,
    capacity: Mapping[str, int | None],
    minutes: int,
) -> dict[str, int]:
    seats = {}
    for name, number in capacity.items():
        if number is not None:
            seats[name] = number
        elif name == Service.RECORDING and event.kits:
            check_minutes(minutes)
            seats[name] = seats_for_kits(event.kits, starts_at, ends_at, minutes)
        else:
            raise no_seats()
    return seats


@service
def set_stations(
    *,
    by: Actor,
    event: ServiceEvent,
    stations: dict[str, list[str]],
    version: str | None = None,
) -> None:
    """The event's stations, by name, with the services given there; other stations are deleted.
    `version`: of the stations that were shown.

    Raises Invalid for a service that the event does not offer, for a station without a name or
    without a service.
    """
    require(by, Permission.EVENTS_PLAN)
    event = lock_event(by, event.pk)
    require_seen(version, stations_parts(event.pk), WHOLE_WORDS)
    for name, services in stations.items():
        _check_station(event, name, services)
    Station.objects.filter(event=event).exclude(name__in=stations).delete()
    for name, services in stations.items():
        Station.objects.update_or_create(
            event=event, name=name, defaults={"services": list(dict.fromkeys(services))}
        )


def _check_station(event: ServiceEvent, name: str, services: list[str]) -> None:
    if not name.strip():
        raise Invalid("station-name", _("Give the station a name."), field="stations")
    if not services:
        raise Invalid("station-service", _("Name at least one service."), field="stations")
    if not_offered := set(services) - set(event.services):
        raise Invalid(
            "station-service",
            _("%(name)s: the event does not offer this service.") % {"name": name},
            field=min(not_offered),
        )
