"""Taking an import back, row by row, within thirty days; whatever something stands on is left."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable

from django.utils import timezone
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
from registrations.roll.enums import GoneState, Outcome
from registrations.roll.models import RollGone, RollImport, Row
from registrations.roll.selectors import standing_on
from registrations.roll.services.families import give_family_cards_back

_UNDO = "SELECT undo_import(%s, %s::uuid[])"


def undo_rows(by: Actor, roll_import: RollImport, rows: list[Row]) -> None:
    """Give each row that was written its new outcome. Within one transaction."""
    _take_back(by, roll_import, [row for row in rows if row.outcome == Outcome.CREATED])
    _off_again(by, [row for row in rows if row.off_roll])
    give_family_cards_back(by, [row for row in rows if row.card_before is not None])
    for row in rows:
        if row.outcome in (Outcome.RETURNED, Outcome.HANDED):
            row.outcome = Outcome.UNDONE
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
    asked = RollGone.objects.visible_to(by).filter(resident__in=undone, state=GoneState.OPEN)
    asked.update(state=GoneState.OVER, answered_at=timezone.now())
    for row in rows:
        resident = uuid.UUID(row.resident)
        if resident in undone:
            row.outcome, row.resident = Outcome.UNDONE, ""
        else:
            row.outcome, row.why = Outcome.KEPT, _why_kept(standing.get(resident, ()))


def _off_again(by: Actor, rows: list[Row]) -> None:
    """Whom the list had brought back on the roll, as far as the answer of that day stands."""
    days: dict[str, list[uuid.UUID]] = defaultdict(list)
    for row in rows:
        if row.resident:
            days[row.off_roll].append(uuid.UUID(row.resident))
    for day, people in days.items():
        answered = RollGone.objects.visible_to(by).filter(
            resident__in=people, state=GoneState.OFF, roll_import__as_of=day
        )
        own = Resident.objects.visible_to(by).filter(
            office_id=by.office, pk__in=answered.values("resident"), off_roll_since__isnull=True
        )
        own.update(off_roll_since=day)


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
