"""One queue of a session: numbers, stations, calls; what a desk notes beside a record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Conflict, Invalid
from events.planning.models.session import ServiceSession, Station
from events.planning.services.events import copy_event
from events.planning.services.sessions import open_session, set_stations
from events.resources.models import Device
from events.resources.services import assign
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.message import Message
from registrations.booking.models.waiting import Waiting
from registrations.booking.selectors.queues import board_read, drawn_board
from registrations.booking.services.appointments import book, check_in, walk_in
from registrations.booking.services.messages import contact_from
from registrations.booking.services.queue import call_next, put_back
from registrations.booking.services.sending import send_due
from registrations.booking.services.waiting import wait
from registrations.findings.services.findings import decide, propose
from registrations.ledger.models import RecordNote
from registrations.ledger.services.ledger import DeskNote, log_service
from registrations.lifecycle.selectors import absentees
from registrations.lifecycle.services.events import (
    cancel_event,
    close_event,
    move_event,
    open_to_booking,
)
from registrations.lifecycle.services.follow_up import follow_up
from registrations.oversight.services.erasing import erase_person
from tests.world import (
    CLOSING,
    World,
    at,
    entry,
    make_event,
    make_many,
    make_resident,
    make_session,
    today,
)


def arrive(made: World, session: ServiceSession, *services: str, priority: bool = False) -> Any:
    by = made["operator"].actor
    with scoped(by.scope):
        return walk_in(
            by=by,
            session=session,
            resident=make_resident(made),
            services=list(services),
            priority=priority,
        )


@pytest.fixture
def hall(made: World) -> tuple[ServiceSession, Station, Station]:
    event = make_event(made)
    session = make_session(made, event, {"recording": 20, "ikd_activation": 20})
    by = made["operator"].actor
    with scoped(by.scope):
        set_stations(
            by=by, event=event, stations={"Meja 1": ["recording"], "Meja 2": ["ikd_activation"]}
        )
    first, second = Station.objects.order_by("pk")
    return session, first, second


def call(made: World, session: ServiceSession, station: Station) -> Appointment | None:
    by = made["operator"].actor
    with scoped(by.scope):
        return call_next(by=by, session=session, station=station)


def test_numbers_have_no_gap_and_bookings_stand_in_the_same_queue(made: World, hall: Any) -> None:
    session, _one, _two = hall
    by = made["operator"].actor
    arrive(made, session, "recording")
    with scoped(by.scope):
        booked = book(by=by, session=session, resident=make_resident(made), services=["recording"])
        assert booked.queue_number is None
        assert check_in(by=by, appointment=booked).queue_number == 2
        assert check_in(by=by, appointment=booked).queue_number == 2
    assert arrive(made, session, "recording").queue_number == 3


def test_the_priority_lane_first_then_by_number(made: World, hall: Any) -> None:
    session, one, two = hall
    first = arrive(made, session, "recording")
    arrive(made, session, "ikd_activation")
    old = arrive(made, session, "recording", priority=True)
    assert call(made, session, one) == old
    assert call(made, session, one) == first
    assert call(made, session, one) is None  # the other one waits for another station
    called = call(made, session, two)
    assert called is not None
    assert called.queue_number == 2


def test_somebody_with_two_services_goes_on_with_the_same_number(made: World, hall: Any) -> None:
    session, one, two = hall
    visit = arrive(made, session, "recording", "ikd_activation")
    by = made["operator"].actor
    assert call(made, session, two) is None  # IKD is for recorded people
    assert call(made, session, one) == visit
    assert call(made, session, two) is None  # is being served
    with scoped(by.scope):
        log_service(by=by, entry=entry(visit.resident, "recording", session=session.pk))
        visit.refresh_from_db()
        assert (visit.state, visit.station_id) == ("checked_in", None)
    assert call(made, session, two) == visit
    with scoped(by.scope):
        log_service(
            by=by,
            entry=entry(
                visit.resident,
                "ikd_activation",
                session=session.pk,
                outcome="failed",
                reason="no_email",
            ),
            desk_note=DeskNote(step="code", helped=True),
        )
        visit.refresh_from_db()
        assert visit.state == "served"
        note = RecordNote.objects.get()
        assert (note.step, note.helped, note.exception) == ("code", True, False)


def test_called_and_not_there_comes_after_the_others(made: World, hall: Any) -> None:
    session, one, _two = hall
    first, second = arrive(made, session, "recording"), arrive(made, session, "recording")
    by = made["operator"].actor
    assert call(made, session, one) == first
    with scoped(by.scope):
        put_back(by=by, appointment=first)
    assert call(made, session, one) == second
    assert call(made, session, one) == first


def test_the_board_shows_numbers_and_nobody(made: World, hall: Any) -> None:
    session, one, _two = hall
    for _n in range(3):
        arrive(made, session, "recording")
    call(made, session, one)
    by = made["operator"].actor
    with scoped(by.scope):
        shown = drawn_board(board_read(by, session.pk))
    assert [row["queue_number"] for row in shown["called"]] == [1]
    assert [row["queue_number"] for row in shown["next"]] == [2, 3]
    assert "Contoh Warga" not in str(shown)


def test_a_station_of_another_event_calls_nobody(made: World, hall: Any) -> None:
    _session, one, _two = hall
    other = make_session(made, make_event(made))
    with pytest.raises(Invalid):
        call(made, other, one)


def test_a_note_beside_nothing_is_not_written(made: World, hall: Any) -> None:
    session, _one, _two = hall
    by = made["operator"].actor
    with scoped(by.scope):
        log_service(
            by=by, entry=entry(make_resident(made), session=session.pk), desk_note=DeskNote()
        )
        assert RecordNote.objects.count() == 0


# --- the event's life and its people --------------------------------------------------------------


def test_a_follow_up_has_a_place_for_everybody_who_is_missing(made: World) -> None:
    event = make_event(made)
    session = make_session(made, event, {"recording": 7})
    by, head = made["operator"].actor, made["head"].actor
    people = make_many(made, ["Contoh Warga"] * 5)
    erased, refuses = make_resident(made), make_resident(made)
    with scoped(by.scope):
        for person in (*people, erased, refuses):
            book(by=by, session=session, resident=person, services=["recording"])
        log_service(by=by, entry=entry(people[0], session=session.pk))
        # Of the two for whom it failed, one is recorded already, under another number.
        for person, reason in ((people[3], "network"), (people[4], "duplicate_record")):
            failed = {"session": session.pk, "outcome": "failed", "reason": reason}
            log_service(by=by, entry=entry(person, **failed))
    with scoped(head.scope):
        close_event(by=head, event=event, confirm=CLOSING)
        # Nobody is invited who is held no more, nor of whom it is known that they will not come.
        erase_person(by=head, resident=erased, reason="permintaan", case="1/2026")
        said = propose(by=by, resident=refuses, outcome="refuses")
        decide(by=head, finding=said, accept=True)
        missing = absentees(by, event)
        assert {one.resident_id for one in missing} == {one.pk for one in people[1:4]}
        assert [one.why for one in missing if one.failed] == ["Gagal: Jaringan terputus"]
        visit = follow_up(by=by, event=event, starts_on=event.ends_on + timedelta(days=3))
        assert (visit.state, visit.kind, visit.copied_from_id) == (
            *("draft", "jemput_bola", event.pk),
        )
        assert Appointment.objects.filter(event=visit).count() == 0
        open_to_booking(by=head, event=visit, neutrality_signed=True)
        booked = Appointment.objects.filter(event=visit, state="booked")
        assert {one.resident_id for one in booked} == {one.pk for one in people[1:4]}
        assert set(Waiting.objects.values_list("state", flat=True)) == {"moved_up"}
        assert absentees(by, event) == []  # booked again: not missing any more
        with pytest.raises(Conflict):
            follow_up(by=by, event=event, starts_on=event.ends_on + timedelta(days=4))


def test_a_follow_up_of_a_night_shift_is_of_the_day_on_which_it_begins(made: World) -> None:
    """Not so rare: who recovers from a day's power cut works until two."""
    event = make_event(made, starts_on=today(), ends_on=today() + timedelta(days=1))
    by, head = made["operator"].actor, made["head"].actor
    with scoped(by.scope):
        begins = at(20)
        session = open_session(
            by=by,
            event=event,
            starts_at=begins,
            ends_at=begins + timedelta(hours=6),
            capacity={"recording": 1},
        )
        wait(by=by, session=session, resident=make_resident(made), services=["family_card"])
    with scoped(head.scope):
        close_event(by=head, event=event, confirm=CLOSING)
        day = today() + timedelta(days=9)
        visit = follow_up(by=by, event=event, starts_on=day)
        again = visit.sessions.get()
    assert (visit.starts_on, visit.ends_on) == (day, day)
    assert (again.starts_at, again.ends_at) == (at(20, 0, day), at(2, 0, day + timedelta(days=1)))


