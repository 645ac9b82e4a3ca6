"""Taking a list of people out as a file: asked for with a reason, built by a job, then fetched."""

from __future__ import annotations

import base64
import csv
import io
import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.models import Posting
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.selectors import asker_now
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import reason_given
from dukcapil.core.crypto import decrypt, encrypt
from dukcapil.core.db import EVERYBODY, service
from dukcapil.core.errors import Conflict, Invalid, NotFound, TooMany
from dukcapil.core.locks import Lock, hold
from dukcapil.core.work import Queue, Stopped
from dukcapil.core.workbook import Cover, workbook
from events.planning.enums import EventState
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.selectors.events import require_own
from events.stock.enums import AccountKind
from events.stock.selectors import get_movement_or_404
from registrations.bench.selectors.sheets import sheet_from
from registrations.booking.selectors.residents import EVERYONE, Filter, described, filter_from
from registrations.oversight.enums import ExportKind, ExportState
from registrations.oversight.models import Export
from registrations.oversight.renderers import letter_file
from registrations.oversight.selectors.letters import (
    LetterAsked,
    letter_asked,
    letter_of,
    venue_asked,
)
from registrations.oversight.selectors.lists import DESTROYED, LISTS, OF_VOTERS, TooLong
from registrations.oversight.services.village_sheets import sheet_of
from registrations.roll.selectors import get_import_or_404
from registrations.voters.enums import ListState
from registrations.voters.selectors.lists import get_list_or_404

#: How long a list may be fetched; then its file is removed.
FETCHABLE_FOR = timedelta(days=1)
#: People of one letter: of a large school all classes.
LONGEST_LETTER = 5_000
NOTE = _(
    "This file holds personal data (Law 27/2022). Keep it on office devices only, pass it to nobody"
    " without a right to it, and delete it when the work is done."
)


@service
def request_export(
    *,
    by: Actor,
    kind: str,
    reason: str,
    session: ServiceSession | None = None,
    event: ServiceEvent | None = None,
    filters: Filter = EVERYONE,
    of_import: uuid.UUID | None = None,
    destroyed: uuid.UUID | None = None,
    of_voters: uuid.UUID | None = None,
    sheet: str = "",
    letter: LetterAsked | None = None,
    documents: str = "",
) -> Export:
    """Ask for a list of the actor's office: of a session (`queue`, `waiting`), of an event
    (`missing`), of an import (`mend`), of a movement that destroyed cards (`annex`), of the result of a
    voters' list (`voters`), of a village's list (`village`, as `sheet` says), a letter with names
    (`letter`), of documents (`documents_asked`), or of its residents, all or as `filters` says. Raises Invalid
    without an office or a reason, TooMany after
    `settings.EXPORTS_AN_HOUR` of this person.
    """
    require(by, Permission.RESIDENTS_EXPORT)
    if by.office is None:
        raise Invalid("office", _("Only a district office holds residents."))
    if session is not None:
        require_own(by, session.event)
    if event is not None:
        require_own(by, event)
        if event.state not in EventState.over():
            raise Conflict("event-state", _("Who is missing is known once the event is closed."))
    if of_import is not None:
        get_import_or_404(by, of_import)
    if destroyed is not None:
        _require_destroyed(by, destroyed)
    if of_voters is not None:
        _require_matched(by, of_voters)
    if kind == ExportKind.VILLAGE:
        sheet = sheet_from(by, sheet).text
    if letter is not None:
        venue_asked(by, letter)
    reason = reason_given(reason)
    _limit_exports(by)
    EXPORTS.make_room(posting__user_id=by.user_id)
    export = Export.objects.create(
        office_id=by.office,
        posting_id=by.posting_id,
        kind=kind,
        reason=reason,
        session=session,
        event=event,
        filters=_which(destroyed, of_voters, letter) or sheet or documents or filters.text,
        of_import=of_import,
    )
    log_access(
        by=by,
        action=Access.EXPORT,
        kind=f"{kind} asked",
        subject=str(export.pk),
        reason=export.reason,
    )
    return export


def _which(
    destroyed: uuid.UUID | None, of_voters: uuid.UUID | None, letter: LetterAsked | None
) -> str:
    if letter is not None:
        return letter.text
    if destroyed:
        return f"{DESTROYED}{destroyed}"
    return f"{OF_VOTERS}{of_voters}" if of_voters else ""


def _require_matched(by: Actor, list_id: uuid.UUID) -> None:
    require(by, Permission.VOTERS_MATCH)
    if get_list_or_404(by, list_id).state not in (ListState.READY, ListState.ACCEPTED):
        raise Conflict("list-state", _("This list is not (any more) at this point: look again."))


def _require_destroyed(by: Actor, movement_id: uuid.UUID) -> None:
    moved = get_movement_or_404(by, movement_id)
    if moved.target_kind != AccountKind.DESTROYED or moved.source.office_id != by.office:
        raise NotFound


def _limit_exports(by: Actor) -> None:
    hold(Lock.EXPORTS, by.user_id)
    since = timezone.now() - timedelta(hours=1)
    lately = Export.objects.visible_to(by).filter(posting__user_id=by.user_id, created_at__gt=since)
    if lately.count() >= settings.EXPORTS_AN_HOUR:
        raise TooMany(
            "too-many-exports",
            _("You have taken out %(most)s lists within an hour. Go on later.")
            % {"most": settings.EXPORTS_AN_HOUR},
        )


