"""Codes of a request for a visit: its kind, reason, state and end, and who passed it on."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from registrations.people.enums import FindingOutcome


class RequestKind(models.TextChoices):
    HOME = "home", _("One person, at home")
    INSTITUTION = "institution", _("Several people, at one place")


class RequestReason(models.TextChoices):
    """Why the office should come. What somebody suffers from is nobody's business."""

    CANNOT_COME = "cannot_come", _("Cannot come to an office")
    FAR = "far", _("Lives far from every office")
    TOGETHER = "together", _("Many people at one place")
    OTHER = "other", _("Other")


class Partner(models.TextChoices):
    """Who passed a request on, and is credited with it."""

    FAMILY = "family", _("The person or the family")
    RT_RW = "rt_rw", _("RT or RW")
    VILLAGE = "village", _("Village office")
    SCHOOL = "school", _("School or campus")
    HEALTH = "health", _("Health service")
    SOCIAL = "social", _("Social service or home")
    PRISON = "prison", _("Prison")
    ELECTION = "election", _("KPU or Bawaslu")
    OFFICE = "office", _("Another public office (OPD)")
    COMMUNITY = "community", _("Community or company")


class RequestState(models.TextChoices):
    OPEN = "open", _("To be planned")
    PLANNED = "planned", _("Visit planned")
    DONE = "done", _("Served")
    ENDED = "ended", _("Ended without a visit")

    @classmethod
    def pending(cls) -> tuple[RequestState, ...]:
        """Somebody still waits for the office to come."""
        return (cls.OPEN, cls.PLANNED)


class RequestEnd(models.TextChoices):
    """Why nobody went there; what is found out about a person has the words of all findings."""

    ELSEWHERE = "elsewhere", _("Was served elsewhere")
    NOT_MET = FindingOutcome.NOT_MET.value, FindingOutcome.NOT_MET.label
    MOVED = FindingOutcome.MOVED.value, FindingOutcome.MOVED.label
    DECEASED = FindingOutcome.DECEASED.value, FindingOutcome.DECEASED.label
    REFUSES = FindingOutcome.REFUSES.value, FindingOutcome.REFUSES.label
    TWICE = "twice", _("Asked twice")
