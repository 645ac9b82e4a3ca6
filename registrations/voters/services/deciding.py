"""Deciding about one voter: the person, another one, nobody, or later; and the code of a row."""

from __future__ import annotations

import uuid
from datetime import date

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.versions import stale
from events.elections.models import Election
from registrations.people.selectors import get_resident_or_404, recorded_here
from registrations.voters.enums import ListState, Meaning, NoVoteReason, Verdict
from registrations.voters.models import NotAVoter, VoterCode, VoterList, VoterRow
from registrations.voters.selectors.lists import (
    Coded,
    codes_of,
    election_of,
    get_row_or_404,
    whole_villages,
)
from registrations.voters.services.comparing import differing, held_of, row_as_listed
from registrations.voters.services.lists import over


@service
def decide_same(*, by: Actor, voter_list: VoterList, number: int, resident: uuid.UUID) -> VoterRow:
    """The voter is this person, one of those who were shown."""
    row = _open_row(by, voter_list, number)
    if resident not in row.maybe:
        raise Invalid("choice", _("Choose one of the people beside the voter."), field="resident")
    held = held_of(by, resident)
    taken = VoterRow.objects.visible_to(by).filter(
        voter_list=voter_list, resident=resident, verdict__in=Verdict.joined()
    )
    coded = Coded.of(by, voter_list)
    if (other := taken.values_list("number", flat=True).first()) is not None:
        row.verdict, row.differs, row.other_row = Verdict.TWICE, [], other
        code = coded.double
    else:
        voter = row_as_listed(row)
        row.differs = differing(voter, held)
        row.verdict = Verdict.DIFFERS if row.differs else Verdict.BOTH
        code = coded.of_person(resident, date.fromordinal(held.born))
    row.resident_id = resident
    row.recorded = resident in recorded_here([resident])
    if not row.code_by_hand:
        row.code = code
    return _decided(by, voter_list, row)


@service
def decide_nobody(*, by: Actor, voter_list: VoterList, number: int) -> VoterRow:
    """None of those who were shown."""
    row = _open_row(by, voter_list, number)
    is_whole = row.village_id in whole_villages(by)
    row.verdict = Verdict.ONLY_ON_LIST if is_whole else Verdict.UNKNOWN
    row.resident_id, row.differs, row.recorded = None, [], None
    return _decided(by, voter_list, row)


@service
def put_off(*, by: Actor, voter_list: VoterList, number: int) -> VoterRow:
    """Later: it comes again behind the others."""
    row = _open_row(by, voter_list, number)
    row.put_off = min(row.put_off + 1, 30_000)
    row.save(update_fields=["put_off"])
    return row


@service
def reopen_row(*, by: Actor, voter_list: VoterList, number: int) -> VoterRow:
    """Take a decision back, while somebody can still be shown."""
    row = _row(by, voter_list, number)
    if row.decided_at is None or not row.maybe:
        raise Conflict("row-state", _("Nobody decided about this row."))
    row.verdict, row.resident_id, row.differs, row.recorded = Verdict.ASK, None, [], None
    row.decided_by_id, row.decided_at = None, None
    row.code = row.code if row.code_by_hand else ""
    row.save()
    _changed(by, voter_list)
    return row


@service
def set_code(
    *, by: Actor, voter_list: VoterList, number: int, code: str, version: str | None = None
) -> VoterRow:
    """The code of a row, by hand; an empty one takes it away. `version`: the code that was shown."""
    row = _row(by, voter_list, number)
    if version is not None and version != row.code:
        raise stale(row.code, {"code": _("Code")})
    code = code.strip().upper()
    if code and code not in _codes(by, election_of(voter_list)):
        raise Invalid("code", _("This election has no such code."), field="code")
    row.code, row.code_by_hand = code, True
    row.save(update_fields=["code", "code_by_hand"])
    _changed(by, voter_list)
    log_access(by=by, action=Access.CHANGE, kind="voter coded", subject=f"{voter_list.pk} {number}")
    return row


