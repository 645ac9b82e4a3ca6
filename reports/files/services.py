"""Files that take long: asked for, made by a job, fetched by who asked. No person in them."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from dukcapil.accounts.models import Posting
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.selectors import actor_of
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, NotFound
from dukcapil.regions.models import Region
from reports.coverage.selectors.coverage import answer
from reports.coverage.selectors.question import Question
from reports.files.enums import FileKind, FileState
from reports.files.models import FigureFile
from reports.files.renderers.document import pdf
from reports.files.renderers.package import package

log = structlog.get_logger()

#: How long a file waits to be fetched, and how often making it is tried.
KEPT = timedelta(days=1)
ATTEMPTS = 3
_MAKERS = {FileKind.PDF: pdf, FileKind.ZIP: package}


@service
def request_file(*, by: Actor, kind: str, question: Question) -> FigureFile:
    """Ask for a file. The basis and the day are settled now, so that the file answers this question."""
    require(by, Permission.COVERAGE_VIEW)
    return FigureFile.objects.create(
        posting_id=by.posting_id,
        kind=kind,
        region=question.region,
        question={
            "level": question.level,
            "day": str(question.day),
            "basis": question.basis.name if question.basis else None,
            "view": question.view,
            "release": question.release.name if question.release else None,
        },
    )


def waiting_files() -> list[uuid.UUID]:
    found = FigureFile.objects.filter(state=FileState.WAITING).order_by("created_at")
    return list(found.values_list("pk", flat=True))


def build_file(file_id: uuid.UUID) -> None:
    """Done twice, or for what is gone, it does nothing. Each try is counted before it begins."""
    with transaction.atomic():
        waiting = FigureFile.objects.select_for_update(skip_locked=True)
        file = waiting.filter(pk=file_id, state=FileState.WAITING).first()
        if file is None:
            return
        file.attempts += 1
        if file.attempts > ATTEMPTS:
            file.state, file.finished_at = FileState.FAILED, timezone.now()
        file.save(update_fields=["attempts", "state", "finished_at"])
    if file.state == FileState.FAILED:
        return
    try:
        content = _content(file)
    except Exception as error:  # noqa: BLE001 - whatever it was, the next try or the count decides
        log.warning("file_not_built", file=str(file_id), error=type(error).__name__)
        return
    FigureFile.objects.filter(pk=file_id, state=FileState.WAITING).update(
        content=content, state=FileState.READY, finished_at=timezone.now()
    )


def _content(file: FigureFile) -> bytes:
    posting = Posting.objects.select_related("region").get(pk=file.posting_id)
    actor = actor_of(posting)
    with scoped(actor.scope), override("id"):
        question = question_of(actor, file.region, file.question)
        return _MAKERS[FileKind(file.kind)](question, answer(question))


def question_of(actor: Actor, region: Region, asked: dict[str, Any]) -> Question:
    return Question.of(
        by=actor,
        region=region,
        level=asked["level"],
        day=date.fromisoformat(asked["day"]),
        basis=asked["basis"],
        view=asked["view"],
        release=asked["release"],
    )


def own_files(by: Actor, region: Region) -> QuerySet[FigureFile]:
    """Without their content, the newest first."""
    found = FigureFile.objects.filter(posting_id=by.posting_id, region=region)
    return found.defer("content").order_by("-created_at")


def own_file(by: Actor, file_id: uuid.UUID) -> FigureFile:
    found = FigureFile.objects.filter(pk=file_id, posting_id=by.posting_id).first()
    if found is None:
        raise NotFound
    return found


def fetch_file(*, by: Actor, file_id: uuid.UUID) -> tuple[str, bytes]:
    """Name and bytes, for who asked for it."""
    file = own_file(by, file_id)
    if file.state != FileState.READY or file.content is None:
        raise Conflict("file-not-ready", _("This file is not there (any more)."))
    name = f"cakupan-{file.region_id}-{file.question['day']}.{file.kind}"
    return name, bytes(file.content)


def forget_files() -> int:
    """Remove files whose day is over; the rows stay. Returns how many."""
    old = FigureFile.objects.filter(state=FileState.READY, finished_at__lt=timezone.now() - KEPT)
    return old.update(state=FileState.GONE, content=None)
