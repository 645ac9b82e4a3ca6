"""Drafts, changes, approval, copies. Closing and cancelling reach bookings: see registrations."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound, Refused
from dukcapil.regions.models import Region
from events.planning.enums import EventState, Neutrality
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat, ServiceSession, Station
from events.planning.selectors.events import version_of

#: Copies that one click makes.
MOST_COPIES = 12


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
    """The event, held until the commit. Who is only lent to it may serve in it, not change it."""
    event = (
        ServiceEvent.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=event_id)
    ).first()
    if event is None:
        raise NotFound
    require_own(by, event)
    return event


def require_own(by: Actor, event: ServiceEvent) -> None:
    if not by.covers(event.office_id):
        raise Refused("forbidden", _("The event belongs to another office."))


@service
def approve_event(
    *,
    by: Actor,
    event: ServiceEvent,
    neutrality_signed: bool,
    items: list[str] | None = None,
) -> ServiceEvent:
    """The head signs the neutrality checklist (SKB 5 K/L 2/2022) and opens the event to booking.

    `items`: the lines that were confirmed; a program that only says that it signed means all.
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
    event.neutrality_items = items if items is not None else list(Neutrality.values)
    event.save(
        update_fields=[
            *("state", "neutrality_signed_by", "neutrality_signed_at", "neutrality_items"),
        ]
    )
    return event


#: What a copy takes over besides its days.
_COPIED = (
    *("kind", "office_id", "village_id", "place", "place_kind", "target_group", "programme"),
    *("services", "holiday_reason", "kits", "walk_in_percent", "priority_percent"),
    "by_invitation",
)


@service
def copy_event(
    *, by: Actor, event: ServiceEvent, starts_on: date, title: str = "", sessions: bool = True
) -> ServiceEvent:
    """A draft like this event, beginning on another day, with its sessions and stations.

    The length stays; nobody is booked, and nothing is signed.
    """
    require(by, Permission.EVENTS_PLAN)
    require_own(by, event)
    shift = starts_on - event.starts_on
    copy = ServiceEvent.objects.create(
        title=title or event.title,
        starts_on=starts_on,
        ends_on=event.ends_on + shift,
        copied_from=event,
        created_by_id=by.user_id,
        **{name: getattr(event, name) for name in _COPIED},
    )
    Station.objects.bulk_create(
        Station(event=copy, name=one.name, services=one.services)
        for one in event.stations.order_by("pk")
    )
    if sessions:
        _copy_sessions(event, copy, shift)
    return copy


def _copy_sessions(event: ServiceEvent, copy: ServiceEvent, shift: timedelta) -> None:
    """The same hours by the clock of the place; all places, none of them taken."""
    zone = ZoneInfo(event.village.timezone)
    pairs = {}
    for session in event.sessions.order_by("starts_at", "pk"):
        times = [
            datetime.combine(
                moment.astimezone(zone).date() + shift, moment.astimezone(zone).time(), zone
            )
            for moment in (session.starts_at, session.ends_at)
        ]
        pairs[session.pk] = ServiceSession.objects.create(
            event=copy, starts_at=times[0], ends_at=times[1]
        )
    Seat.objects.bulk_create(
        Seat(
            session=pairs[seat.session_id],
            service=seat.service,
            number=seat.number,
            kept_for=seat.kept_for,
        )
        for seat in Seat.objects.filter(session__in=pairs).order_by("session", "service", "number")
    )


@service
def repeat_event(
    *, by: Actor, event: ServiceEvent, every_days: int, times: int
) -> list[ServiceEvent]:
    """`times` copies, each `every_days` after the one before. Raises Invalid when they overlap."""
    length = (event.ends_on - event.starts_on).days + 1
    if not 1 <= times <= MOST_COPIES:
        raise Invalid(
            "repeat", _("At most %(most)s copies at once.") % {"most": MOST_COPIES}, field="times"
        )
    if every_days < length:
        raise Invalid(
            "repeat",
            _("The event lasts %(days)s days: leave at least as many between two.")
            % {"days": length},
            field="every_days",
        )
    return [
        copy_event(by=by, event=event, starts_on=event.starts_on + timedelta(days=every_days * n))
        for n in range(1, times + 1)
    ]
