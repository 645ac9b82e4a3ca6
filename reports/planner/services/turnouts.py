"""What came to visits becomes what plans reckon with: measured turnouts, beside the assumed ones."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from dukcapil.core.db import service
from dukcapil.core.templatetags.figures import people as number
from reports.planner.models.rules import TurnoutRule
from reports.planner.selectors.measured import Turnout, turnouts_of_everybody


@service
def feed_turnouts(*, office: str, today: date) -> list[TurnoutRule]:
    """A row for each kind and visit of which enough visits say something else than the newest row does. What
    the office typed in as assumed stays: a row of its own that is `measured` lets the evenings go on. Again on the same day: nothing new. For the evening's job: nobody sets them.
    """
    found = turnouts_of_everybody(office, today)
    return [_add(office, one, today) for one in found if _says_more(one)]


def _says_more(one: Turnout) -> bool:
    if one.measured is None or one.by_hand:
        return False
    return not one.reckoned_is_measured or one.reckoned != one.measured


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
        per_thousand=one.measured or 0,
        valid_from=today,
        measured=True,
        source=(text % words)[:200],
    )
