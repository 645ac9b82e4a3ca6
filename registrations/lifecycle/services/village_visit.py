"""From a village to a visit there: a draft event with the people of its list, in one step."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
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
from events.planning.enums import EventKind, EventState, PlaceKind
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.services.events import plan_event
from events.planning.services.sessions import open_session
from events.planning.validators import LARGEST_CAPACITY, in_the_past
from registrations.booking.enums import WaitState
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.answers import RowAnswer
from registrations.booking.services.chosen import answers_of, leave_out_later
from registrations.booking.services.judging import check_people
from registrations.booking.services.matching import ListLook
from registrations.findings.selectors.findings import accepted_about
from registrations.lifecycle.services.expected import Expected, expect
from registrations.people.enums import FindingOutcome


@dataclass(frozen=True)
class PlannedVisit:
    """The draft, and who could not be put on its list, each with why."""

    event: ServiceEvent
    placed: list[RowAnswer]
    left_out: list[RowAnswer]


@service
def plan_village_visit(
    *,
    by: Actor,
    village: Region,
    people: Collection[uuid.UUID],
    starts_on: date,
    begins: time,
    ends: time,
    place: str,
    services: list[str],
    others: int = 0,
    kits: int = 0,
    places: int | None = None,
) -> PlannedVisit:
    """A draft event in a village with a place for each of these people, and for `others` who come by
    themselves. Without places for others it is by invitation. With `places` it has so many in all: whoever
    of the people is over them is left out, and it may be that none of them comes.

    They stand on its waiting list as a group of the village's name, and get their places when it is
    approved. Who is recorded, explained, too young on that day, to return later, booked or waits elsewhere is
    left out. Raises Conflict `nobody-to-visit` when nobody is left, Invalid `in-the-past`.
    """
    require(by, Permission.EVENTS_PLAN)
    if by.office is None or village.pk[:5] != by.office:
        raise NotFound
    wanted = sorted(set(services))
    if not wanted:
        raise Invalid("services", _("Name at least one service."), field="services")
    first, last = _hours(village, starts_on, begins, ends)
    answers = answers_of(by, by.office, people) if people or places is None else []
    event = plan_event(
        by=by,
        title=str(_("Visit to %(village)s") % {"village": village.name})[:200],
        kind=EventKind.JEMPUT_BOLA,
        office=Region.objects.get(pk=by.office),
        village=village,
        place=" ".join(place.split()),
        place_kind=PlaceKind.OTHER,
        starts_on=starts_on,
        ends_on=starts_on,
        services=wanted,
        by_invitation=not others and places is None,
        kits=kits,
    )
    # Judged for the hours of the session; it is opened once it is known for how many.
    judged = ServiceSession(event=event, starts_at=first, ends_at=last)
    _judge(by, judged, wanted, answers)
    if places is not None:
        _leave_out_over(answers, places)
    placed = [answer for answer in answers if answer.stands]
    if not placed and places is None:
        text = _(
            "Nobody of them needs this visit: they are recorded, too young, or expected elsewhere."
        )
        raise Conflict("nobody-to-visit", text, field="people")
    total = len(placed) + others if places is None else places
    if total > LARGEST_CAPACITY:
        text = _("One visit has at most %(most)s places for a service: plan several.")
        raise Invalid("people", text % {"most": number_format(LARGEST_CAPACITY)}, field="people")
    capacity: dict[str, int | None] = dict.fromkeys(wanted, total)
    session = open_session(by=by, event=event, starts_at=first, ends_at=last, capacity=capacity)
    name, needs = village.name[:80], tuple(wanted)
    expect(
        by,
        session,
        [Expected(one.person.pk, one.person.village_id, name, needs) for one in placed],
    )
    return PlannedVisit(event, placed, [answer for answer in answers if not answer.stands])


def _leave_out_over(answers: list[RowAnswer], places: int) -> None:
    for answer in [one for one in answers if one.stands][places:]:
        answer.message = str(_("This visit has no place left: the next one has."))


def _hours(village: Region, day: date, begins: time, ends: time) -> tuple[datetime, datetime]:
    zone = ZoneInfo(village.timezone)
    first, last = (datetime.combine(day, hour, zone) for hour in (begins, ends))
    if last <= first:
        raise Invalid("session-hours", _("A visit ends after it begins."), field="ends")
    if last <= timezone.now():
        raise in_the_past("starts_on")
    return first, last


def _judge(
    by: Actor, session: ServiceSession, services: list[str], answers: list[RowAnswer]
) -> None:
    """Nobody is on the list of two visits to come."""
    people = [answer.person.pk for answer in answers]
    ahead = Waiting.objects.visible_to(by).filter(
        resident__in=people,
        state=WaitState.WAITING,
        services__overlap=services,
        session__ends_at__gt=timezone.now(),
        event__state__in=EventState.ahead(),
    )
    elsewhere = dict(ahead.values_list("resident_id", "event__title"))
    explained = accepted_about(by, people, FindingOutcome.explaining())
    for answer in answers:
        if answer.person.pk in explained:
            answer.message = str(_("The office knows why nobody comes: see the findings."))
        elif title := elsewhere.get(answer.person.pk):
            answer.message = str(
                _("Is on the list of another visit: %(title)s.") % {"title": title}
            )
    rest = [answer for answer in answers if answer.stands]
    check_people(ListLook(by, session.event.office_id), session, services, rest)
    leave_out_later(by, session, services, rest)
