"""Cards from the queue to whose they are: what is printed, who takes it, once; what waits, and who is told."""

from __future__ import annotations

import io
import re
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Conflict, NotFound
from dukcapil.core.ids import uuid7
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.message import Message
from registrations.booking.services.appointments import book
from registrations.booking.services.messages import contact_from
from registrations.booking.services.sending import words
from registrations.booking.services.waiting import wait
from registrations.cards.models import RecordStatus
from registrations.cards.selectors.handing import (
    cards_of,
    too_young_to_have,
    uncollected,
    uncollected_stock,
)
from registrations.cards.selectors.lists import queue
from registrations.cards.services.printing import hand_over_card, print_cards
from registrations.cards.services.statuses import enter_status
from registrations.cards.services.telling import tell_uncollected
from registrations.corrections.services.merging import merge
from registrations.ledger.models import CardReceiver, ServiceRecord
from registrations.ledger.services.corrections import accept_record, void_record
from registrations.ledger.services.ledger import log_service
from registrations.ledger.services.receivers import told_of
from registrations.people.models import Resident
from registrations.people.services.print_rules import set_print_rule
from registrations.people.services.residents import register
from tests.world import (
    World,
    entry,
    issue_paper,
    looks,
    make_caller,
    make_event,
    make_resident,
    make_session,
    nik,
    record,
    today,
)

Browser = Callable[[str], Client]
#: Who took a card, as a body says it.
TAKEN = {"receiver": "family", "receiver_name": "Siti Contoh", "proof": "kk"}


def recorded(made: World, **changes: Any) -> Resident:
    person = make_resident(made, **changes)
    record(made, person, occurred_at=timezone.now() - timedelta(days=40))
    return person


def printed(made: World, person: Resident | None = None, ago: int = 0) -> Resident:
    person = person or recorded(made)
    moment = timezone.now() - timedelta(days=ago, minutes=5)
    record(made, person, "card_print", reason="first_card", occurred_at=moment)
    return person


def handed(made: World, person: Resident, **changes: Any) -> ServiceRecord:
    return record(made, person, "card_handover", **changes)


def void(made: World, row: ServiceRecord, card: str = "") -> None:
    by = made["operator"].actor
    with scoped(by.scope):
        void_record(by=by, record=row, reason="salah catat", card=card)


def written_anew(made: World, person: Resident) -> None:
    """Another village from the start: every record is voided and recorded anew."""
    body = {"village": "13.75.02.1002", "reason": "salah ketik", "confirm": ["moves-figures"]}
    assert made["head"].patch(f"residents/{person.pk}/", body).status == 200


# --- once -----------------------------------------------------------------------------------------


def test_a_card_is_handed_over_once_and_again_when_that_was_taken_back(made: World) -> None:
    person = printed(made)
    first = handed(made, person)
    with pytest.raises(Conflict) as refusal:
        handed(made, person)
    assert refusal.value.code == "already-handed-over"
    void(made, first)
    again = handed(made, person)
    assert again.weight == 1
    # A new card is another one.
    record(made, person, "card_print", reason="lost")
    assert handed(made, person).weight == 1
    with pytest.raises(Conflict):
        handed(made, person)


def test_two_at_the_same_moment_hand_one_card_over_once(kept: World) -> None:
    by, person = kept["operator"].actor, printed(kept)
    start, answers = threading.Barrier(2), []

    def hand() -> None:
        try:
            start.wait(10)
            with scoped(by.scope):
                hand_over_card(
                    by=by, resident=person, receiver="self", receiver_name="", proof="ktp"
                )
            answers.append("done")
        except Conflict as error:
            answers.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=hand) for _one in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == ["already-handed-over", "done"]
    with scoped(EVERYBODY):
        rows = ServiceRecord.objects.filter(resident=person, service="card_handover")
        assert [row.weight for row in rows] == [1]


def test_what_a_batch_tells_twice_is_set_aside_and_counts_once_the_first_is_void(
    made: World,
) -> None:
    person = printed(made, ago=3)
    bodies = [_body(person, minutes=n) for n in (30, 20)]
    answers = made["operator"].post("service-records/batch/", {"records": bodies}).json["results"]
    assert [(one["status"], one.get("code")) for one in answers] == [
        ("created", None),
        ("set-aside", "handed-over"),
    ]
    first, second = (_row(body["id"]) for body in bodies)
    head = made["head"].actor
    with scoped(head.scope), pytest.raises(Conflict) as refusal:
        accept_record(by=head, record=second, reason="ternyata benar")
    assert refusal.value.code == "already-handed-over"
    void(made, first)
    with scoped(head.scope):
        assert accept_record(by=head, record=second, reason="ternyata benar")[0].weight == 1
    # Now that one is the hand-over of this card.
    assert made["operator"].post("service-records/", _body(person)).status == 409


