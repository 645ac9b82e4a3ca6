"""Secret addresses of an office's calendar."""

from __future__ import annotations

import hashlib
import secrets

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Refused
from events.calendar.models import CalendarLink


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@service
def make_link(*, by: Actor) -> str:
    """The secret of a new address, shown once. The addresses before it end."""
    office = _own_office(by)
    end_links(by=by)
    secret = secrets.token_urlsafe(24)
    CalendarLink.objects.create(
        office_id=office, digest=digest_of(secret), created_by_id=by.user_id
    )
    return secret


@service
def end_links(*, by: Actor) -> int:
    """End every address of the own office; returns how many there were."""
    return CalendarLink.objects.filter(office_id=_own_office(by), ended_at=None).update(
        ended_at=timezone.now()
    )


def _own_office(by: Actor) -> str:
    require(by, Permission.EVENTS_PLAN)
    if by.office is None:
        raise Refused("forbidden", _("Only a district office has an address of its own."))
    return by.office
