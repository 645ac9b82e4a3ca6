"""What the access log can say that somebody did."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Access(models.TextChoices):
    """What somebody did with data about people. Refusals are kept too."""

    SEARCH = "search", _("searched")
    VIEW = "view", _("viewed")
    REVEAL = "reveal", _("revealed")
    EXPORT = "export", _("exported")
    REFUSED = "refused", _("was refused")
    CHANGE = "change", _("changed")
