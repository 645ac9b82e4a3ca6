"""Which visits of a plan are to be announced by a letter."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from dukcapil.accounts.scoping import Actor
from events.planning.enums import EventState
from registrations.oversight.enums import ExportKind, ExportState
from registrations.oversight.models import Export
from registrations.oversight.selectors.letters import VISIT, letter_asked
from reports.planner.models.plans import Plan, PlanStop
from reports.planner.selectors.stops import stops_of


def letters_due(by: Actor, plan: Plan) -> list[PlanStop]:
    """Visits to venues, approved and still to come, for which no letter was asked yet."""
    stops = stops_of(by, plan).filter(
        venue__isnull=False, event__state=EventState.APPROVED, event__ends_on__gte=by.today
    )
    found = list(stops)
    events = [one.event_id for one in found if one.event_id is not None]
    invited = invited_in_writing(plan.office_id, events)
    return [one for one in found if one.event_id not in invited]


def invited_in_writing(office: str, events: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Of these events, those for which a letter was made or is being made."""
    wanted = set(events)
    if not wanted:
        return set()
    letters = Export.everything.filter(office_id=office, kind=ExportKind.LETTER).exclude(
        state__in=(ExportState.FAILED, ExportState.STOPPED)
    )
    asked = (letter_asked(text) for text in letters.values_list("filters", flat=True))
    return wanted & {one.of for one in asked if one is not None and one.kind == VISIT}
