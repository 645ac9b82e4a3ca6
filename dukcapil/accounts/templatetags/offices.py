"""The letterhead of an office, on pages that are printed."""

from __future__ import annotations

from typing import Any

from django import template

from dukcapil.accounts.offices.selectors import logo_address, office_profile
from dukcapil.regions.models import Region

register = template.Library()


@register.inclusion_tag("components/letterhead.html")
def letterhead(office: Region, *, logo: bool = True, css: str = "") -> dict[str, Any]:
    """`css`: `print-only`, for a page that shows who prints it on paper alone."""
    profile = office_profile(office)
    return {"profile": profile, "logo": logo_address(profile) if logo else "", "css": css}


@register.simple_tag
def office_profile_of(office: Region) -> Any:
    return office_profile(office)
