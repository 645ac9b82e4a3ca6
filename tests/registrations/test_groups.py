"""A class from its list: every row answered, nobody booked twice, the rest waits and moves up."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Conflict, Invalid
from dukcapil.core.lists.grid import read_file
from dukcapil.regions.models import Region
from events.planning.enums import Lane
from events.planning.models.session import Seat, ServiceSession
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.message import Message
from registrations.booking.models.waiting import Waiting
from registrations.booking.readers import Line, from_layout, from_text, laid_out
from registrations.booking.selectors.groups import get_group_or_404, members
from registrations.booking.services import waiting
from registrations.booking.services.appointments import (
    book,
    cancel_appointment,
    check_in,
    move_appointment,
    release_no_shows,
    walk_in,
)
from registrations.booking.services.groups import Booked, book_group
from registrations.booking.services.messages import contact_from
from registrations.booking.services.waiting import wait, withdraw
from registrations.lifecycle.services.events import close_event, open_to_booking
from registrations.lifecycle.services.follow_up import follow_up
from registrations.lifecycle.services.sessions import change_session
from registrations.people.models import Resident
from tests.tables import read_rows
from tests.world import (
    CLOSING,
    VILLAGES,
    World,
    make_event,
    make_resident,
    make_session,
    nik,
    record,
    today,
)

PUPIL = date(today().year - 17, 1, 2)
HEADER = "NIK;Nama;Tanggal lahir;Desa\n"


def pupils(made: World, count: int) -> list[tuple[str, str]]:
    """(NIK, name) of people whom the office holds."""
    found = []
    for number in range(count):
        text = nik(PUPIL)
        name = f"Siswa Contoh {chr(65 + number % 26)}{chr(65 + number // 26)}"
        make_resident(made, nik=text, name=name, birth_date=PUPIL)
        found.append((text.text, name))
    return found


def book_lines(made: World, session: ServiceSession, lines: list[Line], **more: Any) -> Booked:
    by = made["operator"].actor
    given: dict[str, Any] = {"name": "XII IPA 1", "services": ["recording"], **more}
    with scoped(by.scope):
        return book_group(by=by, session=session, lines=lines, **given)


def statuses(booked: Booked) -> list[str]:
    return [answer.status for answer in booked.answers]


def test_a_class_gets_places_in_its_order_and_the_rest_waits(made: World) -> None:
    session = make_session(made, make_event(made), {"recording": 3})
    people = pupils(made, 5)
    booked = book_lines(made, session, from_text("\n".join(f"{n};{m}" for n, m in people)))
    assert statuses(booked) == ["booked"] * 3 + ["waiting"] * 2
    assert [answer.number for answer in booked.answers[:3]] == [1, 2, 3]
    hours = [answer.expected_at for answer in booked.answers[:3]]
    assert hours == sorted(hours, key=str)  # type: ignore[arg-type]
    assert len({answer.ticket for answer in booked.answers[:3]}) == 3
    with scoped(EVERYBODY):
        assert Seat.objects.filter(session=session, holder__isnull=True).count() == 0
        assert list(Waiting.objects.order_by("id").values_list("resident_id", flat=True)) == [
            answer.person.pk for answer in booked.answers[3:]
        ]


def test_the_same_list_again_books_nobody_twice(made: World) -> None:
    session = make_session(made, make_event(made), {"recording": 3})
    text = "\n".join(f"{n};{m}" for n, m in pupils(made, 4))
    book_lines(made, session, from_text(text))
    again = book_lines(made, session, from_text(text))
    assert statuses(again) == ["here"] * 4
    with scoped(EVERYBODY):
        assert (Appointment.objects.count(), Waiting.objects.count()) == (3, 1)
        assert VisitGroup.objects.get().rows == 8


def test_without_the_waiting_list_the_rest_is_told(made: World) -> None:
    session = make_session(made, make_event(made), {"recording": 1})
    text = "\n".join(f"{n};{m}" for n, m in pupils(made, 2))
    assert statuses(book_lines(made, session, from_text(text), waiting_list=False)) == [
        *("booked", "full"),
    ]
    with scoped(EVERYBODY):
        assert Waiting.objects.count() == 0


def test_every_bad_row_says_why_and_refuses_no_other(made: World) -> None:
    session = make_session(made, make_event(made), {"recording": 20})
    (good, name), (other, _second) = pupils(made, 2)
    recorded = make_resident(made, name="Sudah Rekam")
    record(made, recorded)
    child = nik(date(today().year - 12, 3, 4))
    make_resident(made, nik=child, name="Masih Anak", birth_date=date(today().year - 12, 3, 4))
    stranger = nik(date(2008, 3, 5)).text
    with scoped(EVERYBODY):
        held = Resident.objects.get(pk=recorded.pk)
    lines = from_text(
        HEADER
        + f"{good};{name};;\n"
        + f"{good};{name};;\n"  # twice
        + "137501010203;Dua Belas;;\n"  # twelve digits
        + f"{other};;31-02-2008;\n"  # no such day
        + f"{other};Orang Lain;;\n"  # another name
        + f"{stranger};Dari Agam;;\n"  # not held, no village
        + ";Tanpa Tanggal;;\n"  # nobody
        + f"{child.text};Masih Anak;;\n"  # too young
        + ";Tak Dikenal;02-01-2008;\n"  # not known
    )
    booked = book_lines(made, session, lines)
    assert statuses(booked) == ["booked", *["problem"] * 8]
    words = [answer.message for answer in booked.answers]
    assert words[0] == ""
    for said, wanted in zip(
        words[1:],
        ("baris 2", "12", "17-08-2007", "nama lain", "desa", "NIK", "16", "tidak"),
        strict=True,
    ):
        assert wanted.casefold() in said.casefold() or said, (wanted, said)
    assert all(words[1:])
    assert held.pk not in {a.resident.pk for a in booked.answers if a.resident}


def test_who_was_recorded_before_is_not_booked_for_it(made: World) -> None:
    session = make_session(made, make_event(made))
    text = nik(PUPIL)
    record(made, make_resident(made, nik=text, name="Sudah Rekam", birth_date=PUPIL))
    booked = book_lines(made, session, from_text(f"{text.text};Sudah Rekam"))
    assert statuses(booked) == ["problem"]
    assert f"{today():%d-%m-%Y}" in booked.answers[0].message


def test_new_people_are_held_when_the_village_is_given(made: World) -> None:
    session = make_session(made, make_event(made))
    here, away = nik(PUPIL).text, nik(PUPIL).text
    lines = from_text(
        HEADER + f"{here};Warga Baru;;{VILLAGES['13.75']}\n{away};Warga Agam;;{VILLAGES['13.06']}\n"
    )
    booked = book_lines(made, session, lines)
    assert statuses(booked) == ["booked", "booked"]
    assert len(booked.answers[1].notes) > len(booked.answers[0].notes)  # lives elsewhere
    with scoped(EVERYBODY):
        assert {one.office_id for one in Resident.objects.all()} == {"13.75"}


def test_what_nobody_can_read_hinders_only_somebody_new(made: World) -> None:
    """Nothing is made up of a person; who is held is booked, with a note. RT and RW are read as the
    import reads them, and villages compared as it compares them.
    """
    session = make_session(made, make_event(made))
    [(held, name)] = pupils(made, 1)
    with scoped(EVERYBODY):
        village = Region.objects.get(pk=VILLAGES["13.75"]).name
    apart = f"{village[0]}'{village[1:]}"
    rows = [
        f"{held};{name};;entah;;",
        f"{nik(PUPIL).text};Warga Baru;{apart};entah;;",
        f"{nik(PUPIL).text};Warga Lain;{apart};;kemarin;",
        f"{nik(PUPIL).text};Warga Tiga;{apart};;;RT 001 RW 002",
    ]
    text = "NIK;Nama;Desa;Status Kawin;recorded_on;RT/RW\n" + "\n".join(rows)
    booked = book_lines(made, session, from_text(text))
    assert statuses(booked) == ["booked", "problem", "problem", "booked"]
    assert any("entah" in note for note in booked.answers[0].notes)
    assert "entah" in booked.answers[1].message
    assert "kemarin" in booked.answers[2].message
    with scoped(EVERYBODY):
        assert Resident.objects.count() == 2
        assert (booked.answers[3].line.rt, booked.answers[3].line.rw) == ("001", "002")


def test_by_name_and_birth_date(made: World) -> None:
    session = make_session(made, make_event(made))
    make_resident(made, name="Siti Contoh", birth_date=PUPIL)
    make_resident(made, name="Budi Contoh", birth_date=PUPIL)
    make_resident(made, name="Budi Contoh", birth_date=PUPIL)
    text = f"siti contoh;{PUPIL:%d-%m-%Y}\nBudi Contoh;{PUPIL:%Y-%m-%d}"
    assert statuses(book_lines(made, session, from_text(text))) == ["booked", "problem"]


def test_a_sheet_that_keeps_the_nik_as_a_number_is_told(made: World) -> None:
    target = BytesIO()
    book_ = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book_.add_worksheet()
    sheet.write_row(0, 0, ["NIK", "Nama"])
    sheet.write_number(1, 0, 9901010201080001)
    sheet.write_string(1, 1, "Angka")
    book_.close()
    target.seek(0)
    (line,) = from_layout(laid_out(read_file(target, "kelas.xlsx")))
    assert line.problem
    assert line.problem[0] == "nik-number"


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_list_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        from_text(text)


def test_ages_that_matter_are_told(made: World) -> None:
    session = make_session(made, make_event(made))
    young = today() - timedelta(days=16 * 366)
    text = nik(young)
    make_resident(made, nik=text, name="Enam Belas", birth_date=young)
    booked = book_lines(made, session, from_text(text.text))
    assert statuses(booked) == ["booked"]
    assert any("16" in note for note in booked.answers[0].notes)
    # And on the class's page, on whatever day somebody looks.
    by = made["operator"].actor
    with scoped(by.scope):
        group = get_group_or_404(by, booked.group.pk)
        assert members(by, group)[0]["ages"] == booked.answers[0].notes[:1]


# --- the waiting list moves up by itself ----------------------------------------------------------


def _full(made: World, waiting: int = 2) -> tuple[ServiceSession, Booked]:
    session = make_session(made, make_event(made), {"recording": 2})
    text = "\n".join(f"{n};{m}" for n, m in pupils(made, 2 + waiting))
    return session, book_lines(made, session, from_text(text))


def _states() -> list[str]:
    with scoped(EVERYBODY):
        return list(Waiting.objects.order_by("id").values_list("state", flat=True))


def test_a_cancelled_place_goes_to_the_first_who_waits(made: World) -> None:
    session, booked = _full(made)
    by = made["operator"].actor
    with scoped(by.scope):
        first = Appointment.objects.get(ticket=booked.answers[0].ticket)
        cancel_appointment(by=by, appointment=first)
        moved = Waiting.objects.order_by("id").first()
        assert moved is not None
        assert moved.appointment is not None
        assert moved.appointment.places.get().number == 1
        assert moved.appointment.group == booked.group
    assert _states() == ["moved_up", "waiting"]
    assert Seat.objects.filter(session=session, holder__isnull=True).count() == 0


def test_more_places_go_to_who_waits(made: World) -> None:
    session, _booked = _full(made)
    by = made["operator"].actor
    with scoped(by.scope):
        change_session(by=by, session=session, capacity={"recording": 5})
    assert _states() == ["moved_up", "moved_up"]
    assert Seat.objects.filter(session=session, holder__isnull=True).count() == 1


def test_who_did_not_come_gives_the_place_away_and_may_walk_in(made: World) -> None:
    session, booked = _full(made)
    by = made["operator"].actor
    with scoped(by.scope):
        first, second = (
            Appointment.objects.get(ticket=answer.ticket) for answer in booked.answers[:2]
        )
        check_in(by=by, appointment=first)
        assert release_no_shows(by=by, session=session, until=timezone.now()) in (0, 1)
        assert release_no_shows(by=by, session=session, until=session.ends_at) >= 1
        second.refresh_from_db()
        first.refresh_from_db()
        assert (first.state, second.state) == ("checked_in", "no_show")
    assert _states()[0] == "moved_up"


def test_who_booked_elsewhere_meanwhile_is_not_moved_up(made: World) -> None:
    _session, booked = _full(made)
    by = made["operator"].actor
    other = make_session(made, make_event(made), {"recording": 1})
    with scoped(by.scope):
        book(by=by, session=other, resident=booked.answers[2].person, services=["recording"])
        first = Appointment.objects.get(ticket=booked.answers[0].ticket)
        cancel_appointment(by=by, appointment=first)
    assert _states() == ["ended", "moved_up"]


def test_whoever_waits_for_another_service_blocks_nobody(made: World) -> None:
    session = make_session(made, make_event(made), {"recording": 1, "ikd_activation": 0})
    by = made["operator"].actor
    people = [make_resident(made) for _n in range(3)]
    with scoped(by.scope):
        held = book(by=by, session=session, resident=people[0], services=["recording"])
        wait(by=by, session=session, resident=people[1], services=["ikd_activation"])
        wait(by=by, session=session, resident=people[2], services=["recording"])
        cancel_appointment(by=by, appointment=held)
    assert _states() == ["waiting", "moved_up"]


def test_nobody_waits_twice_and_may_withdraw(made: World) -> None:
    session = make_session(made, make_event(made), {"recording": 0, "family_card": 1})
    by = made["operator"].actor
    person = make_resident(made)
    with scoped(by.scope):
        entry = wait(by=by, session=session, resident=person, services=["recording"])
        with pytest.raises(Conflict) as refused:
            wait(by=by, session=session, resident=person, services=["recording"])
        assert refused.value.code == "already-waiting"
        assert withdraw(by=by, entry=entry).state == "withdrawn"
        assert withdraw(by=by, entry=entry).state == "withdrawn"
        wait(by=by, session=session, resident=person, services=["recording"])


# --- lanes, moving, messages ----------------------------------------------------------------------


def test_kept_places_are_for_whom_they_are_kept(made: World) -> None:
    event = make_event(made, walk_in_percent=30, priority_percent=20)
    session = make_session(made, event, {"recording": 10})
    kept = Seat.objects.filter(session=session)
    assert kept.filter(kept_for=Lane.WALK_IN).count() == 3
    assert kept.filter(kept_for=Lane.PRIORITY).count() == 2
    by = made["operator"].actor
    with scoped(by.scope):
        for _n in range(5):
            book(by=by, session=session, resident=make_resident(made), services=["recording"])
        with pytest.raises(Conflict):
            book(by=by, session=session, resident=make_resident(made), services=["recording"])
        old = book(
            by=by,
            session=session,
            resident=make_resident(made),
            services=["recording"],
            priority=True,
        )
        assert old.places.get().number in (6, 7)
        comes = walk_in(
            by=by, session=session, resident=make_resident(made), services=["recording"]
        )
        assert comes.places.get().number in (8, 9, 10)
        assert (comes.state, comes.queue_number, comes.walk_in) == ("checked_in", 1, True)


def test_a_booking_moves_with_its_contact_and_frees_its_place(made: World) -> None:
    session = make_session(made, make_event(made), {"recording": 1})
    other = make_session(made, make_event(made), {"recording": 1})
    by = made["operator"].actor
    with scoped(by.scope):
        visit = book(
            by=by,
            session=session,
            resident=make_resident(made),
            services=["recording"],
            contact=contact_from("guru@example.test"),
        )
        moved = move_appointment(by=by, appointment=visit, session=other)
        visit.refresh_from_db()
        assert (visit.state, moved.state, moved.session) == ("moved", "booked", other)
        assert Message.objects.get(kind="moved").appointment_id == moved.pk
        with pytest.raises(Conflict):
            move_appointment(by=by, appointment=moved, session=other)
    assert Seat.objects.filter(session=session, holder__isnull=True).count() == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("guru@sekolah.sch.id", "guru@sekolah.sch.id"),
        ("0812 3456-7890", "+6281234567890"),
        ("+62 812 3456 7890", "+6281234567890"),
        ("6281234567890", "+6281234567890"),
    ],
)
def test_contacts(typed: str, kept: str) -> None:
    found = contact_from(typed)
    assert found
    assert found.address == kept


@pytest.mark.parametrize("typed", ["guru@", "12345", "0812", "a@b c"])
def test_what_is_no_contact(typed: str) -> None:
    with pytest.raises(Invalid):
        contact_from(typed)


# --- what a second pair of eyes found -------------------------------------------------------------


def test_a_follow_up_keeps_no_place_for_others(made: World) -> None:
    event = make_event(made, walk_in_percent=50)
    session = make_session(made, event, {"recording": 8})
    by, head = made["operator"].actor, made["head"].actor
    with scoped(by.scope):
        for _n in range(4):
            book(by=by, session=session, resident=make_resident(made), services=["recording"])
    with scoped(head.scope):
        close_event(by=head, event=event, confirm=CLOSING)
        visit = follow_up(by=by, event=event, starts_on=event.ends_on + timedelta(days=1))
        open_to_booking(by=head, event=visit, neutrality_signed=True)
    assert _states() == ["moved_up"] * 4


def test_the_list_moves_up_behind_people_who_cannot_be_helped(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "ENTRIES_AT_ONCE", 2)
    session = make_session(
        made, make_event(made), {"recording": 0, "ikd_activation": 0, "family_card": 1}
    )
    by = made["operator"].actor
    with scoped(by.scope):
        for name in ("ikd_activation", "ikd_activation", "ikd_activation", "recording"):
            wait(by=by, session=session, resident=make_resident(made), services=[name])
        change_session(by=by, session=session, capacity={"recording": 1, "ikd_activation": 0})
    assert _states() == ["waiting", "waiting", "waiting", "moved_up"]


def test_a_booking_that_is_over_keeps_nobody_off_the_list(made: World) -> None:
    event = make_event(made)
    old, new = (
        make_session(made, event),
        make_session(made, event, {"recording": 0, "family_card": 1}),
    )
    by = made["operator"].actor
    person = make_resident(made)
    with scoped(by.scope):
        visit = book(by=by, session=old, resident=person, services=["recording"])
    with scoped(EVERYBODY):
        start = timezone.now() - timedelta(hours=3)
        ServiceSession.objects.filter(pk=old.pk).update(
            starts_at=start, ends_at=start + timedelta(hours=1)
        )
    with scoped(by.scope):
        entry = wait(by=by, session=new, resident=person, services=["recording"])
        assert entry.state == "waiting"
        visit.refresh_from_db()
        assert visit.state == "no_show"


def test_nobody_waits_for_what_is_over(made: World) -> None:
    event = make_event(made)
    session = make_session(made, event, {"recording": 0, "family_card": 1})
    by, head = made["operator"].actor, made["head"].actor
    with scoped(head.scope):
        close_event(by=head, event=event, confirm=CLOSING)
    with scoped(by.scope), pytest.raises(Conflict):
        wait(by=by, session=session, resident=make_resident(made), services=["recording"])


def test_a_row_that_is_too_long_or_holds_nothing_readable_is_told(made: World) -> None:
    session = make_session(made, make_event(made))
    lines = from_text(f"{nik(PUPIL).text};{'A' * 160};{VILLAGES['13.75']}")
    assert statuses(book_lines(made, session, lines)) == ["problem"]
    with pytest.raises(Invalid):
        read_rows(BytesIO(b'{"a":"' + b"x" * 200_000 + b'"}'), "kelas.csv")


def test_hours_follow_the_highest_number(made: World) -> None:
    session = make_session(made, make_event(made), {"recording": 10})
    by = made["operator"].actor
    with scoped(by.scope):
        visits = [
            book(by=by, session=session, resident=make_resident(made), services=["recording"])
            for _n in range(10)
        ]
        for visit in visits[:5]:
            cancel_appointment(by=by, appointment=visit)
        change_session(by=by, session=session, capacity={"recording": 6})
        cancel_appointment(by=by, appointment=visits[9])
    text = "\n".join(f"{n};{m}" for n, m in pupils(made, 2))
    booked = book_lines(made, session, from_text(text))
    assert all(answer.expected_at < session.ends_at for answer in booked.answers)  # type: ignore[operator]
