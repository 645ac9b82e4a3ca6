"""Plans: what was asked for, from which figures, and which team goes where on which day. No person."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.scoping import Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.core.work import Work
from dukcapil.regions.models import Region, code_length
from events.elections.models import Election
from events.planning.models.event import ServiceEvent
from events.venues.models import Venue
from reports.bases.models import PopulationBasis
from reports.planner.enums import (
    MOST_DAYS,
    OVER,
    BoundScope,
    LeftOutReason,
    PlanStanding,
    PlanState,
)
from reports.planner.triggers import ADOPTED_BY, PLAN_MOVES_ON, ROWS_STAY, STOPS_STAY


class Plan(ScopedModel, Work):
    """One answer of the planner, or the question while no answer is there."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    #: Of an instance that was given, the region of whoever gave it: a province too.
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    from_day = models.DateField()
    until_day = models.DateField()
    #: The instance was sent, not made from what is held: it is computed and never adopted.
    given = models.BooleanField(default=False)
    #: As the solver reads it. Counts of people for each place, and nobody.
    instance = models.JSONField()
    #: SHA-256 of the instance (`reports.planner.selectors.instances.hash_of`).
    instance_hash = models.CharField(max_length=64)
    #: What the numbers of villages without a list rest on.
    basis = models.ForeignKey(
        PopulationBasis, models.PROTECT, null=True, blank=True, related_name="+"
    )
    election = models.ForeignKey(Election, models.PROTECT, null=True, blank=True, related_name="+")
    #: When it was read from what is held.
    cut = models.DateTimeField()
    seed = models.PositiveIntegerField(default=1)
    #: The new one is never worse, as far as the old one still holds.
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    asked_by = models.ForeignKey(Posting, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    state = models.CharField(max_length=7, choices=PlanState.choices, default=PlanState.WAITING)
    standing = models.CharField(
        max_length=8, choices=PlanStanding.choices, default=PlanStanding.DRAFT
    )
    #: 0 to 100, and what the job does now.
    progress = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=60, blank=True)
    stop_asked_at = models.DateTimeField(null=True, blank=True)
    #: Why there is none: `code`, `where`, `what`, `rows`.
    refused = models.JSONField(default=dict, blank=True)

    #: Points in thousandths of a person of weight 1.
    objective = models.BigIntegerField(null=True, blank=True)
    #: No plan has more points, as far as `bound_scope` says. It may come when the plan is done, as long as it is a draft.
    bound = models.BigIntegerField(null=True, blank=True)
    bound_scope = models.CharField(max_length=9, choices=BoundScope.choices, blank=True)
    #: Nothing better exists.
    proven = models.BooleanField(default=False)
    #: Rupiah, of all offices of the instance.
    cost = models.BigIntegerField(null=True, blank=True)
    expected = models.PositiveIntegerField(null=True, blank=True)
    #: Kecamatan whose fewest visits could not be kept.
    relaxed = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    #: Of the solvers; and `practice`: what an office does without a planner, as they stood then.
    versions = models.JSONField(default=dict, blank=True)

    scope = Scope(people=False)

    class Meta(ScopedModel.Meta):
        verbose_name = _("plan")
        triggers = [clocked("created_at"), PLAN_MOVES_ON]
        constraints = [
            models.CheckConstraint(
                name="plan_office",
                condition=code_length("office", 5) | Q(given=True) & code_length("office", 2),
                **says("plan-office", _("A plan is that of one office."), field="office"),
            ),
            models.CheckConstraint(
                name="plan_days",
                condition=Q(until_day__gte=F("from_day"))
                & (Q(given=True) | Q(until_day__lt=F("from_day") + MOST_DAYS)),
                **says(
                    "plan-days",
                    _(
                        "It ends before it begins, or is longer than 124 days, of which 62 are worked at most."
                    ),
                    field="until",
                ),
            ),
            models.CheckConstraint(
                name="plan_done",
                condition=~Q(state="done")
                | Q(objective__isnull=False, cost__isnull=False, expected__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_bound",
                condition=Q(bound=None, bound_scope="")
                | ~Q(bound_scope="") & Q(bound__isnull=False, bound__gte=F("objective")),
            ),
            models.CheckConstraint(name="plan_progress", condition=Q(progress__lte=100)),
            models.CheckConstraint(
                name="plan_given_stays_draft",
                condition=Q(standing="draft") | Q(given=False),
                **says("plan-given", _("An instance that was sent is computed, not adopted.")),
            ),
            ExclusionConstraint(
                name="plan_adopted_once",
                expressions=[
                    ("office", RangeOperators.EQUAL),
                    (
                        Func(F("from_day"), F("until_day"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(standing="adopted"),
                **says("plan-adopted", _("Another plan of these days is adopted already.")),
            ),
        ]
        indexes = [
            models.Index(fields=["office", "-created_at"], name="plan_office_newest"),
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="plan_due"),
        ]

    @property
    def is_over(self) -> bool:
        return self.state in OVER


class PlanAdoption(models.Model):
    """That an office goes by a plan, sealed with its duties and stops."""

    plan = models.OneToOneField(Plan, models.PROTECT, related_name="adoption")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    adopted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("adoption of a plan")
        triggers = [ADOPTED_BY, clocked("adopted_at"), *APPEND_ONLY]
        indexes = [models.Index(fields=["office", "-id"], name="planadoption_newest")]


class _OfPlan(ScopedModel):
    """A part of a plan: it carries the office, which the rights of its readers go by."""

    office = models.ForeignKey(Region, models.PROTECT, related_name="+")

    scope = Scope(people=False)

    class Meta(ScopedModel.Meta):
        abstract = True


class PlanDuty(_OfPlan):
    """A team on a day. Keys are those of the instance; minutes count from midnight."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="duties")
    day = models.DateField()
    team = models.CharField(max_length=60)
    kits = ArrayField(models.CharField(max_length=60))
    #: The office, or the place where the team slept or will sleep.
    start = models.CharField(max_length=60)
    end = models.CharField(max_length=60)
    depart = models.PositiveSmallIntegerField()
    back = models.PositiveSmallIntegerField()
    cost = models.BigIntegerField()

    class Meta(_OfPlan.Meta):
        verbose_name = _("duty of a plan")
        triggers = [ROWS_STAY]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "team", "day"],
                name="planduty_once",
                **says("team-busy", _("The team is elsewhere at that time.")),
            ),
            models.CheckConstraint(name="planduty_times", condition=Q(back__gte=F("depart"))),
            models.CheckConstraint(name="planduty_kits", condition=Q(kits__len__gte=1)),
        ]


class PlanStop(_OfPlan):
    """A visit of a duty: `begin` .. `begin` + set-up + `minutes` of service."""

    duty = models.ForeignKey(PlanDuty, models.CASCADE, related_name="stops")
    number = models.PositiveSmallIntegerField()
    #: The key of the instance: a code of a village, an id of a venue.
    site = models.CharField(max_length=60)
    #: Of an instance that was given: empty.
    village = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+")
    venue = models.ForeignKey(Venue, models.PROTECT, null=True, blank=True, related_name="+")
    arrive = models.PositiveSmallIntegerField()
    begin = models.PositiveSmallIntegerField()
    minutes = models.PositiveSmallIntegerField()
    expected = models.PositiveIntegerField()
    #: Fixed by somebody, in this plan or before it.
    pinned = models.BooleanField(default=False)
    #: The event that was made of it.
    event: Any = models.OneToOneField(
        ServiceEvent, models.PROTECT, null=True, blank=True, related_name="plan_stop"
    )

    class Meta(_OfPlan.Meta):
        verbose_name = _("stop of a plan")
        triggers = [STOPS_STAY]
        constraints = [
            models.UniqueConstraint(fields=["duty", "number"], name="planstop_number_once"),
            models.UniqueConstraint(fields=["duty", "site"], name="planstop_site_once"),
            models.CheckConstraint(
                name="planstop_times", condition=Q(number__gte=1, begin__gte=F("arrive"))
            ),
        ]
        indexes = [models.Index(fields=["office", "site"], name="planstop_site")]


class PlanLeftOut(_OfPlan):
    """A place that a plan does not visit, the first reason that holds, and its numbers."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="left_out")
    site = models.CharField(max_length=60)
    reason = models.CharField(max_length=12, choices=LeftOutReason.choices)
    numbers = models.JSONField(default=dict, blank=True)

    class Meta(_OfPlan.Meta):
        verbose_name = _("place left out of a plan")
        triggers = [ROWS_STAY]
        constraints = [
            models.UniqueConstraint(fields=["plan", "site"], name="planleftout_once"),
        ]
