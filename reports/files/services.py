"""Files that take long: somebody requests one, a job makes it, the same person fetches it.

No person is in them.
"""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from dukcapil.accounts.offices.selectors import profile_of
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.selectors import asker_now
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, NotFound
from dukcapil.core.work import Queue
from dukcapil.regions.models import Region
from reports.coverage.selectors.coverage import answer
from reports.coverage.selectors.question import Question
from reports.files.enums import FileKind, FileState
from reports.files.models import FigureFile
from reports.files.renderers.document import pdf
from reports.files.renderers.package import package

#: How long the content of a finished file is kept.
FILES_KEPT = timedelta(days=1)


@service
def request_file(*, by: Actor, kind: str, question: Question) -> FigureFile:
    """Request a file. Its day is fixed now, and its basis if one was chosen for all rows."""
    require(by, Permission.COVERAGE_VIEW)
    FILES.make_room(posting__user_id=by.user_id)
    return FigureFile.objects.create(
        posting_id=by.posting_id,
        kind=kind,
        region=question.region,
        question={
            "level": question.level,
            "day": str(question.day),
            "basis": question.forced.name if question.forced else None,
            "view": question.view,
            "release": question.release.name if question.release else None,
        },
    )


def _build(file: FigureFile, actor: Actor) -> dict[str, Any]:
    with scoped(actor.scope), override("id"):
        question = question_of(actor, file.region, file.question)
        if file.kind == FileKind.PDF:
            content = pdf(question, answer(question), profile_of(actor.region))
        else:
            content = package(question, answer(question))
    return {"state": FileState.READY, "content": content}


def _asker(file: FigureFile) -> Actor:
    return asker_now(file.posting_id, Permission.COVERAGE_VIEW)


FILES = Queue(FigureFile, _build, tries=3, ask=_asker, content="content", kept=FILES_KEPT)


def waiting_files() -> list[uuid.UUID]:
    return FILES.due()


def build_file(file_id: uuid.UUID) -> None:
    """A second run, or a run for a removed file, does nothing."""
    FILES.run(file_id)


def question_of(actor: Actor, region: Region, settled: dict[str, Any]) -> Question:
    return Question.of(
        by=actor,
        region=region,
        level=settled["level"],
        day=date.fromisoformat(settled["day"]),
        basis=settled["basis"],
        view=settled["view"],
        release=settled["release"],
    )


def own_files(by: Actor, region: Region) -> QuerySet[FigureFile]:
    """Without their content, the newest first."""
    files = FigureFile.objects.filter(posting_id=by.posting_id, region=region)
    return files.defer("content").order_by("-created_at")


def own_file(by: Actor, file_id: uuid.UUID) -> FigureFile:
    file = FigureFile.objects.filter(pk=file_id, posting_id=by.posting_id).first()
    if file is None:
        raise NotFound
    return file


def fetch_file(*, by: Actor, file_id: uuid.UUID) -> tuple[str, bytes]:
    """Name and bytes, only for the posting that requested the file."""
    file = own_file(by, file_id)
    if file.state != FileState.READY or file.content is None:
        raise Conflict("file-not-ready", _("This file is not there (any more)."))
    name = f"cakupan-{file.region_id}-{file.question['day']}.{file.kind}"
    return name, bytes(file.content)


def forget_files() -> int:
    """Remove the content of files older than FILES_KEPT; the rows stay. Returns how many."""
    return FILES.forget()
