"""Views and concepts of coverage, and families of figures that are hidden together."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class View(models.TextChoices):
    DOMICILE = "domicile", _("by domicile")
    SERVICE = "service", _("by place of service")


class Family(StrEnum):
    """Counts of the ledger that a publication leaves out where they are too small."""

    RECORDING = "recording"
    RECORDING_TODAY = "recording_today"
    IKD = "ikd"
    IKD_TODAY = "ikd_today"


class Concept(models.TextChoices):
    """In the order in which figures are described."""

    RECORDING = "recording", _("Coverage of KTP-el recording")
    IKD = "ikd", _("Digital identity (IKD)")
    DENOMINATOR = "denominator", _("Denominator")


class Measure(models.TextChoices):
    """What the map and the ranking show, in the order in which it is offered."""

    PERCENT = "percent", _("Percent recorded")
    GAP = "gap", _("Short of the target")
    UNRECORDED = "unrecorded", _("Not recorded")
    TODAY = "today", _("Recorded on the day")
    REPORTED = "reported", _("Day reported or not")
    VISITED = "visited", _("Days since the last visit")


class Reported(models.TextChoices):
    """How far the offices of a region are with the report of a day."""

    CONFIRMED = "confirmed", _("confirmed")
    BUILT = "built", _("figures, not confirmed")
    PART = "part", _("some of the offices")
    NOT = "not", _("nothing yet")


class Unsaid(models.TextChoices):
    """Why no day can be named on which a target is met."""

    MET = "met", _("The target is reached.")
    NO_TARGET = "no_target", _("No target is set for this region and year.")
    NO_BASIS = "no_basis", _("The basis does not say how many people are obliged or recorded here.")
    NO_DAYS = "no_days", _("There were not yet fourteen working days to take a pace from.")
    NOBODY = "nobody", _("Nobody was recorded here on the last fourteen working days.")
    TOO_FAR = "too_far", _("At this pace it takes more than two years: no day is named.")


class Reading(models.TextChoices):
    """What a change between two days comes from."""

    RECORDED = "recorded", _("people were recorded")
    BOTH = "both", _("people were recorded, and the base fell")
    BASE_FELL = "base_fell", _("the base fell: no work is in this rise")
    BASE_ROSE = "base_rose", _("the base rose by more than was recorded")
    RECORDED_FELL = "recorded_fell", _("fewer are recorded than before")
    SAME = "same", _("no change")
    UNKNOWN = "unknown", _("not known on one of the days")

    @property
    def tag(self) -> str:
        """How it is marked: good, warn, bad, or not at all."""
        marks = {Reading.RECORDED: "good", Reading.BOTH: "warn", Reading.BASE_ROSE: "warn"}
        bad = (Reading.BASE_FELL, Reading.RECORDED_FELL)
        return "bad" if self in bad else marks.get(self, "")
