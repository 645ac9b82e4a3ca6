"""The office's calendar: month and week, and a secret address for other calendars."""

from __future__ import annotations

from calendar import Calendar
from collections import defaultdict
from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.forms import tell_once, told_once
from events.calendar.selectors import off_days
from events.calendar.services import end_links, make_link
from events.calendar.validators import parse_day
from events.planning.models.event import ServiceEvent
from events.planning.selectors.events import events_between


@page(Permission.EVENTS_VIEW)
def calendar_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    """A month, or with ``?minggu=`` a week. Days off are marked; events may lie on them."""
    if request.method == "POST":
        return _link(request, actor)
    week = parse_day(request.GET.get("minggu"))
    month = parse_day(f"{request.GET.get('bulan', '')}-01")
    day = week or month or actor.today
    if week:
        first = day - timedelta(days=day.weekday())
        weeks = [[first + timedelta(days=n) for n in range(7)]]
        before, after = first - timedelta(days=7), first + timedelta(days=7)
    else:
        weeks = Calendar().monthdatescalendar(day.year, day.month)
        before = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
        after = (day.replace(day=28) + timedelta(days=7)).replace(day=1)
    events, until = events_between(actor, weeks[0][0], weeks[-1][-1])
    off = off_days(actor.office or actor.region, weeks[0][0], weeks[-1][-1])
    running = _by_day(events, weeks[0][0], weeks[-1][-1])
    context = {
        "weeks": [
            [
                {
                    "day": shown,
                    "events": running[shown],
                    "off": shown in off,
                    "holiday": off.get(shown, ""),
                    "other": not week and shown.month != day.month,
                    "today": shown == actor.today,
                }
                for shown in days
            ]
            for days in weeks
        ],
        "day": day,
        "until": until,
        "week": bool(week),
        "before": before,
        "after": after,
        "several": actor.office is None,
        "link": _told(request),
        "links": actor.office is not None and actor.may(Permission.EVENTS_PLAN),
        "section": "events",
    }
    return render(request, "events/calendar.html", context)


def _by_day(events: list[ServiceEvent], first: date, last: date) -> dict[date, list[ServiceEvent]]:
    by_day: dict[date, list[ServiceEvent]] = defaultdict(list)
    for event in events:
        begins, ends = max(first, event.starts_on), min(last, event.ends_on)
        for n in range((ends - begins).days + 1):
            by_day[begins + timedelta(days=n)].append(event)
    return by_day


def _link(request: StaffRequest, actor: Actor) -> HttpResponse:
    if request.POST.get("do") == "end":
        end_links(by=actor)
        messages.success(request, _("The address no longer answers."))
    else:
        tell_once(request, make_link(by=actor))
        messages.success(request, _("A new address was made; the one before it ended."))
    return redirect("calendar")


def _told(request: StaffRequest) -> str:
    secret = told_once(request)
    return request.build_absolute_uri(reverse("calendar-feed", args=[secret])) if secret else ""
