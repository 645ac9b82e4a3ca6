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


#: The kind of a row in the access log: somebody was stopped who looked for too many numbers.
GUESSED = "numbers guessed"
