"""What is coded of a person: sex, marital status, the age group that figures count by, and findings."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sex(models.TextChoices):
    MALE = "M", _("Male")
    FEMALE = "F", _("Female")


class MaritalStatus(models.TextChoices):
    SINGLE = "single", _("Never married")
    MARRIED = "married", _("Married")
    DIVORCED = "divorced", _("Divorced")
    WIDOWED = "widowed", _("Widowed")


class Category(models.TextChoices):
    PEMULA = "pemula", _("First-time (pemula)")
    UMUM = "umum", _("General (umum)")


class Stage(models.TextChoices):
    """How far somebody is from a card, by dates alone: the first that fits, in this order."""

    OVERDUE = "overdue", _("Overdue (22 or older)")
    DUE = "due", _("Due (17 reached)")
    MARRIED_MINOR = "married_minor", _("Due by marriage, under 17")
    SEVENTEEN_ON_DAY = "seventeen_on_day", _("Turns 17 on election day")
    SEVENTEEN_BY_DAY = "seventeen_by_day", _("Turns 17 before election day")
    MAY_RECORD = "may_record", _("May be recorded (16)")
    TOO_YOUNG = "too_young", _("Too young to be recorded")

    @property
    def waits_for_card(self) -> bool:
        """Nothing is printed or handed over yet."""
        return self not in (Stage.OVERDUE, Stage.DUE, Stage.MARRIED_MINOR)


class ChangeKind(models.TextChoices):
    """What becomes of a person's data."""

    CORRECT = "correct", _("Correction of data")
    NIK = "nik", _("Other NIK")
    MERGE = "merge", _("Merging")


class ChangeSource(models.TextChoices):
    """Where the new data comes from."""

    DESK = "desk", _("A clerk")
    LIST = "list", _("A class list")
    IMPORT = "import", _("An import")


class ChangeState(models.TextChoices):
    OPEN = "open", _("Waits for a decision")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    EXPIRED = "expired", _("Expired")


class CalledAgain(models.TextChoices):
    """Why somebody who was recorded has to be recorded again."""

    FAILED = "failed_at_centre", _("Failed at the centre")
    ADJUDICATE = "adjudicate", _("Under adjudication at the centre")
    DUPLICATE = "duplicate", _("Found twice at the centre")
    DELETED = "deleted", _("Deleted at the centre")


#: The kind of a row in the access log: somebody was stopped who looked for too many numbers.
GUESSED = "numbers guessed"


class FindingOutcome(models.TextChoices):
    """What somebody finds out about a person who is not recorded: one vocabulary for findings, the
    lists of who is missing, and visits that were asked for.
    """

    DECEASED = "deceased", _("Has died")
    MOVED = "moved", _("Moved away")
    ABROAD = "abroad", _("Lives abroad")
    DUPLICATE = "duplicate", _("Stands on the list twice")
    UNKNOWN_NIK = "unknown_nik", _("Nobody here knows this person")
    NOT_MET = "not_met", _("Was not met")
    AWAY = "away", _("Is away and comes back")
    SICK_OR_DISABLED = "sick_or_disabled", _("Cannot come: the office has to go there")
    REFUSES = "refuses", _("Does not want it")
    RECORDED_ALREADY = "recorded_already", _("Says to be recorded already")

    @classmethod
    def explaining(cls) -> tuple[FindingOutcome, ...]:
        """Accepted, they explain why somebody on a list is not recorded."""
        return (cls.DECEASED, cls.MOVED, cls.ABROAD, cls.DUPLICATE, cls.UNKNOWN_NIK, cls.REFUSES)

    @classmethod
    def nobody(cls) -> tuple[FindingOutcome, ...]:
        """Accepted, there is nobody who could come: of the others some do."""
        return (cls.DECEASED, cls.DUPLICATE)

    @classmethod
    def notes(cls) -> tuple[FindingOutcome, ...]:
        """True of one day: the person stays open, and there may be many of them."""
        return (cls.NOT_MET, cls.AWAY, cls.SICK_OR_DISABLED)
