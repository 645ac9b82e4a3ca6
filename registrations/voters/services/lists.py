"""What somebody does with a voters' list: bring it, answer, match it again, accept the result."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, BinaryIO

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Asks, Conflict, Invalid, NotFound
from dukcapil.core.lists.people import VOTERS as WORDS
from dukcapil.core.templatetags.figures import people
from dukcapil.core.versions import stale
from dukcapil.regions.models import Region
from dukcapil.regions.validators import within
from events.elections.models import Election
from events.elections.selectors import bears_on
from registrations.roll.services.files import keep_file, with_columns, with_sheet
from registrations.voters.enums import ListKind, ListState, ListStep
from registrations.voters.models import VoterList
from registrations.voters.selectors.lists import to_decide
from registrations.voters.services.work import VOTERS

#: The word of the question: the result is accepted with rows that nobody decided.
UNDECIDED = "undecided"


@service
def bring_voters(
    *,
    by: Actor,
    file: BinaryIO,
    name: str,
    kind: str,
    election: Election,
    as_of: date,
    village: Region | None = None,
) -> VoterList:
    """Keep the file, sealed; a job reads and matches it. `village`: of a list that names none."""
    require(by, Permission.VOTERS_MATCH)
    if by.office is None:
        raise Invalid("office", _("Only a district office holds residents."))
    if kind not in ListKind.values:
        raise Invalid("kind", _("Say which list it is."), field="kind")
    if not bears_on(election, by.office):
        raise Invalid("election", _("Your district does not vote in it."), field="election")
    if as_of > by.today:
        raise Invalid("as-of", _("The list is of a day that has come."), field="as_of")
    if village is not None and not within(village.pk, by.office):
        raise Invalid("village", _("Choose a village of your district."), field="village")
    VOTERS.make_room(posting__user_id=by.user_id)
    brought = VoterList(
        office_id=by.office,
        posting_id=by.posting_id,
        kind=kind,
        election=election,
        as_of=as_of,
        village=village,
    )
    keep_file(brought, file, name)
    brought.save(force_insert=True)
    log_access(by=by, action=Access.CHANGE, kind="voters brought", subject=str(brought.pk))
    return brought


@service
def choose_sheet(
    *, by: Actor, voter_list: VoterList, sheet: str, version: str | None = None
) -> VoterList:
    """Which sheet holds the list; then it is read again. `version`: of the list that was shown, here and
    below. Raises Conflict when somebody changed it since.
    """
    found, told = _asked(by, voter_list, version)
    return _read_again(by, found, with_sheet(told, sheet))


@service
def choose_columns(
    *,
    by: Actor,
    voter_list: VoterList,
    columns: Mapping[str, str],
    version: str | None = None,
) -> VoterList:
    """What each column holds, by its letter; then the list is read again."""
    found, told = _asked(by, voter_list, version)
    return _read_again(by, found, with_columns(told, WORDS, columns))


def _asked(
    by: Actor, voter_list: VoterList, version: str | None
) -> tuple[VoterList, dict[str, Any]]:
    found = locked(by, voter_list)
    if found.state != ListState.ASKS or found.file is None:
        raise over()
    _require_seen(found, version)
    return found, found.told


def _read_again(by: Actor, voter_list: VoterList, told: dict[str, Any]) -> VoterList:
    voter_list.about = voter_list.tell(told)
    voter_list.total = voter_list.done = 0
    return _work(by, voter_list, ListStep.READ)


@service
def match_again(*, by: Actor, voter_list: VoterList) -> VoterList:
    """With the people of today. What somebody decided stays, and so do codes by hand."""
    found = locked(by, voter_list)
    if found.state != ListState.READY and not _ended(found, ListStep.MATCH):
        raise over()
    found.done = 0
    return _work(by, found, ListStep.MATCH)


@service
def accept_result(
    *,
    by: Actor,
    voter_list: VoterList,
    confirm: Collection[str] = (),
    version: str | None = None,
) -> VoterList:
    """The result is final: row numbers, classes and codes stay, and a job takes out whatever names somebody.
    Asks `undecided` while rows wait for a decision.
    """
    found = locked(by, voter_list)
    if found.state != ListState.READY and not _ended(found, ListStep.ACCEPT):
        raise over()
    _require_seen(found, version)
    waits = to_decide(by, found)
    if waits and UNDECIDED not in confirm:
        text = _("%(count)s rows wait for a decision: they stay undecided in the result.")
        raise Asks(UNDECIDED, message=text % {"count": people(waits)})
    return _work(by, found, ListStep.ACCEPT)


@service
def discard(*, by: Actor, voter_list: VoterList, version: str | None = None) -> VoterList:
    """Throw it away: the file at once, and a job takes out what its rows say."""
    found = locked(by, voter_list)
    if found.state in (ListState.ACCEPTED, ListState.GONE) or _goes(found):
        raise over()
    _require_seen(found, version)
    found.name, found.file, found.about = None, None, None
    return _work(by, found, ListStep.DISCARD)


def _require_seen(voter_list: VoterList, version: str | None) -> None:
    if version is not None and version != str(voter_list.version):
        raise stale(str(voter_list.version), {})


def _ended(voter_list: VoterList, step: ListStep) -> bool:
    """The job could not do this: somebody may ask for it again."""
    return voter_list.state in (ListState.FAILED, ListState.STOPPED) and voter_list.step == step


def _goes(voter_list: VoterList) -> bool:
    return voter_list.state == ListState.WAITING and voter_list.step in (
        ListStep.ACCEPT,
        ListStep.DISCARD,
    )


def locked(by: Actor, voter_list: VoterList) -> VoterList:
    require(by, Permission.VOTERS_MATCH)
    own = VoterList.objects.visible_to(by).filter(office_id=by.office, pk=voter_list.pk)
    found = own.select_for_update(skip_locked=True, of=("self",)).first()
    if found is not None:
        return found
    if own.exists():
        raise Conflict("list-at-work", _("This list is being worked on: wait a moment."))
    raise NotFound


def over() -> Conflict:
    return Conflict("list-state", _("This list is not (any more) at this point: look again."))


def _work(by: Actor, voter_list: VoterList, step: ListStep) -> VoterList:
    """The job goes on with it, with the right of whoever asked for it last."""
    voter_list.posting_id = by.posting_id
    voter_list.step, voter_list.state = step, ListState.WAITING
    voter_list.attempts, voter_list.due_at = 0, timezone.now()
    voter_list.finished_at = None
    voter_list.version += 1
    voter_list.save()
    return voter_list
