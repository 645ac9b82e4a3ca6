"""Events as iCalendar (RFC 5545): the same instants and days in every program that reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, TimezoneStandard

from dukcapil.regions.enums import Zone
from events.planning.enums import EventState, Service
from events.planning.models.event import ServiceEvent
from events.planning.selectors.schedule import Change, Feed, ScheduledEvent

#: How often a program looks again.
_AGAIN = timedelta(hours=1)
#: Indonesia's three zones have had one offset since then.
_SINCE = datetime(1970, 1, 1)  # noqa: DTZ001 - a time by the clock of the place (3.6.5)

_STATUS = {
    EventState.DRAFT: "TENTATIVE",
    EventState.APPROVED: "CONFIRMED",
    EventState.CLOSED: "CONFIRMED",
    EventState.CANCELLED: "CANCELLED",
}


def as_calendar(feed: Feed, name: str) -> bytes:
    """One entry for each session; an event without sessions has one with its days."""
    with translation.override("id"):
        calendar = Calendar()
        calendar.add("prodid", "-//dukcapil//jadwal//ID")
        calendar.add("version", "2.0")
        calendar.add("calscale", "GREGORIAN")
        calendar.add("x-wr-calname", name)
        calendar.add("x-wr-caldesc", reach(feed))
        calendar.add("refresh-interval", _AGAIN, parameters={"VALUE": "DURATION"})
        for zone in sorted({entry.event.village.timezone for entry in feed.events}):
            calendar.add_component(_zone(zone))
        for entry in feed.events:
            for component in _components(entry):
                calendar.add_component(component)
        return bytes(calendar.to_ical())


def reach(feed: Feed) -> str:
    """Which days the calendar holds: whoever misses an event reads here why."""
    first, last = date_format(feed.first, "j F Y"), date_format(feed.last, "j F Y")
    if feed.whole:
        return _("Events from %(first)s to %(last)s.") % {"first": first, "last": last}
    return _(
        "Events from %(first)s to %(last)s; there are too many after that day for one calendar: choose"
        " one office."
    ) % {"first": first, "last": last}


def _zone(name: str) -> Timezone:
    """Without summer time one observance says all."""
    offset = ZoneInfo(name).utcoffset(_SINCE)
    standard = TimezoneStandard()
    standard.add("dtstart", _SINCE)
    standard.add("tzoffsetfrom", offset)
    standard.add("tzoffsetto", offset)
    standard.add("tzname", Zone(name).label)
    zone = Timezone()
    zone.add("tzid", name)
    zone.add_component(standard)
    return zone


def _components(entry: ScheduledEvent) -> Iterable[Event]:
    event = entry.event
    status = _STATUS[EventState(event.state)]
    if not entry.sessions:
        days = (event.starts_on, event.ends_on + timedelta(days=1))
        yield _component(entry, str(event.pk), days, entry.change, status)
    zone = ZoneInfo(event.village.timezone)
    for session, _seats in entry.sessions:
        hours = (session.starts_at.astimezone(zone), session.ends_at.astimezone(zone))
        change = entry.change.with_(entry.of_sessions[session.pk])
        yield _component(entry, str(session.pk), hours, change, status)
    for gone in entry.removed:
        hours = (gone.starts_at.astimezone(zone), gone.ends_at.astimezone(zone))
        change = entry.change.with_(gone.change)
        yield _component(entry, str(gone.key), hours, change, "CANCELLED")


def _component(
    entry: ScheduledEvent,
    key: str,
    period: Sequence[Any],
    change: Change,
    status: str,
) -> Event:
    event = entry.event
    component = Event()
    component.add("uid", f"{key}@dukcapil")
    # Without METHOD both are the moment of the last change (3.8.7.2).
    changed = change.at.astimezone(UTC).replace(microsecond=0)
    component.add("dtstamp", changed)
    component.add("last-modified", changed)
    component.add("created", event.created_at.astimezone(UTC).replace(microsecond=0))
    component.add("sequence", change.number)
    component.add("status", status)
    component.add("summary", event.title)
    component.add("dtstart", period[0])
    component.add("dtend", period[1])
    component.add("location", place_of(event))
    component.add("description", ", ".join(str(Service(name).label) for name in event.services))
    return component


def place_of(event: ServiceEvent) -> str:
    """The place with village, district and regency: a village's name alone is found in many."""
    district = event.village.parent.name if event.village.parent else ""
    return f"{event.place}, {event.village.name}, {district}, {event.office.name}"
