"""Visits that somebody asks for: planned together, served or open again, ended with why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.errors import Conflict, DomainError, Invalid, NotFound
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.planning.models.event import ServiceEvent
from events.planning.services.notes import set_audience
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.appointments import cancel_appointment
from registrations.corrections.services.merging import merge
from registrations.ledger.services.corrections import void_record
from registrations.ledger.services.ledger import log_service
from registrations.lifecycle.services.events import (
    cancel_event,
    change_event,
    close_event,
    open_to_booking,
)
from registrations.lifecycle.services.follow_up import follow_up
from registrations.people.models import Resident
from registrations.requests.models import VisitRequest
from registrations.requests.selectors import partners
from registrations.requests.services.requests import ask_visit, end_request, plan_visit
from tests.world import CLOSING, World, entry, looks, make_event, make_resident, record, today


def tomorrow() -> date:
    return today() + timedelta(days=1)


def ask(made: World, resident: Resident | None = None, **changes: Any) -> VisitRequest:
    by = made[changes.pop("who", "operator")].actor
    values: dict[str, Any] = {
        "services": ["recording"],
        "reason": "cannot_come",
        "partner_kind": "rt_rw",
        "partner": "RT 02/RW 05",
    }
    if resident is None:
        village = Region.objects.get(pk="13.75.01.1001")
        values |= {"village": village, "place": "Panti Contoh", "people": 30}
    with scoped(by.scope):
        return ask_visit(by=by, resident=resident, **{**values, **changes})


def plan(made: World, *requests: VisitRequest, day: date | None = None) -> ServiceEvent:
    by, head = made["operator"].actor, made["head"].actor
    with scoped(by.scope):
        event = plan_visit(
            by=by, requests=[one.pk for one in requests], starts_on=day or tomorrow()
        )
    with scoped(head.scope):
        event = open_to_booking(by=head, event=event, neutrality_signed=True)
        # It began yesterday, so that what the tests log lies within its days at every hour.
        return change_event(by=head, event=event, starts_on=today() - timedelta(days=1))


def close(made: World, event: ServiceEvent, verb: Any = close_event, **more: Any) -> None:
    head = made["head"].actor
    with scoped(head.scope):
        verb(by=head, event=event, **more, **({"confirm": CLOSING} if verb is close_event else {}))


def states(*requests: VisitRequest) -> list[tuple[str, int]]:
    with scoped("*"):
        for one in requests:
            one.refresh_from_db()
    return [(one.state, one.tries) for one in requests]


def test_chosen_requests_become_one_visit_with_a_place_for_each(made: World) -> None:
    ani, budi = make_resident(made), make_resident(made)
    home = ask(made, ani)
    more = ask(made, budi, services=["recording", "ikd_activation"])
    home_place = ask(made)
    event = plan(made, home, more, home_place)
    assert states(home, more, home_place) == [("planned", 0)] * 3
    assert (event.kind, event.office_id, event.village_id) == (
        "jemput_bola",
        "13.75",
        "13.75.01.1001",
    )
    with scoped("*"):
        booked = Appointment.objects.filter(event=event)
        assert {one.resident_id for one in booked} == {ani.pk, budi.pk}
        seats = event.sessions.get().seats.values_list("service", flat=True)
        assert (list(seats).count("recording"), list(seats).count("ikd_activation")) == (32, 1)
        assert not Waiting.objects.filter(event=event, state="waiting").exists()


def test_no_title_names_a_person(made: World) -> None:
    """Calendars and the public schedule show titles and places."""
    event = plan(made, ask(made, make_resident(made, name="Nama Rahasia")))
    assert "Rahasia" not in f"{event.title} {event.place}"
    assert event.place_kind == "home"
    named = plan(made, ask(made))
    assert named.title.endswith("Panti Contoh")


def test_who_was_served_is_done_and_the_others_are_open_again(made: World) -> None:
    ani, budi = make_resident(made), make_resident(made)
    served, missed, institution = ask(made, ani), ask(made, budi), ask(made)
    event = plan(made, served, missed, institution)
    by = made["operator"].actor
    with scoped(by.scope):
        log_service(by=by, entry=entry(ani, event=event.pk))
        failed = entry(budi, event=event.pk, outcome="failed", reason="network")
        log_service(by=by, entry=failed)
    close(made, event)
    assert states(served, missed, institution) == [("done", 0), ("open", 1), ("open", 1)]
    assert missed.event_id is None
    assert (served.served, missed.served) == (1, None)
    # A closing that is taken back counts no try, however often.
    for _again in range(2):
        answer = made["head"].post(f"events/{event.pk}/reopen/", {"reason": "Salah tekan"})
        assert answer.status == 200
        assert states(served, missed, institution) == [("done", 0), ("planned", 0), ("planned", 0)]
        assert missed.event_id == institution.event_id == event.pk
        close(made, event)
        assert states(served, missed, institution) == [("done", 0), ("open", 1), ("open", 1)]
    # The next visit may plan it anew.
    assert plan(made, missed).pk != event.pk


def test_what_was_done_is_planned_again_when_its_service_was_taken_back(made: World) -> None:
    ani, institution = make_resident(made), ask(made)
    home = ask(made, ani)
    event = plan(made, home, institution)
    by = made["operator"].actor
    with scoped(by.scope):
        wrong = [
            log_service(by=by, entry=entry(one, event=event.pk))[0]
            for one in (ani, make_resident(made))
        ]
    close(made, event)
    assert states(home, institution) == [("done", 0), ("done", 0)]
    with scoped(by.scope):
        for one in wrong:
            void_record(by=by, record=one, reason="Salah orang")
    reopen = f"events/{event.pk}/reopen/"
    assert made["head"].post(reopen, {"reason": "Salah orang"}).status == 200
    assert states(home, institution) == [("planned", 0), ("planned", 0)]
    close(made, event)
    assert [state for state, _tries in states(home, institution)] == ["open", "open"]


@pytest.mark.parametrize("planned", [False, True])
def test_a_closing_is_taken_back_though_somebody_asked_anew(made: World, *, planned: bool) -> None:
    ani = make_resident(made)
    home = ask(made, ani)
    event = plan(made, home)
    by = made["operator"].actor
    reopen = f"events/{event.pk}/reopen/"

    def serve_and_void() -> None:
        with scoped(by.scope):
            wrong, _new = log_service(by=by, entry=entry(ani, event=event.pk))
        close(made, event)
        with scoped(by.scope):
            void_record(by=by, record=wrong, reason="Salah orang")

    serve_and_void()
    again = ask(made, ani)
    if planned:
        other = plan(made, again)
    assert made["head"].post(reopen, {"reason": "Salah orang"}).status == 200
    assert states(home, again) == [("done", 0), ("planned", 0)]
    if planned:
        assert again.event_id == other.pk
        return
    # It is taken along; when the same happens once more the newest is planned again.
    assert again.event_id == event.pk
    serve_and_void()
    assert states(home, again) == [("done", 0), ("done", 0)]
    assert made["head"].post(reopen, {"reason": "Salah orang"}).status == 200
    assert states(home, again) == [("done", 0), ("planned", 0)]


def test_an_institution_was_served_when_somebody_else_there_was(made: World) -> None:
    """Who asked at home is another request; a person with two services is one person."""
    ani, institution = make_resident(made), ask(made)
    home = ask(made, ani)
    event = plan(made, home, institution)
    by = made["operator"].actor
    with scoped(by.scope):
        for person in (ani, make_resident(made), make_resident(made)):
            log_service(by=by, entry=entry(person, event=event.pk))
            log_service(by=by, entry=entry(person, "family_card", event=event.pk))
    close(made, event)
    assert states(home, institution) == [("done", 0), ("done", 0)]
    assert (home.served, institution.served) == (1, 2)


def test_one_visit_goes_to_one_institution(made: World) -> None:
    by, first, second = made["operator"].actor, ask(made), ask(made, place="Panti Lain")
    with scoped(by.scope), pytest.raises(Invalid):
        plan_visit(by=by, requests=[first.pk, second.pk], starts_on=tomorrow())
    assert states(first, second) == [("open", 0)] * 2


@pytest.mark.parametrize("day", [-1, -400])
def test_no_visit_is_planned_for_a_day_that_is_over(made: World, day: int) -> None:
    by, request = made["operator"].actor, ask(made)
    with scoped(by.scope), pytest.raises(Invalid) as refused:
        plan_visit(by=by, requests=[request.pk], starts_on=today() + timedelta(days=day))
    assert refused.value.field == "starts_on"


def test_who_never_had_a_place_was_not_visited_in_vain(made: World) -> None:
    person = make_resident(made)
    request = ask(made, person)
    event = plan(made, request)
    by = made["operator"].actor
    with scoped(by.scope):
        for visit in Appointment.objects.filter(event=event):
            cancel_appointment(by=by, appointment=visit)
        Appointment.objects.filter(event=event).update(resident=make_resident(made))
    close(made, event)
    assert states(request) == [("open", 0)]


def test_a_follow_up_takes_the_requests_of_its_people_along(made: World) -> None:
    person = make_resident(made)
    request = ask(made, person)
    event = plan(made, request)
    close(made, event)
    assert states(request) == [("open", 1)]
    by = made["operator"].actor
    with scoped(by.scope):
        copy = follow_up(by=by, event=event, starts_on=tomorrow() + timedelta(days=1))
    assert states(request) == [("planned", 1)]
    assert (request.event_id, copy.by_invitation) == (copy.pk, True)


def test_strangers_are_not_told_of_visits_by_request(
    made: World, browser: Callable[[str], Client]
) -> None:
    """Neither page nor iCal; the office's own list and calendar show them."""
    make_event(made, title="Gebyar untuk umum")
    event = plan(made, ask(made, place="Rumah Bu Rahasia"))
    for path in ("/jadwal/", "/jadwal.ics"):
        shown = Client().get(path).content.decode()
        assert "Gebyar untuk umum" in shown
        assert "Rahasia" not in shown
    assert event.title in browser("operator").get("/kegiatan/").content.decode()
    head = made["head"].actor
    with scoped(head.scope):
        change_event(by=head, event=event, by_invitation=False)
    assert "Rahasia" in Client().get("/jadwal/").content.decode()  # the control


