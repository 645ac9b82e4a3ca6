"""Drafts and copies. What also touches bookings (changing, approving, closing, moving, cancelling) is
in `registrations.lifecycle`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import NotFound
from dukcapil.regions.models import Region
from events.planning.enums import PlaceKind
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat, ServiceSession, Station
from events.planning.selectors.events import require_own
from events.planning.validators import USUAL_DAYS_BETWEEN, check_copies, check_day, check_plan


@service
def plan_event(
    *,
    by: Actor,
    title: str,
    kind: str,
    office: Region,
    village: Region,
    place: str,
    starts_on: date,
    ends_on: date,
    services: list[str],
    place_kind: str = PlaceKind.OTHER,
    target_group: str = "",
    programme: str = "",
    holiday_reason: str = "",
    kits: int = 0,
    walk_in_percent: int = 0,
    priority_percent: int = 0,
    by_invitation: bool = False,
) -> ServiceEvent:
    """A draft.

    Raises NotFound for an office that is not the actor's, Invalid for the rules of `validators` and
    `errors`.
    """
    require(by, Permission.EVENTS_PLAN)
    if not by.covers(office.pk):
        raise NotFound
    check_plan(starts_on=starts_on, ends_on=ends_on, kits=kits)
    return ServiceEvent.objects.create(
        title=title,
        kind=kind,
        office=office,
        village=village,
        place=place,
        starts_on=starts_on,
        ends_on=ends_on,
        services=list(dict.fromkeys(services)),
        place_kind=place_kind,
        target_group=target_group,
        programme=programme,
        holiday_reason=holiday_reason,
        kits=kits,
        walk_in_percent=walk_in_percent,
        priority_percent=priority_percent,
        by_invitation=by_invitation,
        created_by_id=by.user_id,
    )


#: What a copy takes over besides its days.
_COPIED = (
    *("kind", "office_id", "village_id", "place", "place_kind", "target_group", "programme"),
    *("services", "holiday_reason", "kits", "walk_in_percent", "priority_percent"),
    "by_invitation",
)


@service
def copy_event(
    *,
    by: Actor,
    event: ServiceEvent,
    starts_on: date,
    title: str = "",
    sessions: bool = True,
    times: int = 1,
    every_days: int = USUAL_DAYS_BETWEEN,
) -> list[ServiceEvent]:
    """`times` drafts like this event, with its sessions and stations: the first begins on
    `starts_on`, each next one `every_days` later. When one cannot be made, none is.

    Each lasts as long as the event; nobody is booked, and nothing is signed. Raises Invalid when
    copies overlap.
    """
    require(by, Permission.EVENTS_PLAN)
    require_own(by, event)
    length = (event.ends_on - event.starts_on).days + 1
    check_copies(length=length, times=times, every_days=every_days)
    check_day(starts_on)
    days = [starts_on + timedelta(days=every_days * n) for n in range(times)]
    return [_copy(by, event, day, title or event.title, sessions=sessions) for day in days]


def _copy(
    by: Actor, event: ServiceEvent, starts_on: date, title: str, *, sessions: bool
) -> ServiceEvent:
    shift = starts_on - event.starts_on
    copy = ServiceEvent.objects.create(
        title=title,
        starts_on=starts_on,
        ends_on=event.ends_on + shift,
        copied_from=event,
        created_by_id=by.user_id,
        **{name: getattr(event, name) for name in _COPIED},
    )
    Station.objects.bulk_create(
        Station(event=copy, name=station.name, services=station.services)
        for station in event.stations.order_by("pk")
    )
    if sessions:
        _copy_sessions(event, copy, shift)
    return copy


def _copy_sessions(event: ServiceEvent, copy: ServiceEvent, shift: timedelta) -> None:
    """The same hours by the clock of the venue; all seats, none of them taken."""
    zone = ZoneInfo(event.village.timezone)
    copies = {}
    for session in event.sessions.order_by("starts_at", "pk"):
        times = [
            datetime.combine(
                moment.astimezone(zone).date() + shift, moment.astimezone(zone).time(), zone
            )
            for moment in (session.starts_at, session.ends_at)
        ]
        copies[session.pk] = ServiceSession.objects.create(
            event=copy, starts_at=times[0], ends_at=times[1]
        )
    Seat.objects.bulk_create(
        Seat(
            session=copies[seat.session_id],
            service=seat.service,
            number=seat.number,
            kept_for=seat.kept_for if seat.kept_before is None else seat.kept_before,
        )
        for seat in Seat.objects.filter(session__in=copies).order_by("session", "service", "number")
    )
