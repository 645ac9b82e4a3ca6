"""Setting and withdrawing the target of a region and year."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.core.locks import Lock, hold
from dukcapil.core.versions import stale
from dukcapil.regions.models import Region
from reports.bases.models import Target
from reports.bases.selectors.targets import newest_target, seen_up_to


@service
def set_target(
    *,
    by: Actor,
    indicator: str,
    region: Region,
    year: int,
    percent: Decimal | None,
    source: str = "",
    version: str | None = None,
) -> Target:
    """A new row over the one before; without a percentage the target is withdrawn. `version`: of the
    targets that were shown. Raises Conflict when this one was set since.
    """
    require(by, Permission.TARGETS_SET)
    if not by.covers(region.pk):
        raise NotFound
    if percent is not None and not 0 < percent <= 100:
        raise Invalid(
            "percent", _("A target lies above 0 and is at most 100 percent."), field="percent"
        )
    if percent is not None and not source.strip():
        raise Invalid("source", _("Name the letter or rule that sets this target."), field="source")
    hold(Lock.TARGET, f"{indicator} {region.pk} {year}")
    newest = newest_target(indicator, region.pk, year)
    if version is not None and newest and newest.pk > seen_up_to(version):
        raise stale(str(newest.pk), {"percent": _("Percent")})
    return Target.objects.create(
        indicator=indicator,
        region=region,
        year=year,
        percent=percent,
        source=source,
        set_by_id=by.user_id,
    )
