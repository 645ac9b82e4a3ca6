from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, Invalid, rule

rule("DK001", lambda: Conflict("append-only", _("This row is never changed.")))
rule(
    "accounts_user_username_key",
    lambda: Conflict("username-taken", _("This username is taken."), field="username"),
)
rule(
    "posting_one_a_day",
    lambda: Conflict(
        "posting-overlap", _("This person already has a posting in that period."), field="starts_on"
    ),
)
rule(
    "posting_region_fits_role",
    lambda: Invalid(
        "posting-region", _("This role is not posted to such a region."), field="region"
    ),
)
rule(
    "posting_period",
    lambda: Invalid(
        "posting-period", _("A posting ends on or after its first day."), field="ends_on"
    ),
)
