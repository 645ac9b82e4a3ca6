"""Outages of network and power that touch the hours of an event."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import status_of
from events.following import follow_outage
from events.hour_fields import OutageForm
from events.incidents.selectors import outages_of_event, rows_of
from events.incidents.services import report_outage
from events.planning.selectors.events import get_event_or_404, require_own_or_404


@page(Permission.INCIDENTS_WRITE)
def event_outages(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    """What there was, and will be; one more of the event or of the whole office, and what becomes of one."""
    event = require_own_or_404(actor, get_event_or_404(actor, event_id))
    zone = event.village.timezone
    places = [
        ("event", _("At this event"), {"event": event}),
        ("office", _("In the whole office"), {}),
    ]
    form = fill(request, OutageForm, do=("outage",), zone=zone, places=places)
    follow = follow_outage(request, actor, zone)
    do = request.POST.get("do")
    if do == "outage" and attempt(form, report_outage, by=actor, office=event.office):
        messages.success(request, _("The outage is on the board."))
        return redirect("event-outages", event.pk)
    if follow.said:
        messages.success(request, follow.said)
        return redirect("event-outages", event.pk)
    context = {
        "event": event,
        "outages": rows_of(actor, outages_of_event(event)),
        "form": form,
        "follow": follow,
        "zone": zone,
        "now": timezone.now(),
        "section": "events",
    }
    status = max(status_of(form), follow.status)
    return render(request, "events/event_outages.html", context, status=status)