def test_the_same_hand_over_again_is_no_second_one(made: World) -> None:
    body = _body(printed(made)) | TAKEN
    first = made["operator"].post("service-records/", body)
    again = made["operator"].post("service-records/", body)
    assert (first.status, again.status) == (201, 200)
    other = made["operator"].post("service-records/", body | {"proof": "ktp"})
    assert (other.status, code_of(other)) == (409, "record-differs")


def test_a_card_of_before_this_ledger_is_handed_over_once(made: World) -> None:
    """No print is known here: the card came from elsewhere."""
    person = recorded(made)
    assert handed(made, person).weight == 1
    with pytest.raises(Conflict):
        handed(made, person)


def test_a_print_between_the_two_tells_two_cards_whatever_comes_first(made: World) -> None:
    person = printed(made, ago=9)
    hours = {name: timezone.now() - timedelta(days=n) for name, n in (("a", 8), ("b", 2))}
    handed(made, person, occurred_at=hours["b"])
    # It came late, and before the other: of the same card, so it waits for a decision.
    assert handed(made, person, occurred_at=hours["a"]).set_aside_code == "handed-over"
    lost = record(
        made,
        person,
        "card_print",
        reason="lost",
        occurred_at=timezone.now() - timedelta(days=5),
    )
    assert handed(made, person, occurred_at=hours["a"] + timedelta(hours=1)).weight == 1
    # The second card was never printed: two hand-overs of one card stand, and the next is refused.
    void(made, lost, card="never_used")
    with pytest.raises(Conflict):
        handed(made, person)


# --- age: three doors, both sides -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "married", "may"),
    [(-1, False, False), (0, False, True), (-1, True, True), (-300, False, False)],
)
def test_nobody_under_17_and_unmarried_is_handed_a_card(
    made: World, browser: Browser, days: int, married: bool, may: bool
) -> None:
    """`days` after the 17th birthday. Page, desk, class, API and batch: each refuses, or sets aside."""
    born = today() - timedelta(days=days)
    born = born.replace(year=born.year - 17)
    status = "married" if married else "single"

    def somebody() -> Resident:
        return make_resident(
            made, birth_date=born, marital_status=status, known_recorded_on=today() - timedelta(9)
        )

    page = somebody()
    answer = browser("operator").post(
        f"/penduduk/{page.pk}/serah/", {"receiver": "self", "proof": "ktp"}
    )
    assert answer.status_code == (302 if may else 422)
    by_desk = {
        "do": "log",
        "service": "card_handover",
        "outcome": "done",
        "proof": "ktp",
    }
    desk = somebody()
    browser("operator").post(f"/layanan/?person={desk.pk}", by_desk | {"resident": str(desk.pk)})
    api = somebody()
    told = made["operator"].post("service-records/", _body(api))
    assert told.status == (201 if may else 422)
    if not may:
        assert code_of(told) == "card-too-early"
    batch = somebody()
    body = _body(batch)
    (line,) = made["operator"].post("service-records/batch/", {"records": [body]}).json["results"]
    assert (line["status"], line.get("code")) == (
        ("created", None) if may else ("set-aside", "card-too-early")
    )
    assert _row(body["id"]).weight == (1 if may else 0)
    with scoped(EVERYBODY):
        for person in (page, desk, api):
            rows = ServiceRecord.objects.filter(resident=person, service="card_handover")
            assert [row.weight for row in rows] == ([1] if may else []), person


# --- who took it ----------------------------------------------------------------------------------