def test_a_look_at_a_request_is_a_look_at_its_person(
    made: World, browser: Callable[[str], Client]
) -> None:
    person = make_resident(made)
    request = ask(made, person)
    browser("province_officer").get(f"/permintaan/{request.pk}/")
    assert [look.subject for look in looks(kind="resident", action="view")] == [str(person.pk)]


@pytest.mark.parametrize("who", ["neighbour", "other_province_officer"])
def test_nobody_reaches_another_offices_person_through_a_request(
    made: World, browser: Callable[[str], Client], who: str
) -> None:
    person = make_resident(made)
    request, event = ask(made, person), make_event(made)
    client = browser(who)
    assert client.get(f"/permintaan/{request.pk}/").status_code == 404
    for query in (f"?person={person.pk}", f"?event={event.pk}", "?person=x", "?event=%00"):
        assert client.get(f"/permintaan/baru/{query}").status_code in {403, 404, 422}
    assert person.identity.name not in client.get("/permintaan/?state=all").content.decode()


def test_a_refusal_is_told_when_nothing_is_left_to_choose(
    made: World, browser: Callable[[str], Client]
) -> None:
    request = ask(made)
    plan(made, request)
    client = browser("operator")
    body = {"requests": [request.pk], "starts_on": str(tomorrow())}
    answer = client.post("/permintaan/", body)
    assert answer.status_code == 422
    assert "pilih lagi" in answer.content.decode()
    answer = client.post(f"/permintaan/{request.pk}/", {"because": "moved"})
    assert answer.status_code == 422
    assert "hasil kunjungan" in answer.content.decode()


