"""Steps of a correction: of the suket that it brings together one was exchanged for the card."""

from __future__ import annotations

from registrations.papers.enums import PaperKind, PaperState
from registrations.papers.models import Paper
from registrations.people.models import Resident


def exchange_one(person: Resident) -> None:
    """The newest, which replaced the others: one holds again when the card is taken back. Each of them
    was carried along by itself (`paper_carried`), before the newer ones were there.
    """
    standing = Paper.objects.filter(resident=person, kind=PaperKind.SUKET)
    standing = standing.exclude(state=PaperState.VOID)
    newest = standing.order_by("-issued_at", "-pk").first()
    if newest is not None:
        older = standing.filter(state=PaperState.EXCHANGED).exclude(pk=newest.pk)
        older.update(state=PaperState.REPLACED, exchanged_by=None)
