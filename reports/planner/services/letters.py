"""Letters to the schools and other venues of a plan, by the verb of one letter."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict
from registrations.oversight.enums import ExportKind
from registrations.oversight.models import Export
from registrations.oversight.selectors.letters import FORMS, VISIT, LetterAsked
from registrations.oversight.services.exports import request_export
from reports.planner.models.plans import Plan
from reports.planner.selectors.letters import letters_due


@service
def ask_letters(
    *, by: Actor, plan: Plan, reason: str, stops: Collection[int] = (), form: str = FORMS[0]
) -> list[Export]:
    """A letter for each visit of the plan (or of these stops) to a venue that a head has approved and that no
    letter was asked for yet. Raises Conflict `no-letters` when there is none, TooMany as one letter does.
    """
    require(by, Permission.RESIDENTS_EXPORT)
    due = [
        stop.event_id
        for stop in letters_due(by, plan)
        if stop.event_id is not None and (not stops or stop.pk in stops)
    ]
    if not due:
        raise Conflict(
            "no-letters",
            _("No letter is due: one goes out once the head has approved the visit of a venue."),
        )
    return [_ask(by, event, reason, form) for event in due]


def _ask(by: Actor, event: uuid.UUID, reason: str, form: str) -> Export:
    letter = LetterAsked(VISIT, event, form)
    return request_export(by=by, kind=ExportKind.LETTER, reason=reason, letter=letter)
