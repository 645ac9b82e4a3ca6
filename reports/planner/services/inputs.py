"""What an office says of its places, ways, closed days, fixed visits and fewest visits."""

from __future__ import annotations

import uuid
from datetime import date, time
from decimal import Decimal
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.core.versions import require_seen
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from events.calendar.validators import LAST_DAY
from events.resources.models import Team
from events.venues.models import Venue
from reports.planner.enums import PinKind, SiteKind
from reports.planner.models.inputs import PlanFloor, PlanPin, SiteClosure, SiteProfile, TravelLeg
from reports.planner.selectors.inputs import SITE_WORDS, find_place, site_parts
from reports.planner.selectors.older import INPUTS

Row = TypeVar("Row", SiteClosure, TravelLeg, PlanFloor, PlanPin)


def require_own(by: Actor, office: Region) -> None:
    """Inputs are those of the actor's own office. Raises Refused, NotFound."""
    require(by, Permission.PLANS_SET)
    if by.office is None or office.pk != by.office:
        raise NotFound


def _log(by: Actor, row: SiteProfile | SiteClosure | TravelLeg | PlanFloor | PlanPin) -> None:
    subject = f"{row._meta.model_name} {row.pk}"
    log_access(by=by, action=Access.CHANGE, kind=INPUTS, subject=subject, office=row.office_id)


# --- places ----------------------------------------------------------------------------------------


@service
def set_site(
    *,
    by: Actor,
    office: Region,
    key: str,
    lat: Decimal | None = None,
    lon: Decimal | None = None,
    minutes: int | None = None,
    setup: int | None = None,
    opens: time | None = None,
    closes: time | None = None,
    weekdays: list[int] | None = None,
    lodging: bool = False,
    version: str | None = None,
) -> SiteProfile:
    """What is empty is as the rules say. `version`: of what was shown (`site_parts`)."""
    require_own(by, office)
    site = site_at(by, office, key)
    site = SiteProfile.objects.select_for_update(of=("self",)).get(pk=site.pk)
    require_seen(version, site_parts(site), SITE_WORDS)
    site.lat, site.lon = lat, lon
    site.minutes, site.setup = minutes, setup
    site.opens, site.closes = opens, closes
    site.weekdays = sorted(set(weekdays or []))
    site.lodging = lodging
    site.changed_by_id = by.user_id
    site.save()
    _log(by, site)
    return site


def site_at(by: Actor, office: Region, key: str, *, field: str = "site") -> SiteProfile:
    """The row of a village (its code) or of a venue (its id), made where there is none. Raises Invalid for
    what is no place of the office.
    """
    village, venue = _place(by, office, key, field)
    site, _new = SiteProfile.objects.get_or_create(
        office=office,
        village=village,
        venue=venue,
        defaults={"changed_by_id": by.user_id},
    )
    return site


def _place(by: Actor, office: Region, key: str, field: str) -> tuple[Region, Venue | None]:
    found = find_place(by, office, key)
    if found is None:
        raise Invalid("site", _("Choose a place of this office."), field=field)
    return found


# --- closed days, ways, visits ---------------------------------------------------------------------


@service
def close_days(
    *,
    by: Actor,
    office: Region,
    from_day: date,
    until_day: date,
    why: str,
    site: str = "",
    kind: str = "",
) -> SiteClosure:
    """Of one place, of all of a kind, or of every one."""
    require_own(by, office)
    if kind and kind not in SiteKind:
        raise Invalid("kind", _("Choose a kind of place."), field="kind")
    _check_last(until_day, "until_day")
    row = SiteClosure.objects.create(
        office=office,
        site=site_at(by, office, site) if site else None,
        kind=kind,
        from_day=from_day,
        until_day=until_day,
        why=_said(why),
        changed_by_id=by.user_id,
    )
    _log(by, row)
    return row


@service
def set_leg(
    *,
    by: Actor,
    office: Region,
    minutes: int,
    km: int = 0,
    fare: int = 0,
    origin: str = "",
    target: str = "",
) -> TravelLeg:
    """A way as somebody knows it; without a place it begins, or ends, at the office. Raises Conflict
    `leg-exists`: that one is taken away first.
    """
    require_own(by, office)
    row = TravelLeg.objects.create(
        office=office,
        origin=site_at(by, office, origin, field="origin") if origin else None,
        target=site_at(by, office, target, field="target") if target else None,
        minutes=minutes,
        km=km,
        fare=fare,
        changed_by_id=by.user_id,
    )
    _log(by, row)
    return row


@service
def fix_visit(
    *,
    by: Actor,
    office: Region,
    site: str,
    kind: str = PinKind.VISIT,
    day: date | None = None,
    team: int | None = None,
    why: str = "",
) -> PlanPin:
    """A visit that every plan of that day has, or a place that none goes to."""
    require_own(by, office)
    if kind not in PinKind:
        raise Invalid("kind", _("Choose whether it is visited."), field="kind")
    if day is not None and day < today_in(office.pk):
        raise Invalid("plan-past", _("This day has passed."), field="day")
    if kind == PinKind.VISIT and day is None:
        raise Invalid("pin-day", _("A visit has a day."), field="day")
    if team is not None and not Team.objects.filter(pk=team, office=office).exists():
        raise Invalid("team", _("Choose a team of this office."), field="team")
    row = PlanPin.objects.create(
        office=office,
        site=site_at(by, office, site),
        kind=kind,
        day=day,
        team_id=team if kind == PinKind.VISIT else None,
        why=_said(why),
        changed_by_id=by.user_id,
    )
    _log(by, row)
    return row


@service
def set_floor(
    *,
    by: Actor,
    office: Region,
    district: Region,
    min_visits: int,
    from_day: date,
    until_day: date,
) -> PlanFloor:
    """No kecamatan is left out. Of several rows of the same days the one with most visits counts."""
    require_own(by, office)
    if district.level != Level.DISTRICT or not district.pk.startswith(f"{office.pk}."):
        raise Invalid("floor-district", _("Choose a kecamatan of the office."), field="district")
    _check_last(until_day, "until_day")
    row = PlanFloor.objects.create(
        office=office,
        district=district,
        min_visits=min_visits,
        from_day=from_day,
        until_day=until_day,
        changed_by_id=by.user_id,
    )
    _log(by, row)
    return row


@service
def take_away(*, by: Actor, office: Region, model: type[Row], row: uuid.UUID) -> None:
    """Closed days, a way, a fixed visit or a least number: plans that exist keep their copy."""
    require_own(by, office)
    found = model.objects.filter(office=office, pk=row).first()
    if found is None:
        raise NotFound
    _log(by, found)
    found.delete()


def _said(text: str) -> str:
    """No citizen's number stands in a reason."""
    said = text.strip()
    refuse_number(said)
    return said


def _check_last(day: date, field: str) -> None:
    if day > LAST_DAY:
        raise Invalid("day", _("This day is too far away."), field=field)
