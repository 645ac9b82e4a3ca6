"""The queue of voters' lists: a job reads the file, then matches its rows."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import override

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.selectors import asker_now
from dukcapil.core.db import EVERYBODY, service
from dukcapil.core.work import Queue, Stopped
from registrations.voters.enums import ListState, ListStep
from registrations.voters.models import VoterList, VoterRow
from registrations.voters.services.comparing import compare
from registrations.voters.services.reading import read_list

#: How long the names of a list are kept that nobody accepts, where no rule says otherwise.
KEPT = timedelta(days=90)
#: A question about a file that nobody answers.
ASKED = timedelta(days=2)


def _do(voter_list: VoterList, by: Actor) -> dict[str, Any]:
    with scoped(by.scope), override("id"):
        step = read_list if voter_list.step == ListStep.READ else compare
        return step(voter_list, by)


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
        return VoterList.objects.filter(pk__in=expired).update(
            state=ListState.GONE, name=None, file=None, about=None
        )


def unname(lists: list[uuid.UUID]) -> None:
    """Nobody is named by the rows of these lists any more, nor led to."""
    rows = VoterRow.objects.filter(voter_list__in=lists)
    rows.filter(verdict__in=["both", "differs", "twice"], resident__isnull=False).update(
        resident=None
    )
    rows.update(sealed=None, nik_hash=None, maybe=[])
