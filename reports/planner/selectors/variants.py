"""What one more team, set or sum of money would bring: the newest plan with just that more."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.planner.enums import OVER
from reports.planner.models.plans import Plan
from reports.planner.selectors.answers import parts_of
from reports.planner.selectors.shown import Relative

#: Percent of its points that a search may miss.
NOISE = 2
#: Rupiah.
MORE_MONEY = 10_000_000


class OneMoreKind(models.TextChoices):
    TEAM = "team", _("One more team")
    KIT = "kit", _("One more recording set")
    MONEY = "money", _("Rp 10 million more")
    #: What fixed visits and least numbers cost: the same without them.
    FREE = "free", _("Without fixed visits and least numbers")


@dataclass(frozen=True)
class OneMore:
    """`people` and `points` above the plan; None while it is not known."""

    what: str
    label: str | Promise
    plan: Plan | None = None
    people: int | None = None
    points: int | None = None
    #: Points that the search itself may miss, above which a difference says something.
    noise: int = 0

    @property
    def running(self) -> bool:
        return self.plan is not None and self.plan.state not in OVER


def one_more(plan: Plan, others: list[Relative]) -> list[OneMore]:
    """One row a kind. `others`: the newest first."""
    newest = {one.more: one.plan for one in reversed(others)}
    promised = any(parts_of(plan, "pins", "floors").values())
    return [
        _row(plan, kind, newest.get(kind.value))
        for kind in OneMoreKind
        if promised or kind != OneMoreKind.FREE
    ]


def _row(plan: Plan, kind: OneMoreKind, child: Plan | None) -> OneMore:
    if child is None or child.objective is None or plan.objective is None:
        return OneMore(kind.value, kind.label, child)
    # Where no plan at all can be better, the difference is the search's.
    stands = None not in (child.bound, plan.bound) and child.bound == plan.bound
    if stands or child.objective <= plan.objective:
        return OneMore(kind.value, kind.label, child, 0, 0)
    people = (child.expected or 0) - (plan.expected or 0)
    more = (child.objective - plan.objective) // 1000
    noise = -(-plan.objective * NOISE // 100_000)
    return OneMore(kind.value, kind.label, child, people, more, noise)
