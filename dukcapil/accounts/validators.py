"""What accounts and tokens may be like."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,59}")
USERNAME_RULE = _("3 to 60 small letters, digits, dots or hyphens.")
#: A program's token is made anew at least once a year.
LONGEST_TOKEN = timedelta(days=365)
