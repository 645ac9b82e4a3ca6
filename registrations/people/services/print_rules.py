"""From when on an office prints the cards of those who turn 17."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region
from events.calendar.validators import LAST_DAY
from registrations.people.models import PrintRule
from registrations.people.selectors import print_days_of
from registrations.people.validators import MOST_DAYS_EARLY, PRINT_DAYS


@service
def set_print_rule(
    *, by: Actor, office: Region, days: int, source: str, since: date | None = None
) -> PrintRule:
    """`days` before the 17th birthday, from today or from a later day on; fewer than today's from tomorrow
    on: what was printed was judged by the rule of its day, and stays as it was judged.
    """
    require(by, Permission.RESIDENTS_DECIDE)
    if by.office != office.pk:
        raise NotFound
    today = today_in(office.pk)
    since = since or today
    if not today <= since <= LAST_DAY:
        raise Invalid(
            "rule-since",
            _("A rule holds from today or from a later day on."),
            field="since",
        )
    if since == today and days < print_days_of([office.pk]).get(office.pk, 0):
        raise Invalid(
            "rule-since",
            _(
                "Cards were printed today by the present rule: one with fewer days holds from tomorrow."
            ),
            field="since",
        )
    if not 0 <= days <= MOST_DAYS_EARLY:
        raise Invalid("print-days", PRINT_DAYS, field="days")
    source = source.strip()
    if not source:
        raise Invalid("source", _("Name the decree or letter that says so."), field="source")
    rule = PrintRule.objects.create(
        office=office, days=days, since=since, source=source, decided_by_id=by.user_id
    )
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="print rule",
        subject=f"{office.pk} {since}",
        reason=source,
    )
    return rule
