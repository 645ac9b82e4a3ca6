"""Verbs on events and sessions. Closing and cancelling reach bookings: they live in registrations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import DateTimeTZRange

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.regions.models import Region
from events import errors as _rules  # noqa: F401 - registers the messages
from events.enums import EventState
from events.models import Assignment, Device, Seat, ServiceEvent, ServiceSession, Team
from events.selectors import version_of

#: Places of one service in one session; a typing error of three digits should not make rows.
LARGEST_CAPACITY = 5000


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
    **details: Any,
) -> ServiceEvent:
    """A draft. `details`: place_kind, target_group, programme, holiday_reason.

    Raises NotFound for an office that is not the actor's, Invalid for the rules of `errors`.
    """
    require(by, Permission.EVENTS_PLAN)
    if not by.covers(office.pk):
        raise NotFound
    return ServiceEvent.objects.create(
        title=title,
        kind=kind,
        office=office,
        village=village,
        place=place,
        starts_on=starts_on,
        ends_on=ends_on,
        services=list(dict.fromkeys(services)),
        created_by_id=by.user_id,
        **details,
    )


@service
def edit_event(*, by: Actor, event: ServiceEvent, seen: str, **changes: Any) -> ServiceEvent:
    """Change a draft, or as head an approved event, which signs it anew. `seen`: `version_of` what the person looked at.

    Raises Conflict `changed-meanwhile`, `event-over`; Invalid when a service with places is left
    out.
    """
    require(by, Permission.EVENTS_PLAN)
    locked = lock_event(by, event.pk)
    if locked.state not in (EventState.DRAFT, EventState.APPROVED):
        raise Conflict("event-over", _("The event is closed or cancelled."))
    if locked.state == EventState.APPROVED:
        # What was signed is changed: only by who may sign, and then it is signed anew.
        require(by, Permission.EVENTS_APPROVE)
        changes |= {"neutrality_signed_by_id": by.user_id, "neutrality_signed_at": timezone.now()}
    if version_of(locked) != seen:
        raise Conflict(
            "changed-meanwhile",
            _("Somebody changed this event meanwhile. Compare, then save again."),
        )
    given_up = set(locked.services) - set(changes["services"])
    if Seat.objects.filter(session__event=locked, service__in=given_up).exists():
        raise Invalid(
            "service-has-places",
            _("Sessions have places for a service that you left out. Set them to 0 first."),
            field="services",
        )
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.save(update_fields=[name.removesuffix("_id") for name in changes])
    return locked


def lock_event(by: Actor, event_id: Any) -> ServiceEvent:
    event = (
        ServiceEvent.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=event_id)
    ).first()
    if event is None:
        raise NotFound
    return event


@service
def approve_event(*, by: Actor, event: ServiceEvent, neutrality_signed: bool) -> ServiceEvent:
    """The head signs the neutrality checklist (SKB 5 K/L 2/2022) and opens the event to booking.

    Approving an approved event changes nothing and keeps the first signature.
    """
    require(by, Permission.EVENTS_APPROVE)
    event = lock_event(by, event.pk)
    if event.state == EventState.APPROVED:
        return event
    if not neutrality_signed:
        raise Invalid(
            "neutrality-unsigned",
            _("The neutrality checklist must be signed before approval."),
            field="neutrality_signed",
        )
    event.state = EventState.APPROVED
    event.neutrality_signed_by_id = by.user_id
    event.neutrality_signed_at = timezone.now()
    event.save(update_fields=["state", "neutrality_signed_by", "neutrality_signed_at"])
    return event


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
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_seat (session_id, service, number)"
            " SELECT %s, %s, n FROM generate_series(%s, %s) n",
            [session.pk, name, first, first + count - 1],
        )


@service
def change_capacity(
    *, by: Actor, session: ServiceSession, capacity: dict[str, int]
) -> ServiceSession:
    """Raise or lower places. Lowering takes free places only; Conflict when fewer are free."""
    require(by, Permission.EVENTS_PLAN)
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
def assign(
    *,
    by: Actor,
    event: ServiceEvent,
    starts_at: datetime,
    ends_at: datetime,
    team: Team | None = None,
    device: Device | None = None,
) -> Assignment:
    """Send a team or a device to an event. Conflict when it is elsewhere at that time."""
    require(by, Permission.EVENTS_PLAN)
    return Assignment.objects.create(
        event=event, team=team, device=device, period=DateTimeTZRange(starts_at, ends_at)
    )
