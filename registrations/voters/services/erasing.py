"""What voters' lists of the office tell of a person whose data is erased."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db.models import Q
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_hash
from registrations.voters.enums import ListState, ListStep, Verdict
from registrations.voters.models import VoterList, VoterRow


def hold_lists(by: Actor, office: str) -> list[VoterList]:
    """Lock the office's open lists, before any person: a job has both, in this order."""
    own = VoterList.objects.visible_to(by).filter(office_id=office)
    open_ones = own.exclude(state__in=[ListState.GONE, ListState.ACCEPTED])
    return list(open_ones.order_by("pk").select_for_update(of=("self",)))


def blank_voter(lists: list[VoterList], residents: Collection[uuid.UUID], number: str) -> None:
    """Blank rows about these rows of a person, or under this number; a file that somebody would read is
    taken away. `lists`: as `hold_lists` locked them. Within one transaction.
    """
    for one in lists:
        if one.step == ListStep.READ:
            # Nobody has made out yet who stands in it.
            one.state, one.finished_at = ListState.GONE, timezone.now()
            one.name, one.file, one.about = None, None, None
            one.version += 1
            one.save()
    named = VoterRow.objects.filter(voter_list__in=lists).filter(
        Q(nik_hash=keyed_hash(number))
        | Q(resident__in=residents)
        | Q(verdict=Verdict.ASK, maybe__overlap=list(residents))
    )
    rows = list(named.values_list("pk", flat=True))
    named = VoterRow.objects.filter(pk__in=rows)
    named.exclude(verdict__in=[*Verdict.joined(), Verdict.TWICE]).update(verdict=Verdict.UNREAD)
    named.update(sealed=None, nik_hash=None, maybe=[])
