"""Lists of statuses and papers, for `test_lists`: each makes so many rows and names the page that shows them."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from registrations.cards.services.statuses import enter_status
from tests.world import World, issue_paper, make_resident


def statuses(made: World, rows: int) -> str:
    by = made["operator"].actor
    with scoped(by.scope):
        for _row in range(rows):
            enter_status(
                by=by,
                resident=make_resident(made),
                code="ADJUDICATE_RECORD",
                at=timezone.now() - timedelta(days=1),
                source="SIAK",
            )
    return "/status/?daftar=panggil"


def to_print(made: World, rows: int) -> str:
    by = made["operator"].actor
    with scoped(by.scope):
        for _row in range(rows):
            enter_status(
                by=by,
                resident=make_resident(made),
                code="PRINT_READY_RECORD",
                at=timezone.now() - timedelta(days=1),
                source="SIAK",
            )
    return "/cetak/"


def status_to_print(made: World, rows: int) -> str:
    """Beside the backlog of several offices, each by its own rule."""
    to_print(made, rows)
    return "/status/?daftar=cetak"


def papers(made: World, rows: int) -> str:
    for _row in range(rows):
        issue_paper(made, make_resident(made), "biodata")
    return "/surat/"


def papers_of_one(made: World, rows: int) -> str:
    person = make_resident(made)
    for _row in range(rows):
        issue_paper(made, person, "biodata")
    return f"/surat/terbit/{person.pk}/"
