"""What an office does with people of its lists: asks for visits, hands over, notes that it spoke to them.

Of none of these a state is written here: states follow from what stands in the tables below.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.models import Posting
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.selectors import is_current
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.versions import require_seen
from dukcapil.regions.validators import within
from registrations.bench.selectors.entries import handed_to
from registrations.bench.selectors.head import OWNERS
from registrations.missing.enums import ContactHow, ContactResult, EntryState, NextStep
from registrations.missing.models import RollContact, RollEntry, RollList
from registrations.requests.services.requests import ask_visit

LONGEST_NOTE = 200
#: What of an entry somebody else may have changed, as a refusal names it.
_HANDED = {"owner": _("Hand to"), "next_step": _("Next step")}


@dataclass(frozen=True)
class Asked:
    asked: int
    #: Recorded, explained, booked, gone from the list, or asked for already.
    passed_over: int


@service
def ask_visits(
    *,
    by: Actor,
    entries: Sequence[RollEntry],
    services: list[str],
    reason: str,
    partner_kind: str,
) -> Asked:
    """A request for a visit to each who is open. Who is not, or is asked for already, is passed over."""
    require(by, Permission.APPOINTMENTS_BOOK)
    asked = 0
    waiting = [entry for entry in entries if entry.state == EntryState.OPEN]
    for entry in waiting:
        try:
            ask_visit(
                by=by,
                services=services,
                reason=reason,
                partner_kind=partner_kind,
                resident=entry.resident,
            )
        except Conflict as error:
            if error.code != "already-asked":
                raise
        else:
            asked += 1
    _log(by, "visits asked for", entries)
    return Asked(asked, len(entries) - asked)


@service
def hand_over(
    *,
    by: Actor,
    entries: Sequence[RollEntry],
    owner: int | None,
    next_step: str,
    versions: Mapping[int, str | None] | None = None,
) -> int:
    """Who follows these people up, and what is next. None and an empty text take both away again.
    `versions`: entry -> that of what was shown of it (`handed_to`), of those that were shown.

    Raises Invalid for somebody who does not work with all of them, Conflict when one was handed on since.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    _require_own(by, entries)
    if next_step not in ("", *NextStep.values):
        raise Invalid("next-step", _("Choose one of the list."), field="next_step")
    if owner is not None:
        _require_owner(owner, {entry.village_id for entry in entries})
    handed = RollEntry.objects.visible_to(by).filter(pk__in=[entry.pk for entry in entries])
    if versions:
        for held in handed.select_for_update(of=("self",)).order_by("pk"):
            require_seen(versions.get(held.pk), handed_to(held), _HANDED)
    count = handed.update(owner_id=owner, next_step=next_step)
    _log(by, "handed over", entries)
    return count


def _require_owner(owner: int, villages: Collection[str]) -> None:
    """An office's own staff, or the verifier of every one of the villages."""
    posting = Posting.objects.select_related("user").filter(pk=owner, role__in=OWNERS).first()
    works = posting is not None and is_current(posting) and posting.user.is_active
    if not works or not all(within(village, posting.region_id) for village in villages if posting):
        text = _("This person does not work with all of the chosen people.")
        raise Invalid("owner", text, field="owner")


@service
def answer_for(
    *, by: Actor, roll: RollList, owner: int | None, version: str | None = None
) -> RollList:
    """Who of the office answers for a list; None for nobody. `version`: of who did, as was shown."""
    require(by, Permission.APPOINTMENTS_BOOK)
    if by.office is None or roll.office_id != by.office:
        raise NotFound
    if owner is not None:
        _require_owner(owner, {roll.office_id})
    held = RollList.objects.select_for_update(of=("self",)).get(pk=roll.pk)
    require_seen(version, {"owner": held.owner_id}, {"owner": _("Who answers for this list")})
    roll.owner_id = owner
    roll.save(update_fields=["owner"])
    log_access(by=by, action=Access.CHANGE, kind="roll list owner", subject=str(roll.pk))
    return roll


@service
def note_contact(
    *, by: Actor, entry: RollEntry, how: str, result: str, note: str = ""
) -> RollContact:
    """That somebody was spoken to, or not reached: a note beside the entry, never a state."""
    require(by, Permission.APPOINTMENTS_BOOK)
    _require_own(by, [entry])
    tidy = " ".join(note.split())
    refuse_number(tidy, field="note")
    if len(tidy) > LONGEST_NOTE:
        text = _("At most %(most)s characters.") % {"most": LONGEST_NOTE}
        raise Invalid("note-long", text, field="note")
    if how not in ContactHow.values or result not in ContactResult.values:
        raise Invalid("choice", _("Choose one of the list."), field="how")
    _log(by, "contact noted", [entry])
    return RollContact.objects.create(
        entry=entry,
        resident_id=entry.resident_id,
        office_id=entry.office_id,
        village_id=entry.village_id,
        how=how,
        result=result,
        note=tidy,
        by_id=by.user_id,
        at=timezone.now(),
    )


def _require_own(by: Actor, entries: Sequence[RollEntry]) -> None:
    if by.office is None or any(entry.office_id != by.office for entry in entries):
        raise NotFound


def _log(by: Actor, kind: str, entries: Sequence[RollEntry]) -> None:
    """Of one person with the id, of several as a count."""
    one = str(entries[0].resident_id) if len(entries) == 1 else ""
    log_access(by=by, action=Access.CHANGE, kind=f"roll {kind}", subject=one, found=len(entries))
