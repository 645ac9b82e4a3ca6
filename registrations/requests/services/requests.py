"""Verbs of a request for a visit: asking, planning several as one event, ending one with a reason.

`steps` holds what an event does to its requests.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.regions.models import Region
from events.planning.enums import EventKind, PlaceKind
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.services.events import plan_event
from events.planning.services.sessions import open_session
from events.planning.validators import LARGEST_CAPACITY
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.contacted import Contacted
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.contacts import carry, change_contact, give_group
from registrations.booking.services.messages import Contact, contact_of
from registrations.people.models import Resident
from registrations.requests.enums import RequestEnd, RequestKind, RequestState
from registrations.requests.models import VisitRequest

#: The hours of a visit by request, by the clock of the place; its plan may be changed.
HOURS = (time(8), time(15))
#: One visit serves at most so many requests.
MOST_REQUESTS = 100


@service
def ask_visit(
    *,
    by: Actor,
    services: list[str],
    reason: str,
    partner_kind: str,
    resident: Resident | None = None,
    village: Region | None = None,
    place: str = "",
    people: int = 1,
    partner: str = "",
    heard_at: ServiceEvent | None = None,
    contact: Contact | None = None,
) -> VisitRequest:
    """To a person at home (`resident`), or to `people` at a `place` in a `village`.

    Raises Conflict `already-asked`, Invalid for a place in another district.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    if by.office is None:
        raise NotFound
    if not services:
        raise Invalid("services", _("Name at least one service."), field="services")
    if any(named.office_id != by.office for named in (resident, heard_at) if named is not None):
        raise NotFound
    village_id = resident.village_id if resident else village.pk if village else ""
    if not village_id:
        raise Invalid("village", _("Say in which village."), field="village")
    request = VisitRequest.objects.create(
        office_id=by.office,
        village_id=village_id,
        kind=RequestKind.HOME if resident else RequestKind.INSTITUTION,
        resident=resident,
        place="" if resident else " ".join(place.split()),
        people=1 if resident else people,
        services=sorted(set(services)),
        reason=reason,
        partner_kind=partner_kind,
        partner=" ".join(partner.split()),
        heard_at=heard_at,
        created_by_id=by.user_id,
    )
    carry([(request, contact)])
    return request


@service
def plan_visit(*, by: Actor, requests: list[uuid.UUID], starts_on: date) -> ServiceEvent:
    """One draft event for the chosen requests, with a place for everybody.

    The people stand on its waiting list and get their places when it is approved. Raises Conflict
    when one of the requests was planned or ended meanwhile.
    """
    require(by, Permission.EVENTS_PLAN)
    chosen = _chosen(by, requests)
    capacity = _capacity(chosen)
    begins, ends = _hours(chosen, starts_on)
    venue = _venue(chosen)
    event = plan_event(
        by=by,
        title=venue.title,
        kind=EventKind.JEMPUT_BOLA,
        office=chosen[0].office,
        village=venue.village,
        place=venue.place,
        place_kind=venue.place_kind,
        starts_on=starts_on,
        ends_on=starts_on,
        services=sorted(capacity),
        by_invitation=True,
    )
    session = open_session(by=by, event=event, starts_at=begins, ends_at=ends, capacity=capacity)
    at_home = [request for request in chosen if request.resident_id]
    entries = Waiting.objects.bulk_create(
        Waiting(
            session=session,
            event=event,
            office_id=event.office_id,
            resident_id=resident_id,
            village_id=request.village_id,
            services=request.services,
            created_by_id=by.user_id,
        )
        for request in at_home
        if (resident_id := request.resident_id)
    )
    carry(zip(entries, map(contact_of, at_home), strict=True))
    for request in chosen:
        if not request.resident_id:
            _expect_at_place(by, session, request)
    planned = VisitRequest.objects.filter(pk__in=[request.pk for request in chosen])
    planned.update(state=RequestState.PLANNED, event=event)
    return event


def _expect_at_place(by: Actor, session: ServiceSession, request: VisitRequest) -> None:
    """An institution that left a contact is told through a group of its name, which its list joins."""
    if (contact := contact_of(request)) is None:
        return
    group = VisitGroup.objects.create(
        session=session,
        event=session.event,
        office_id=request.office_id,
        name=request.place[:80],
        services=request.services,
        created_by_id=by.user_id,
    )
    give_group(group, contact)


@service
def change_request_contact(
    *, by: Actor, request: VisitRequest, contact: Contact | None
) -> VisitRequest:
    """Whom to tell of the visit, also where it is planned already."""
    request = change_contact(by=by, owner=request, contact=contact)
    if request.state == RequestState.PLANNED:
        for owner in _planned_for(by, request):
            change_contact(by=by, owner=owner, contact=contact)
    return request


