"""A dated rule of how long something is kept."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid, Refused
from dukcapil.regions.validators import NATION
from registrations.oversight.enums import KEEP_DAYS, Kept
from registrations.oversight.models import RetentionRule

#: A later day is a slip of the pen.
LAST_DAY = date(2100, 1, 1)


@service
def set_retention(
    *, by: Actor, what: str, keep_days: int, source: str, since: date | None = None
) -> RetentionRule:
    """From today or from a later day on. One rule for all offices: the nation's administrator says it."""
    require(by, Permission.RETENTION_SET)
    if by.region != NATION:
        raise Refused("forbidden", _("How long things are kept is said for all offices at once."))
    if what not in Kept.values:
        raise Invalid("what", _("Choose what is kept."), field="what")
    most = KEEP_DAYS[what][1]
    if not 1 <= keep_days <= most:
        raise Invalid(
            "keep-days",
            _("From 1 to %(most)s days are possible here.") % {"most": most},
            field="keep_days",
        )
    if not by.today <= (since or by.today) <= LAST_DAY:
        raise Invalid(
            "rule-since", _("A rule holds from today or from a later day on."), field="since"
        )
    source = " ".join(source.split())
    if not source:
        raise Invalid("source", _("Name the decree or letter that says so."), field="source")
    rule = RetentionRule.objects.create(
        what=what,
        keep_days=keep_days,
        since=since or by.today,
        source=source[:200],
        decided_by_id=by.user_id,
    )
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="retention rule",
        subject=f"{what} {keep_days} {rule.since}",
        reason=rule.source,
    )
    return rule
