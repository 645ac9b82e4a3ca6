"""Reads of statuses: one person's, those that stand, lists that were brought."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from registrations.cards.enums import STEP, STEPS, Step
from registrations.cards.models import RecordStatus, StatusImport

Statuses = QuerySet[RecordStatus, Any]


def step_of(status: RecordStatus) -> Step:
    return STEP[status.code]


def newest(by: Actor) -> Statuses:
    """The status that stands, of everybody whom the actor may see and who has one."""
    return RecordStatus.objects.visible_to(by).filter(newest=True)


def history(by: Actor, resident: uuid.UUID) -> list[RecordStatus]:
    """Of one person, the newest first."""
    found = RecordStatus.objects.visible_to(by).filter(resident=resident)
    return list(found.select_related("entered_by").order_by("-newest", "-at", "-entered_at"))


def late_at(now: datetime) -> Q:
    """Longer in a code than its step takes."""
    late = Q(pk__in=[])
    for step in STEPS:
        if step.days is not None:
            late |= Q(code=step.code, since__lt=now - timedelta(days=step.days))
    return late


def is_late(status: RecordStatus, now: datetime | None = None) -> bool:
    days = STEP[status.code].days
    return days is not None and status.since < (now or timezone.now()) - timedelta(days=days)


def age_in_days(status: RecordStatus) -> int:
    return max((timezone.now() - status.since).days, 0)


def import_or_404(by: Actor, brought: uuid.UUID) -> StatusImport:
    found = StatusImport.objects.visible_to(by).filter(pk=brought)
    one = found.select_related("brought_by", "office").first()
    if one is None:
        raise NotFound
    return one


def imports(by: Actor) -> list[StatusImport]:
    """The last ten."""
    found = StatusImport.objects.visible_to(by).select_related("brought_by", "office")
    return list(found.order_by("-brought_at")[:10])


def statuses_of(
    by: Actor, *, resident: uuid.UUID | None = None, code: str = "", newest: bool | None = None
) -> Statuses:
    """For programs, which page by id. Who was erased has none."""
    found = RecordStatus.objects.visible_to(by).filter(taken_back=False)
    found = found.filter(resident__erased_at__isnull=True)
    if resident is not None:
        found = found.filter(resident=resident)
    if code:
        found = found.filter(code=code)
    return found if newest is None else found.filter(newest=newest)
