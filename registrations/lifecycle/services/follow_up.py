"""The follow-up of an event: a draft for whoever is missing."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid
from events.planning.enums import EventKind
from events.planning.models.event import ServiceEvent
from events.planning.services.events import copy_event
from events.planning.services.sessions import open_session
from events.planning.validators import check_day, in_the_past
from events.venues.selectors import venue_of_event
from events.venues.services import goes_to
from registrations.booking.services.contacts import take_over
from registrations.lifecycle.selectors import absentees
from registrations.lifecycle.services.expected import Expected, capacity_for, expect

#: The hours of a follow-up when the event had no session.
_HOURS = (time(8), time(12))


@service
def follow_up(*, by: Actor, event: ServiceEvent, starts_on: date) -> ServiceEvent:
    """A draft event for the absentees, in their groups, with a place for each.

    They stand on its waiting list and get their places when it is approved. Raises Conflict when
    nobody is missing, Invalid `in-the-past`.
    """
    require(by, Permission.EVENTS_PLAN)
    missing = absentees(by, event)
    if not missing:
        raise Conflict("nobody-missing", _("Everybody came, or was served elsewhere meanwhile."))
    if starts_on <= event.ends_on:
        raise Invalid("follow-up", _("A follow-up comes after the event."), field="starts_on")
    check_day(starts_on)
    begins, ends = _hours(event, starts_on)
    if ends <= timezone.now():
        raise in_the_past("starts_on")
    title = _("Follow-up: %(title)s") % {"title": event.title}
    [draft] = copy_event(
        by=by, event=event, starts_on=starts_on, title=str(title)[:200], sessions=False
    )
    draft.kind = EventKind.JEMPUT_BOLA
    draft.holiday_reason = ""
    # A night shift belongs to the day on which it begins.
    draft.ends_on = starts_on
    # Every absentee has a place: none is kept for others.
    draft.walk_in_percent = draft.priority_percent = 0
    draft.by_invitation = True
    draft.save(
        update_fields=[
            *("kind", "holiday_reason", "ends_on", "by_invitation"),
            *("walk_in_percent", "priority_percent"),
        ]
    )
    people = [
        Expected(
            absentee.resident_id,
            absentee.village_id,
            absentee.group,
            tuple(sorted(absentee.services)),
            absentee.priority,
        )
        for absentee in missing
    ]
    session = open_session(
        by=by, event=draft, starts_at=begins, ends_at=ends, capacity=capacity_for(people)
    )
    expect(by, session, people)
    if (venue := venue_of_event(by, event.pk)) is not None:
        goes_to(by=by, event=draft, venue=venue)
    take_over(event, draft)
    return draft


def _hours(event: ServiceEvent, day: date) -> tuple[datetime, datetime]:
    zone = ZoneInfo(event.village.timezone)
    first = event.sessions.order_by("starts_at").first()
    if first is None:
        return datetime.combine(day, _HOURS[0], zone), datetime.combine(day, _HOURS[1], zone)
    begins = datetime.combine(day, first.starts_at.astimezone(zone).time(), zone)
    return begins, begins + max(timedelta(hours=1), first.ends_at - first.starts_at)
