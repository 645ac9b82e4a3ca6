"""Lists of statuses and papers, for `test_lists`: each makes so many rows and names the page that shows them."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.booking.services.appointments import book
from registrations.cards.services.statuses import enter_status
from registrations.people.models import Resident
from tests.world import (
    World,
    issue_paper,
    make_event,
    make_resident,
    make_session,
    record,
)


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


def uncollected(made: World, rows: int) -> str:
    for _row in range(rows):
        person = make_resident(made, known_recorded_on=date(2020, 1, 2))
        record(made, person, "card_print", reason="first_card")
    return "/cetak/belum-diambil/"


def class_cards(made: World, rows: int) -> str:
    with scoped(EVERYBODY):
        group = VisitGroup.objects.first()
    if group is None:
        event = make_event(made, services=["family_card"])
        session = make_session(made, event, {"family_card": 60})
        with scoped(made["operator"].actor.scope):
            group = VisitGroup.objects.create(
                session=session,
                event=event,
                office_id=event.office_id,
                name="XII IPA 1",
                services=["family_card"],
                created_by_id=made["operator"].actor.user_id,
            )
    by = made["operator"].actor
    for _row in range(rows):
        person = make_resident(made, known_recorded_on=date(2020, 1, 2))
        record(made, person, "card_print", reason="first_card")
        with scoped(by.scope):
            visit = book(by=by, session=group.session, resident=person, services=["family_card"])
            Appointment.objects.filter(pk=visit.pk).update(group=group)
    return f"/rombongan/{group.pk}/serah/"


def card_of_one(made: World, rows: int) -> str:
    """Of one person, with every card there ever was."""
    with scoped(EVERYBODY):
        person = Resident.objects.order_by("pk").first()
    person = person or make_resident(made, known_recorded_on=date(2020, 1, 2))
    for row in range(rows):
        ago = timezone.now() - timedelta(days=100 - row, minutes=rows)
        record(made, person, "card_print", reason="lost", occurred_at=ago)
        taken = {"receiver": "family", "receiver_name": "Siti Contoh", "proof": "kk"}
        later = ago + timedelta(minutes=1)
        record(made, person, "card_handover", occurred_at=later, **taken)
    return f"/penduduk/{person.pk}/serah/"


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
