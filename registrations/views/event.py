from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.live import live
from events.enums import Service
from events.selectors import get_event_or_404
from registrations.enums import Outcome
from registrations.selectors.desk import places_only, progress, served_in, sessions_of
from registrations.services import cancel_event, close_event


@page(Permission.EVENTS_VIEW)
def event_page(request: HttpRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    """An event with its sessions, and what was done so far."""
    event = get_event_or_404(actor, event_id)
    if request.method == "POST":
        if request.POST.get("do") == "close":
            close_event(by=actor, event=event)
            messages.success(request, _("The event is closed. Late records are still taken."))
        elif request.POST.get("do") == "cancel":
            cancel_event(by=actor, event=event)
            messages.success(request, _("The event is cancelled; everybody may book elsewhere."))
        return redirect("event", event.pk)
    people = actor.may(Permission.APPOINTMENTS_VIEW)
    sessions = sessions_of(actor, event)
    served: dict[str, dict[str, int]] = {}
    for row in served_in(actor, event) if people else []:
        served.setdefault(row["service"], {})[row["outcome"]] = row["n"]
    context = {
        "event": event,
        "sessions": progress(actor, sessions) if people else places_only(sessions),
        "people": people,
        "served": [
            (Service(name).label, cell.get(Outcome.DONE, 0), cell.get(Outcome.FAILED, 0))
            for name, cell in served.items()
        ],
        "services": [Service(name).label for name in event.services],
        "plans": bool(actor.office) and actor.may(Permission.EVENTS_PLAN),
        "section": "events",
    }
    return live(request, "registrations/event.html", "registrations/_event_progress.html", context)
