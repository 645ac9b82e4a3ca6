"""What is coded of a person: sex, marital status, and the age group that figures count by."""

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


#: The kind of a row in the access log: somebody was stopped who looked for too many numbers.
GUESSED = "numbers guessed"
