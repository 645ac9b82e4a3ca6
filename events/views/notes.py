"""Money, blank cards, audience and obstacles of an event."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import status_of
from events.forms.notes import (
    AudienceForm,
    BlankoForm,
    CostsForm,
    ObstacleForm,
    audience_stands,
    blanko_stands,
    costs_stand,
)
from events.planning.enums import CostItem
from events.planning.models.event import EventObstacle, ServiceEvent
from events.planning.selectors.events import get_event_or_404, require_own_or_404
from events.planning.services.notes import (
    drop_obstacle,
    note_obstacle,
    set_audience,
    set_blanko,
    set_costs,
)


@page(Permission.EVENTS_PLAN)
def event_notes(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    event = require_own_or_404(actor, get_event_or_404(actor, event_id))
    do = request.POST.get("do")
    costs = {cost.item: cost for cost in event.costs.all()}
    forms: dict[str, Any] = {
        "costs": fill(request, CostsForm, do=("costs",), stands=lambda: costs_stand(event.pk)),
        "blanko": fill(request, BlankoForm, do=("blanko",), stands=lambda: blanko_stands(event.pk)),
        "audience": fill(
            request, AudienceForm, do=("audience",), stands=lambda: audience_stands(event.pk)
        ),
        "obstacle": fill(request, ObstacleForm, do=("obstacle",)),
    }
    if do == "drop":
        drop_obstacle(by=actor, obstacle=_obstacle(event, request.POST.get("obstacle", "")))
        return redirect("event-notes", event.pk)
    verb: Any = _VERBS.get(do or "")
    if verb and attempt(forms[do or ""], verb, by=actor, event=event):
        messages.success(request, _("Saved."))
        return redirect("event-notes", event.pk)
    context = {
        "event": event,
        **{f"{name}_form": form for name, form in forms.items()},
        "items": [
            (item, forms["costs"][f"planned_{item}"], forms["costs"][f"spent_{item}"])
            for item in CostItem
        ],
        "obstacles": list(event.obstacles.select_related("created_by").order_by("pk")),
        "planned": sum(cost.planned for cost in costs.values()),
        "spent": sum(cost.spent or 0 for cost in costs.values()),
        "section": "events",
    }
    status = max(status_of(form) for form in forms.values())
    return render(request, "events/event_notes.html", context, status=status)


def _costs(*, by: Actor, event: ServiceEvent, costs: Any, version: str | None) -> bool:
    set_costs(by=by, event=event, costs=costs, version=version)
    return True


_VERBS = {
    "costs": _costs,
    "blanko": set_blanko,
    "audience": set_audience,
    "obstacle": note_obstacle,
}


def _obstacle(event: ServiceEvent, text: str) -> EventObstacle:
    is_number = text.isascii() and text.isdigit() and len(text) < 19
    obstacle = event.obstacles.select_related("event").filter(pk=text if is_number else 0).first()
    if obstacle is None:
        raise NotFound
    return obstacle