def test_who_got_a_service_meanwhile_is_marked(
    made: World, browser: Callable[[str], Client]
) -> None:
    person, other = make_resident(made), make_resident(made)
    record(made, other)
    ask(made, person)
    ask(made, other)
    client = browser("operator")
    assert client.get("/permintaan/").content.decode().count("sudah dilayani sejak itu") == 0
    by = made["operator"].actor
    with scoped(by.scope):
        log_service(by=by, entry=entry(person, occurred_at=timezone.now()))
    assert client.get("/permintaan/").content.decode().count("sudah dilayani sejak itu") == 1


def test_a_cancelled_visit_is_no_try(made: World) -> None:
    request = ask(made, make_resident(made))
    close(made, plan(made, request), cancel_event, reason="Hujan")
    assert states(request) == [("open", 0)]


def test_a_voided_record_served_nobody(made: World) -> None:
    person = make_resident(made)
    request = ask(made, person)
    event = plan(made, request)
    by = made["operator"].actor
    with scoped(by.scope):
        record, _new = log_service(by=by, entry=entry(person, event=event.pk))
        void_record(by=by, record=record, reason="Salah")
    close(made, event)
    assert states(request) == [("open", 1)]


def test_somebody_is_asked_for_once_and_again_after_it_ended(made: World) -> None:
    person = make_resident(made)
    first = ask(made, person)
    with pytest.raises(Conflict, match="already-asked"):
        ask(made, person)
    by = made["operator"].actor
    with scoped(by.scope):
        end_request(by=by, request=first, because="moved")
        end_request(by=by, request=first, because="moved")
        with pytest.raises(Conflict):
            end_request(by=by, request=first, because="deceased")
        with pytest.raises(Invalid):
            end_request(by=by, request=first, because="capek")
    again = ask(made, person)
    assert again.pk != first.pk


