"""A list of residents as a preview shows it, without a file and without the job that reads one."""

from __future__ import annotations

from datetime import date

from dukcapil.accounts.scoping import scoped
from registrations.roll.models import RollImport, RollRows, Row
from tests.roles import acting_as
from tests.world import VILLAGES, World, nik

BORN = date(1990, 5, 17)


def listed(number: int, name: str, village: str = VILLAGES["13.75"]) -> Row:
    """Somebody whom the office does not hold."""
    said = {"nik": nik(BORN).text, "name": name, "sex": "M", "village": village}
    said["birth_date"] = BORN.isoformat()
    cells = said | {"village": village.replace(".", "")}
    return Row(number, cells, {**said, "marital_status": "single"}, verdict="new")


def refused(number: int) -> Row:
    problem = ("village", "village", "Tidak ada desa dengan nama ini.")
    row = listed(number, "Contoh Salah")
    row.person, row.problems, row.verdict = None, [problem], "refused"
    return row


def staged(world: World, *rows: Row) -> RollImport:
    """Rows are the job's to write, so they want a world that is kept."""
    by = world["head"].actor
    one = RollImport(
        office_id=str(by.office),
        posting_id=by.posting_id,
        step="judge",
        state="ready",
        total=len(rows),
        done=len(rows),
    )
    column = {"letter": "A", "header": "NIK", "kind": "nik", "sample": ""}
    one.about = one.tell({"columns": [column]})
    with scoped(by.scope):
        one.save(force_insert=True)
    if rows:
        piece = RollRows(roll_import=one, office_id=one.office_id, number=0, step="judge")
        piece.put(list(rows))
        with acting_as("worker"), scoped(by.scope):
            piece.save(force_insert=True)
    return one