def _planned_for(by: Actor, request: VisitRequest) -> list[Contacted]:
    at: dict[str, Any] = {"event": request.event_id}
    if request.resident_id is None:
        groups = VisitGroup.objects.visible_to(by).filter(**at, name=request.place[:80])
        return list(groups)
    at["resident"] = request.resident_id
    visits = Appointment.objects.visible_to(by).filter(**at, state__in=AppointmentState.active())
    entries = Waiting.objects.visible_to(by).filter(**at, state=WaitState.WAITING)
    return [*visits, *entries]


def _chosen(by: Actor, requests: list[uuid.UUID]) -> list[VisitRequest]:
    if not requests:
        raise Invalid("requests", _("Choose at least one request of the list."), field="requests")
    if len(requests) > MOST_REQUESTS:
        raise Invalid(
            "requests",
            _("One visit serves at most %(most)s requests.") % {"most": MOST_REQUESTS},
            field="requests",
        )
    visible = VisitRequest.objects.visible_to(by).select_for_update(of=("self",))
    chosen = list(
        visible.select_related("village", "office").filter(pk__in=requests).order_by("pk")
    )
    if len(chosen) != len(set(requests)):
        raise NotFound
    if any(request.state != RequestState.OPEN for request in chosen):
        raise Conflict(
            "request-state",
            _("One of these was planned or ended meanwhile: choose again."),
            field="requests",
        )
    if sum(request.kind == RequestKind.INSTITUTION for request in chosen) > 1:
        raise Invalid(
            "requests",
            _("One visit goes to one institution: what is done there counts for it."),
            field="requests",
        )
    return chosen


def _capacity(chosen: list[VisitRequest]) -> dict[str, int]:
    capacity: Counter[str] = Counter()
    for request in chosen:
        capacity.update(dict.fromkeys(request.services, request.people))
    if max(capacity.values()) > LARGEST_CAPACITY:
        raise Invalid(
            "requests",
            _("One visit has at most %(most)s places for a service: plan several.")
            % {"most": number_format(LARGEST_CAPACITY)},
            field="requests",
        )
    return dict(capacity)


def _hours(chosen: list[VisitRequest], day: date) -> tuple[datetime, datetime]:
    zone = ZoneInfo(chosen[0].village.timezone)
    begins, ends = (datetime.combine(day, hour, zone) for hour in HOURS)
    if ends <= timezone.now():
        raise Invalid(
            "visit-over",
            _("This day's visiting hours are over: choose a later day."),
            field="starts_on",
        )
    return begins, ends


@dataclass(frozen=True)
class _Venue:
    title: str
    village: Region
    place: str
    place_kind: str


def _venue(chosen: list[VisitRequest]) -> _Venue:
    """Title and place of the event: only villages and institutions, never a person, for calendars
    show them.
    """
    villages = Counter(request.village_id for request in chosen)
    village_id, _n = villages.most_common(1)[0]
    village = next(request.village for request in chosen if request.village_id == village_id)
    places = sorted({request.place for request in chosen if request.place})
    name = places[0] if len(places) == 1 and len(chosen) == 1 else village.name
    return _Venue(
        title=str(_("Visit by request: %(where)s") % {"where": name})[:200],
        village=village,
        place=", ".join(places)[:200] or str(_("At home, by the list")),
        place_kind=PlaceKind.OTHER if places else PlaceKind.HOME,
    )


@service
def end_request(*, by: Actor, request: VisitRequest, because: str) -> VisitRequest:
    """Nobody needs to go there any more, and why. Raises Conflict once it is planned or over."""
    require(by, Permission.APPOINTMENTS_BOOK)
    locked = VisitRequest.objects.visible_to(by).select_for_update(of=("self",)).get(pk=request.pk)
    if not by.covers(locked.office_id):
        raise NotFound
    if because not in RequestEnd.values:
        raise Invalid("because", _("Choose why the request ends."), field="because")
    if locked.state == RequestState.ENDED and locked.ended_because == because:
        return locked
    if locked.state != RequestState.OPEN:
        raise Conflict(
            "request-state", _("It is planned or over: the visit decides."), field="because"
        )
    locked.state, locked.ended_because = RequestState.ENDED, because
    locked.ended_by_id, locked.ended_at = by.user_id, timezone.now()
    locked.save(update_fields=["state", "ended_because", "ended_by", "ended_at"])
    return locked
