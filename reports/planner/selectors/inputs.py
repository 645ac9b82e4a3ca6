"""What an office typed in for its plans, as pages show it."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from events.venues.enums import VenueKind
from events.venues.models import Venue
from reports.planner.models.inputs import PlanFloor, PlanPin, SiteClosure, SiteProfile, TravelLeg

#: Parts of a place's version -> what a refusal calls them.
SITE_WORDS: dict[str, Any] = {
    "lat": _("Latitude"),
    "lon": _("Longitude"),
    "minutes": _("Minutes for a person"),
    "setup": _("Minutes to put everything up and down"),
    "opens": _("Opens"),
    "closes": _("Closes"),
    "weekdays": _("Weekdays"),
    "lodging": _("A team can sleep there"),
}


def site_parts(site: SiteProfile | None) -> dict[str, Any]:
    """A place without a row is one that says nothing."""
    return {name: _plain(getattr(site or SiteProfile(), name)) for name in SITE_WORDS}


def _plain(value: Any) -> Any:
    return None if value is None else value if isinstance(value, list | bool) else str(value)


def office_of(by: Actor, code: str) -> Region:
    """The office of a region, whose plans the actor may see. Raises NotFound."""
    found = code[: Level.REGENCY.code_length]
    office = Region.objects.filter(pk=found, level=Level.REGENCY).first()
    if office is None or not by.covers(code):
        raise NotFound
    return office


def find_place(by: Actor, office: Region, key: str) -> tuple[Region, Venue | None] | None:
    """Village and venue of a key of an instance; None for what is no place of the office's teams."""
    if (venue_id := _uuid(key)) is not None:
        venues = Venue.objects.visible_to(by).filter(office=office).exclude(kind=VenueKind.PRISON)
        venue = venues.select_related("village").filter(pk=venue_id).first()
        return None if venue is None or venue.is_outside else (venue.village, venue)
    villages = Region.objects.within(office.pk).level(Level.VILLAGE)
    village = (
        villages.filter(pk=key[:13]).first() if len(key) == Level.VILLAGE.code_length else None
    )
    return None if village is None else (village, None)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def place_of(by: Actor, office: Region, key: str) -> tuple[Region, Venue | None]:
    """Raises NotFound for what is no place of the office."""
    found = find_place(by, office, key)
    if found is None:
        raise NotFound
    return found


def profile_of(
    by: Actor, office: Region, village: Region, venue: Venue | None
) -> SiteProfile | None:
    """What is said of a place, if anything."""
    found = SiteProfile.objects.visible_to(by).filter(office=office, village=village, venue=venue)
    return found.first()


def villages_of(office: Region) -> QuerySet[Region]:
    return Region.objects.within(office.pk).level(Level.VILLAGE).select_related("parent")


def venues_of(by: Actor, office: Region) -> list[Venue]:
    """Those that teams go to."""
    found = Venue.objects.visible_to(by).filter(office=office).exclude(kind=VenueKind.PRISON)
    rows = found.select_related("village").order_by("name", "pk")
    return [one for one in rows if not one.is_outside]


def places_to_choose(by: Actor, office: Region) -> list[tuple[str, str]]:
    """(key, name): villages with their kecamatan, then venues. Two queries."""
    villages = [
        (one.pk, f"{one.name} ({one.parent.name})" if one.parent else one.name)
        for one in villages_of(office).order_by("parent__name", "name")
    ]
    venues = [(str(one.pk), f"{one.name} ({one.village.name})") for one in venues_of(by, office)]
    return villages + venues


def profiles_of(by: Actor, office: Region) -> dict[str, SiteProfile]:
    found = SiteProfile.objects.visible_to(by).filter(office=office)
    return {one.key: one for one in found}


def closures_of(
    by: Actor, office: Region, site: SiteProfile | None = None
) -> QuerySet[SiteClosure]:
    """Of the whole office, the newest end first; of one place its own and those of its kind."""
    found = SiteClosure.objects.visible_to(by).filter(office=office)
    if site is not None:
        found = found.filter(site=site)
    return found.select_related("site__village", "site__venue").order_by("-until_day", "pk")


def legs_of(by: Actor, office: Region, site: SiteProfile | None = None) -> QuerySet[TravelLeg]:
    found = TravelLeg.objects.visible_to(by).filter(office=office)
    if site is not None:
        found = found.filter(Q(origin=site) | Q(target=site))
    return found.select_related(
        "origin__village", "origin__venue", "target__village", "target__venue"
    ).order_by("pk")


def pins_of_office(by: Actor, office: Region, site: SiteProfile | None = None) -> QuerySet[PlanPin]:
    found = PlanPin.objects.visible_to(by).filter(office=office)
    if site is not None:
        found = found.filter(site=site)
    return found.select_related("site__village", "site__venue", "team").order_by("day", "pk")


def floors_of(by: Actor, office: Region) -> QuerySet[PlanFloor]:
    found = PlanFloor.objects.visible_to(by).filter(office=office)
    return found.select_related("district").order_by("-until_day", "district_id", "pk")
