"""What a list of people without a recording is for, and what became of each of them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Purpose(models.TextChoices):
    MISSING = "missing", _("Due and not recorded")
    SEVENTEEN = "seventeen", _("17 on election day")


class EntryState(models.TextChoices):
    """The first that fits, in this order; the six sum to the list."""

    RECORDED = "recorded", _("Recorded")
    EXPLAINED = "explained", _("Explained")
    BOOKED = "booked", _("Booked")
    ASKED = "asked", _("Visit asked for")
    OPEN = "open", _("Open")
    LEFT = "left", _("Left the list")


class LeftBecause(models.TextChoices):
    VERSION = "version", _("Not on the newest list")
    ELECTION = "election", _("The election was moved or cancelled")
    MOVED = "moved", _("Lives in another district")
    CORRECTED = "corrected", _("Not due by corrected data")
    MERGED = "merged", _("Merged with another row")
    ERASED = "erased", _("Erased")
    #: Neutral: which list it is, and whose, is nobody's business.
    ELSEWHERE = "elsewhere", _("Stands on another list")


class NextStep(models.TextChoices):
    """What somebody put down to be done next; without it the state says so."""

    VERIFY = "verify", _("Verify in the village")
    INVITE = "invite", _("Invite or book")
    VISIT = "visit", _("Plan a visit")
    DECIDE = "decide", _("Decide what was found")
    COME = "come", _("Comes to the session")
    NOTHING = "nothing", _("Nothing")


class ContactHow(models.TextChoices):
    PHONE = "phone", _("Phone or message")
    HOME = "home", _("At home")
    VILLAGE = "village", _("Through the village office, RT or RW")
    SCHOOL = "school", _("Through the school or employer")
    LETTER = "letter", _("Letter")


class ContactResult(models.TextChoices):
    WILL_COME = "will_come", _("Will come")
    TOLD = "told", _("Was told")
    NOT_REACHED = "not_reached", _("Was not reached")
    AWAY = "away", _("Is away")
    WANTS_VISIT = "wants_visit", _("Asks for a visit")
    UNWILLING = "unwilling", _("Does not want to")
