"""What somebody does with a list of residents: bring it, answer, mend a row, do it, undo it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, BinaryIO

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Asks, Conflict, Invalid
from dukcapil.core.lists.people import OF_FAMILIES
from dukcapil.core.templatetags.figures import people
from dukcapil.core.versions import CHANGED, stale
from registrations.people.readers import KINDS
from registrations.people.services.checks import LOOK_ALIKE
from registrations.roll.enums import ImportState, ImportStep, Verdict
from registrations.roll.models import RollImport, RollRows, Row
from registrations.roll.selectors import Rows, piece_of, row_version
from registrations.roll.services.files import keep_file, with_columns, with_sheet
from registrations.roll.services.judging import Bench, judge_rows, new_or_later, read_row
from registrations.roll.services.locking import locked, over, require_preview
from registrations.roll.services.twins import look_for_twins
from registrations.roll.services.versions import require_listed
from registrations.roll.services.work import IMPORTS

#: How long an import can be undone, and its rows are kept.
UNDONE_WITHIN = timedelta(days=30)
_AT_REST = (ImportState.READY, ImportState.FAILED, ImportState.STOPPED)


def may_still_be_undone(roll_import: RollImport) -> bool:
    written = roll_import.written_at
    return written is not None and written >= timezone.now() - UNDONE_WITHIN


@service
def bring_list(*, by: Actor, file: BinaryIO, name: str) -> RollImport:
    """Keep the file, sealed; a job reads it. Raises Invalid `file-size`, `file-type`."""
    require(by, Permission.ROLL_IMPORT)
    if by.office is None:
        raise Invalid("office", _("Only a district office holds residents."))
    IMPORTS.make_room(posting__user_id=by.user_id)
    roll_import = RollImport(office_id=by.office, posting_id=by.posting_id)
    keep_file(roll_import, file, name)
    roll_import.save(force_insert=True)
    log_access(by=by, action=Access.CHANGE, kind="import brought", subject=str(roll_import.pk))
    return roll_import


@service
def choose_sheet(
    *, by: Actor, roll_import: RollImport, sheet: str, version: int | None = None
) -> RollImport:
    """Which sheet holds the list; then it is read again. `version`: of the import as it was shown, here
    and below. Raises Conflict when somebody changed it since.
    """
    found, told = _about_file(by, roll_import, version)
    return _read_again(by, found, with_sheet(told, sheet))


@service
def choose_columns(
    *, by: Actor, roll_import: RollImport, columns: Mapping[str, str], version: int | None = None
) -> RollImport:
    """What each column holds, by its letter; then the list is read again, and rows that were mended are
    as they came.
    """
    found, told = _about_file(by, roll_import, version)
    return _read_again(by, found, with_columns(told, OF_FAMILIES, columns))


def _about_file(
    by: Actor, roll_import: RollImport, version: int | None
) -> tuple[RollImport, dict[str, Any]]:
    """While something is asked, and as long as nothing was written."""
    found = locked(by, roll_import)
    if found.state != ImportState.ASKS:
        require_preview(found)
    if found.file is None:  # it named somebody whose data was erased
        raise over()
    _require_unchanged(found, version)
    return found, found.told


def _require_unchanged(roll_import: RollImport, version: int | None) -> None:
    if version not in (None, roll_import.version):
        raise stale(str(roll_import.version), {})


def _read_again(by: Actor, roll_import: RollImport, told: dict[str, Any]) -> RollImport:
    roll_import.about = roll_import.tell(told)
    roll_import.total = 0
    return _work(by, roll_import, ImportStep.READ)


@service
def mend_row(
    *,
    by: Actor,
    roll_import: RollImport,
    number: int,
    cells: Mapping[str, str],
    version: str | None = None,
) -> Verdict:
    """Other words in a row of the preview; it is judged again. Returns its verdict. `version`: of the row
    that was shown (`row_version`), here and below. Raises Conflict when somebody mended it since.
    """
    found = locked(by, roll_import)
    require_preview(found)
    piece, rows, row = piece_of(by, found, number)
    _require_row(row, version)
    row.cells |= {name: cells[name].strip() for name in KINDS if name in cells}
    row.alike_row, row.other_person = 0, False
    bench = Bench.of(by)
    read_row(bench, row, row.cells)
    look_for_twins(by, found, row)
    judge_rows(bench, [row])
    _put_back(found, piece, rows)
    return Verdict(row.verdict)


@service
def confirm_row(
    *, by: Actor, roll_import: RollImport, number: int, version: str | None = None
) -> None:
    """Somebody who looks like a person held is another one."""
    found = locked(by, roll_import)
    require_preview(found)
    piece, rows, row = piece_of(by, found, number)
    _require_row(row, version)
    if row.verdict != Verdict.ALIKE:
        raise Conflict("row-differs", _("This row does not look like anybody (any more)."))
    row.other_person, row.verdict = True, new_or_later(row)
    _put_back(found, piece, rows)


def _require_row(row: Row, version: str | None) -> None:
    now = row_version(row)
    if version not in (None, now):
        text = _("Somebody changed row %(row)s after you opened the page.")
        raise Conflict(CHANGED, text % {"row": row.number}, version=now)


def _put_back(roll_import: RollImport, piece: RollRows, rows: list[Row]) -> None:
    piece.put(rows)
    piece.save(update_fields=RollRows.WRITTEN)
    roll_import.version += 1
    roll_import.save(update_fields=["version"])


@service
def carry_out(
    *, by: Actor, roll_import: RollImport, version: int | None = None, confirm: Collection[str] = ()
) -> RollImport:
    """Do what the preview says: a job writes. Raises Conflict when rows were changed since the preview
    was opened, Asks `look-alike` where rows look like people held (`left`: leave them out).
    """
    found = locked(by, roll_import)
    require_preview(found)
    _require_unchanged(found, version)
    rows = Rows(by, found)
    # Rows may have been mended, or read anew, since somebody said which villages they cover.
    require_listed(found, rows, found.covers)
    counts = rows.counts.verdicts
    if counts[Verdict.ALIKE] and not {LOOK_ALIKE, "left"} & set(confirm):
        text = _(
            "%(count)s rows look like people whom your office holds: say what becomes of them."
        )
        raise Asks(LOOK_ALIKE, message=text % {"count": people(counts[Verdict.ALIKE])})
    writes = rows.to_write
    if not (writes + counts[Verdict.ALIKE]) and not found.completeness:
        raise Conflict("nothing-to-do", _("Nothing of this list would be written."))
    found.alike_confirmed = LOOK_ALIKE in confirm
    found.written_at = timezone.now()
    found.file = None
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="import carried out",
        subject=str(found.pk),
        found=writes,
    )
    return _work(by, found, ImportStep.WRITE)


@service
def undo_import(*, by: Actor, roll_import: RollImport) -> RollImport:
    """Take it back within thirty days, as far as nothing stands on its rows: a job does it."""
    found = locked(by, roll_import)
    if found.step != ImportStep.WRITE or found.state not in _AT_REST:
        raise Conflict("import-state", _("This import was not carried out, or is at work."))
    if not may_still_be_undone(found):
        raise Conflict("too-late", _("An import can be undone for thirty days."))
    log_access(by=by, action=Access.CHANGE, kind="import undone", subject=str(found.pk))
    return _work(by, found, ImportStep.UNDO)


@service
def go_on(*, by: Actor, roll_import: RollImport) -> RollImport:
    """Begin again where the job gave up, or where the right of who had asked for it ended."""
    found = locked(by, roll_import)
    if found.step == ImportStep.READ or found.state not in (
        ImportState.FAILED,
        ImportState.STOPPED,
    ):
        raise over()
    return _work(by, found, ImportStep(found.step), done=found.done)


@service
def discard(*, by: Actor, roll_import: RollImport) -> None:
    """Throw a preview away, with all that was staged. What was carried out stays."""
    found = locked(by, roll_import)
    if found.written_at is not None:
        raise Conflict("import-state", _("What was carried out is undone, not thrown away."))
    RollRows.objects.visible_to(by).filter(roll_import=found).update(rows=None)
    found.state, found.name, found.file, found.about = ImportState.GONE, None, None, None
    found.finished_at = timezone.now()
    found.version += 1
    found.save()


def _work(by: Actor, roll_import: RollImport, step: ImportStep, *, done: int = 0) -> RollImport:
    """The job goes on with it, with the right of whoever asked for it last."""
    roll_import.posting_id = by.posting_id
    roll_import.step, roll_import.state = step, ImportState.WAITING
    roll_import.done, roll_import.attempts = done, 0
    roll_import.due_at = timezone.now()
    roll_import.finished_at = None
    roll_import.version += 1
    roll_import.save()
    return roll_import
