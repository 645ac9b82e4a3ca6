"""The waiting list as pages show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from events.planning.models.session import ServiceSession
from registrations.booking.enums import WaitState
from registrations.booking.models.waiting import Waiting
from registrations.booking.selectors.messages import moved_up_told
from registrations.people.enums import Stage
from registrations.people.selectors import Aged, stages


def waiting_of(by: Actor, session: ServiceSession) -> QuerySet[Any]:
    """Those who wait, the next to get a place first; then those who moved up, left or got none.

    `line` counts those who wait, 1 for the next, whatever the list is ordered by; `told` is the state
    of the news that a place came free.
    """
    entries = moved_up_told(by, Waiting.objects.visible_to(by).filter(session=session))
    return (
        entries.select_related("resident__identity", "resident__village", "group", "appointment")
        .annotate(
            rank=Case(
                When(state=WaitState.WAITING, then=Value(0)),
                default=Value(1),
                output_field=IntegerField(),
            ),
            line=Window(RowNumber(), partition_by=["session_id", "state"], order_by="id"),
        )
        .order_by("rank", "id")
    )


def stages_waiting(entries: Iterable[Waiting]) -> list[Stage]:
    """Of each whom `waiting_of` shows: one query at most."""
    people = [entry.resident for entry in entries]
    return stages(Aged(one.village_id, one.birth_date, one.marital_status) for one in people)


def get_waiting_or_404(by: Actor, entry_id: int) -> Waiting:
    entries = Waiting.objects.visible_to(by).select_related("session__event").filter(pk=entry_id)
    if (entry := entries.first()) is None:
        raise NotFound
    return entry
