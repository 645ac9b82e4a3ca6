"""Steps of a correction: statuses go to another row of the same person, or stand no more."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.utils import timezone

from registrations.cards.enums import ImportState
from registrations.cards.models import RecordStatus, StatusImport
from registrations.cards.services.counting import count_office
from registrations.people.models import Resident


def hand_over(gone: Resident, stays: Resident) -> None:
    """What SIAK said of `gone` is said of `stays`; of the two newest the later one stays the newest.
    What both have is kept once.
    """
    newest = RecordStatus.objects.filter(resident__in=(gone, stays), newest=True)
    ahead = newest.order_by("at", "entered_at").last()
    if ahead is None:
        return
    newest.exclude(pk=ahead.pk).update(newest=False)
    known = RecordStatus.objects.filter(resident=stays, taken_back=False)
    said = set(known.values_list("code", "at"))
    moving = RecordStatus.objects.filter(resident=gone)
    twice = [one.pk for one in moving if not one.taken_back and (one.code, one.at) in said]
    if ahead.pk in twice:
        moving.filter(pk=ahead.pk).update(newest=False)
        known.filter(code=ahead.code, at=ahead.at).update(newest=True)
    moving.exclude(pk__in=twice).update(resident=stays)
    count_office(ahead.office_id)


def forget(office: str, people: Iterable[uuid.UUID]) -> None:
    """Who is erased stands on no list and in no count. Previews may name them, and what is said of rows
    that were refused may repeat a cell: both go.
    """
    theirs = RecordStatus.everything.filter(resident__in=people)
    gone = theirs.filter(newest=True).update(newest=False)
    # Where somebody entered it by hand the source may say who was asked.
    theirs.filter(brought=None).update(source="-")
    lists = StatusImport.everything.filter(office=office)
    lists.filter(state=ImportState.SHOWN).update(
        state=ImportState.DROPPED, rows=None, decided_at=timezone.now()
    )
    lists.update(refused=[])
    if gone:
        count_office(office)
