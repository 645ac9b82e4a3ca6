"""What lists of the office tell of a person whose data is erased."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import replace

from django.db.models import QuerySet
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from registrations.people.errors import number_erased
from registrations.roll.enums import ImportState, ImportStep, Outcome, Verdict
from registrations.roll.models import RollImport, RollRows, Row


def hold_imports(by: Actor, office: str) -> QuerySet[RollImport]:
    """Lock the office's imports, before any person: a job has both, in this order."""
    own = RollImport.objects.visible_to(by).filter(office_id=office)
    imports = own.exclude(state=ImportState.GONE).order_by("pk")
    list(imports.select_for_update(of=("self",)).values_list("pk"))
    return imports


def blank_person(
    imports: QuerySet[RollImport], residents: Collection[uuid.UUID], number: str
) -> None:
    """Blank rows about these rows of a person, or under this number; a file that somebody would read is
    taken away. `imports`: as `hold_imports` locked them. Within one transaction.
    """
    for roll_import in imports:
        if roll_import.step == ImportStep.READ:
            _take_away(roll_import)
        else:
            _blank(roll_import, {str(one) for one in residents}, number)


def _take_away(roll_import: RollImport) -> None:
    """Nobody has made out yet who stands in it."""
    roll_import.state, roll_import.finished_at = ImportState.GONE, timezone.now()
    roll_import.name, roll_import.file, roll_import.about = None, None, None
    RollRows.objects.filter(roll_import=roll_import).update(rows=None)
    roll_import.version += 1
    roll_import.save()


def _blank(roll_import: RollImport, residents: set[str], number: str) -> None:
    found = False
    for piece in RollRows.objects.filter(roll_import=roll_import, rows__isnull=False):
        rows = piece.read()
        now = [_without(row, residents, number) for row in rows]
        if now != rows:
            found = True
            piece.put(now)
            piece.save(update_fields=RollRows.WRITTEN)
    if found:
        told = roll_import.told
        told["columns"] = [{**column, "sample": ""} for column in told.get("columns", ())]
        roll_import.about, roll_import.file = roll_import.tell(told), None
        roll_import.version += 1
        roll_import.save()


def _without(row: Row, residents: set[str], number: str) -> Row:
    alike = [one for one in row.alike if one[0] not in residents]
    undecided = not row.other_person and row.outcome != Outcome.CREATED
    own = row.resident in residents or number in _numbers(row)
    if not own and (len(alike) == len(row.alike) or not undecided):
        return replace(row, alike=alike)
    refusal = number_erased()
    return Row(
        number=row.number,
        cells={},
        problems=[("nik", refusal.code, str(refusal.message))],
        verdict=Verdict.REFUSED if row.verdict and not row.outcome else row.verdict,
        resident=row.resident if row.outcome else "",
        outcome=row.outcome,
        why=str(refusal.message) if row.outcome else "",
        proposal=row.proposal,
        # What is counted of the village stays.
        was_in=row.village,
    )


def _numbers(row: Row) -> set[str]:
    """What stands as its number, made out or not."""
    digits = "".join(sign for sign in row.cells.get("nik", "") if sign.isdigit())
    return {digits, (row.person or {}).get("nik", "")}