def test_a_visit_goes_where_the_person_lives_now(made: World) -> None:
    here, away, gone = (make_resident(made) for _n in range(3))
    asked = [ask(made, one) for one in (here, away, gone)]
    planned = plan(made, asked[2])
    moves = ((here, "13.75.01.1002"), (away, "13.06.01.2001"), (gone, "13.06.01.2001"))
    for person, village in moves:
        body = {"village": village, "moved_on": str(today()), "reason": "Pindah"}
        moved = made["operator"].patch(f"residents/{person.pk}/", body)
        assert moved.status == 200, moved.json
    assert [state for state, _tries in states(*asked)] == ["open", "ended", "planned"]
    assert (asked[0].village_id, asked[1].ended_because) == ("13.75.01.1002", "moved")
    assert asked[2].event_id == planned.pk
    close(made, planned)
    assert [state for state, _tries in states(*asked)] == ["open", "ended", "ended"]
    assert plan(made, asked[0]).village_id == "13.75.01.1002"
    # Merged into a row that lives elsewhere in the office.
    other = make_resident(made, village=Region.objects.get(pk="13.75.01.1003"))
    again = ask(made, make_resident(made))
    with scoped(made["head"].actor.scope):
        merge(by=made["head"].actor, resident=again.resident, into=other, reason="Dua kali")
    states(again)
    assert (again.resident_id, again.village_id) == (other.pk, "13.75.01.1003")


def test_words_of_before_become_words_of_findings(kept: World) -> None:
    """The statement of migration 0024, asked of rows as they were then."""
    words = import_module("registrations.migrations.0024_findings").WORDS
    asked = [ask(kept, make_resident(kept)) for _n in range(3)]
    by = kept["operator"].actor
    with scoped(by.scope):
        for one in asked:
            end_request(by=by, request=one, because="moved")
        old = zip(asked, ("not_found", "unwilling", "moved"), strict=True)
        for one, because in old:
            VisitRequest.objects.filter(pk=one.pk).update(ended_because=because)
    use_role("owner")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(words)
    finally:
        use_role("web")
    states(*asked)
    assert [one.ended_because for one in asked] == ["not_met", "refuses", "moved"]


def test_what_is_planned_is_planned_once(made: World) -> None:
    request = ask(made)
    plan(made, request)
    by = made["operator"].actor
    with scoped(by.scope):
        with pytest.raises(Conflict, match="request-state"):
            plan_visit(by=by, requests=[request.pk], starts_on=tomorrow())
        with pytest.raises(Conflict):
            end_request(by=by, request=request, because="moved")
        with pytest.raises(Invalid):
            plan_visit(by=by, requests=[], starts_on=tomorrow())


def test_no_office_asks_or_plans_for_another(made: World) -> None:
    theirs = make_resident(made, "13.06")
    with pytest.raises(NotFound):
        ask(made, theirs)
    with pytest.raises(NotFound):
        ask(made, heard_at=make_event(made, "13.06"))
    with pytest.raises(Invalid, match="other-district"):
        ask(made, village=Region.objects.get(pk="13.06.01.2001"))
    request = ask(made)
    neighbour = made["neighbour"].actor
    with scoped(neighbour.scope), pytest.raises(NotFound):
        plan_visit(by=neighbour, requests=[request.pk], starts_on=tomorrow())
    with scoped(made["village_verifier"].actor.scope), pytest.raises(DomainError):
        ask_visit(
            by=made["village_verifier"].actor,
            services=["recording"],
            reason="far",
            partner_kind="rt_rw",
        )