def test_who_took_a_card_is_sealed_shown_to_staff_and_gone_when_erased(
    made: World, browser: Browser
) -> None:
    person = printed(made)
    page = f"/penduduk/{person.pk}/serah/"
    operator = browser("operator")
    for wrong in (
        {"receiver": "family", "proof": "kk"},
        {"receiver": "family", "receiver_name": "Siti", "proof": ""},
        {"receiver": "self", "receiver_name": "Siti", "proof": "ktp"},
        {"receiver": "family", "receiver_name": "9901011702080001", "proof": "kk"},
        {"receiver": "neighbour", "receiver_name": "Siti", "proof": "kk"},
        {},
    ):
        assert operator.post(page, wrong).status_code == 422, wrong
    assert operator.post(page, TAKEN).status_code == 302
    shown = operator.get(page).content.decode()
    assert "Siti Contoh" in shown
    with scoped(EVERYBODY):
        row = CardReceiver.objects.get()
        assert b"Siti" not in bytes(row.name or b"")
        assert told_of(row).name == "Siti Contoh"
        for statement in (
            "UPDATE registrations_cardreceiver SET relation = 'self'",
            "DELETE FROM registrations_cardreceiver",
            "UPDATE registrations_cardreceiver SET name = '\\x00'::bytea",
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                connection.cursor().execute(statement)
    body = {"reason": "permintaan tertulis", "case": "UPT/1/2026"}
    assert made["head"].post(f"residents/{person.pk}/erase/", body).status == 200
    with scoped(EVERYBODY):
        assert CardReceiver.objects.get().name is None


def test_only_a_hand_over_has_a_receiver(made: World) -> None:
    person = recorded(made)
    for changed in (
        {"service": "card_print"},
        {"outcome": "failed", "reason": "other"},
    ):
        answer = made["operator"].post("service-records/", _body(person) | TAKEN | changed)
        assert (answer.status, code_of(answer)) == (422, "receiver")
    with scoped(EVERYBODY):
        row = ServiceRecord.objects.filter(resident=person, outcome="done").get()
    with scoped(EVERYBODY), pytest.raises(DatabaseError), transaction.atomic():
        CardReceiver.objects.create(
            record=row,
            resident_id=row.resident_id,
            office_id=row.office_id,
            village_id=row.domicile_id,
            relation="self",
            proof="ktp",
        )


def test_a_correction_takes_the_receiver_along(made: World) -> None:
    gone, stays = printed(made), make_resident(made)
    handed(made, gone, **TAKEN)
    by = made["head"].actor
    with scoped(by.scope):
        merge(by=by, resident=gone, into=stays, reason="sama")
    with scoped(EVERYBODY):
        row = ServiceRecord.objects.get(
            resident=stays, service="card_handover", row_kind="record", weight=1
        )
        assert told_of(CardReceiver.objects.get(record=row)).name == "Siti Contoh"


def test_two_cards_stay_two_whatever_came_first(made: World) -> None:
    """The print came late, so the second hand-over was accepted. Written anew, both count as before."""
    person, head = printed(made, ago=9), made["head"].actor
    ago = {n: timezone.now() - timedelta(days=n) for n in (8, 5, 2)}
    handed(made, person, occurred_at=ago[8])
    second = handed(made, person, occurred_at=ago[2])
    record(made, person, "card_print", reason="lost", occurred_at=ago[5])
    with scoped(head.scope):
        accept_record(by=head, record=second, reason="kartu baru")
    written_anew(made, person)
    with scoped(EVERYBODY):
        rows = ServiceRecord.objects.filter(resident=person, service="card_handover")
        assert rows.aggregate(n=Sum("weight"))["n"] == 2


# --- the queue ------------------------------------------------------------------------------------


def ready(made: World, person: Resident, ago: int = 1) -> RecordStatus:
    by = made["operator"].actor
    with scoped(by.scope):
        return enter_status(
            by=by,
            resident=person,
            code="PRINT_READY_RECORD",
            at=timezone.now() - timedelta(days=ago),
            source="SIAK",
        )


def waiting(made: World, **chosen: Any) -> dict[str, str]:
    """name -> why"""
    by = made["operator"].actor
    with scoped(by.scope):
        found = queue(by, **chosen).select_related("resident__identity")
        return {one.resident.identity.name: one.why for one in found}


def test_the_queue_says_why_a_card_is_printed_as_far_as_the_ledger_knows(made: World) -> None:
    new, again, suket = (recorded(made, name=name) for name in ("Baru", "Ulang", "Suket"))
    issue_paper(made, suket, "suket")
    printed(made, again, ago=20)
    for person in (new, again, suket):
        ready(made, person)
    assert waiting(made) == {"Baru": "first_card", "Ulang": "", "Suket": "instead_of_suket"}
    young = anniversary_in(10)
    ready(made, make_resident(made, name="Muda", birth_date=young))
    assert waiting(made, held=True) == {"Muda": "first_card"}
    # Printed since it became ready: no more in the queue, whatever SIAK's next list says.
    record(made, new, "card_print", reason="first_card")
    assert "Baru" not in waiting(made)


def test_a_batch_is_printed_whole_or_not_at_all(made: World, browser: Browser) -> None:
    people = [recorded(made, name=f"Warga {n}") for n in range(3)]
    rows = [ready(made, person) for person in people]
    operator = browser("operator")
    page = operator.get("/cetak/").content.decode()
    assert all(person.identity.name in page for person in people)
    chosen = {"card": [str(one.pk) for one in rows]}
    why = {f"why-{one.pk}": "first_card" for one in rows}
    refused = operator.post("/cetak/", {"do": "print", **chosen, **why, f"why-{rows[1].pk}": ""})
    assert refused.status_code == 409
    assert cards() == 0
    # Somebody printed one meanwhile.
    record(made, people[2], "card_print", reason="first_card")
    refused = operator.post("/cetak/", {"do": "print", **chosen, **why})
    assert (refused.status_code, cards()) == (409, 1)
    two = {"do": "print", "card": chosen["card"][:2], **why}
    assert (operator.post("/cetak/", two).status_code, cards()) == (302, 3)
    assert (operator.post("/cetak/", two).status_code, cards()) == (409, 3)
    # Nothing chosen.
    assert (operator.post("/cetak/", {"do": "print"}).status_code, cards()) == (302, 3)
    assert browser("province_officer").post("/cetak/", two).status_code == 403


def test_the_sheet_of_a_batch_is_paper_and_writes_nothing(made: World, browser: Browser) -> None:
    row = ready(made, recorded(made))
    answer = browser("operator").post("/cetak/", {"do": "sheet", "card": [str(row.pk)]})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")
    assert cards() == 0
    assert [look.found for look in looks(kind="batch of cards")] == [1]
    assert browser("neighbour").get("/cetak/").content.count(str(row.pk).encode()) == 0
    with scoped(made["neighbour"].actor.scope), pytest.raises(NotFound):
        print_cards(by=made["neighbour"].actor, chosen={row.pk: "first_card"})


# --- a class --------------------------------------------------------------------------------------


def class_of(made: World, people: list[Resident]) -> VisitGroup:
    by = made["operator"].actor
    session = make_session(made, make_event(made, services=["family_card"]), {"family_card": 40})
    with scoped(by.scope):
        group = VisitGroup.objects.create(
            session=session,
            event=session.event,
            office_id=session.event.office_id,
            name="XII IPA 1",
            services=["family_card"],
            created_by_id=by.user_id,
        )
        for person in people:
            visit = book(by=by, session=session, resident=person, services=["family_card"])
            Appointment.objects.filter(pk=visit.pk).update(group=group)
    return group


def test_the_cards_of_a_class_are_handed_over_on_one_form(made: World, browser: Browser) -> None:
    have = [printed(made, recorded(made, name=f"Siswa {n}")) for n in range(3)]
    none = recorded(made, name="Siswa tanpa kartu")
    group = class_of(made, [*have, none])
    page, operator = f"/rombongan/{group.pk}/serah/", browser("operator")
    shown = operator.get(page).content.decode()
    assert shown.count('name="card"') == 3
    body = {
        "version": re.findall(r'name="version" value="([^"]+)"', shown)[0],
        "receiver": "school",
        "receiver_name": "Guru Contoh",
        "proof": "receipt",
    }
    keys = [str(one.pk) for one in have]
    # One of them has none: nobody gets one.
    answer = operator.post(page, {**body, "card": [*keys, str(none.pk)]})
    assert (answer.status_code, handovers()) == (409, 0)
    assert operator.post(page, {**body, "card": keys[:1]}).status_code == 302
    # The form of before that.
    answer = operator.post(page, {**body, "card": keys[1:]})
    assert (answer.status_code, handovers()) == (409, 1)
    shown = operator.get(page).content.decode()
    body["version"] = re.findall(r'name="version" value="([^"]+)"', shown)[0]
    assert operator.post(page, {**body, "card": keys[1:]}).status_code == 302
    with scoped(EVERYBODY):
        taken = [told_of(row) for row in CardReceiver.objects.all()]
        assert {one.name for one in taken} == {"Guru Contoh"}
        assert len(taken) == 3
    assert browser("neighbour").get(page).status_code == 404


# --- not fetched ----------------------------------------------------------------------------------


def test_cards_that_nobody_fetched_stand_by_age_and_village(made: World, browser: Browser) -> None:
    for days, n in ((0, 1), (30, 1), (31, 2), (90, 1), (91, 1), (180, 1), (181, 3), (400, 1)):
        for _one in range(n):
            old = make_resident(made, known_recorded_on=today() - timedelta(days=500))
            printed(made, old, ago=days)
    fetched = printed(made)
    handed(made, fetched)
    by = made["operator"].actor
    with scoped(by.scope):
        (line,) = uncollected_stock(by)
        issued = printed(made)
    assert list(line["ages"].values()) == [2, 3, 2, 4]
    assert line["total"] == 11
    with scoped(by.scope):
        enter_status(by=by, resident=issued, code="CARD_ISSUED", at=timezone.now(), source="SIAK")
        assert uncollected(by).count() == 11
    page = browser("operator").get("/cetak/belum-diambil/?usia=181").content.decode()
    assert page.count("/serah/") == 4
    book_ = browser("operator").get("/cetak/belum-diambil/?berkas=xlsx")
    rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(book_.content)).get_sheet_by_index(0).to_python()
    )
    assert rows[1][4:] == [2, 3, 2, 4, 11]


