"""Why a day has no service, and why a day got a further revision."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NilReason(models.TextChoices):
    """Why an office served nobody on a day."""

    CLOSED = "closed", _("Closed (weekend or holiday)")
    NOBODY_CAME = "nobody_came", _("Open, nobody came")
    DEVICE = "device", _("Device broken")
    NETWORK = "network", _("No network")
    POWER = "power", _("No power")
    NO_BLANKO = "no_blanko", _("No blank cards")
    OTHER = "other", _("Other, see the note")


class RevisionReason(models.TextChoices):
    FIRST = "first", _("first report of the day")
    LATE = "late", _("late records")
    VOID = "void", _("records taken back")
    ACCEPTED = "accepted", _("set-aside records accepted")
