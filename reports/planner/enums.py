"""What stands in plans and their inputs, and what counts until an office says more."""

from __future__ import annotations

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


#: The longest that one plan reaches.
MOST_DAYS = 124
#: Visits of one place in a plan.
MOST_VISITS = 6