def test_a_card_that_siak_saw_handed_over_lies_there_no_more_by_the_day_of_the_east(
    made: World,
) -> None:
    """The list of a day begins when Jakarta is still in the day before."""
    office = Region.objects.filter(level="regency", timezone="Asia/Jayapura")[0].pk
    by = make_caller("east", "district_operator", office, today() - timedelta(days=9)).actor
    midnight = datetime.combine(today_in(office), time(), ZoneInfo("Asia/Jayapura"))
    born = date(1990, 5, 17)
    with scoped(by.scope):
        person = register(
            by=by,
            confirm=["look-alike"],
            nik=nik(born),
            name="Contoh Warga",
            birth_date=born,
            sex="M",
            village=Region.objects.filter(parent__parent=office, level="village")[0],
            known_recorded_on=date(2020, 1, 2),
        )
        log_service(by=by, entry=entry(person, "card_print", reason="lost", occurred_at=midnight))
        assert uncollected(by).count() == 1
        enter_status(by=by, resident=person, code="CARD_ISSUED", at=midnight, source="SIAK")
        assert uncollected(by).count() == 0


def test_who_left_a_contact_is_told_once_for_each_card(made: World, browser: Browser) -> None:
    told, silent = printed(made, ago=3), printed(made, ago=3)
    by = made["operator"].actor
    session = make_session(made, make_event(made, services=["family_card"]), {"family_card": 9})
    with scoped(by.scope):
        for person in (told, silent):
            contact = contact_from("warga@contoh.test") if person == told else None
            book(by=by, session=session, resident=person, services=["family_card"], contact=contact)
    operator = browser("operator")
    for _twice in range(2):
        assert operator.post("/cetak/belum-diambil/").status_code == 302
    with scoped(EVERYBODY):
        (message,) = Message.objects.filter(kind="card_ready")
        subject, text = words(message)
    assert told.identity.name not in subject + text
    assert "warga@contoh.test" not in operator.get("/cetak/belum-diambil/").content.decode()
    assert [look.found for look in looks(kind="told of cards")] == [1, 0]
    # A new card is another one, and fetching it ends what waits.
    with scoped(EVERYBODY):
        Message.objects.filter(pk=message.pk).update(
            state="sent", address=None, finished_at=timezone.now()
        )
    with scoped(by.scope):
        assert tell_uncollected(by=by).before == 1
    record(made, told, "card_print", reason="lost")
    with scoped(by.scope):
        assert tell_uncollected(by=by) == (1, 0, 1)
    handed(made, told)
    with scoped(EVERYBODY):
        assert Message.objects.filter(kind="card_ready", state="waiting").count() == 0
        assert Message.objects.filter(kind="card_ready", state="dropped").count() == 1
    assert browser("province_officer").post("/cetak/belum-diambil/").status_code == 403


