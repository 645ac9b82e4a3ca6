"""The letterhead of an office, on pages that are printed."""

from __future__ import annotations

from typing import Any

from django import template

from dukcapil.accounts.offices.selectors import logo_address, office_profile, profile_of
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region

register = template.Library()


@register.inclusion_tag("components/letterhead.html")
def letterhead(office: Region, *, logo: bool = True, css: str = "") -> dict[str, Any]:
    """`office`: or a district or village that it serves. `css`: `print-only`, for a page that shows who
    prints it on paper alone.
    """
    below = office.level in (Level.DISTRICT, Level.VILLAGE)
    profile = profile_of(office.pk) if below else office_profile(office)
    return {"profile": profile, "logo": logo_address(profile) if logo else "", "css": css}


@register.simple_tag
def office_profile_of(office: Region) -> Any:
    return office_profile(office)
