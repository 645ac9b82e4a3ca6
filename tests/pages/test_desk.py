"""The desk, at a counter and at a session: whom it finds, what it saves, says and takes back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from dukcapil.accounts.scoping import scoped
from dukcapil.core.ids import uuid7
from events.planning.models.session import ServiceSession, Station
from events.planning.services.sessions import open_session, set_stations
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.appointments import book, cancel_appointment, walk_in
from registrations.ledger.models import RecordNote, ServiceRecord
from registrations.people.models import Resident
from tests.world import World, looks, make_event, make_resident, make_session, today
from tests.world import at as world_at
from tests.world import record as world_record

Browser = Callable[[str], Client]
HTMX = {"HX-Request": "true", "HX-Target": "desk"}


@pytest.fixture
def hall(made: World) -> tuple[ServiceSession, Station]:
    event = make_event(made)
    session = make_session(made, event, {"recording": 20, "ikd_activation": 20, "family_card": 20})
    by = made["operator"].actor
    with scoped(by.scope):
        set_stations(by=by, event=event, stations={"Meja 1": ["recording"]})
    return session, Station.objects.order_by("pk")[0]


def booked(made: World, session: ServiceSession, person: Resident, *services: str) -> Appointment:
    by = made["operator"].actor
    with scoped(by.scope):
        return book(by=by, session=session, resident=person, services=list(services))


def came(made: World, session: ServiceSession, person: Resident, *services: str) -> Appointment:
    by = made["operator"].actor
    with scoped(by.scope):
        return walk_in(by=by, session=session, resident=person, services=list(services))


class At:
    """A clerk at one of the two desks."""

    def __init__(self, client: Client, path: str, **headers: str) -> None:
        self.client, self.path, self.headers = client, path, headers

    def sends(self, **form: Any) -> Any:
        return self.client.post(self.path, form, headers=self.headers)

    def shows(self, **query: Any) -> str:
        return self.client.get(self.path, query, headers=self.headers).content.decode()


@pytest.fixture
def desk(browser: Browser, hall: Any) -> At:
    return At(browser("operator"), f"/sesi/{hall[0].pk}/meja/", **HTMX)


@pytest.fixture
def counter(browser: Browser) -> At:
    return At(browser("operator"), "/layanan/")


def ticked(html: str) -> str:
    """The service that Enter alone would save."""
    (chosen,) = [
        part.split('value="')[1].split('"')[0]
        for part in html.split("<input")
        if 'type="radio"' in part and 'name="service"' in part and "checked" in part.split(">")[0]
    ]
    return chosen


# --- finding --------------------------------------------------------------------------------------


def test_the_desk_of_a_session_finds_by_number_slip_nik_and_name(
    made: World, hall: Any, desk: At
) -> None:
    person = make_resident(made, name="Contoh Dicari")
    visit = came(made, hall[0], person, "recording")
    for text in (str(visit.queue_number), f" {visit.ticket.lower()} ", "contoh dic"):
        answer = desk.sends(do="find", q=text)
        assert answer.status_code == 200
        assert answer.headers["HX-Trigger"] == "desk"
        html = answer.content.decode()
        assert "Contoh Dicari" in html
        assert ticked(html) == "recording"


def test_nobody_has_this_number(hall: Any, desk: At) -> None:
    html = desk.sends(do="find", q="17").content.decode()
    assert "Tidak ada nomor 17 dalam antrean ini." in html
    assert 'value="17"' in html


def test_the_desk_of_a_session_takes_no_slip_of_another(made: World, hall: Any, desk: At) -> None:
    other = make_session(made, make_event(made, title="Gebyar Lain"))
    visit = booked(made, other, make_resident(made, name="Contoh Lain"), "recording")
    html = desk.sends(do="find", q=visit.ticket).content.decode()
    assert "Slip ini untuk sesi lain: Gebyar Lain." in html
    assert "Contoh Lain" not in html


def test_a_counter_goes_to_the_session_of_a_slip(made: World, hall: Any, counter: At) -> None:
    other = make_session(made, make_event(made, title="Gebyar Lain"))
    person = make_resident(made)
    visit = booked(made, other, person, "recording")
    counter.path = f"/layanan/?session={hall[0].pk}"
    answer = counter.sends(do="find", q=visit.ticket)
    assert answer.headers["Location"] == f"/layanan/?session={other.pk}&person={person.pk}"


@pytest.mark.contexts
def test_a_counter_has_no_queue(made: World, hall: Any, counter: At) -> None:
    visit = came(made, hall[0], make_resident(made), "recording")
    counter.path = f"/layanan/?session={hall[0].pk}"
    answer = counter.sends(do="find", q=str(visit.queue_number))
    assert answer.status_code == 422
    assert "q" in answer.context["find"].errors
    for step in ("call", "back", "check-in", "walk-in"):
        form = {"visit": visit.pk, "resident": visit.resident_id, "services": ["recording"]}
        assert counter.sends(do=step, **form).status_code in (200, 302, 422)
    with scoped("*"):
        visit.refresh_from_db()
        assert (visit.state, visit.skips, visit.station_id) == ("checked_in", 0, None)
        assert Appointment.objects.count() == 1


@pytest.mark.parametrize("where", ["desk", "counter"])
def test_several_are_offered_and_nobody_may_be_added(
    made: World, hall: Any, where: str, request: pytest.FixtureRequest
) -> None:
    at = request.getfixturevalue(where)
    for number in range(2):
        make_resident(made, name=f"Contoh Banyak {number}")
    html = at.sends(do="find", q="contoh ban").content.decode()
    assert html.count("data-pick=") == 2
    html = at.sends(do="find", q="tidak ada namanya").content.decode()
    assert f"/penduduk/baru/?{'log=' if where == 'counter' else f'desk={hall[0].pk}'}" in html
    assert "Contoh Banyak" not in html


@pytest.mark.parametrize("where", ["desk", "counter"])
def test_a_wrong_birth_date_is_corrected_while_the_person_stands_there(
    made: World, hall: Any, where: str, request: pytest.FixtureRequest
) -> None:
    at = request.getfixturevalue(where)
    person = make_resident(made, name="Contoh Salah Tahun")
    visit = came(made, hall[0], person, "recording")
    query = {} if where == "desk" else {"session": hall[0].pk}
    html = at.shows(person=person.pk, **query)
    name = "desk" if where == "desk" else "log"
    address = f"/penduduk/{person.pk}/perbaiki/?{name}={hall[0].pk}"
    assert f'href="{address}"' in html
    assert f'href="/janji/{visit.pk}/"' in html
    form = at.client.get(address).content.decode()
    back = f"/sesi/{hall[0].pk}/meja/?" if where == "desk" else "/layanan/?"
    assert f'href="{back}person={person.pk}' in form
    sent = {
        "name": "Contoh Salah Tahun",
        "birth_date": "1990-02-03",
        "sex": person.sex,
        "marital_status": person.marital_status,
        "village": person.village_id,
        "reason": "Salah tahun, lihat KK",
        "version": re.findall(r'name="version" value="([^"]+)"', form)[0],
    }
    answer = at.client.post(address, sent)
    assert answer.headers["Location"].startswith(f"{back}person={person.pk}")
    with scoped("*"):
        person.refresh_from_db()
        assert str(person.birth_date) == "1990-02-03"


def test_a_correction_that_stands_is_no_refusal_whatever_the_address_names(
    made: World, desk: At
) -> None:
    person = make_resident(made)
    own = f"/penduduk/{person.pk}/"
    form = desk.client.get(f"{own}perbaiki/").content.decode()
    sent = {
        "name": "Contoh Warga",
        "birth_date": "1990-02-03",
        "sex": person.sex,
        "marital_status": person.marital_status,
        "village": person.village_id,
        "reason": "Salah tahun, lihat KK",
        "version": re.findall(r'name="version" value="([^"]+)"', form)[0],
    }
    answer = desk.client.post(f"{own}perbaiki/?desk=1", sent)
    with scoped("*"):
        person.refresh_from_db()
    assert (answer.headers["Location"], str(person.birth_date)) == (own, "1990-02-03")


@pytest.mark.parametrize("where", ["desk", "counter"])
def test_every_look_at_somebody_is_one_row(
    made: World, hall: Any, where: str, request: pytest.FixtureRequest
) -> None:
    at = request.getfixturevalue(where)
    person = make_resident(made)
    record = world_record(made, make_resident(made))
    for query, subject in (
        ({"person": person.pk}, person.pk),
        ({"last": record.pk}, record.resident_id),
    ):
        before = len(looks())
        at.shows(**query)
        rows = [row for row in list(looks())[before:] if row.kind == "resident"]
        assert [(row.action, row.subject) for row in rows] == [("view", str(subject))]
    assert "Tersimpan" not in at.shows(last=uuid7())
    assert "Tersimpan" not in at.shows(last="x")


# --- what is offered first ------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["desk", "counter"])
def test_what_somebody_came_for_is_chosen_already(
    made: World, hall: Any, where: str, request: pytest.FixtureRequest
) -> None:
    at = request.getfixturevalue(where)
    session, _station = hall
    known, new, card = (make_resident(made) for _n in range(3))
    world_record(made, known)
    came(made, session, card, "family_card")
    assert ticked(at.shows(session=session.pk, person=new.pk)) == "recording"
    assert ticked(at.shows(session=session.pk, person=known.pk)) == "ikd_activation"
    assert ticked(at.shows(session=session.pk, person=card.pk)) == "family_card"
    world_record(made, known, "ikd_activation")
    assert ticked(at.shows(session=session.pk, person=known.pk)) == "family_card"
    assert ticked(at.shows(session=session.pk, person=known.pk)) == "family_card"


@pytest.mark.parametrize("where", ["desk", "counter"])
def test_a_booking_that_is_over_offers_nothing(
    made: World, hall: Any, where: str, request: pytest.FixtureRequest
) -> None:
    at = request.getfixturevalue(where)
    person = make_resident(made)
    visit = booked(made, hall[0], person, "family_card")
    by = made["operator"].actor
    with scoped(by.scope):
        cancel_appointment(by=by, appointment=visit)
    assert ticked(at.shows(session=hall[0].pk, person=person.pk)) == "recording"


def test_a_station_offers_its_own_services_alone_and_is_remembered(
    made: World, hall: Any, desk: At
) -> None:
    session, station = hall
    person, other = make_resident(made), make_resident(made)
    came(made, session, person, "family_card", "recording")
    came(made, session, other, "family_card")
    html = desk.shows(person=person.pk, station=station.pk)
    assert (ticked(html), html.count('name="service"')) == ("recording", 1)
    assert "Belum diberikan" in html
    html = desk.shows(person=other.pk)
    assert "Bukan di meja ini" in html
    assert all("checked" not in part.split(">")[0] for part in html.split('name="service"')[1:])
    assert desk.shows(person=person.pk, station="").count('name="service"') == 3
    assert desk.shows(person=person.pk).count('name="service"') == 3


@pytest.mark.parametrize("where", ["desk", "counter"])
def test_nothing_is_recorded_of_somebody_who_is_only_booked(
    made: World, hall: Any, where: str, request: pytest.FixtureRequest
) -> None:
    """By state, not by time: neither the page nor a form of before it."""
    at, session = request.getfixturevalue(where), hall[0]
    person = make_resident(made)
    visit = booked(made, session, person, "recording")
    if where == "counter":
        at.path = f"/layanan/?session={session.pk}&person={person.pk}"
    html = at.shows(session=session.pk, person=person.pk)
    assert ('value="check-in"' in html, "data-enter" in html) == (True, False)
    assert at.sends(**SAVED, resident=person.pk).status_code in (200, 302)
    with scoped("*"):
        assert not ServiceRecord.objects.exists()
    at.sends(do="check-in", visit=visit.pk)
    html = at.shows(session=session.pk, person=person.pk)
    assert ("data-focus-checked" in html, "data-sit" in html) == (False, True)
    html = at.shows(session=session.pk, person=person.pk, serve=1)
    assert ("data-focus-checked" in html, "data-sit" in html) == (True, False)
    at.sends(do="undo", visit=visit.pk)
    with scoped("*"):
        visit.refresh_from_db()
        assert (visit.state, visit.queue_number) == ("booked", None)
    at.sends(do="check-in", visit=visit.pk)
    at.sends(**SAVED, resident=person.pk)
    with scoped("*"):
        record = ServiceRecord.objects.get()
    html = at.client.post(
        at.path, {"do": "void", "record": record.pk, "reason": "salah orang"}, follow=True
    ).content.decode()
    assert "Nomor 1 kembali ke antrean dengan kuota semula." in html


def test_another_day_is_asked_at_every_desk(made: World, hall: Any, desk: At) -> None:
    by, event = made["operator"].actor, hall[0].event
    day = today() + timedelta(days=1)
    with scoped(by.scope):
        times = {"starts_at": world_at(8, 0, day), "ends_at": world_at(12, 0, day)}
        later = open_session(by=by, event=event, capacity={"recording": 3}, **times)
    first, second = (booked(made, later, make_resident(made), "recording") for _n in range(2))
    walked = make_resident(made)
    desk.path = f"/sesi/{later.pk}/meja/"
    steps: list[tuple[str, dict[str, Any]]] = [
        (desk.path, {"do": "check-in", "visit": first.pk}),
        (desk.path, {"do": "walk-in", "resident": walked.pk, "services": ["recording"]}),
        (f"/sesi/{later.pk}/", {"do": "check-in", "ticket": second.ticket}),
    ]
    for path, form in steps:
        html = desk.client.post(path, form).content.decode()
        assert "bukan hari ini" in html
        assert 'name="confirm" value="another-day"' in html
        with scoped("*"):
            assert not Appointment.objects.filter(
                state="checked_in", resident__in=[walked, first.resident, second.resident]
            ).count()
    for path, form in steps:
        desk.client.post(path, {**form, "confirm": "another-day"})
    with scoped("*"):
        assert Appointment.objects.filter(session=later, state="checked_in").count() == 3


def test_an_unknown_slip_is_said(hall: Any, desk: At, counter: At) -> None:
    for at in (desk, counter):
        html = at.sends(do="find", q="ab2cd3ef").content.decode()
        assert "Tidak ada slip dengan kode ini" in html
        assert "/penduduk/baru/" not in html


# --- saving, the line that says so, taking back ---------------------------------------------------

SAVED = {"do": "log", "service": "recording", "outcome": "done"}


def test_a_form_sent_twice_to_a_session_writes_one_record(made: World, hall: Any, desk: At) -> None:
    person = make_resident(made, name="Contoh Tercatat")
    form = {**SAVED, "resident": person.pk, "once": str(uuid7()), "helped": "on"}
    for _click in range(2):
        html = desk.sends(**form).content.decode()
        assert "Tersimpan" in html
        assert "Contoh Tercatat · Perekaman KTP-el · Selesai" in " ".join(html.split())
        assert "data-enter" not in html
    with scoped("*"):
        record = ServiceRecord.objects.get()
        assert (str(record.pk), record.session_id) == (form["once"], hall[0].pk)
        assert RecordNote.objects.get().helped
    desk.sends(do="void", record=record.pk, reason="salah orang")
    with scoped("*"):
        assert sorted(ServiceRecord.objects.values_list("weight", flat=True)) == [-1, 1]


@pytest.mark.parametrize("where", ["desk", "counter"])
def test_who_goes_back_and_says_something_else_has_said_it(
    made: World, hall: Any, where: str, request: pytest.FixtureRequest
) -> None:
    at = request.getfixturevalue(where)
    person = make_resident(made)
    form = {**SAVED, "resident": person.pk, "once": str(uuid7())}
    for service in ("recording", "family_card"):
        at.sends(**{**form, "service": service})
    with scoped("*"):
        said = ServiceRecord.objects.order_by("seq").values_list("service", flat=True)
        assert list(said) == ["recording", "family_card"]


def test_a_form_without_a_number_is_saved_too(made: World, hall: Any, desk: At) -> None:
    desk.sends(**SAVED, resident=make_resident(made).pk)
    with scoped("*"):
        assert ServiceRecord.objects.count() == 1


@pytest.mark.contexts
def test_a_failure_needs_its_reason_at_both_desks(
    made: World, hall: Any, desk: At, counter: At
) -> None:
    person = make_resident(made)
    failed = {**SAVED, "outcome": "failed", "printed_for": "lost", "step": "code"}
    html = desk.sends(**failed, resident=person.pk).content.decode()
    assert "data-enter" in html
    assert "alert-danger" in html
    counter.path = f"/layanan/?session=&person={person.pk}"
    answer = counter.sends(**failed)
    assert answer.status_code == 422
    assert "reason" in answer.context["form"].errors
    assert counter.sends(**failed, reason="power").status_code == 302
    with scoped("*"):
        record = ServiceRecord.objects.get()
        assert (record.reason, record.session_id) == ("power", None)
        assert RecordNote.objects.count() == 0


def test_only_what_fits_the_service_is_kept(made: World, hall: Any, desk: At) -> None:
    person = make_resident(made)
    given = {"do": "log", "resident": person.pk, "printed_for": "lost", "step": "code"}
    desk.sends(**given, service="card_print", outcome="done")
    desk.sends(**given, service="recording", outcome="done")
    desk.sends(**given, service="ikd_activation", outcome="failed", reason="no_email")
    desk.sends(**given, service="ikd_activation", outcome="done", reason="no_email")
    with scoped("*"):
        said = ServiceRecord.objects.order_by("seq").values_list("service", "outcome", "reason")
        assert list(said)[-3:] == [
            ("recording", "done", ""),
            ("ikd_activation", "failed", "no_email"),
            ("ikd_activation", "done", ""),
        ]
        assert [note.step for note in RecordNote.objects.all()] == ["code"]


@pytest.mark.parametrize("where", ["desk", "counter", "person"])
def test_a_record_is_taken_back_with_a_reason(
    made: World, hall: Any, browser: Browser, where: str
) -> None:
    record = world_record(made, make_resident(made))
    path, form = {
        "desk": (f"/sesi/{hall[0].pk}/meja/", {"record": record.pk}),
        "counter": (f"/layanan/?session=&last={record.pk}", {}),
        "person": (f"/penduduk/{record.resident_id}/", {"record": record.pk}),
    }[where]
    client = browser("operator")
    client.post(path, {"do": "void", "reason": "", **form})
    with scoped("*"):
        assert ServiceRecord.objects.count() == 1
    answer = client.post(path, {"do": "void", "reason": "salah orang", **form})
    assert answer.status_code == 302
    html = client.get(answer.headers["Location"]).content.decode()
    assert "Pencatatan dibatalkan" in html
    with scoped("*"):
        assert sorted(ServiceRecord.objects.values_list("weight", flat=True)) == [-1, 1]
        assert set(ServiceRecord.objects.values_list("note", flat=True)) == {"", "salah orang"}


# --- the queue ------------------------------------------------------------------------------------


def test_from_the_door_to_the_station_and_back(made: World, hall: Any, desk: At) -> None:
    session, station = hall
    person, other = make_resident(made, name="Contoh Pertama"), make_resident(made)
    visit = booked(made, session, person, "recording")
    assert "nomor 1" in desk.sends(do="check-in", visit=visit.pk, priority="1").content.decode()
    html = desk.sends(do="walk-in", resident=other.pk, services=["recording"]).content.decode()
    assert "Nomor antrean 2" in html
    assert "alert-danger" in desk.sends(do="call").content.decode()  # no station is chosen
    desk.path = f"{desk.path}?station={station.pk}"
    html = desk.sends(do="call").content.decode()
    assert "Contoh Pertama" in html
    desk.sends(do="back", visit=visit.pk)
    with scoped("*"):
        visit.refresh_from_db()
        assert (visit.priority, visit.skips, visit.station_id) == (True, 1, None)
    answer = At(desk.client, desk.path).sends(do="call")
    here = desk.path.split("?")[0]
    assert answer.headers["Location"] == (f"{here}?person={person.pk}&serve=1&station={station.pk}")


def test_a_visit_to_another_session_is_left_alone(made: World, hall: Any, desk: At) -> None:
    other = make_session(made, make_event(made))
    visit = booked(made, other, make_resident(made), "recording")
    for step in ("check-in", "back"):
        assert "alert-danger" in desk.sends(do=step, visit=visit.pk).content.decode()
    with scoped("*"):
        visit.refresh_from_db()
        assert visit.state == "booked"