def test_a_correction_is_no_new_card_and_only_what_lies_there_is_told(made: World) -> None:
    person = printed(made, ago=3)
    by = made["operator"].actor
    session = make_session(made, make_event(made, services=["family_card"]), {"family_card": 9})
    with scoped(by.scope):
        contact = contact_from("warga@contoh.test")
        book(by=by, session=session, resident=person, services=["family_card"], contact=contact)
        assert tell_uncollected(by=by).told == 1
    with scoped(EVERYBODY):
        sent = {"state": "sent", "address": None, "finished_at": timezone.now()}
        Message.objects.filter(kind="card_ready").update(**sent)
    written_anew(made, person)
    with scoped(by.scope):
        assert tell_uncollected(by=by) == (0, 1, 0)
    again = record(made, person, "card_print", reason="lost")
    with scoped(by.scope):
        assert tell_uncollected(by=by).told == 1
    # Nobody came for it: it still waits. It was never printed: nothing does.
    record(made, person, "card_handover", outcome="failed", reason="left")
    assert messages_by_state()["waiting"] == 1
    void(made, again, card="never_used")
    assert messages_by_state() == {"sent": 1, "dropped": 1}


def test_the_newest_contact_is_told_wherever_it_was_left(made: World) -> None:
    person = printed(made, ago=3)
    by = made["operator"].actor
    event = make_event(made, services=["family_card", "moving"])
    session = make_session(made, event, {"family_card": 9, "moving": 1})
    with scoped(by.scope):
        left = {name: contact_from(f"{name}@contoh.test") for name in ("lama", "baru", "lain")}
        asks: dict[str, Any] = {"by": by, "session": session}
        book(**asks, resident=person, services=["family_card"], contact=left["lama"])
        book(**asks, resident=make_resident(made), services=["moving"], contact=left["lain"])
        newest = wait(**asks, resident=person, services=["moving"], contact=left["baru"])
        assert tell_uncollected(by=by).told == 1
    with scoped(EVERYBODY):
        assert Message.objects.get(kind="card_ready").waiting_id == newest.pk


