"""Rules and turnouts of plans, each row with the day from which it counts. No person."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.regions.models import Region, code_length
from reports.planner.enums import DAY_MINUTES, MOST_VISITS, SiteGroup, SiteKind
from reports.planner.triggers import PLAN_RULES_SET_BY, TURNOUT_SET_BY

#: Keeps sums of rupiah far from the end of 64 bits.
MOST_MONEY = 10**12


class TurnoutRule(models.Model):
    """Of a thousand who are still missing, how many come to the first, second .. visit of a plan. Of the
    nearest region the row that began last counts, and of those the newest; rows are added, never changed.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=SiteKind.choices)
    visit = models.PositiveSmallIntegerField()
    per_thousand = models.PositiveSmallIntegerField()
    valid_from = models.DateField()
    #: From what came to visits; else somebody assumes it.
    measured = models.BooleanField(default=False)
    source = models.CharField(max_length=200)
    set_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("turnout")
        triggers = [TURNOUT_SET_BY, clocked("set_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="turnoutrule_region", condition=code_length("region", 2, 5)
            ),
            models.CheckConstraint(
                name="turnoutrule_numbers",
                condition=Q(visit__gte=1, visit__lte=MOST_VISITS, per_thousand__lte=1000),
                **says(
                    "turnout",
                    _("Visits 1 to 6, and at most all of a thousand."),
                    field="per_thousand",
                ),
            ),
            models.CheckConstraint(
                name="turnoutrule_source",
                condition=~Q(source=""),
                **says("source", _("Say where it is from."), field="source"),
            ),
        ]
        indexes = [
            models.Index(fields=["region", "kind", "visit", "-id"], name="turnoutrule_newest")
        ]


class PlanRules(models.Model):
    """Limits of a day, prices, weights and money. Of the nearest region the row that began last counts,
    and of those the newest; rows are added, never changed.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    valid_from = models.DateField()
    #: Earliest departure and latest return.
    day_start = models.TimeField()
    day_end = models.TimeField()
    #: The longest that a team is away in a day.
    day_minutes = models.PositiveSmallIntegerField()
    #: The shortest service at a stop.
    min_stop = models.PositiveSmallIntegerField()
    max_stops = models.PositiveSmallIntegerField()
    max_km = models.PositiveSmallIntegerField()
    max_nights = models.PositiveSmallIntegerField()
    #: Between two visits of a place.
    rest_days = models.PositiveSmallIntegerField()
    #: Rupiah.
    cost_km = models.PositiveIntegerField()
    cost_day = models.PositiveIntegerField()
    cost_night = models.PositiveIntegerField()
    #: For all duties from `valid_from` on, in rupiah. Of an office alone; without one money is no limit.
    budget = models.BigIntegerField(null=True, blank=True)
    #: Of a team without members, and the recording sets that a team takes at most.
    staff = models.PositiveSmallIntegerField()
    max_kits = models.PositiveSmallIntegerField()
    #: Of places that say nothing else.
    minutes = models.PositiveSmallIntegerField()
    setup = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()
    #: Where no way is typed in: km an hour, and road for a thousand metres as the crow flies.
    speed = models.PositiveSmallIntegerField()
    road = models.PositiveSmallIntegerField()
    #: Points per thousand for a person of each group (`SiteGroup`).
    weights = models.JSONField()
    #: Lost when a visit that is announced is not kept.
    announced_points = models.PositiveIntegerField()
    source = models.CharField(max_length=200)
    set_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("rules for plans")
        triggers = [PLAN_RULES_SET_BY, clocked("set_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(name="planrules_region", condition=code_length("region", 2, 5)),
            models.CheckConstraint(
                name="planrules_day",
                condition=Q(
                    day_end__gt=F("day_start"), day_minutes__gte=60, day_minutes__lte=DAY_MINUTES
                ),
                **says("plan-day", _("A day ends after it begins."), field="day_end"),
            ),
            models.CheckConstraint(
                name="planrules_stops",
                condition=Q(
                    min_stop__gte=1,
                    min_stop__lte=480,
                    max_stops__gte=1,
                    max_stops__lte=3,
                    max_km__gte=1,
                    max_nights__lte=14,
                    rest_days__lte=60,
                ),
                **says("plan-stops", _("A duty has one to three stops."), field="max_stops"),
            ),
            models.CheckConstraint(
                name="planrules_money",
                condition=(Q(budget=None) | Q(budget__gte=0, budget__lte=MOST_MONEY))
                & Q(cost_km__lte=10_000_000, cost_day__lte=10_000_000, cost_night__lte=10_000_000),
                **says(
                    "plan-money", _("This is too much money, or less than none."), field="budget"
                ),
            ),
            models.CheckConstraint(
                name="planrules_budget_of_office",
                condition=Q(budget=None) | code_length("region", 5),
                **says("plan-budget", _("Money is that of one office."), field="budget"),
            ),
            models.CheckConstraint(
                name="planrules_places",
                condition=Q(
                    staff__gte=1,
                    staff__lte=30,
                    max_kits__gte=1,
                    max_kits__lte=20,
                    minutes__gte=1,
                    minutes__lte=120,
                    setup__lte=240,
                    closes__gt=F("opens"),
                    speed__gte=1,
                    speed__lte=120,
                    road__gte=1000,
                    road__lte=5000,
                    announced_points__lte=10_000_000,
                ),
                **says(
                    "plan-places", _("One of these numbers is out of its range."), field="speed"
                ),
            ),
            models.CheckConstraint(
                name="planrules_weights",
                condition=Q(weights__has_keys=SiteGroup.values),
                **says("weights", _("Give a weight for each group."), field="weights"),
            ),
            models.CheckConstraint(
                name="planrules_source",
                condition=~Q(source=""),
                **says("source", _("Name the decree or letter that says so."), field="source"),
            ),
        ]
        indexes = [models.Index(fields=["region", "-id"], name="planrules_newest")]
