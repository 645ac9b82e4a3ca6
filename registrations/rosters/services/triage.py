"""What a prison's list turned out to be, one person after another."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from events.venues.selectors import require_own_venue
from registrations.rosters.enums import Triage
from registrations.rosters.models import Roster
from registrations.rosters.selectors.rosters import present


@service
def triage(*, by: Actor, roster: Roster, entries: Collection[uuid.UUID], verdict: str) -> int:
    """Say of these people of a prison who they are; "" takes it back. Returns of how many.

    Raises Conflict `no-prison`, Invalid for another word, NotFound when one is not on the roster.
    """
    require(by, Permission.PRISONS_VIEW)
    require_own_venue(by, roster.venue)
    if not roster.venue.is_prison:
        raise Conflict("no-prison", _("Only people of a prison are sorted so."))
    if verdict and verdict not in Triage.values:
        raise Invalid("triage", _("Choose one of the classes."), field="verdict")
    if not entries:
        raise Invalid("choice", _("Choose a row of the list first."), field="entries")
    chosen = present(by, roster).filter(pk__in=entries)
    if chosen.count() != len(set(entries)):
        raise NotFound
    sorted_now = {"triaged_by": by.user_id, "triaged_at": timezone.now()}
    nobody = {"triaged_by": None, "triaged_at": None}
    done = chosen.order_by().update(triage=verdict, **(sorted_now if verdict else nobody))
    log_access(
        by=by, action=Access.CHANGE, kind="prison triage", subject=str(roster.pk), found=done
    )
    return done
