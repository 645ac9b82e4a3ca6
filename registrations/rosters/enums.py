"""Where pupils and others stand, what a prison found out, and groups that need a visit of their own."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class PupilState(models.TextChoices):
    """Derived, never stored: who is recorded is said by the ledger, where a school lies by its village."""

    RECORDED = "recorded", _("Recorded")
    TO_DO = "to_do", _("To do, in the district")
    OUTSIDE = "school_outside", _("To do, school in another district")
    OUT_OF_SCHOOL = "out_of_school", _("To do, on no list of a school")
    YOUNG = "young", _("Too young to be recorded")


class Triage(models.TextChoices):
    """Who somebody in a prison is, as far as it is known. Empty: nobody has looked."""

    COMPLETE = "complete", _("Recorded, data complete")
    NIK_FOUND = "nik_found", _("NIK found by looking")
    OTHER_DISTRICT = "other_district", _("Of another district")
    NEVER_RECORDED = "never_recorded", _("Never recorded")
    NOT_IDENTIFIED = "not_identified", _("Not identified")


class Doubt(models.TextChoices):
    """What is odd about a row of a list, and hinders nothing."""

    NUMBER_UNREAD = "number", _("The NIK could not be read, or is masked")
    DAY_UNREAD = "day", _("The birth date could not be read")
    DAY_MONTH = "day_month", _("Held with day and month the other way round")
    SEVERAL = "several", _("Several people have this name and birth date")


class Group(models.TextChoices):
    """People whom an office seeks out (Permendagri 96/2019, and who cannot come)."""

    DISASTER = "disaster", _("Victim of a natural disaster")
    SOCIAL_DISASTER = "social_disaster", _("Victim of a social disaster")
    NEGLECTED = "neglected", _("Neglected person (orang terlantar)")
    REMOTE = "remote", _("Remote community")
    DISABILITY = "disability", _("Disability")
    MENTAL = "mental", _("Mental illness (ODGJ)")
    ELDERLY = "elderly", _("Elderly, cannot come")
