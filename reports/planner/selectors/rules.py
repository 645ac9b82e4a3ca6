"""Which rules hold for an office on a day: of the nearest region the row that began last, the newest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.regions.enums import Level, today_in, zone_of
from dukcapil.regions.validators import lineage
from reports.planner.enums import RULES, TURNOUTS, SiteKind
from reports.planner.models.plans import PlanAdoption, PlanDuty
from reports.planner.models.rules import PlanRules, TurnoutRule

R = TypeVar("R", PlanRules, TurnoutRule)


def _regions(office: str) -> list[str]:
    return [one for one in lineage(office) if len(one) <= Level.REGENCY.code_length]


def _nearest(rows: Iterable[R]) -> R | None:
    return max(rows, key=lambda one: (_depth(one), one.valid_from, one.pk), default=None)


def _depth(one: R) -> int:
    """The nation's code is as long as that of a province."""
    return 0 if one.region_id == "00" else len(one.region_id)


def rules_of(office: str, day: date, known_at: datetime | None = None) -> PlanRules:
    """A row that is not saved where nobody has set any. `known_at`: of what had been set by then."""
    found = PlanRules.objects.filter(region__in=_regions(office), valid_from__lte=day)
    if known_at is not None:
        found = found.filter(set_at__lte=known_at)
    return _nearest(found) or PlanRules(region_id="00", valid_from=date.min, **RULES)


def turnouts_of(office: str, day: date) -> dict[str, tuple[int, ...]]:
    """Kind of place -> per thousand at the first, second .. visit."""
    rows = list(TurnoutRule.objects.filter(region__in=_regions(office), valid_from__lte=day))
    return {kind: _turnouts(kind, [one for one in rows if one.kind == kind]) for kind in SiteKind}


def _turnouts(kind: str, rows: list[TurnoutRule]) -> tuple[int, ...]:
    """Visits that somebody has set, after each other, over those that are assumed."""
    found = list(TURNOUTS[kind])
    for visit in sorted({one.visit for one in rows}):
        newest = _nearest(one for one in rows if one.visit == visit)
        if newest is None or visit > len(found) + 1:
            break
        found[visit - 1 : visit] = [newest.per_thousand]
    return tuple(found)


def first_open_day(office: str) -> date:
    """Today until its teams set out, by the office's own clock and rules; from then on tomorrow."""
    today, now = today_in(office), timezone.now().astimezone(ZoneInfo(zone_of(office)))
    begun = now.time() >= rules_of(office, today).day_start
    return today + timedelta(days=1) if begun else today


def rows_of_rules(office: str) -> QuerySet[PlanRules]:
    """All that ever held, the newest first."""
    found = PlanRules.objects.filter(region__in=_regions(office))
    return found.select_related("region", "set_by").order_by("-valid_from", "-pk")


def rows_of_turnouts(office: str) -> QuerySet[TurnoutRule]:
    found = TurnoutRule.objects.filter(region__in=_regions(office))
    return found.select_related("region", "set_by").order_by("kind", "visit", "-valid_from", "-pk")


# --- money ------------------------------------------------------------------------------------------


def money_left(office: str, rules: PlanRules, first: date, last: date) -> int | None:
    """What of the office's money is not spent on days outside of these; None: money is no limit.

    Spent is what the plans that were adopted cost, each for the days for which it held: before these days,
    and after them for as long as it is the same money.
    """
    if rules.budget is None:
        return None
    before = _spent(office, rules.valid_from, first - timedelta(days=1))
    after = _spent(office, last + timedelta(days=1), _last_day_of(rules))
    return max(0, rules.budget - before - after)


def _last_day_of(rules: PlanRules) -> date:
    """Of an office's own: the day before its next rules."""
    later = PlanRules.objects.filter(region=rules.region_id, valid_from__gt=rules.valid_from)
    begins = later.order_by("valid_from").values_list("valid_from", flat=True).first()
    return date.max if begins is None else begins - timedelta(days=1)


def _spent(office: str, first: date, last: date) -> int:
    adoptions = PlanAdoption.objects.filter(office=office, plan__from_day__lte=last)
    periods = list(
        adoptions.order_by("-pk").values_list("plan_id", "plan__from_day", "plan__until_day")
    )
    duties: Any = PlanDuty.everything.filter(
        plan__in=[plan for plan, _from, _until in periods], day__range=(first, last)
    )
    total = 0
    for plan, day, cost in duties.values_list("plan_id", "day", "cost"):
        held = next(one for one, begin, until in periods if begin <= day <= until)
        total += cost if held == plan else 0
    return total


# --- who sets them ----------------------------------------------------------------------------------


def answers_for(by: Actor, region: str) -> bool:
    """An office's rules are its head's, a province's its officer's."""
    return by.may(Permission.PLANS_SET) and by.region == region


def rules_parts(region: str) -> dict[str, Any]:
    """For the version of the rules that a form begins with."""
    newest = PlanRules.objects.filter(region=region).order_by("-pk").values_list("pk", flat=True)
    return {"rules": newest.first()}