def test_moving_an_event_moves_its_bookings_and_tells(made: World) -> None:
    event = make_event(
        made, starts_on=today() + timedelta(days=5), ends_on=today() + timedelta(days=5)
    )
    by, head = made["operator"].actor, made["head"].actor
    with scoped(by.scope):
        session = open_session(
            by=by,
            event=event,
            starts_at=at(8, 0, today() + timedelta(days=5)),
            ends_at=at(12, 0, today() + timedelta(days=5)),
            capacity={"recording": 2},
        )
        visit = book(
            by=by,
            session=session,
            resident=make_resident(made),
            services=["recording"],
            contact=contact_from("orangtua@example.test"),
        )
        assert [m.kind for m in Message.objects.all()] == ["reminder"]
        kit = Device.objects.create(office_id="13.75", label="Set", kind="set")
        hours = {"starts_at": session.starts_at, "ends_at": session.ends_at}
        sent = assign(by=by, event=event, device=kit, **hours)  # type: ignore[arg-type]
    with scoped(head.scope):
        move_event(by=head, event=event, starts_on=today() + timedelta(days=9))
        sent.refresh_from_db()
        assert sent.period.lower == session.starts_at + timedelta(days=4)
        session.refresh_from_db()
        visit.refresh_from_db()
        event.refresh_from_db()
    assert session.starts_at == at(8, 0, today() + timedelta(days=9))
    assert visit.expected_at == session.starts_at
    assert event.ends_on == today() + timedelta(days=9)
    with scoped(EVERYBODY):
        kinds = sorted(Message.objects.values_list("kind", "state"))
    assert kinds == [("moved", "waiting"), ("reminder", "dropped"), ("reminder", "waiting")]