def test_a_card_whose_hand_over_waits_for_a_decision_is_with_its_owner(made: World) -> None:
    """As on the list of cards that nobody fetched."""
    person = printed(made, recorded(made), ago=3)
    by, head = made["operator"].actor, made["head"].actor
    handed(made, person, occurred_at=timezone.now() - timedelta(hours=30))
    late = handed(made, person, occurred_at=timezone.now() - timedelta(hours=28))
    assert late.set_aside_code == "handed-over"
    with scoped(EVERYBODY):
        first = ServiceRecord.objects.get(resident=person, service="card_handover", weight=1)
    void(made, first)
    for accepted in (False, True):
        if accepted:
            with scoped(head.scope):
                accept_record(by=head, record=late, reason="ternyata benar")
        with scoped(by.scope):
            handed_by = cards_of(by, [person])[person.pk].handed
            assert handed_by is not None
            assert handed_by.pk == late.pk
            assert uncollected(by).count() == 0


def test_who_is_too_young_is_not_called(made: World) -> None:
    by = made["head"].actor
    with scoped(by.scope):
        set_print_rule(by=by, office=office_of(by), days=30, source="SK 1")
    young = make_resident(made, birth_date=anniversary_in(10))
    record(made, young, occurred_at=timezone.now() - timedelta(days=5))
    record(made, young, "card_print", reason="first_card")
    operator = made["operator"].actor
    with scoped(operator.scope):
        assert uncollected(operator).filter(too_young_to_have(operator)).count() == 1
        assert tell_uncollected(by=operator) == (0, 0, 0)


# --- helpers --------------------------------------------------------------------------------------


def anniversary_in(days: int) -> date:
    """The birth date of somebody who turns 17 in so many days."""
    day = today() + timedelta(days=days)
    return day.replace(year=day.year - 17)


def office_of(by: Actor) -> Region:
    return Region.objects.get(pk=by.office)


def cards() -> int:
    with scoped(EVERYBODY):
        return ServiceRecord.objects.filter(service="card_print", row_kind="record").count()


def messages_by_state() -> Counter[str]:
    with scoped(EVERYBODY):
        told = Message.objects.filter(kind="card_ready")
        return Counter(told.values_list("state", flat=True))


def handovers() -> int:
    with scoped(EVERYBODY):
        return ServiceRecord.objects.filter(service="card_handover", row_kind="record").count()


def _body(person: Resident, minutes: int = 1) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "service": "card_handover",
        "outcome": "done",
        "resident": str(person.pk),
        "occurred_at": (timezone.now() - timedelta(minutes=minutes)).isoformat(),
    }


def _row(key: str) -> ServiceRecord:
    with scoped(EVERYBODY):
        return ServiceRecord.objects.get(pk=key)


def code_of(answer: Any) -> str:
    return str(answer.json["type"]).rpartition("/")[2]
