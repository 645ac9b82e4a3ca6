"""The queue of voters' lists: a job reads the file, matches its rows, and in the end takes the names out."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import override

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.selectors import asker_now
from dukcapil.accounts.services import log_access
from dukcapil.core.db import EVERYBODY, service
from dukcapil.core.work import Queue, Stopped
from registrations.voters.enums import ListState, ListStep
from registrations.voters.models import VoterList, VoterRow
from registrations.voters.services.comparing import compare
from registrations.voters.services.reading import read_list

#: How long the names of a list are kept that nobody accepts, where no rule says otherwise.
KEPT = timedelta(days=90)
#: What a list that is over says of its file.
NAMELESS: dict[str, Any] = {"name": None, "file": None, "about": None}
#: A question about a file that nobody answers.
ASKED = timedelta(days=2)


def _do(voter_list: VoterList, by: Actor) -> dict[str, Any]:
    with scoped(by.scope), override("id"):
        return _STEPS[ListStep(voter_list.step)](voter_list, by)


def _accept(voter_list: VoterList, by: Actor) -> dict[str, Any]:
    unname([voter_list.pk])
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="voters accepted",
        subject=str(voter_list.pk),
        found=voter_list.total,
    )
    return {"state": ListState.ACCEPTED, "accepted_at": timezone.now(), **NAMELESS}


def _discard(voter_list: VoterList, by: Actor) -> dict[str, Any]:
    unname([voter_list.pk])
    return {"state": ListState.GONE, **NAMELESS}


_STEPS: dict[ListStep, Callable[[VoterList, Actor], dict[str, Any]]] = {
    ListStep.READ: read_list,
    ListStep.MATCH: compare,
    ListStep.ACCEPT: _accept,
    ListStep.DISCARD: _discard,
}


def _asker(voter_list: VoterList) -> Actor:
    """Who brought the list, with the rights of this moment. Raises Stopped when they are gone."""
    actor = asker_now(voter_list.posting_id, Permission.VOTERS_MATCH)
    if actor.office != voter_list.office_id:
        raise Stopped
    return actor


VOTERS = Queue(
    VoterList,
    _do,
    tries=3,
    scope=lambda: scoped(EVERYBODY),
    ask=_asker,
    stopped=ListState.STOPPED,
)


def due_lists() -> list[uuid.UUID]:
    """What the job has to do, over all offices; ids only."""
    return VOTERS.due()


def work_on(list_id: uuid.UUID) -> bool:
    """The next step. Whether there is another one now."""
    VOTERS.run(list_id)
    with scoped(EVERYBODY):
        waits = VoterList.objects.filter(
            pk=list_id, state=ListState.WAITING, attempts=0, due_at__lte=timezone.now()
        )
        return waits.exists()


@service
def forget_lists(*, kept: timedelta = KEPT) -> int:
    """Take the names out of lists whose time is over; classes and codes stay. Returns how many."""
    with scoped(EVERYBODY):
        now = timezone.now()
        named = VoterList.objects.exclude(state__in=[ListState.GONE, ListState.ACCEPTED])
        old = named.filter(created_at__lt=now - kept)
        left = named.filter(state=ListState.ASKS, created_at__lt=now - ASKED)
        expired = list(
            (old | left).select_for_update(skip_locked=True).values_list("pk", flat=True)
        )
        unname(expired)
        return VoterList.objects.filter(pk__in=expired).update(state=ListState.GONE, **NAMELESS)


def unname(lists: list[uuid.UUID]) -> None:
    """Nobody is named by the rows of these lists any more, nor led to."""
    VoterRow.objects.filter(voter_list__in=lists).update(
        sealed=None, nik_hash=None, resident=None, maybe=[]
    )
