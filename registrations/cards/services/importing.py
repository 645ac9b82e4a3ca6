"""Lists of statuses: brought and looked at, then taken in as they were shown, or dropped."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound, Refused
from dukcapil.regions.enums import zone_of
from registrations.booking.enums import RowPerson
from registrations.booking.services.answers import RowAnswer
from registrations.booking.services.drafts import Source
from registrations.booking.services.matching import ListLook, match_rows, not_matched
from registrations.cards.enums import REFUSED, ImportState, StatusCode
from registrations.cards.models import RecordStatus, StatusImport
from registrations.cards.readers import Told, told
from registrations.cards.services.statuses import told_source
from registrations.people.models import RecordingReopened, Resident

#: A preview is confirmed within a shift, or the list is brought again.
KEPT_FOR = timedelta(days=1)
IMPOSSIBLE = gettext_lazy("%(code)s cannot follow the status that is known.")


@dataclass(frozen=True)
class Brought:
    """A list that waits to be confirmed. `said`: what was decided about its columns."""

    brought: StatusImport
    said: list[str]


@service
def bring_statuses(
    *,
    by: Actor,
    source: Source,
    said_by: str,
    as_of: date,
    sheet: str = "",
    chosen: Mapping[str, str] | None = None,
) -> Brought:
    """Read a list and look at whom it means; nothing is taken in. Every number is logged.

    Raises Invalid for what nobody can read, WhichColumns and WhichSheet for what somebody has to say.
    """
    require(by, Permission.RECORDS_LOG)
    if by.office is None:
        raise Refused("forbidden", _("An office brings its own lists."))
    if as_of > by.today:
        raise Invalid("as-of", _("This day has not come yet."), field="as_of")
    rows, layout = told(source.read(sheet), chosen)
    found, refused = _meant(by, rows, as_of)
    _forget(by)
    brought = StatusImport.objects.create(
        office_id=by.office,
        as_of=as_of,
        source=told_source(said_by),
        rows=found,
        refused=refused,
        found=len(found),
        brought_by_id=by.user_id,
    )
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="statuses brought",
        subject=str(brought.pk),
        found=len(found),
    )
    return Brought(brought, layout.said)


def _meant(
    by: Actor, rows: list[Told], as_of: date
) -> tuple[list[list[str | int]], list[list[str | int]]]:
    """Rows that lead to somebody whom the office holds, and why the others do not. By the rules of a
    class list, and told as little: a number under another name leads to nobody.
    """
    office = by.office or ""
    refused: list[list[str | int]] = []
    read = []
    for row in rows:
        if row.line.problem:
            refused.append([row.line.row, row.line.problem[1]])
        else:
            read.append(row)
    answers = [RowAnswer(row.line) for row in read]
    match_rows(ListLook(by, office, preview=True), answers)
    found: list[list[str | int]] = []
    zone = ZoneInfo(zone_of(office))
    for row, answer in zip(read, answers, strict=True):
        if answer.who != RowPerson.HELD or answer.resident is None or row.code is None:
            again = answer.message if not answer.who and answer.line.nik is None else ""
            refused.append([row.line.row, again or not_matched()])
            continue
        day = row.day or as_of
        if day > by.today:
            refused.append([row.line.row, _("This day has not come yet.")])
            continue
        at = datetime.combine(day, time(), zone)
        found.append([str(answer.resident.pk), row.code.value, at.isoformat(), row.line.row])
    return found, sorted(refused)


def _forget(by: Actor) -> None:
    """Previews of yesterday, which nobody confirmed."""
    StatusImport.objects.visible_to(by).filter(
        state=ImportState.SHOWN, brought_at__lt=timezone.now() - KEPT_FOR
    ).update(state=ImportState.DROPPED, rows=None, decided_at=timezone.now())


@service
def take_statuses(*, by: Actor, brought_id: uuid.UUID) -> StatusImport:
    """What was shown is taken in; each row is one of: new, history, known before, impossible.

    Raises Conflict `already-decided`, `preview-over`.
    """
    brought = _shown(by, brought_id)
    if brought.brought_at < timezone.now() - KEPT_FOR:
        raise Conflict("preview-over", _("This preview is of yesterday: bring the list again."))
    rows = brought.rows or []
    # Who was merged or erased meanwhile is not held any more.
    held = {
        str(one.pk): one
        for one in Resident.objects.visible_to(by)
        .filter(pk__in={row[0] for row in rows}, office_id=brought.office_id)
        .order_by("pk")
        .select_for_update(of=("self",))
    }
    judge = _Judge(held.values())
    new: list[RecordStatus] = []
    refused = list(brought.refused)
    # A list may name several statuses of one person: in the order in which they came about.
    for resident, code, moment, number in sorted(rows, key=lambda row: (row[2], row[3])):
        at = datetime.fromisoformat(moment)
        if resident not in held:
            refused.append([number, not_matched()])
            continue
        fate = judge.fate(held[resident].pk, code, at)
        if fate == "impossible":
            refused.append([number, IMPOSSIBLE % {"code": code}])
        elif fate != "known":
            new.append(_status(by, brought, held[resident], code, at))
    RecordStatus.objects.bulk_create(new, batch_size=1_000)
    fates = judge.fates
    brought.state, brought.rows = ImportState.TAKEN, None
    brought.refused = sorted(refused)
    brought.decided_at = timezone.now()
    for name in ("taken", "older", "known", "impossible"):
        setattr(brought, name, fates[name])
    brought.save()
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="statuses taken in",
        subject=str(brought.pk),
        found=brought.taken + brought.older,
    )
    return brought


def _status(
    by: Actor, brought: StatusImport, resident: Resident, code: str, at: datetime
) -> RecordStatus:
    return RecordStatus(
        resident=resident,
        office_id=resident.office_id,
        code=code,
        at=at,
        since=at,
        source=brought.source,
        brought=brought,
        entered_by_id=by.user_id,
    )


class _Judge:
    """What the database will make of each row (`recordstatus_follows`), so that one that it refuses does
    not undo the others. The people are locked.
    """

    def __init__(self, people: Collection[Resident]) -> None:
        self.fates: Counter[str] = Counter()
        statuses = RecordStatus.objects.filter(resident__in=people)
        self._known = set(statuses.values_list("resident_id", "code", "at"))
        self._newest: dict[uuid.UUID, tuple[str, datetime]] = {
            resident: (code, at)
            for resident, code, at in statuses.filter(newest=True).values_list(
                "resident_id", "code", "at"
            )
        }
        again = RecordingReopened.objects.filter(resident__in=people).order_by("at")
        self._again = dict(again.values_list("resident_id", "at"))

    def fate(self, resident: uuid.UUID, code: str, at: datetime) -> str:
        found = self._fate(resident, code, at)
        self.fates[found] += 1
        if found in ("taken", "older"):
            self._known.add((resident, code, at))
        if found == "taken":
            self._newest[resident] = (code, at)
        return found

    def _fate(self, resident: uuid.UUID, code: str, at: datetime) -> str:
        if (resident, code, at) in self._known:
            return "known"
        if resident not in self._newest:
            return "taken"
        last, since = self._newest[resident]
        if at < since:
            return "older"
        called = self._again.get(resident)
        if code in REFUSED[StatusCode(last)] and not (called and called >= since):
            return "impossible"
        return "taken"


@service
def drop_statuses(*, by: Actor, brought_id: uuid.UUID) -> StatusImport:
    """Nothing of the list is taken in, and whom it means is forgotten. Raises Conflict `already-decided`."""
    brought = _shown(by, brought_id)
    brought.state, brought.rows = ImportState.DROPPED, None
    brought.decided_at = timezone.now()
    brought.save(update_fields=["state", "rows", "decided_at"])
    log_access(by=by, action=Access.CHANGE, kind="statuses dropped", subject=str(brought.pk))
    return brought


def _shown(by: Actor, brought_id: uuid.UUID) -> StatusImport:
    require(by, Permission.RECORDS_LOG)
    mine = StatusImport.objects.visible_to(by).filter(office_id=by.office, pk=brought_id)
    brought = mine.select_for_update(of=("self",)).first()
    if brought is None:
        raise NotFound
    if brought.state != ImportState.SHOWN:
        raise Conflict("already-decided", _("Somebody decided about this list already."))
    return brought
