"""Taking an import back, row by row, within thirty days; whatever something stands on is left."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import rows as fetch
from dukcapil.core.errors import Conflict, NotFound
from registrations.people.enums import ChangeSource, ChangeState
from registrations.people.models import Resident
from registrations.people.services.proposals import (
    close,
    current,
    open_proposal,
    propose_corrections,
)
from registrations.roll.enums import Outcome
from registrations.roll.models import RollImport, Row
from registrations.roll.selectors import standing_on

_UNDO = "SELECT undo_import(%s, %s::uuid[])"


def undo_rows(by: Actor, roll_import: RollImport, rows: list[Row]) -> None:
    """Give each row that was written its new outcome. Within one transaction."""
    _take_back(by, roll_import, [row for row in rows if row.outcome == Outcome.CREATED])
    for row in rows:
        if row.outcome == Outcome.PROPOSED:
            _withdraw(by, row)
    _propose_back(by, [row for row in rows if row.outcome == Outcome.BACK])


def _take_back(by: Actor, roll_import: RollImport, rows: list[Row]) -> None:
    """People vanish as if they had never been held. Locked first: nobody books them meanwhile."""
    ids = [uuid.UUID(row.resident) for row in rows]
    held = Resident.everything.filter(pk__in=ids, office_id=by.office).order_by("pk")
    locked = set(held.select_for_update().values_list("pk", flat=True))
    standing = standing_on(locked)
    free = sorted(locked - standing.keys())
    undone = {one for (one,) in fetch(_UNDO, [roll_import.pk, [str(one) for one in free]])}
    for row in rows:
        resident = uuid.UUID(row.resident)
        if resident in undone:
            row.outcome, row.resident = Outcome.UNDONE, ""
        else:
            row.outcome, row.why = Outcome.KEPT, _why_kept(standing.get(resident, ()))


def _why_kept(names: Iterable[str]) -> str:
    if not (named := ", ".join(sorted(set(names)))):
        return _("This person was changed since.")
    return _("Something stands on this person: %(what)s.") % {"what": named}


def _withdraw(by: Actor, row: Row) -> None:
    """An open proposal ends. One that somebody accepted is proposed the other way round."""
    try:
        proposal = open_proposal(by, uuid.UUID(row.proposal))
    except Conflict:
        row.outcome = Outcome.BACK
    except NotFound:
        row.outcome, row.why = Outcome.KEPT, _why_kept(())
    else:
        close(by, proposal, ChangeState.REFUSED, because=_("The import was undone."))
        row.outcome = Outcome.UNDONE


def _propose_back(by: Actor, rows: list[Row]) -> None:
    """From what was held before, which stands sealed in the row."""
    ids = [uuid.UUID(row.resident) for row in rows]
    held = Resident.objects.visible_to(by).filter(office_id=by.office, pk__in=ids)
    people = {str(one.pk): one for one in held.select_related("identity")}
    changes = []
    for row in rows:
        resident = people.get(row.resident)
        now = current(resident) if resident else {}
        if resident is None or any(now[name] != value for name, value in row.after.items()):
            # It was refused, or changed once more: nothing of this list stands in it.
            row.outcome, row.why = Outcome.KEPT, _why_kept(())
        else:
            changes.append((resident, row.before))
    propose_corrections(
        by=by, changes=changes, reason=_("The import was undone."), source=ChangeSource.IMPORT
    )
