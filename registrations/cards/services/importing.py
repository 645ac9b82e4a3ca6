"""Lists of statuses: brought and looked at, then taken in as they were shown, or dropped."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import EVERYBODY, service
from dukcapil.core.errors import Conflict, Invalid, NotFound, Refused
from dukcapil.regions.enums import zone_of
from registrations.booking.enums import RowPerson
from registrations.booking.services.answers import RowAnswer
from registrations.booking.services.drafts import Source
from registrations.booking.services.matching import ListLook, match_rows, not_matched
from registrations.cards.enums import REFUSED, ImportState, StatusCode
from registrations.cards.models import RecordStatus, StatusImport
from registrations.cards.readers import Told, told
from registrations.cards.services.counting import count_office
from registrations.cards.services.statuses import hold_people, take_back, told_source
from registrations.people.models import RecordingReopened, Resident
from registrations.people.validators import name_key

#: A preview is confirmed within a shift, or the list is brought again.
KEPT_FOR = timedelta(days=1)
#: As `recordstatus_at` has it.
FIRST_DAY = datetime(2009, 1, 1, tzinfo=UTC)
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
    if not rows:
        raise Invalid("no-rows", _("The list has no rows."), field="file")
    found, refused = _meant(by, rows, as_of)
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
    answers = _one_each(read)
    look = ListLook(by, office, preview=True)
    match_rows(look, list({id(one): one for one in answers}.values()))
    found: list[list[str | int]] = []
    zone = ZoneInfo(zone_of(office))
    for row, answer in zip(read, answers, strict=True):
        if answer.who != RowPerson.HELD or answer.resident is None or row.code is None:
            # What is wrong with the row itself; what only hinders holding somebody new says nothing here.
            told_why = not answer.who and answer.line.row not in look.hindered
            refused.append([row.line.row, (told_why and answer.message) or not_matched()])
            continue
        day = row.day or as_of
        at = datetime.combine(day, time(), zone)
        if day > by.today:
            refused.append([row.line.row, _("This day has not come yet.")])
        elif at < FIRST_DAY:
            refused.append([row.line.row, _("No KTP-el was recorded before 2009.")])
        else:
            found.append([str(answer.resident.pk), row.code.value, at.isoformat(), row.line.row])
    return found, sorted(refused)


def _one_each(rows: list[Told]) -> list[RowAnswer]:
    """The rows of one person, as a history has them, are looked up once. Under another name it is the
    second row of a number, as in every list.
    """
    firsts: dict[Any, RowAnswer] = {}
    answers = []
    for row in rows:
        name, number = name_key(row.line.name), row.line.nik
        key = (number.text if number else row.line.born, name)
        answers.append(firsts.setdefault(key, RowAnswer(row.line)))
    return answers


def forget_previews() -> int:
    """Drop previews of yesterday, which nobody confirmed. A job's; returns how many."""
    with scoped(EVERYBODY):
        over = StatusImport.objects.filter(
            state=ImportState.SHOWN, brought_at__lt=timezone.now() - KEPT_FOR
        )
        return over.update(state=ImportState.DROPPED, rows=None, decided_at=timezone.now())


@service
def take_statuses(*, by: Actor, brought_id: uuid.UUID) -> StatusImport:
    """What was shown is taken in; each row is one of: new, history, known before, impossible.

    Raises Conflict `already-decided`, `preview-over`.
    """
    brought = _in_state(by, brought_id, ImportState.SHOWN)
    if brought.brought_at < timezone.now() - KEPT_FOR:
        raise Conflict("preview-over", _("This preview is of yesterday: bring the list again."))
    rows = brought.rows or []
    # Who was merged or erased meanwhile is not held any more.
    held = {str(one.pk): one for one in hold_people(by, {row[0] for row in rows})}
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
    count_office(brought.office_id)
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
        said = statuses.filter(taken_back=False)
        self._known = set(said.values_list("resident_id", "code", "at"))
        #: Code, its moment, and since when it stands.
        self._newest: dict[uuid.UUID, tuple[str, datetime, datetime]] = {
            one.resident_id: (one.code, one.at, one.since) for one in said.filter(newest=True)
        }
        again = RecordingReopened.objects.filter(resident__in=people).order_by("at")
        self._again = dict(again.values_list("resident_id", "at"))

    def fate(self, resident: uuid.UUID, code: str, at: datetime) -> str:
        found = self._fate(resident, code, at)
        self.fates[found] += 1
        if found in ("taken", "older"):
            self._known.add((resident, code, at))
        if found == "taken":
            last, _at, since = self._newest.get(resident, ("", at, at))
            self._newest[resident] = (code, at, since if last == code else at)
        return found

    def _fate(self, resident: uuid.UUID, code: str, at: datetime) -> str:
        if (resident, code, at) in self._known:
            return "known"
        if resident not in self._newest:
            return "taken"
        last, last_at, since = self._newest[resident]
        if at < last_at:
            return "older"
        called = self._again.get(resident)
        if code in REFUSED[StatusCode(last)] and not (called and called >= since):
            return "impossible"
        return "taken"


@service
def drop_statuses(*, by: Actor, brought_id: uuid.UUID) -> StatusImport:
    """Nothing of the list is taken in, and whom it means is forgotten. Raises Conflict `already-decided`."""
    brought = _in_state(by, brought_id, ImportState.SHOWN)
    brought.state, brought.rows = ImportState.DROPPED, None
    brought.decided_at = timezone.now()
    brought.save(update_fields=["state", "rows", "decided_at"])
    log_access(by=by, action=Access.CHANGE, kind="statuses dropped", subject=str(brought.pk))
    return brought


@service
def take_back_statuses(*, by: Actor, brought_id: uuid.UUID) -> int:
    """The list was wrong: what it said is taken back of everybody of whom nothing newer was said since.
    Returns how many statuses stay because of that. Raises Conflict `already-decided`, `status-newer` when
    all of them do.
    """
    brought = _in_state(by, brought_id, ImportState.TAKEN)
    rows = RecordStatus.objects.filter(brought=brought, taken_back=False)
    rows = rows.filter(resident__in=hold_people(by, rows.values_list("resident_id", flat=True)))
    later = RecordStatus.objects.filter(
        resident=OuterRef("resident"),
        taken_back=False,
        at__gte=OuterRef("at"),
        entered_at__gt=OuterRef("entered_at"),
    ).exclude(brought=brought)
    gone = take_back(rows.filter(~Exists(later)))
    stay = rows.count()
    if stay and not gone:
        raise Conflict(
            "status-newer",
            _("Of everybody on this list something newer was said since: take that back first."),
        )
    if not stay:
        brought.state = ImportState.BACK
        brought.save(update_fields=["state"])
    count_office(brought.office_id)
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="statuses taken back",
        subject=str(brought.pk),
        found=gone,
    )
    return stay


def _in_state(by: Actor, brought_id: uuid.UUID, state: ImportState) -> StatusImport:
    require(by, Permission.RECORDS_LOG)
    mine = StatusImport.objects.visible_to(by).filter(office_id=by.office, pk=brought_id)
    brought = mine.select_for_update(of=("self",)).first()
    if brought is None:
        raise NotFound
    if brought.state != state:
        raise Conflict("already-decided", _("Somebody decided about this list already."))
    return brought
