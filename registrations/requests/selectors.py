"""Requests for visits as pages show them, and who passed them on."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import the_one
from dukcapil.core.errors import NotFound
from registrations.ledger.enums import Outcome
from registrations.ledger.models import ServiceRecord
from registrations.requests.enums import Partner, RequestState
from registrations.requests.models import VisitRequest


def requests_of(
    by: Actor, *, state: str = RequestState.OPEN, village: str = ""
) -> QuerySet[VisitRequest]:
    """The oldest first. `meanwhile`: whether the person got a service since the request, at any
    office that the actor sees.
    """
    services_since = ServiceRecord.objects.visible_to(by).filter(
        resident_id=OuterRef("resident_id"),
        occurred_at__gte=OuterRef("created_at"),
        outcome=Outcome.DONE,
        weight__gt=0,
    )
    requests = (
        VisitRequest.objects.visible_to(by)
        .select_related("resident__identity", "village", "event")
        .annotate(meanwhile=Exists(services_since))
    )
    if state:
        requests = requests.filter(state=state)
    if village:
        requests = requests.filter(village_id=village)
    return requests.order_by("created_at", "pk")


def get_request_or_404(by: Actor, request_id: uuid.UUID) -> VisitRequest:
    requests = requests_of(by, state="").select_related(
        "office", "created_by", "ended_by", "heard_at", "resident__identity", "village", "event"
    )
    if (request := the_one(requests.filter(pk=request_id))) is None:
        raise NotFound
    return request


def may_ask(by: Actor) -> bool:
    return bool(by.office) and by.may(Permission.APPOINTMENTS_BOOK)


def may_plan_visits(by: Actor) -> bool:
    return bool(by.office) and by.may(Permission.EVENTS_PLAN)


def may_end(by: Actor, request: VisitRequest) -> bool:
    """Whether a page offers to end it; `end_request` checks again."""
    return request.state == RequestState.OPEN and may_ask(by)


def partners(by: Actor) -> list[dict[str, Any]]:
    """All partners, how many requests they passed on and what became of them: one query."""
    counted: Any = (
        VisitRequest.objects.visible_to(by)
        .values("partner_kind", "partner")
        .annotate(
            asked=Count("pk"),
            open=Count("pk", filter=Q(state__in=RequestState.pending())),
            done=Count("pk", filter=Q(state=RequestState.DONE)),
            people=Sum("served", default=0),
        )
        .order_by("-done", "-asked", "partner_kind", "partner")
    )
    return [{**row, "label": Partner(row["partner_kind"]).label} for row in counted]


def states(by: Actor) -> dict[str, int]:
    counted = VisitRequest.objects.visible_to(by).values_list("state").annotate(n=Count("pk"))
    return dict(counted.order_by())