def test_cancelling_tells_everybody_who_left_a_contact(
    made: World, mailoutbox: list[Any], settings: Any
) -> None:
    settings.GATEWAYS = {"email": "registrations.booking.services.gateways.Mail"}
    event = make_event(made)
    session = make_session(made, event)
    by = made["operator"].actor
    person = make_resident(made, name="Rahasia Namanya")
    with scoped(by.scope):
        book(
            by=by,
            session=session,
            resident=person,
            services=["recording"],
            contact=contact_from("ibu@example.test"),
        )
        book(by=by, session=session, resident=make_resident(made), services=["recording"])
        cancel_event(by=by, event=event, reason="Banjir")
    from registrations.booking.services.gateways import gateway_of  # noqa: PLC0415

    gateway_of.cache_clear()
    assert send_due() == 1
    gateway_of.cache_clear()
    (mail,) = mailoutbox
    assert mail.to == ["ibu@example.test"]
    assert "Banjir" in mail.body
    assert "Rahasia" not in mail.body + mail.subject
    with scoped(EVERYBODY):
        message = Message.objects.get(kind="cancelled")
        assert (message.state, message.address) == ("sent", None)
    assert send_due() == 0


def test_a_message_that_cannot_be_sent_is_tried_again_and_given_up(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from registrations.booking.services import sending  # noqa: PLC0415

    class Broken:
        def send(self, address: str, subject: str, text: str) -> None:
            raise OSError("no route")

    monkeypatch.setattr(sending, "gateway_of", lambda _channel: Broken())
    event = make_event(made)
    session = make_session(made, event)
    by = made["operator"].actor
    with scoped(by.scope):
        book(
            by=by,
            session=session,
            resident=make_resident(made),
            services=["recording"],
            contact=contact_from("0812 3456 7890"),
        )
        cancel_event(by=by, event=event, reason="Banjir")
    for _attempt in range(sending.ATTEMPTS):
        with scoped(EVERYBODY):
            Message.objects.filter(state="waiting").update(due_at=timezone.now())
        assert send_due() == 0
    with scoped(EVERYBODY):
        message = Message.objects.get()
        assert (message.state, message.attempts, message.address) == ("failed", 5, None)


def test_a_copy_has_sessions_and_stations_and_nobody(made: World, hall: Any) -> None:
    session, _one, _two = hall
    arrive(made, session, "recording")
    by = made["operator"].actor
    with scoped(by.scope):
        [copy] = copy_event(by=by, event=session.event, starts_on=today() + timedelta(days=20))
        again = copy.sessions.get()
        assert (copy.state, copy.neutrality_signed_by) == ("draft", None)
        assert again.seats.count() == 40
        assert again.seats.filter(holder__isnull=False).count() == 0
        assert [one.name for one in copy.stations.order_by("pk")] == ["Meja 1", "Meja 2"]
        assert again.ends_at - again.starts_at == session.ends_at - session.starts_at
