"""What came to visits becomes what plans reckon with: measured turnouts, beside the assumed ones."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _

from dukcapil.core.db import service
from dukcapil.core.templatetags.figures import people as number
from reports.planner.models.inputs import TurnoutRule
from reports.planner.selectors.actual import (
    MEASURED_DAYS,
    Turnout,
    actual_of_everybody,
    turnouts,
)
from reports.planner.selectors.rules import turnout_rules


@service
def feed_turnouts(*, office: str, today: date) -> list[TurnoutRule]:
    """A row for each kind and visit of which enough visits say something else than the newest row does.
    Again on the same day: nothing new. For the evening's job: nobody sets them.
    """
    found = actual_of_everybody(office, today - timedelta(days=MEASURED_DAYS), today)
    measured = turnouts(found.rows, turnout_rules(office, today))
    return [_add(office, one, today) for one in measured if _says_more(one)]


def _says_more(one: Turnout) -> bool:
    if one.per_thousand is None:
        return False
    known = one.assumed
    return known is None or not known.measured or known.per_thousand != one.per_thousand


def _add(office: str, one: Turnout, today: date) -> TurnoutRule:
    text = _("Measured: %(came)s of %(missing)s missing people came to %(visits)s visits.")
    words = {
        "came": number(one.came),
        "missing": number(one.missing),
        "visits": number(one.visits),
    }
    return TurnoutRule.objects.create(
        region_id=office,
        kind=one.kind,
        visit=one.visit,
        per_thousand=one.per_thousand or 0,
        valid_from=today,
        measured=True,
        source=(text % words)[:200],
    )
