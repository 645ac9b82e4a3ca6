"""Doing with the rows what the preview said, some hundred at a time; what changed meanwhile is left."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from registrations.arrivals.enums import ArrivalKind
from registrations.arrivals.services.sending import Handed, hand_over
from registrations.people.enums import ChangeSource
from registrations.people.models import Resident
from registrations.people.selectors import erased, nik_doubts
from registrations.people.services.checks import look_alikes, named_twice
from registrations.people.services.holding import ToHold, merge, open_stage, stage
from registrations.people.services.lookups import registered_from_list
from registrations.people.services.proposals import current, propose_corrections
from registrations.people.validators import Person
from registrations.roll.enums import Outcome, Verdict
from registrations.roll.models import RollImport, RollPerson, Row
from registrations.roll.services.families import take_family_cards
from registrations.roll.services.judging import Bench, tell_rows

#: The person of such a row is on the list, whether or not anything was written.
_STANDS = (Outcome.NOTHING, Outcome.PROPOSED)


def write_rows(bench: Bench, roll_import: RollImport, rows: list[Row]) -> None:
    """Give each row its outcome. Within one transaction."""
    for row in rows:
        _leave(row, roll_import)
    _send(bench.by, roll_import, [row for row in rows if row.verdict == Verdict.ELSEWHERE])
    _tell(bench, [row for row in rows if not row.outcome and not row.resident])
    _hold(bench, roll_import, [row for row in rows if not row.outcome and not row.resident])
    _propose(bench.by, [row for row in rows if not row.outcome])
    take_family_cards(bench.by, roll_import, [row for row in rows if row.outcome in _STANDS])
    _bring_back(bench.by, roll_import, [row for row in rows if row.outcome in _STANDS])


def _leave(row: Row, roll_import: RollImport) -> None:
    """What is not to be written at all."""
    if row.verdict == Verdict.ELSEWHERE:
        row.outcome = Outcome.HANDED
    elif row.problems:
        _leave_refused(row)
    elif row.verdict == Verdict.ALIKE and not roll_import.alike_confirmed:
        row.outcome = Outcome.LEFT
        row.why = _("Looks like somebody whom your office holds.")
        if row.alike_row:
            row.why = _("Has the name and birth date of row %(row)s.") % {"row": row.alike_row}
    elif row.verdict == Verdict.SAME:
        row.outcome = Outcome.NOTHING


def _leave_refused(row: Row) -> None:
    row.outcome = Outcome.LEFT
    row.why = " ".join(words for _field, _code, words in row.problems)


def _send(by: Actor, roll_import: RollImport, rows: list[Row]) -> None:
    """Whoever lives in another district is that office's: it is told, and tells nothing. Who was
    erased is not handed on; the row does not tell.
    """
    gone = erased([(row.person or {}).get("nik", "") for row in rows])
    people = [
        Handed(row.elsewhere, said["nik"], {**said, "village": row.elsewhere})
        for row in rows
        if (said := row.person or {}) and said["nik"] not in gone
    ]
    hand_over(by=by, kind=ArrivalKind.RESIDENT, source=roll_import.pk, people=people)


def _bring_back(by: Actor, roll_import: RollImport, rows: list[Row]) -> None:
    """Who was taken off the roll and is on this list is on the roll again, unless it is an older one."""
    ids = [uuid.UUID(row.resident) for row in rows if row.resident]
    off = Resident.objects.visible_to(by).filter(
        office_id=by.office, pk__in=ids, off_roll_since__isnull=False
    )
    if roll_import.as_of is not None:
        off = off.filter(off_roll_since__lte=roll_import.as_of)
    since = dict(
        off.order_by("pk").select_for_update(of=("self",)).values_list("pk", "off_roll_since")
    )
    if not since:
        return
    Resident.objects.filter(pk__in=since).update(off_roll_since=None)
    for row in rows:
        if row.resident and (day := since.get(uuid.UUID(row.resident))):
            row.off_roll = str(day)
            if row.outcome == Outcome.NOTHING:
                row.outcome = Outcome.RETURNED


def _tell(bench: Bench, rows: list[Row]) -> None:
    """What the preview kept to itself ends a row, or leads it to somebody held."""
    tell_rows(bench, rows)
    for row in rows:
        if row.problems:
            _leave_refused(row)
        elif row.verdict == Verdict.SAME:
            row.outcome = Outcome.NOTHING


def _hold(bench: Bench, roll_import: RollImport, rows: list[Row]) -> None:
    people = {row.number: bench.person(row) for row in rows}
    fresh = (Verdict.NEW, Verdict.LATER)
    unasked = [row for row in rows if row.verdict in fresh and not row.other_person]
    asked_of_none = {row.number: people[row.number] for row in unasked}
    for number in {*look_alikes(bench.by, asked_of_none), *named_twice(asked_of_none)}:
        people.pop(number)
    if people:
        open_stage()
        ids = stage(
            _to_hold(bench, row, people[row.number]) for row in rows if row.number in people
        )
        created = merge()
        RollPerson.objects.bulk_create(
            RollPerson(id=resident, roll_import=roll_import, office_id=roll_import.office_id)
            for resident in created
        )
    else:
        ids, created = {}, set()
    registered = []
    for row in rows:
        if row.number not in people:
            row.outcome = Outcome.LEFT
            row.why = _("Meanwhile your office holds somebody of this name and birth date.")
        elif ids[row.number] in created:
            row.outcome, row.resident = Outcome.CREATED, str(ids[row.number])
            registered.append((row.person or {})["nik"])
        else:
            row.outcome = Outcome.LEFT
            row.why = _("Meanwhile your office holds this number: bring the row again to compare.")
    registered_from_list(by=bench.by, numbers=registered)


def _to_hold(bench: Bench, row: Row, person: Person) -> ToHold:
    if person.nik is None or person.village is None:
        raise ValueError("a row without a number or a village is refused")
    return ToHold(
        line=row.number,
        office=str(bench.by.office),
        village=person.village.pk,
        person=person,
        doubtful=bool(nik_doubts(person.nik, bench.areas)),
        created_by=bench.by.user_id,
    )


def _propose(by: Actor, rows: list[Row]) -> None:
    """A list changes nobody: it proposes, and somebody accepts with old and new before them."""
    held = {
        str(resident.pk): resident
        for resident in Resident.objects.visible_to(by)
        .filter(office_id=by.office, pk__in=[uuid.UUID(row.resident) for row in rows])
        .select_related("identity")
    }
    proposed: dict[str, tuple[Row, Resident]] = {}
    for row in rows:
        resident = held.get(row.resident)
        now = current(resident) if resident else {}
        if resident is None or any(now[name] != value for name, value in row.before.items()):
            row.outcome = Outcome.LEFT
            row.why = _("Meanwhile somebody changed this person: bring the row again to compare.")
        elif row.resident in proposed:
            first, _resident = proposed[row.resident]
            row.outcome = Outcome.LEFT
            row.why = _("This NIK stands in row %(row)s already.") % {"row": first.number}
        else:
            proposed[row.resident] = (row, resident)
    made = propose_corrections(
        by=by,
        changes=[(resident, row.after) for row, resident in proposed.values()],
        reason=_("Import of a list of residents"),
        source=ChangeSource.IMPORT,
    )
    for one in made:
        row, _resident = proposed.pop(str(one.proposal.resident_id))
        if one.fresh:
            row.outcome, row.proposal = Outcome.PROPOSED, str(one.proposal.pk)
        else:
            # Undoing this import must not end what somebody else proposed.
            row.outcome, row.why = Outcome.NOTHING, _("This was proposed before.")
    for row, _resident in proposed.values():
        row.outcome = Outcome.NOTHING
