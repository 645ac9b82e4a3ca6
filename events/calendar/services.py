"""Secret addresses of an office's calendar."""

from __future__ import annotations

import hashlib
import secrets

from django.utils import timezone

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import NotFound
from events.calendar.models import CalendarLink


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@service
def make_link(*, by: Actor) -> str:
    """The secret of a new address, shown once. The addresses before it end."""
    require(by, Permission.EVENTS_PLAN)
    if by.office is None:
        raise NotFound
    end_links(by=by)
    secret = secrets.token_urlsafe(24)
    CalendarLink.objects.create(
        office_id=by.office, digest=digest_of(secret), created_by_id=by.user_id
    )
    return secret


@service
def end_links(*, by: Actor) -> int:
    """End every address of the own office; returns how many there were."""
    require(by, Permission.EVENTS_PLAN)
    return CalendarLink.objects.filter(office_id=by.office, ended_at=None).update(
        ended_at=timezone.now()
    )