def test_partners_are_credited(made: World) -> None:
    person = make_resident(made)
    event = plan(made, ask(made, person), ask(made, partner_kind="social", partner=""))
    ask(made, make_resident(made))
    by = made["operator"].actor
    with scoped(by.scope):
        log_service(by=by, entry=entry(person, event=event.pk))
    close(made, event)
    with scoped(by.scope):
        rows = [
            (row["partner_kind"], row["asked"], row["open"], row["done"], row["people"])
            for row in partners(by)
        ]
        assert rows == [("rt_rw", 2, 1, 1, 1), ("social", 1, 1, 0, 0)]
        # All of them stand there, however many.
        one = VisitRequest.objects.filter(kind="institution").values().first()
        VisitRequest.objects.bulk_create(
            VisitRequest(
                **one | {"id": uuid7(), "partner": f"RT {n}", "state": "open", "event_id": None}
            )
            for n in range(60)
        )
        assert len(partners(by)) == 62


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"services": []}, "request_services"),
        ({"place": ""}, "request_kind"),
        ({"people": 0}, "request_kind"),
        ({"kind": "home"}, "request_kind"),
        ({"state": "planned"}, "request_state"),
        ({"state": "ended", "ended_at": timezone.now()}, "request_state"),
        ({"ended_because": "moved"}, "request_state"),
        ({"village_id": "13.06.01.2001"}, "request_in_office"),
        ({"served": 3}, "request_served"),
        ({}, ""),
    ],
)
def test_the_database_holds_the_rules(made: World, changes: dict[str, Any], rule: str) -> None:
    operator = made["operator"].actor
    values: dict[str, Any] = {
        "office_id": "13.75",
        "village_id": "13.75.01.1001",
        "kind": "institution",
        "place": "Panti",
        "people": 3,
        "services": ["recording"],
        "reason": "together",
        "partner_kind": "social",
        "created_by_id": operator.user_id,
    }
    row = VisitRequest(**{**values, **changes})
    with scoped(operator.scope):
        if rule:
            with pytest.raises(IntegrityError, match=rule), transaction.atomic():
                row.save(force_insert=True)
        else:
            row.save(force_insert=True)


def test_by_page_from_a_person_to_a_draft(made: World, browser: Callable[[str], Client]) -> None:
    client, person = browser("operator"), make_resident(made, name="Ibu Contoh")
    assert f"?person={person.pk}" in client.get(f"/penduduk/{person.pk}/").content.decode()
    path = f"/permintaan/baru/?person={person.pk}"
    body = {
        "reason": "cannot_come",
        "partner_kind": "rt_rw",
        "partner": "RT 01",
        "services": [],
    }
    refused = client.post(path, body)
    assert refused.status_code == 422
    assert 'value="RT 01"' in refused.content.decode()
    made_one = client.post(path, {**body, "services": ["recording"]})
    page = client.get(made_one.headers["Location"]).content.decode()
    assert "Ibu Contoh" in page
    with scoped("*"):
        request = VisitRequest.objects.get()
    nothing = client.post("/permintaan/", {"starts_on": str(tomorrow())})
    assert nothing.status_code == 422
    answer = client.post("/permintaan/", {"starts_on": str(tomorrow()), "requests": [request.pk]})
    event = answer.headers["Location"]
    assert client.get(event).status_code == 200
    listed = BeautifulSoup(client.get("/permintaan/?state=planned").content, "html.parser")
    assert listed.select_one("tbody th a").get_text() == "Ibu Contoh"  # type: ignore[union-attr]
    assert "Ibu Contoh" not in client.get("/permintaan/").content.decode()


def test_a_request_keeps_where_it_was_heard(made: World, browser: Callable[[str], Client]) -> None:
    event = make_event(made, kind="outreach", title="Sosialisasi di balai desa")
    client = browser("operator")
    notes = f"/kegiatan/{event.pk}/catatan/"
    assert client.post(notes, {"do": "audience", "people": "120"}).status_code == 302
    assert client.post(notes, {"do": "audience", "people": "-1"}).status_code == 422
    path = f"/permintaan/baru/?event={event.pk}"
    assert path in client.get(notes).content.decode()
    body = {
        "village": "13.75.01.1001",
        "place": "SMA 1",
        "people": "40",
        "services": ["recording"],
        "reason": "together",
        "partner_kind": "school",
    }
    page = client.get(client.post(path, body).headers["Location"]).content.decode()
    assert "Sosialisasi di balai desa" in page
    report = client.get(f"/kegiatan/{event.pk}/laporan/").content.decode()
    assert "120" in report


def test_an_old_closed_events_audience_is_final(made: World) -> None:
    by = made["operator"].actor
    event = make_event(
        made, starts_on=today() - timedelta(days=20), ends_on=today() - timedelta(days=20)
    )
    with scoped(by.scope):
        set_audience(by=by, event=event, people=10)
    close(made, event)
    with scoped(by.scope), pytest.raises(Conflict, match="event-final"):
        set_audience(by=by, event=event, people=11)
