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


class StaffActKind(models.TextChoices):
    """What gives one person power over another's account."""

    MADE = "made", _("made the account")
    POSTED = "posted", _("made the posting")
    RESET = "reset", _("reset the access")


class ProposalKind(models.TextChoices):
    """What waits for a second person."""

    ACCOUNT = "account", _("new account")
    POSTING = "posting", _("new posting")
    RESET = "reset", _("new password")


class ProposalVerdict(models.TextChoices):
    """What became of a proposal; without one it is pending."""

    APPROVED = "approved", _("approved")
    WITHDRAWN = "withdrawn", _("withdrawn")
