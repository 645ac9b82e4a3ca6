"""Reading regions by their code, today's and retired ones."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region, RetiredCode
from dukcapil.regions.validators import dotted, lineage


def get_region(text: str, *, level: Level | None = None, field: str = "region") -> Region:
    """The current region for a code as a person writes it. Raises Invalid, naming a successor."""
    code = dotted(text, field=field)
    region = Region.objects.filter(code=code).first()
    if region is None:
        raise _unknown(code, field)
    if level is not None and region.level != level:
        raise Invalid(
            "region-level",
            _("%(code)s is not a region of the level %(level)s.")
            % {"code": code, "level": level.label},
            field=field,
        )
    return region


def _unknown(code: str, field: str) -> Invalid:
    retired = RetiredCode.objects.filter(code=code).first()
    if retired is None:
        return Invalid("region-unknown", _("No region has this code."), field=field)
    if retired.successor_id is None:
        message = _("This code was retired in %(year)s.") % {"year": retired.last_edition}
    else:
        message = _("This code was retired in %(year)s; today it is %(code)s.") % {
            "year": retired.last_edition,
            "code": retired.successor_id,
        }
    return Invalid("region-retired", message, field=field, successor=retired.successor_id)


#: Areas that this process has found: what was in use once stays known, current or retired.
_KNOWN_AREAS: set[str] = set()


def area_is_known(code: str) -> bool:
    """Whether a district code is, or ever was, in use (NIK keep retired areas)."""
    if code not in _KNOWN_AREAS:
        current = Region.objects.filter(code=code).values("code")
        if not current.union(RetiredCode.objects.filter(code=code).values("code")).exists():
            return False
        _KNOWN_AREAS.add(code)
    return True


class KnownAreas:
    """Every code for which `area_is_known` says yes; for lists of people. All are read at the first one that this
    process has not found before.
    """

    def __init__(self) -> None:
        self._all_read = False

    def __contains__(self, code: object) -> bool:
        if code not in _KNOWN_AREAS and not self._all_read:
            _KNOWN_AREAS.update(Region.objects.level("district").values_list("code", flat=True))
            _KNOWN_AREAS.update(RetiredCode.objects.values_list("code", flat=True))
            self._all_read = True
        return code in _KNOWN_AREAS


def breadcrumbs(code: str, **beside: Any) -> list[Region]:
    """The region's ancestors, the nation first, and itself last: one query. `beside`: what else is
    asked in it.
    """
    regions = Region.objects.filter(code__in=lineage(code)).annotate(**beside)
    return list(regions.order_by("code"))


def villages_named(code: str, typed: str) -> list[Region]:
    """Villages within a region with this name, whatever its capitals, or with this code."""
    named = Q(name__iexact=typed.strip()) | Q(code=typed.strip())
    villages = Region.objects.within(code).filter(named, level=Level.VILLAGE)
    return list(villages.order_by("code")[:20])


def regions_below(code: str, levels: list[Level]) -> list[Region]:
    """The region itself and those of some levels within it, in code order: one query."""
    return list(Region.objects.within(code).filter(level__in=levels).order_by("code"))
