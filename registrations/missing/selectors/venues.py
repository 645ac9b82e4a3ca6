"""The six states of the people of a list by venue: where they are by the newest roster, wherever they live."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.enums import Level
from events.elections.models import Election
from events.venues.models import Venue
from events.venues.selectors import get_venue_or_404
from registrations.missing.models import COUNTED, PEOPLE, RollVenueCount
from registrations.missing.selectors.lists import lists_within

#: Columns of a row -> what they are called in an answer.
VENUE = {
    "venue_id": "venue",
    **{name: name for name in ("name", "kind", "office", "on_list", *COUNTED, "as_of")},
}


def listed_venue(by: Actor, venue_id: uuid.UUID) -> Venue:
    """Whose people on a list can be asked for. Raises NotFound for a prison, too: entries tell of nobody's, and
    that nobody there is on the list would be untrue.
    """
    venue = get_venue_or_404(by, venue_id)
    if venue.is_prison:
        raise NotFound
    return venue


def venue_counts(
    by: Actor, region: str, purpose: str, election: Election | None = None
) -> QuerySet[RollVenueCount, dict[str, Any]]:
    """Venues of an office, or of the offices within a region, with somebody on such a list, as far as the
    actor may see them. No prison is among them. Order by `venue_id` for pages.
    """
    require(by, Permission.RESIDENTS_VIEW)
    if len(region) > Level.REGENCY.code_length:
        text = _("Whoever is at a school lives in several villages: ask for an office, or above.")
        raise Invalid("region-level", text, field="region")
    found = RollVenueCount.objects.filter(
        list__in=lists_within(purpose, region, election),
        venue__in=Venue.objects.visible_to(by).values("pk"),
    )
    shown = found.values(
        *COUNTED,
        "venue_id",
        name=F("venue__name"),
        kind=F("venue__kind"),
        office=F("venue__office_id"),
        on_list=PEOPLE,
        as_of=F("list__closed_at"),
    )
    return shown.filter(on_list__gt=0)
