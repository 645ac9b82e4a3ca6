"""Residents by how far they are from a card: a filter, with each of them in the day of their village."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, Case, CharField, F, Func, Q, QuerySet, Value, When
from django.db.models.functions import Left
from django.utils import timezone

from dukcapil.regions.enums import WIT_PROVINCES, WITA_PROVINCES, Zone
from events.elections.models import Election
from registrations.people.enums import Stage
from registrations.people.models import Resident
from registrations.people.selectors import election_days, stage_case
from registrations.people.validators import CARD_AGE, last_birth_date_reaching


def in_stage(
    people: QuerySet[Resident], stage: str, election: Election | None = None
) -> QuerySet[Resident]:
    """Those of them who are in this stage today, where they live, for an election, else the next of each
    village.
    """
    had_birthday = stage in (Stage.OVERDUE, Stage.DUE)
    bounds, cases = [], []
    for there, today in _days_of_zones():
        reached = Q(birth_date__lte=last_birth_date_reaching(CARD_AGE, today))
        bound = there & (reached if had_birthday else ~reached)
        case = stage_case(election.held_on if election else None, today)
        if not (had_birthday or election or stage == Stage.MARRIED_MINOR):
            case = _case_by_village(_in_zone(people).filter(bound), today)
        bounds.append(bound)
        cases.append(When(bound, then=case))
    chosen = _in_zone(people).filter(reduce(or_, bounds))
    return chosen.alias(stage=Case(*cases, output_field=CharField())).filter(stage=stage)


def _in_zone(people: QuerySet[Resident]) -> QuerySet[Resident]:
    """With the province, which says in which zone a village lies."""
    return people.alias(province=Left("village_id", 2))


def _days_of_zones() -> list[tuple[Q, date]]:
    """Where it is which day now: one day but near midnight."""
    east = {Zone.WITA: WITA_PROVINCES, Zone.WIT: WIT_PROVINCES}
    zones: dict[date, list[Zone]] = defaultdict(list)
    for zone in Zone:
        zones[timezone.localdate(timezone=ZoneInfo(zone))].append(zone)
    if len(zones) == 1:
        return [(Q(), day) for day in zones]
    where = {zone: Q(province__in=sorted(provinces)) for zone, provinces in east.items()}
    where[Zone.WIB] = ~Q(province__in=sorted(WITA_PROVINCES | WIT_PROVINCES))
    return [(reduce(or_, (where[zone] for zone in there)), day) for day, there in zones.items()]


def _case_by_village(people: QuerySet[Resident], today: date) -> Case:
    """`stage_case` for the next election of each of their villages: a step for each day of an election
    but the one that most villages have. Two queries, whatever is held elsewhere.
    """
    villages = set(people.order_by().values_list("village_id", flat=True).distinct())
    days = election_days(villages, None)
    by_day: dict[date | None, list[str]] = defaultdict(list)
    for village in sorted(villages):
        by_day[days.get(village)].append(village)
    most = max(by_day, key=lambda day: len(by_day[day]), default=None)
    whens = [
        When(_lives_in(codes), then=stage_case(day, today))
        for day, codes in by_day.items()
        if day != most
    ]
    return Case(*whens, default=stage_case(most, today), output_field=CharField())


def _lives_in(villages: list[str]) -> Func:
    """One value, however many they are."""
    array = Value(villages, output_field=ArrayField(CharField()))
    return Func(
        *(F("village_id"), array),
        template="(%(expressions)s))",
        arg_joiner=" = ANY (",
        output_field=BooleanField(),
    )
