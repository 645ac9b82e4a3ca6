"""Limits of a day, prices, weights, money and turnouts: rows are added, each from a day on."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid, NotFound, Refused
from dukcapil.core.locks import Lock, hold
from dukcapil.core.versions import require_seen
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region
from events.calendar.validators import LAST_DAY
from reports.planner.enums import MOST_VISITS, SiteGroup, SiteKind
from reports.planner.models.rules import PlanRules, TurnoutRule
from reports.planner.selectors.rules import answers_for, rules_parts

#: Points per thousand that a person of a group may have.
MOST_WEIGHT = 100_000


@service
def set_rules(
    *,
    by: Actor,
    region: Region,
    valid_from: date,
    source: str,
    day_start: time,
    day_end: time,
    day_minutes: int,
    min_stop: int,
    max_stops: int,
    max_km: int,
    max_nights: int,
    rest_days: int,
    cost_km: int,
    cost_day: int,
    cost_night: int,
    budget: int | None,
    staff: int,
    max_kits: int,
    minutes: int,
    setup: int,
    opens: time,
    closes: time,
    speed: int,
    road: int,
    weights: dict[str, int],
    announced_points: int,
    version: str | None = None,
) -> PlanRules:
    """A row more: all of `enums.RULES`. `version`: of what was seen (`rules_parts`)."""
    _require(by, region, valid_from)
    _check_weights(weights)
    hold(Lock.PLANS, region.pk)
    require_seen(version, rules_parts(region.pk), {})
    return PlanRules.objects.create(
        region=region,
        valid_from=valid_from,
        source=_source(source),
        set_by_id=by.user_id,
        day_start=day_start,
        day_end=day_end,
        day_minutes=day_minutes,
        min_stop=min_stop,
        max_stops=max_stops,
        max_km=max_km,
        max_nights=max_nights,
        rest_days=rest_days,
        cost_km=cost_km,
        cost_day=cost_day,
        cost_night=cost_night,
        budget=budget,
        staff=staff,
        max_kits=max_kits,
        minutes=minutes,
        setup=setup,
        opens=opens,
        closes=closes,
        speed=speed,
        road=road,
        weights=weights,
        announced_points=announced_points,
    )


@service
def set_turnout(
    *,
    by: Actor,
    region: Region,
    kind: str,
    visit: int,
    per_thousand: int,
    valid_from: date,
    source: str,
    measured: bool = False,
) -> TurnoutRule:
    """Of a thousand who are still missing so many come to the first, second .. visit."""
    _require(by, region, valid_from)
    if kind not in SiteKind:
        raise Invalid("kind", _("Choose a kind of place."), field="kind")
    if not 1 <= visit <= MOST_VISITS:
        raise Invalid("visit", _("A plan visits a place six times at most."), field="visit")
    return TurnoutRule.objects.create(
        region=region,
        kind=kind,
        visit=visit,
        per_thousand=per_thousand,
        valid_from=valid_from,
        measured=measured,
        source=_source(source),
        set_by_id=by.user_id,
    )


def _require(by: Actor, region: Region, valid_from: date) -> None:
    require(by, Permission.PLANS_SET)
    if not by.covers(region.pk):
        raise NotFound
    if not answers_for(by, region.pk):
        raise Refused("forbidden", _("Whoever answers for this region sets its rules."))
    if not today_in(region.pk) <= valid_from <= LAST_DAY:
        raise Invalid(
            "valid-from", _("A rule counts from today on, or from a later day."), field="valid_from"
        )


def _source(text: str) -> str:
    said = text.strip()
    if not said:
        raise Invalid("source", _("Say where it is from."), field="source")
    refuse_number(said)
    return said


def _check_weights(weights: Any) -> None:
    is_whole = isinstance(weights, dict) and all(type(one) is int for one in weights.values())
    if not is_whole or set(weights) != set(SiteGroup.values):
        raise Invalid("weights", _("Give a weight for each group."), field="weights")
    if not all(0 <= one <= MOST_WEIGHT for one in weights.values()):
        raise Invalid("weights", _("A weight is 0 to 100.000 per thousand."), field="weights")