def _build(export: Export, actor: Actor) -> dict[str, Any]:
    """Build the file within the asker's scope."""
    try:
        with scoped(actor.scope):
            content, count = _content(export, actor)
    except (TooLong, Conflict, NotFound, Invalid):
        # Too many people, or what it is about has ended meanwhile, or may leave the house no more.
        return {"state": ExportState.FAILED}
    text = base64.b64encode(content).decode()
    file = encrypt(text, context=f"export {export.pk}")
    return {"state": ExportState.READY, "file": file, "rows": count}


def _asker(export: Export) -> Actor:
    """The asker with the rights of this moment. Raises Stopped when the right is gone."""
    actor = asker_now(export.posting_id, Permission.RESIDENTS_EXPORT)
    if actor.office != export.office_id:
        raise Stopped
    return actor


def _content(export: Export, actor: Actor) -> tuple[bytes, int]:
    if export.kind == ExportKind.VILLAGE:
        return sheet_of(export, actor, _right_check(export))
    if export.kind == ExportKind.LETTER:
        return _letter(export, actor)
    which = filter_from(export.filters)
    posting = Posting.objects.select_related("user", "region").get(pk=actor.posting_id)
    kind = ExportKind(export.kind)
    cover = Cover(
        title=_title(export, described(actor, which)),
        who=f"{posting.user.name} ({posting.user.username})",
        office=f"{posting.region.name} ({posting.region_id})",
        when=timezone.localtime(export.created_at, ZoneInfo(posting.region.timezone)),
        why=export.reason,
        number=str(export.pk),
        note=str(NOTE),
    )
    columns, rows = LISTS[kind]
    if kind in (ExportKind.VOTERS_CSV, ExportKind.DOCUMENTS_CSV):
        return _csv(columns, rows(export, actor, _right_check(export)))
    return workbook(
        cover, [str(name) for name in columns], rows(export, actor, _right_check(export))
    )


def _csv(columns: Iterable[Any], rows: Iterable[list[str]]) -> tuple[bytes, int]:
    """For programs: nothing is said before the header."""
    text, count = io.StringIO(), 0
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(row)
        count += 1
    return text.getvalue().encode(), count


def _letter(export: Export, actor: Actor) -> tuple[bytes, int]:
    """Always in Indonesian, whoever asks."""
    # What was asked for is an address of ours: `request_export` wrote it.
    asked = cast("LetterAsked", letter_asked(export.filters))
    with translation.override("id"):
        one = letter_of(actor, asked)
        if len(one.people) > LONGEST_LETTER:
            raise TooLong
        zone = ZoneInfo(one.venue.office.timezone)
        made_at = timezone.localtime(export.created_at, zone)
        return letter_file(one, asked.form, made_at, str(export.pk)), len(one.people)


def _title(export: Export, filtered_by: list[str]) -> str:
    """The list, and the event or the session whose list it is, or which residents."""
    title = str(ExportKind(export.kind).label)
    if filtered_by:
        return f"{title}: {', '.join(filtered_by)}"
    if export.event:
        return f"{title}: {export.event.title}, {export.event.starts_on:%d-%m-%Y}"
    if export.session:
        zone = ZoneInfo(export.session.event.village.timezone)
        begins = export.session.starts_at.astimezone(zone)
        return f"{title}: {export.session.event.title}, {begins:%d-%m-%Y %H.%M}"
    return title


def _right_check(export: Export) -> Callable[[], None]:
    """Called before each piece of the list: the right to it may end while it is made."""

    def check() -> None:
        _asker(export)

    return check


@service
def fetch_export(*, by: Actor, export: Export) -> bytes:
    """The file, only for its asker in the same posting. Each fetch is logged."""
    require(by, Permission.RESIDENTS_EXPORT)
    if export.posting_id != by.posting_id:
        raise NotFound
    expired = export.finished_at is None or export.finished_at < timezone.now() - FETCHABLE_FOR
    if export.state != ExportState.READY or export.file is None or expired:
        raise Conflict("export-not-ready", _("This file is not there (any more)."))
    log_access(
        by=by,
        action=Access.EXPORT,
        kind=f"{export.kind} fetched",
        subject=str(export.pk),
        reason=export.reason,
        found=export.rows,
    )
    return base64.b64decode(decrypt(bytes(export.file), context=f"export {export.pk}"))


EXPORTS = Queue(
    Export,
    _build,
    tries=3,
    scope=lambda: scoped(EVERYBODY),
    ask=_asker,
    stopped=ExportState.STOPPED,
    content="file",
    kept=FETCHABLE_FOR,
)


def waiting_exports() -> list[uuid.UUID]:
    """What the job has to do, over all offices; ids only."""
    return EXPORTS.due()


def build_export(export_id: uuid.UUID) -> None:
    """Does nothing when it is built already or gone."""
    EXPORTS.run(export_id)


def forget_exports() -> int:
    """Remove files whose day is over; the rows stay. Returns how many."""
    return EXPORTS.forget()
