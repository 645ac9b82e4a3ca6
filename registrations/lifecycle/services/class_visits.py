"""A visit to a school, a prison or a home, planned from its roster with its people expected."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid
from events.planning.enums import EventKind, EventState, Service
from events.planning.models.event import ServiceEvent
from events.planning.services.events import plan_event
from events.planning.services.sessions import open_session
from events.planning.validators import check_day, in_the_past
from events.venues.selectors import require_own_venue
from events.venues.services import goes_to
from registrations.booking.enums import WaitState
from registrations.booking.models.appointment import AppointmentService
from registrations.booking.models.waiting import Waiting
from registrations.booking.selectors.returning import returns_on
from registrations.booking.services.judging import why_not_recordable
from registrations.lifecycle.services.expected import Expected, capacity_for, expect
from registrations.people.models import Resident
from registrations.people.selectors import recorded_by_status
from registrations.people.services.lookups import recorded_elsewhere
from registrations.rosters.models import Roster
from registrations.rosters.selectors.rosters import present, with_gone
from registrations.rosters.validators import require_roster


@dataclass
class Planned:
    """The draft, how many are expected, and how many are not: by why."""

    event: ServiceEvent
    expected: int
    left: dict[str, int] = field(default_factory=dict)


@service
def plan_class_visit(
    *,
    by: Actor,
    roster: Roster,
    starts_on: date,
    begins: time,
    ends: time,
    classes: Collection[str] = (),
    kits: int = 0,
    places: int | None = None,
) -> Planned:
    """A draft event at the venue, with everybody of these classes (none named: of all) who may be recorded
    on that day and is not booked elsewhere, each class a group, a place for each. With `places` it has so
    many: whoever is over them waits for another visit.

    Raises Invalid `other-district` for a venue elsewhere, Conflict `nobody-to-visit`.
    """
    require(by, Permission.EVENTS_PLAN)
    venue = roster.venue
    require_own_venue(by, venue)
    require_roster(by, venue)
    if venue.is_outside:
        raise Invalid(
            "other-district",
            _("It lies in another district: write to it, its people are recorded where they are."),
            field="starts_on",
        )
    check_day(starts_on)
    zone = ZoneInfo(venue.village.timezone)
    starts_at, ends_at = (datetime.combine(starts_on, hour, zone) for hour in (begins, ends))
    if ends_at <= timezone.now():
        raise in_the_past("starts_on")
    people, left = _who_comes(by, roster, starts_on, set(classes))
    if not people:
        raise Conflict(
            "nobody-to-visit",
            _("Nobody of these classes is to be recorded on that day: see the list."),
            field="classes",
        )
    if places is not None and len(people) > places:
        left["full"] = len(people) - places
        people = people[:places]
    event = plan_event(
        by=by,
        title=(_("Recording at %(venue)s") % {"venue": venue.name})[:200],
        kind=EventKind.JEMPUT_BOLA,
        office=venue.office,
        village=venue.village,
        place=venue.name,
        place_kind=venue.place_kind,
        starts_on=starts_on,
        ends_on=starts_on,
        services=[Service.RECORDING],
        kits=kits,
        by_invitation=True,
    )
    goes_to(by=by, event=event, venue=venue)
    capacity: dict[str, int | None] = {**capacity_for(people)}
    if places is not None:
        capacity = {Service.RECORDING: places}
    session = open_session(
        by=by, event=event, starts_at=starts_at, ends_at=ends_at, capacity=capacity
    )
    expect(by, session, people)
    return Planned(event, len(people), left)


def _who_comes(
    by: Actor, roster: Roster, day: date, classes: set[str]
) -> tuple[list[Expected], dict[str, int]]:
    class_of, gone, unknown = _held(by, roster, classes)
    people = Resident.objects.visible_to(by).filter(pk__in=class_of).order_by("pk")
    dates = recorded_elsewhere(by=by, people=[person.pk for person in people])
    recorded = {*dates, *recorded_by_status(person.pk for person in people)}
    booked = _expected_elsewhere(people)
    later = returns_on(by, class_of)
    left = {"unknown": unknown, "gone": 0, "recorded": 0, "young": 0, "later": 0, "booked": 0}
    come = []
    for person in people:
        if person.pk in gone:
            left["gone"] += 1
        elif person.pk in recorded:
            left["recorded"] += 1
        elif person.pk in booked:
            left["booked"] += 1
        elif why_not_recordable(
            person.birth_date, person.marital_status, [Service.RECORDING], day, None, 0
        ):
            left["young"] += 1
        elif day < later.get(person.pk, day):
            left["later"] += 1
        else:
            come.append(
                Expected(
                    person.pk, person.village_id, class_of[person.pk], (str(Service.RECORDING),)
                )
            )
    come.sort(key=lambda one: one.group)
    return come, {why: n for why, n in left.items() if n}


def _held(
    by: Actor, roster: Roster, classes: set[str]
) -> tuple[dict[uuid.UUID, str], set[uuid.UUID], int]:
    """Who of the list the office holds, with their class; who of them is gone; how many it does not hold."""
    entries = present(by, roster)
    if classes:
        entries = entries.filter(class_name__in=classes)
    class_of: dict[uuid.UUID, str] = {}
    gone: set[uuid.UUID] = set()
    unknown = 0
    rows = with_gone(entries).values_list("resident_id", "class_name", "is_gone")
    for resident, name, is_gone in rows:
        if resident is None:
            unknown += 1
            continue
        class_of.setdefault(resident, name)
        if is_gone:
            gone.add(resident)
    return class_of, gone, unknown


def _expected_elsewhere(people: Collection[Resident]) -> set[uuid.UUID]:
    """Booked for a recording that is still to come, or waiting for one."""
    booked = AppointmentService.objects.filter(
        resident__in=people,
        service=Service.RECORDING,
        active=True,
        appointment__session__ends_at__gt=timezone.now(),
    )
    waits = Waiting.objects.filter(
        resident__in=people,
        services__contains=[Service.RECORDING],
        state=WaitState.WAITING,
        event__state__in=EventState.ahead(),
        session__ends_at__gt=timezone.now(),
    )
    return {
        *booked.values_list("resident_id", flat=True),
        *waits.values_list("resident_id", flat=True),
    }
