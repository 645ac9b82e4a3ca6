"""Taking a list of people out: asked for with a reason, built by a job, fetched by the asker."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.models import Posting
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.selectors import actor_of, current_posting, to_do_first
from dukcapil.accounts.services import log_access, require
from dukcapil.core.crypto import decrypt, encrypt
from dukcapil.core.db import NATION, service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.workbook import Cover, workbook
from events.enums import Service
from events.models import ServiceSession
from events.services import require_own
from registrations.enums import AppointmentState, ExportKind, ExportState, MaritalStatus, Sex
from registrations.models import Appointment, Export, Resident
from registrations.selectors import COLUMNS, masked_rows

log = structlog.get_logger()

#: How long a file waits to be fetched.
KEPT = timedelta(days=1)
#: People read between two looks at whether the asker still has the right.
CHUNK = 500


NOTE = _(
    "This file holds personal data (Law 27/2022). Keep it on office devices only, pass it to nobody"
    " without a right to it, and delete it when the work is done."
)


#: Tries before a list is given up.
ATTEMPTS = 3
#: A list of more people is a copy of the register, and more than a job's memory.
LONGEST = 50_000


class TooLong(Exception):
    """More people than one file may take out."""


class Stopped(Exception):
    """The right to the list ended while it was made."""


@service
def request_export(
    *, by: Actor, kind: str, reason: str, session: ServiceSession | None = None
) -> Export:
    """Ask for a list of the actor's office. Raises Invalid without an office or a reason."""
    require(by, Permission.RESIDENTS_EXPORT)
    if by.office is None:
        raise Invalid("office", _("Only a district office holds residents."))
    if session is not None:
        require_own(by, session.event)
    made = Export.objects.create(
        office_id=by.office,
        posting_id=by.posting_id,
        kind=kind,
        reason=" ".join(reason.split()),
        session=session,
    )
    log_access(
        by=by, action=Access.EXPORT, kind=f"{kind} asked", subject=str(made.pk), reason=made.reason
    )
    return made


def waiting_exports() -> list[uuid.UUID]:
    """What the job has to do, over all offices; ids only."""
    with scoped(NATION):
        found = Export.objects.filter(state=ExportState.WAITING).order_by("created_at")
        return list(found.values_list("pk", flat=True))


def build_export(export_id: uuid.UUID) -> None:
    """Make the file inside the scope of who asked. Done twice, or for what is gone, it does nothing.

    Tried a few times; each try is counted before it begins, so that one that takes its process with
    it counts too.
    """
    if not _claimed(export_id):
        return
    try:
        with scoped(NATION):
            _build(export_id)
    except Exception as error:  # noqa: BLE001 - whatever it was, the next try or the count decides
        log.warning("export_not_built", export=str(export_id), error=type(error).__name__)


def _claimed(export_id: uuid.UUID) -> bool:
    with scoped(NATION):
        found = Export.objects.select_for_update(skip_locked=True)
        export = found.filter(pk=export_id, state=ExportState.WAITING).first()
        if export is None:
            return False
        if export.attempts >= ATTEMPTS:
            _finish(export, ExportState.FAILED)
            return False
        export.attempts += 1
        export.save(update_fields=["attempts"])
        return True


def _build(export_id: uuid.UUID) -> None:
    found = Export.objects.select_for_update(skip_locked=True)
    export = found.filter(pk=export_id, state=ExportState.WAITING).first()
    if export is None:
        return
    try:
        actor = _asker(export)
        with scoped(actor.scope):
            content, count = _content(export, actor)
        _asker(export)
    except Stopped:
        _finish(export, ExportState.STOPPED)
    except TooLong:
        _finish(export, ExportState.FAILED)
    else:
        text = base64.b64encode(content).decode()
        export.file = encrypt(text, context=f"export {export.pk}")
        export.rows = count
        _finish(export, ExportState.READY)


def _finish(export: Export, state: ExportState) -> None:
    export.state = state
    export.finished_at = timezone.now()
    export.save()


