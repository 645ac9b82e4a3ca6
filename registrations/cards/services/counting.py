"""Counts of statuses are kept with what they count: whoever changes a status of an office counts it anew."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Count, Max, Min
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.regions.enums import day_of, today_in
from registrations.cards.enums import STEPS, ImportState
from registrations.cards.models import RecordStatus, StatusCount, StatusImport
from registrations.cards.selectors.statuses import late_at


def count_office(office: str) -> None:
    """A step, the last one of a verb: its rows are locked, so that whoever counts later counts what was
    committed before.
    """
    now = timezone.now()
    StatusCount.objects.bulk_create(
        [StatusCount(office_id=office, code=step.code) for step in STEPS], ignore_conflicts=True
    )
    kept = (
        StatusCount.objects.filter(office=office).order_by("code").select_for_update(of=("self",))
    )
    rows = list(kept)
    newest = RecordStatus.objects.filter(office=office, newest=True).order_by()
    counted = newest.values("code").annotate(
        people=Count("pk"), behind=Count("pk", filter=late_at(now)), old=Min("since")
    )
    found = {one["code"]: one for one in counted}
    taken = StatusImport.objects.filter(office=office, state=ImportState.TAKEN)
    listed_on = taken.aggregate(day=Max("as_of"))["day"]
    for row in rows:
        one = found.get(row.code)
        row.people, row.late, row.oldest = (
            (one["people"], one["behind"], one["old"]) if one else (0, 0, None)
        )
        row.listed_on, row.counted_at = listed_on, now
    StatusCount.objects.bulk_update(rows, ["people", "late", "oldest", "listed_on", "counted_at"])


def count_days() -> int:
    """A job's: who became late since yesterday. Each office in a transaction of its own; returns how many."""
    counted = StatusCount.objects.order_by().values("office").annotate(at=Min("counted_at"))
    due = [
        office
        for office, at in counted.values_list("office", "at")
        if day_of(at, office) < today_in(office)
    ]
    for office in sorted(due):
        with transaction.atomic(), scoped(EVERYBODY):
            count_office(office)
    return len(due)
