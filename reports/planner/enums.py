"""What stands in plans and their inputs, and what counts until an office says more."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class SiteKind(models.TextChoices):
    """Where a team stops: a village, or a venue where people are together."""

    VILLAGE = "village", _("Village")
    SCHOOL = "school", _("School")
    INSTITUTION = "institution", _("Other venue")


class PinKind(models.TextChoices):
    VISIT = "visit", _("Visit on this day")
    NEVER = "never", _("No visit")


class PlanState(models.TextChoices):
    """How far the job has come."""

    WAITING = "waiting", _("Waits")
    SOLVING = "solving", _("Is being made")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Could not be made")
    STOPPED = "stopped", _("Stopped")


#: No job works on it any more.
OVER = frozenset({PlanState.DONE, PlanState.FAILED, PlanState.STOPPED})


class PlanStanding(models.TextChoices):
    """What the office decided of it."""

    DRAFT = "draft", _("Draft")
    ADOPTED = "adopted", _("Adopted")
    REPLACED = "replaced", _("Replaced")


class BoundScope(models.TextChoices):
    """Of which plans the bound says that none is better."""

    ALL = "all", _("of all plans")
    LOOKED_AT = "looked_at", _("among the trips looked at")


class LeftOutReason(models.TextChoices):
    """Why a place is not in a plan: the first that holds."""

    NOBODY = "nobody", _("Nobody is expected there")
    NO_DATE = "no_date", _("It is open on no day of the plan")
    OUT_OF_REACH = "out_of_reach", _("It is out of reach in a day")
    NO_TEAM = "no_team", _("No team or set is free on its days")
    MONEY = "money", _("The money goes further elsewhere")
    PUSHED_OUT = "pushed_out", _("A fixed visit or a least number of visits takes its place")
    FITS = "fits", _("It would fit")


#: Minutes of a day.
DAY_MINUTES = 24 * 60
#: From the first to the last day of a plan; of working days it has `core.limits.MOST_DATES`.
MOST_DAYS = 124
#: Visits of one place in a plan.
MOST_VISITS = 6


class ChangeKind(models.TextChoices):
    """What a new plan makes of a visit of the one before."""

    KEPT = "kept", _("As before")
    NEW = "new", _("New")
    MOVED = "moved", _("On another day")
    OTHERWISE = "otherwise", _("Other hours, team or sets")
    DROPPED = "dropped", _("Not visited any more")


class EventStep(models.TextChoices):
    """What adopting the new plan does with the event of that visit."""

    NONE = "none", _("No event is concerned")
    MOVES = "moves", _("The draft goes along: nobody counts on it")
    PROPOSED = "proposed", _("Moving it is proposed: the head signs it")
    STAYS = "stays", _("The event stays as it is: change it by hand")
    CANCELLED = "cancelled", _("The draft is cancelled: nobody counts on it")


class SiteGroup(models.TextChoices):
    """Who is still to be recorded at a place; everybody stands in one group of one place."""

    OVERDUE = "overdue", _("Overdue (22 or older)")
    DUE = "due", _("Due (17 reached)")
    MARRIED_MINOR = "married_minor", _("Due by marriage, under 17")
    SEVENTEEN = "seventeen", _("17 on election day")
    #: Officially unrecorded and on no list of ours: a count without names.
    UNLISTED = "unlisted", _("Not on our list")


#: What counts where no office, province or nation has set rules. Times are those of a day.
RULES: dict[str, Any] = {
    "day_start": time(7),
    "day_end": time(18, 30),
    "day_minutes": 480,
    "min_stop": 45,
    "max_stops": 3,
    "max_km": 240,
    "max_nights": 0,
    "rest_days": 3,
    "cost_km": 2_500,
    "cost_day": 150_000,
    "cost_night": 300_000,
    "budget": None,
    "staff": 4,
    "max_kits": 3,
    "minutes": 8,
    "setup": 40,
    "opens": time(8),
    "closes": time(16),
    "speed": 32,
    "road": 1400,
    # The election's first-time voters count most; a count without names is as good as anybody.
    "weights": {
        "overdue": 1000,
        "due": 1500,
        "married_minor": 1500,
        "seventeen": 2000,
        "unlisted": 1000,
    },
    "announced_points": 8_000,
}

#: Per thousand who come to the first, second and third visit: assumed, until somebody measures.
TURNOUTS: dict[str, tuple[int, ...]] = {
    SiteKind.VILLAGE: (350, 210, 140),
    SiteKind.SCHOOL: (750, 375, 225),
    SiteKind.INSTITUTION: (900, 300, 200),
}

#: ISO weekdays on which a place that says nothing else can be visited.
WEEKDAYS: dict[str, tuple[int, ...]] = {
    SiteKind.VILLAGE: (1, 2, 3, 4, 5, 6),
    SiteKind.SCHOOL: (1, 2, 3, 4, 5),
    SiteKind.INSTITUTION: (1, 2, 3, 4, 5),
}
