"""Adding and changing venues, and noting which event goes to one."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid
from dukcapil.core.versions import require_seen
from dukcapil.regions.models import Region
from events.planning.models.event import ServiceEvent
from events.planning.selectors.events import require_own
from events.venues.models import Venue, VenueVisit
from events.venues.selectors import require_own_venue


@service
def add_venue(
    *,
    by: Actor,
    kind: str,
    name: str,
    village: Region,
    code: str = "",
    contact: str = "",
) -> Venue:
    """Of the actor's office. Raises Invalid without an office, Conflict `venue-exists`, `venue-code`."""
    require(by, Permission.EVENTS_PLAN)
    if by.office is None:
        raise Invalid("office", _("Only a district office goes out to people."))
    return Venue.objects.create(
        office_id=by.office,
        village=village,
        kind=kind,
        code=_one_line(code),
        name=_one_line(name),
        contact=_one_line(contact),
        created_by_id=by.user_id,
    )


#: What somebody changes of a venue; its kind stays, for rosters depend on it.
EDITED = ("name", "village_id", "code", "contact")


def parts_of(venue: Venue) -> dict[str, str]:
    return {name: str(getattr(venue, name)) for name in EDITED}


@service
def change_venue(
    *,
    by: Actor,
    venue: Venue,
    name: str,
    village: Region,
    code: str = "",
    contact: str = "",
    version: str | None = None,
) -> Venue:
    """`version`: of what was shown (`parts_of`)."""
    require(by, Permission.EVENTS_PLAN)
    require_own_venue(by, venue)
    held = Venue.objects.select_for_update(of=("self",)).get(pk=venue.pk)
    words = {
        "name": _("Name"),
        "village_id": _("Village"),
        "code": _("Code"),
        "contact": _("Letters go to"),
    }
    require_seen(version, parts_of(held), words)
    held.name, held.code, held.contact = _one_line(name), _one_line(code), _one_line(contact)
    held.village = village
    held.save(update_fields=["name", "code", "contact", "village"])
    log_access(by=by, action=Access.CHANGE, kind="venue", subject=str(held.pk))
    return held


@service
def goes_to(*, by: Actor, event: ServiceEvent, venue: Venue) -> VenueVisit:
    """Note that this event goes to a venue of the same office."""
    require(by, Permission.EVENTS_PLAN)
    require_own(by, event)
    require_own_venue(by, venue)
    visit, _made = VenueVisit.objects.get_or_create(
        event=event, defaults={"venue": venue, "office_id": event.office_id}
    )
    return visit


def _one_line(text: str) -> str:
    return " ".join(text.split())
