"""What everybody may read without a login: the schedule, as a page and as iCal. No person is in it."""

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
from events.planning.selectors.schedule import (
    ScheduledEvent,
    events_of_office,
    office_of_calendar_link,
    offices_with_public_events,
    public_events,
)

#: How far back a calendar still shows events.
_PAST = timedelta(days=31)


@login_not_required
@require_safe
def schedule(request: HttpRequest) -> HttpResponse:
    """Approved events from today on, with hours, free places and what to bring."""
    region = _region(request)
    events = public_events(region=region.pk if region else "", first=timezone.localdate())
    context = {
        "events": [(entry.event, _bring(entry.event), _hours(entry)) for entry in events],
        "offices": offices_with_public_events(timezone.localdate()),
        "chosen": region,
    }
    return render(request, "events/schedule.html", context)


def _bring(event: ServiceEvent) -> list[tuple[Any, list[Any]]]:
    return [(Service(name).label, BRING[Service(name)]) for name in event.services]


def _hours(entry: ScheduledEvent) -> list[tuple[Any, list[tuple[Any, Any]]]]:
    return [
        (session, [(Service(name).label, cell) for name, cell in seats.items()])
        for session, seats in entry.sessions
    ]


def _region(request: HttpRequest) -> Region | None:
    code = request.GET.get("wilayah", "")
    if not code:
        return None
    levels = (Level.PROVINCE, Level.REGENCY)
    region = Region.objects.filter(pk=code[:13].replace("\0", ""), level__in=levels).first()
    if region is None:
        raise Http404
    return region


@login_not_required
@require_safe
def schedule_feed(request: HttpRequest) -> HttpResponse:
    region = _region(request)
    events = public_events(region=region.pk if region else "", first=timezone.localdate() - _PAST)
    return _ical(request, events, region.name if region else "Dukcapil")


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """An office's own calendar, drafts included, for whoever has the secret address."""
    office = office_of_calendar_link(digest_of(secret))
    if office is None:
        raise Http404
    events = events_of_office(office, timezone.localdate() - _PAST)
    return _ical(request, events, Region.objects.get(pk=office).name)


def _ical(request: HttpRequest, events: list[ScheduledEvent], name: str) -> HttpResponse:
    """One calendar entry for each session; an event without sessions has one with its days."""
    with translation.override("id"):
        calendar = Calendar()
        calendar.add("prodid", "-//dukcapil//jadwal//ID")
        calendar.add("version", "2.0")
        calendar.add("x-wr-calname", name)
        for entry in events:
            for component in _components(entry):
                calendar.add_component(component)
        body = calendar.to_ical()
    return HttpResponse(body, content_type="text/calendar; charset=utf-8")


def _components(entry: ScheduledEvent) -> list[Event]:
    event = entry.event
    zone = ZoneInfo(event.village.timezone)
    hours: list[tuple[Any, Any, Any]] = [
        (session.pk, session.starts_at, session.ends_at) for session, _seats in entry.sessions
    ]
    components = []
    for key, begins, ends in hours or [(event.pk, event.starts_on, event.ends_on + timedelta(1))]:
        component = Event()
        component.add("uid", f"{key}@dukcapil")
        component.add("dtstamp", event.created_at)
        component.add("summary", event.title)
        component.add("dtstart", begins.astimezone(zone) if hours else begins)
        component.add("dtend", ends.astimezone(zone) if hours else ends)
        component.add("location", f"{event.place}, {event.village.name}")
        component.add("description", ", ".join(str(Service(s).label) for s in event.services))
        component.add("status", "CONFIRMED" if event.state != EventState.DRAFT else "TENTATIVE")
        components.append(component)
    return components