def _open_row(by: Actor, voter_list: VoterList, number: int) -> VoterRow:
    row = _row(by, voter_list, number)
    if row.verdict != Verdict.ASK:
        raise Conflict("row-state", _("Somebody decided about this row already."))
    return row


def _row(by: Actor, voter_list: VoterList, number: int) -> VoterRow:
    """Locked, of a list that is open: nobody waits here for a job that is at it."""
    require(by, Permission.VOTERS_MATCH)
    own = VoterList.objects.visible_to(by).filter(office_id=by.office, pk=voter_list.pk)
    ready = own.filter(state=ListState.READY)
    if not (ready.exists() and list(ready.select_for_update(of=("self",)).values_list("pk"))):
        raise over()
    row = get_row_or_404(by, voter_list, number)
    return VoterRow.objects.visible_to(by).select_for_update(of=("self",)).get(pk=row.pk)


def _decided(by: Actor, voter_list: VoterList, row: VoterRow) -> VoterRow:
    row.decided_by_id, row.decided_at, row.put_off = by.user_id, timezone.now(), 0
    row.save()
    _changed(by, voter_list)
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="voter decided",
        subject=f"{voter_list.pk} {row.number}",
    )
    return row


def _changed(by: Actor, voter_list: VoterList) -> None:
    VoterList.objects.visible_to(by).filter(pk=voter_list.pk).update(version=F("version") + 1)


def _codes(by: Actor, election: Election) -> dict[str, Meaning]:
    return codes_of(by, election.pk, election.held_on)


# --- codes of an election, and who is no voter ----------------------------------------------------


@service
def enter_code(*, by: Actor, election: Election, code: str, meaning: str, source: str) -> VoterCode:
    """A code of this election's lists. The first one that an office enters takes the usual ones over,
    so that one line changes one code.
    """
    require(by, Permission.VOTERS_MATCH)
    if by.office is None:
        raise Invalid("office", _("Only a district office holds residents."))
    code, source = code.strip().upper(), " ".join(source.split())[:200]
    if meaning not in Meaning.values:
        raise Invalid("meaning", _("Say what the code means."), field="meaning")
    own = VoterCode.objects.visible_to(by).filter(election=election, office_id=by.office)
    if not own.exists():
        VoterCode.objects.bulk_create(
            VoterCode(
                election=election,
                office_id=by.office,
                code=usual,
                meaning=means,
                source=source,
                set_by_id=by.user_id,
            )
            for usual, means in _codes(by, election).items()
        )
    own.filter(meaning=meaning).exclude(code=code).delete()
    entered, _made = VoterCode.objects.update_or_create(
        election=election,
        office_id=by.office,
        code=code,
        defaults={"meaning": meaning, "source": source, "set_by_id": by.user_id},
    )
    return entered


@service
def say_no_voter(
    *, by: Actor, resident_id: uuid.UUID, reason: str, source: str, until: date | None = None
) -> NotAVoter:
    """A resident who may not vote for a time, by a paper."""
    require(by, Permission.VOTERS_MATCH)
    person = get_resident_or_404(by, resident_id)
    if person.office_id != by.office:
        raise Invalid("office", _("This person is held by another office."), field="resident")
    if reason not in NoVoteReason.values:
        raise Invalid("reason", _("Say why."), field="reason")
    said = NotAVoter.objects.create(
        resident=person,
        office_id=person.office_id,
        reason=reason,
        until=until,
        source=" ".join(source.split())[:200],
        said_by_id=by.user_id,
    )
    log_access(by=by, action=Access.CHANGE, kind="no voter", subject=str(person.pk), case=reason)
    return said


@service
def take_back_no_voter(*, by: Actor, resident: uuid.UUID, said: uuid.UUID) -> None:
    require(by, Permission.VOTERS_MATCH)
    own = NotAVoter.objects.visible_to(by).filter(office_id=by.office, resident=resident, pk=said)
    if (found := own.first()) is None:
        raise NotFound
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="voter again",
        subject=str(found.resident_id),
        case=found.reason,
    )
    found.delete()
