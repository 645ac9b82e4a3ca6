"""Local days, which are public facts and written once, and secret links to an office's calendar."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.regions.models import Region, code_length
from events.calendar.enums import DayKind
from events.calendar.triggers import LOCALDAY_BY


class LocalDay(models.Model):
    """A day on which offices of a region open although it is a holiday, or close although it is none.

    Never changed: the newest row of a region and day counts, so that a release still finds the row
    that counted when it was made.
    """

    region = models.ForeignKey(Region, models.PROTECT)
    day = models.DateField()
    kind = models.CharField(max_length=6, choices=DayKind.choices)
    reason = models.CharField(max_length=200)
    #: The decree or letter, or the opening of an office that wrote the row.
    source = models.CharField(max_length=200, blank=True, default="", db_default="")
    #: An opening wrote it: its `open` counts until its `usual` takes it back, and then what was decided
    #: without it counts again.
    by_opening = models.BooleanField(default=False, db_default=False, editable=False)
    #: Nobody, of rows from before this was kept.
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("local day")
        triggers = [LOCALDAY_BY, clocked("created_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="localday_reason",
                condition=~Q(reason=""),
                **says("reason", _("Give a reason."), field="reason"),
            ),
        ]
        indexes = [models.Index(fields=["region", "day"], name="localday_region_day")]


class CalendarLink(models.Model):
    """A secret address under which one office's events are read as iCal. Only its hash is kept.

    It names no person: whoever has it learns the plan, drafts included, and nothing else.
    """

    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("calendar link")
        constraints = [
            models.CheckConstraint(
                name="calendarlink_office_is_regency", condition=code_length("office", 5)
            )
        ]
