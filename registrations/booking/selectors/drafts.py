"""Somebody's previews of lists, and the places that they are compared with."""

from __future__ import annotations

import uuid

from django.db.models import Count, Q
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from events.planning.models.session import Seat, ServiceSession
from registrations.booking.models.draft import ListDraft


def get_draft_or_404(by: Actor, draft_id: uuid.UUID) -> ListDraft:
    """Only its author's, in the same posting, and only for its day."""
    drafts = ListDraft.objects.visible_to(by).select_related("session__event__village", "group")
    draft = drafts.filter(
        pk=draft_id,
        author_id=by.user_id,
        posting_id=by.posting_id,
        expires_at__gt=timezone.now(),
    ).first()
    if draft is None:
        raise NotFound
    return draft


def free_places(session: ServiceSession, services: list[str]) -> int:
    """For how many people a place for each of these services is free."""
    free = Count("pk", filter=Q(holder__isnull=True, kept_for=""))
    counted = Seat.objects.filter(session=session, service__in=services).values_list("service")
    by_service = dict(counted.annotate(free=free).order_by())
    return min(by_service.get(name, 0) for name in services)
