"""Money, bag of cards, audience and obstacles of an event."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import chosen_id, status_of
from events.forms.notes import (
    BACK,
    OUT,
    AudienceForm,
    BagForm,
    CostsForm,
    ObstacleForm,
    audience_stands,
    costs_stand,
)
from events.planning.enums import CostItem
from events.planning.models.event import EventObstacle, NotedCards, ServiceEvent
from events.planning.selectors.events import get_event_or_404, require_own_or_404
from events.planning.services.notes import (
    drop_obstacle,
    note_obstacle,
    set_audience,
    set_costs,
)
from events.stock.enums import Item
from events.stock.models import StockAccount
from events.stock.selectors import bag_accounts, bag_of
from events.stock.services.moving import move

#: What was noted by hand of cards, before there was a ledger of them: read with the event.
_NOTED = NotedCards.objects.filter(event=OuterRef("pk")).values(
    said=JSONObject(taken="taken", printed="printed", rejected="rejected", returned="returned")
)


@page(Permission.EVENTS_PLAN)
def event_notes(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    found = get_event_or_404(actor, event_id, noted=Subquery(_NOTED))
    event = require_own_or_404(actor, found)
    do = request.POST.get("do")
    forms: dict[str, Any] = {
        "costs": fill(request, CostsForm, do=("costs",), stands=lambda: costs_stand(event.pk)),
        "bag": fill(request, BagForm, do=("bag",), bags=_of_teams(event)),
        "audience": fill(
            request, AudienceForm, do=("audience",), stands=lambda: audience_stands(event.pk)
        ),
        "obstacle": fill(request, ObstacleForm, do=("obstacle",)),
    }
    if do == "drop":
        drop_obstacle(by=actor, obstacle=_obstacle(event, request.POST.get("obstacle", "")))
        return redirect("event-notes", event.pk)
    verb: Any = partial(_bag, request) if do == "bag" else _VERBS.get(do or "")
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
        **_sums(forms["costs"].initial),
        "bag": bag_of(event.pk),
        "noted": getattr(found, "noted", None),
        "section": "events",
    }
    status = max(status_of(form) for form in forms.values())
    return render(request, "events/event_notes.html", context, status=status)


def _sums(costs: Mapping[str, Any]) -> dict[str, int]:
    """`costs`: what the fields begin with."""
    return {
        kind: sum(n or 0 for name, n in costs.items() if name.startswith(kind))
        for kind in ("planned", "spent")
    }


def _costs(*, by: Actor, event: ServiceEvent, costs: Any, version: str | None) -> bool:
    set_costs(by=by, event=event, costs=costs, version=version)
    return True


def _of_teams(event: ServiceEvent) -> list[StockAccount]:
    """Bags of teams in which there is a card."""
    bags = bag_accounts(event.pk)
    return [bag for bag in bags if bag.item == Item.CARD and bag.team_id and bag.balance > 0]


def _bag(
    request: StaffRequest,
    *,
    by: Actor,
    event: ServiceEvent,
    way: str,
    quantity: int,
    document: str,
) -> bool:
    """The form carries the id of its movement: sent twice, the second one is refused."""
    team = way.removeprefix(BACK) if way != OUT else ""
    store, bag = f"office:{event.office_id}", f"event:{event.pk}{team}"
    source, target = (store, bag) if way == OUT else (bag, store)
    move(
        by=by,
        movement_id=chosen_id(request.POST.get("once")),
        item=Item.CARD,
        source=source,
        target=target,
        quantity=quantity,
        document=document,
        occurred_at=timezone.now(),
    )
    return True


_VERBS = {
    "costs": _costs,
    "audience": set_audience,
    "obstacle": note_obstacle,
}


def _obstacle(event: ServiceEvent, text: str) -> EventObstacle:
    is_number = text.isascii() and text.isdigit() and len(text) < 19
    obstacle = event.obstacles.select_related("event").filter(pk=text if is_number else 0).first()
    if obstacle is None:
        raise NotFound
    return obstacle
