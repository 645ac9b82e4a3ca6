"""What anybody may read without a login: the schedule, as a page and as iCal. No person is in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event

from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from events.calendar.services import digest_of
from events.planning.enums import BRING, EventState, Service
from events.planning.models.event import ServiceEvent
from events.planning.selectors.public import (
    OpenEvent,
    events_of_office,
    office_of_link,
    offices_with_events,
    open_events,
)

#: Days back that a calendar still shows.
_BEHIND = timedelta(days=31)


@login_not_required
@require_safe
def schedule(request: HttpRequest) -> HttpResponse:
    """Approved events from today on, with hours, free places and what to bring."""
    region = _region(request)
    events = open_events(region=region.pk if region else "", first=timezone.localdate())
    context = {
        "events": [(one.event, _bring(one.event), _hours(one)) for one in events],
        "offices": offices_with_events(timezone.localdate()),
        "chosen": region,
    }
    return render(request, "events/schedule.html", context)


def _bring(event: ServiceEvent) -> list[tuple[Any, list[Any]]]:
    return [(Service(name).label, BRING[Service(name)]) for name in event.services]


def _hours(one: OpenEvent) -> list[tuple[Any, list[tuple[Any, Any]]]]:
    return [
        (session, [(Service(name).label, cell) for name, cell in seats.items()])
        for session, seats in one.hours
    ]


def _region(request: HttpRequest) -> Region | None:
    code = request.GET.get("wilayah", "")
    if not code:
        return None
    levels = (Level.PROVINCE, Level.REGENCY)
    found = Region.objects.filter(pk=code[:13].replace("\0", ""), level__in=levels).first()
    if found is None:
        raise Http404
    return found


@login_not_required
@require_safe
def schedule_feed(request: HttpRequest) -> HttpResponse:
    region = _region(request)
    events = open_events(region=region.pk if region else "", first=timezone.localdate() - _BEHIND)
    return _ical(request, events, region.name if region else "Dukcapil")


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """An office's own calendar, drafts included, for whoever has the secret address."""
    office = office_of_link(digest_of(secret))
    if office is None:
        raise Http404
    events = events_of_office(office, timezone.localdate() - _BEHIND)
    return _ical(request, events, Region.objects.get(pk=office).name)


def _ical(request: HttpRequest, events: list[OpenEvent], name: str) -> HttpResponse:
    """One entry a session; an event without sessions has its days."""
    with translation.override("id"):
        calendar = Calendar()
        calendar.add("prodid", "-//dukcapil//jadwal//ID")
        calendar.add("version", "2.0")
        calendar.add("x-wr-calname", name)
        for one in events:
            for entry in _entries(one):
                calendar.add_component(entry)
        body = calendar.to_ical()
    return HttpResponse(body, content_type="text/calendar; charset=utf-8")


def _entries(one: OpenEvent) -> list[Event]:
    event = one.event
    zone = ZoneInfo(event.village.timezone)
    hours: list[tuple[Any, Any, Any]] = [
        (session.pk, session.starts_at, session.ends_at) for session, _seats in one.hours
    ]
    found = []
    for key, begins, ends in hours or [(event.pk, event.starts_on, event.ends_on + timedelta(1))]:
        entry = Event()
        entry.add("uid", f"{key}@dukcapil")
        entry.add("dtstamp", event.created_at)
        entry.add("summary", event.title)
        entry.add("dtstart", begins.astimezone(zone) if hours else begins)
        entry.add("dtend", ends.astimezone(zone) if hours else ends)
        entry.add("location", f"{event.place}, {event.village.name}")
        entry.add("description", ", ".join(str(Service(s).label) for s in event.services))
        entry.add("status", "CONFIRMED" if event.state != EventState.DRAFT else "TENTATIVE")
        found.append(entry)
    return found