def _asker(export: Export) -> Actor:
    """Who asked, as they stand this very moment. Raises Stopped when the right is gone."""
    posting = Posting.objects.select_related("user", "region").get(pk=export.posting_id)
    now = current_posting(posting.user_id)
    if now is None or now.pk != posting.pk or not now.user.is_active or to_do_first(now):
        raise Stopped
    # A list holds the own office's people, whatever event somebody is lent to.
    actor = replace(actor_of(now), lent_events=())
    if not actor.may(Permission.RESIDENTS_EXPORT) or actor.office != export.office_id:
        raise Stopped
    return actor


def _content(export: Export, actor: Actor) -> tuple[bytes, int]:
    posting = Posting.objects.select_related("user", "region").get(pk=actor.posting_id)
    kind = ExportKind(export.kind)
    cover = Cover(
        title=str(kind.label),
        who=f"{posting.user.name} ({posting.user.username})",
        office=f"{posting.region.name} ({posting.region_id})",
        when=timezone.localtime(export.created_at, ZoneInfo(posting.region.timezone)),
        why=export.reason,
        number=str(export.pk),
        note=str(NOTE),
    )
    if kind == ExportKind.QUEUE:
        return workbook(cover, _queue_header(), _queue(export, actor))
    return workbook(cover, _resident_header(), _residents(export, actor))


def _resident_header() -> list[str]:
    names = (
        *(_("Name"), "NIK", _("Birth date"), _("Sex"), _("Marital status")),
        *(_("Village"), _("Address"), "RT", "RW", _("Recorded on")),
    )
    return [str(name) for name in names]


def _residents(export: Export, actor: Actor) -> Iterator[list[str]]:
    for chunk in _chunks(export, Resident.objects.visible_to(actor), COLUMNS):
        for row in masked_rows(chunk):
            yield [
                *(row["name"], row["nik_masked"], str(row["birth_date"])),
                *(str(Sex(row["sex"]).label), str(MaritalStatus(row["marital_status"]).label)),
                *(row["village_name"], row["address"], row["rt"], row["rw"]),
                str(row["recorded_on"] or ""),
            ]


def _queue_header() -> list[str]:
    names = (_("Slip"), _("Name"), "NIK", _("Village"), _("Services"), _("State"))
    return [str(name) for name in names]


_QUEUE = (
    *("id", "ticket", "services", "state"),
    *("resident__identity__name", "resident__identity__nik_masked", "resident__village__name"),
)


def _queue(export: Export, actor: Actor) -> Iterator[list[str]]:
    booked = Appointment.objects.visible_to(actor).filter(session_id=export.session_id)
    for chunk in _chunks(export, booked, _QUEUE):
        for row in chunk:
            yield [
                *(row["ticket"], row["resident__identity__name"]),
                *(row["resident__identity__nik_masked"], row["resident__village__name"]),
                ", ".join(str(Service(name).label) for name in row["services"]),
                str(AppointmentState(row["state"]).label),
            ]


def _chunks(
    export: Export, found: QuerySet, columns: tuple[str, ...]
) -> Iterator[list[dict[str, Any]]]:
    """Pieces in the order of ids; before each the asker's right is looked at again."""
    if found.count() > LONGEST:
        raise TooLong
    last: object = None
    while True:
        _asker(export)
        after = found.filter(pk__gt=last) if last else found
        chunk = list(after.order_by("pk").values(*columns)[:CHUNK])
        if not chunk:
            return
        yield chunk
        last = chunk[-1]["id"]


@service
def fetch_export(*, by: Actor, export: Export) -> bytes:
    """The file, for who asked for it and still holds that posting. Each fetch is logged."""
    require(by, Permission.RESIDENTS_EXPORT)
    if export.posting_id != by.posting_id:
        raise NotFound
    over = export.finished_at is None or export.finished_at < timezone.now() - KEPT
    if export.state != ExportState.READY or export.file is None or over:
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


@service
def forget_exports() -> int:
    """Remove files whose day is over; the rows stay. Returns how many."""
    old = Export.objects.filter(state=ExportState.READY, finished_at__lt=timezone.now() - KEPT)
    return old.update(state=ExportState.GONE, file=None)
