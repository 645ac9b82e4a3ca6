"""What everybody may read without a login: the schedule, as a page and as iCal. No person is in it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dukcapil.core.pages import paged
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import NATION, borders_of
from events.calendar.services import digest_of
from events.forms.schedule import ScheduleFilter
from events.planning.enums import Service
from events.planning.selectors.requirements import asked_at, brought_to
from events.planning.selectors.schedule import (
    Feed,
    ScheduledEvent,
    areas,
    office_feed,
    office_of_calendar_link,
    places_with_events,
    public_events,
    public_feed,
    with_hours,
)

#: Events of one page.
_ROWS = 20


@login_not_required
@require_safe
def schedule(request: HttpRequest) -> HttpResponse:
    """Approved events from today on, with hours, free places and what to bring; on a map, too."""
    region = _region(request)
    code = region.pk if region else ""
    places = places_with_events(code)
    if region and region not in places:
        places.append(region)
    form = ScheduleFilter(request.GET, places=places)
    asked = form.cleaned_data if form.is_valid() else {}
    day = asked.get("tanggal")
    events = public_events(region=code, service=asked.get("layanan", ""), day=day)
    pages = paged(request, events.annotate(asked=asked_at("office_id")), _ROWS)
    found = with_hours(pages.object_list)
    shown = code or NATION
    context = {
        "form": form,
        "pages": pages,
        "events": [_shown(one, one.event) for one in found],
        "chosen": region,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "map": borders_of(shown),
        "areas": areas(events, shown),
    }
    status = 200 if form.is_valid() else 422
    return render(request, "events/schedule.html", context, status=status)


def _shown(entry: ScheduledEvent, event: Any) -> tuple[ScheduledEvent, Any, Any]:
    """With what to bring, and its hours."""
    return entry, brought_to(event, event.asked), _hours(entry)


def _hours(entry: ScheduledEvent) -> list[tuple[Any, list[tuple[Any, Any]]]]:
    return [
        (session, [(Service(name).label, cell) for name, cell in seats.items()])
        for session, seats in entry.sessions
    ]


def _region(request: HttpRequest) -> Region | None:
    code = request.GET.get("wilayah", "")
    if not code:
        return None
    region = Region.objects.filter(pk=code[:13].replace("\0", "")).first()
    if region is None or region.level == Level.NATION:
        raise Http404
    return region


@login_not_required
@require_safe
def schedule_feed(request: HttpRequest) -> HttpResponse:
    region = _region(request)
    feed = public_feed(region.pk if region else "")
    return _ical(feed, region.name if region else "Dukcapil")


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """An office's own calendar, drafts included, for whoever has the secret address."""
    office = office_of_calendar_link(digest_of(secret))
    if office is None:
        raise Http404
    return _ical(office_feed(office), Region.objects.get(pk=office).name)


def _ical(feed: Feed, name: str) -> HttpResponse:
    from events.planning.renderers import as_calendar  # noqa: PLC0415 - icalendar takes 20 ms, for feeds alone

    body = as_calendar(feed, name)
    return HttpResponse(body, content_type="text/calendar; charset=utf-8")
