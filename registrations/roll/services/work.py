"""The queue of imports: one piece of a list at a time, each in a transaction of its own, so that whoever
looks sees how far it has come, and a worker that dies loses one piece.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import override

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.selectors import asker_now
from dukcapil.core.db import EVERYBODY, service
from dukcapil.core.work import Queue, Stopped
from registrations.roll.enums import ImportState, ImportStep, Verdict
from registrations.roll.models import RollImport, RollRows, Row
from registrations.roll.selectors import Rows
from registrations.roll.services.asking import settle_version, take_back_version
from registrations.roll.services.judging import Bench, judge_rows
from registrations.roll.services.reading import read_list
from registrations.roll.services.undoing import undo_rows
from registrations.roll.services.writing import write_rows

#: How long the rows of an import are kept after it was carried out, and a preview that nobody carries out.
KEPT, PREVIEW_KEPT = timedelta(days=30), timedelta(days=2)
#: An undoing that was asked for in time has so much longer; `undo_import` in the database, too.
UNDOING = timedelta(days=2)
#: Seconds that one job goes on; then the next one does.
_AT_A_TIME = 300.0

_OVER = {"state": ImportState.READY}
_BEFORE = {
    ImportStep.JUDGE: ImportStep.READ,
    ImportStep.WRITE: ImportStep.JUDGE,
    ImportStep.UNDO: ImportStep.WRITE,
}


def _do(roll_import: RollImport, by: Actor) -> dict[str, Any]:
    """The file, or the next piece of it. Without a `state` the work goes on."""
    with scoped(by.scope), override("id"):
        if roll_import.step == ImportStep.READ:
            return read_list(roll_import, by)
        step = ImportStep(roll_import.step)
        pieces = RollRows.objects.visible_to(by).filter(roll_import=roll_import, step=_BEFORE[step])
        if (piece := pieces.order_by("number").first()) is None:
            if step in _ENDS:
                _ENDS[step](roll_import, by)
            return _OVER
        rows = piece.read()
        _DOERS[step](roll_import, by, rows)
        piece.put(rows)
        piece.step = step
        piece.save(update_fields=[*RollRows.WRITTEN, "step"])
        # Whoever asks for the next piece has as many tries for it.
        return {"attempts": 0, "done": min(roll_import.done + piece.size, roll_import.total)}


def _judge(roll_import: RollImport, by: Actor, rows: list[Row]) -> None:
    before = Rows(by, roll_import).counts.verdicts
    listed = before[Verdict.SAME] + before[Verdict.DIFFERS]
    judge_rows(Bench.of(by), rows, listed_before=listed)


def _write(roll_import: RollImport, by: Actor, rows: list[Row]) -> None:
    write_rows(Bench.of(by), roll_import, rows)


def _undo(roll_import: RollImport, by: Actor, rows: list[Row]) -> None:
    undo_rows(by, roll_import, rows)


_DOERS: dict[ImportStep, Callable[[RollImport, Actor, list[Row]], None]] = {
    ImportStep.JUDGE: _judge,
    ImportStep.WRITE: _write,
    ImportStep.UNDO: _undo,
}

#: What follows once every row is through.
_ENDS: dict[ImportStep, Callable[[RollImport, Actor], None]] = {
    ImportStep.WRITE: settle_version,
    ImportStep.UNDO: take_back_version,
}


def _asker(roll_import: RollImport) -> Actor:
    """Who brought the list, with the rights of this moment. Raises Stopped when they are gone."""
    actor = asker_now(roll_import.posting_id, Permission.ROLL_IMPORT)
    if actor.office != roll_import.office_id:
        raise Stopped
    return actor


IMPORTS = Queue(
    RollImport,
    _do,
    tries=3,
    scope=lambda: scoped(EVERYBODY),
    ask=_asker,
    stopped=ImportState.STOPPED,
    # Of some 28 MB: else each piece would read it twice.
    large=("file",),
)


def due_imports() -> list[uuid.UUID]:
    """What the job has to do, over all offices; ids only."""
    return IMPORTS.due()


def work_on(import_id: uuid.UUID) -> bool:
    """Go on with it, piece by piece. Whether there is more to do now."""
    until = time.monotonic() + _AT_A_TIME
    standing = _standing(import_id)
    while standing is not None and time.monotonic() < until:
        IMPORTS.run(import_id)
        before, standing = standing, _standing(import_id)
        if standing == before:
            return False
    return standing is not None


def _standing(import_id: uuid.UUID) -> tuple[Any, ...] | None:
    """How far an import is that waits; None when it is over, or somebody else is at it."""
    with scoped(EVERYBODY):
        waiting = RollImport.objects.filter(
            pk=import_id, state=ImportState.WAITING, due_at__lte=timezone.now()
        )
        return waiting.values_list("step", "done", "attempts").first()


@service
def forget_imports(*, rows_kept: timedelta = KEPT, preview_kept: timedelta = PREVIEW_KEPT) -> int:
    """Empty the rows of imports whose time is over, and previews that nobody carried out; the rest stays
    as evidence. Returns how many.
    """
    with scoped(EVERYBODY):
        now = timezone.now()
        kept = RollImport.objects.exclude(state=ImportState.GONE)
        carried_out = kept.filter(written_at__lt=now - rows_kept).exclude(
            step=ImportStep.UNDO,
            state__in=[ImportState.WAITING, ImportState.FAILED, ImportState.STOPPED],
            written_at__gt=now - rows_kept - UNDOING,
        )
        left = kept.filter(written_at__isnull=True, created_at__lt=now - preview_kept)
        expired = list((carried_out | left).values_list("pk", flat=True))
        RollRows.objects.filter(roll_import__in=expired).update(rows=None)
        return RollImport.objects.filter(pk__in=expired).update(
            state=ImportState.GONE, name=None, file=None, about=None
        )
