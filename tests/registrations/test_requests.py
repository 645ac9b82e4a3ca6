"""Visits that somebody asks for: planned together, served or open again, ended with why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.errors import Conflict, DomainError, Invalid, NotFound
from dukcapil.regions.models import Region
from events.models import ServiceEvent
from events.services import set_audience
from registrations.models import Appointment, Resident, VisitRequest, Waiting
from registrations.selectors.requests import partners
from registrations.services import (
    ask_visit,
    cancel_event,
    close_event,
    end_request,
    log_service,
    open_to_booking,
    plan_visit,
    void_record,
)
from tests.world import World, entry, looks, make_event, make_resident, today


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
        event = plan_visit(by=by, requests=[one.pk for one in requests], starts_on=day or today())
    with scoped(head.scope):
        return open_to_booking(by=head, event=event, neutrality_signed=True)


def close(made: World, event: ServiceEvent, verb: Any = close_event, **more: Any) -> None:
    head = made["head"].actor
    with scoped(head.scope):
        verb(by=head, event=event, **more)


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
    event = plan(made, home, more, home_place, day=today() + timedelta(days=1))
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
    assert states(served, missed, institution) == [("done", 0), ("open", 1), ("done", 0)]
    assert missed.event_id is None
    # The next visit may plan it anew.
    assert plan(made, missed).pk != event.pk


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


def test_what_is_planned_is_planned_once(made: World) -> None:
    request = ask(made)
    plan(made, request)
    by = made["operator"].actor
    with scoped(by.scope):
        with pytest.raises(Conflict, match="request-state"):
            plan_visit(by=by, requests=[request.pk], starts_on=today())
        with pytest.raises(Conflict):
            end_request(by=by, request=request, because="moved")
        with pytest.raises(Invalid):
            plan_visit(by=by, requests=[], starts_on=today())


def test_no_office_asks_or_plans_for_another(made: World) -> None:
    theirs = make_resident(made, "13.06")
    with pytest.raises(NotFound):
        ask(made, theirs)
    with pytest.raises(Invalid, match="other-district"):
        ask(made, village=Region.objects.get(pk="13.06.01.2001"))
    request = ask(made)
    neighbour = made["neighbour"].actor
    with scoped(neighbour.scope), pytest.raises(NotFound):
        plan_visit(by=neighbour, requests=[request.pk], starts_on=today())
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
            (row["partner_kind"], row["asked"], row["open"], row["served"], row["people"])
            for row in partners(by)
        ]
    assert rows == [("rt_rw", 2, 1, 1, 1), ("social", 1, 0, 1, 30)]


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
        ({"channel": "email"}, "request_contact"),
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
        "services": ["recording"],
        "reason": "cannot_come",
        "partner_kind": "rt_rw",
        "partner": "RT 01",
        "contact": "bukan alamat",
    }
    refused = client.post(path, body)
    assert refused.status_code == 422
    assert 'value="RT 01"' in refused.content.decode()
    made_one = client.post(path, {**body, "contact": "0812 3456 7890"})
    page = client.get(made_one.headers["Location"]).content.decode()
    assert "Ibu Contoh" in page
    assert "0812" not in page
    assert looks(kind="visit request")[-1].found == 1
    with scoped("*"):
        request = VisitRequest.objects.get()
    nothing = client.post("/permintaan/", {"starts_on": str(today())})
    assert nothing.status_code == 422
    answer = client.post("/permintaan/", {"starts_on": str(today()), "requests": [request.pk]})
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
