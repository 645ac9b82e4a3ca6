"""Who answers for a region sets what is told there, from a day on."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid, NotFound, Refused
from dukcapil.core.locks import Lock, hold
from dukcapil.core.versions import require_seen
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region
from events.calendar.validators import LAST_DAY
from reports.alerts.enums import KINDS
from reports.alerts.models import AlertRule
from reports.alerts.selectors.rules import answers_for, kinds_of, version_parts


@service
def set_rule(
    *,
    by: Actor,
    region: Region,
    kind: str,
    is_on: bool,
    number: Decimal | int,
    reason: str,
    valid_from: date | None = None,
    quiet_from: time | None = None,
    quiet_until: time | None = None,
    version: str | None = None,
) -> AlertRule:
    """A row more: what counted before stays, with its days. `version`: what was seen."""
    require(by, Permission.ALERTS_SET)
    if not by.covers(region.pk):
        raise NotFound
    if not answers_for(by, region.pk):
        raise Refused("forbidden", _("Whoever answers for this region sets its rules."))
    today = today_in(region.pk)
    starts = valid_from or today
    if not today <= starts <= LAST_DAY:
        raise Invalid(
            "valid-from", _("A rule counts from today on, or from a later day."), field="valid_from"
        )
    if kind not in kinds_of(region.pk):
        raise Invalid("kind", _("This is told for the whole house."), field="kind")
    _check_number(kind, Decimal(number))
    if not reason.strip():
        raise Invalid("reason", _("Say why."), field="reason")
    refuse_number(reason)
    hold(Lock.ALERTS, f"{region.pk} {kind}")
    require_seen(version, version_parts(region.pk, kind), {})
    log_access(by=by, action=Access.CHANGE, kind="rule of alerts", subject=f"{region.pk} {kind}")
    return AlertRule.objects.create(
        region=region,
        kind=kind,
        valid_from=starts,
        is_on=is_on,
        number=number,
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        reason=reason.strip(),
        by_id=by.user_id,
    )


def _check_number(kind: str, number: Decimal) -> None:
    rule = KINDS[kind]
    if not rule.least <= number <= rule.most:
        words = {"least": number_format(rule.least), "most": number_format(rule.most)}
        text = _("From %(least)s to %(most)s.") % words
        raise Invalid("number", text, field="number")
    if rule.whole and number != int(number):
        raise Invalid("number", _("Give a whole number: no decimals."), field="number")
