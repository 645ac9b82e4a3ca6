"""Bad input gets a problem that names the field, and leaves nothing behind."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.ids import uuid7
from events.planning.models.session import Seat
from registrations.booking.services.appointments import book
from tests.world import Caller, World, at, make_event, make_resident, make_session, record, today

TABLES = [
    "events_serviceevent",
    "events_servicesession",
    "events_seat",
    "registrations_resident",
    "registrations_residentidentity",
    "registrations_appointment",
    "registrations_appointmentservice",
    "registrations_servicerecord",
]


def counts() -> list[int]:
    with scoped(EVERYBODY):
        return [rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES]


def refused(
    caller: Caller, path: str, body: Any, status: int, code: str, pointer: str = ""
) -> None:
    before = counts()
    answer = caller.post(path, body)
    assert answer.headers["Content-Type"] == "application/problem+json"
    found = answer.json
    assert (answer.status, found["status"], found["type"]) == (status, status, f"/problems/{code}")
    assert found["title"]
    if pointer:
        assert pointer in [error["pointer"] for error in found["errors"]]
    assert counts() == before


def event_body(**changes: Any) -> dict[str, Any]:
    values = {
        "title": "Gebyar",
        "kind": "gebyar",
        "office": "13.75",
        "village": "13.75.01.1001",
        "place": "Aula",
        "starts_on": str(today()),
        "ends_on": str(today()),
        "services": ["recording"],
    }
    return {**values, **changes}


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        ({"office": "13.99"}, 422, "region-unknown", "/office"),
        ({"office": "13"}, 422, "region-level", "/office"),
        ({"office": "91.01"}, 422, "region-retired", "/office"),
        ({"office": "satu"}, 422, "region-code", "/office"),
        ({"office": 1375}, 422, "invalid", "/office"),
        ({"office": "13.06", "village": "13.06.01.2001"}, 404, "not-found", ""),
        ({"village": "13.06.01.2001"}, 422, "event-outside-office", "/village"),
        ({"village": "13.75.01"}, 422, "region-level", "/village"),
        ({"ends_on": "2020-01-01"}, 422, "event-dates", "/ends_on"),
        ({"starts_on": "2026-02-30"}, 422, "invalid", "/starts_on"),
        ({"kind": "pesta"}, 422, "invalid", "/kind"),
        ({"kind": "holiday_opening"}, 422, "holiday-reason", "/holiday_reason"),
        ({"holiday_reason": "libur"}, 422, "holiday-reason", "/holiday_reason"),
        ({"services": []}, 422, "invalid", "/services"),
        ({"services": ["sihir"]}, 422, "invalid", "/services/0"),
        ({"colour": "red"}, 422, "invalid", "/colour"),
        ({"title": ""}, 422, "invalid", "/title"),
        ({"title": "a\x00b"}, 422, "invalid", "/title"),
    ],
)
def test_events(made: World, changes: dict[str, Any], status: int, code: str, pointer: str) -> None:
    refused(made["operator"], "events/", event_body(**changes), status, code, pointer)


def test_what_is_none_of_the_choices_is_told_which_there_are(made: World) -> None:
    answer = made["operator"].post("events/", event_body(kind="pesta", services=["sihir"]))
    said = {error["pointer"]: error["detail"] for error in answer.json["errors"]}
    assert said["/kind"].startswith("“pesta” tidak ada dalam daftar pilihan. Yang boleh: gebyar, ")
    assert "Yang boleh: recording, ikd_activation, " in said["/services/0"]
    asked = made["operator"].get("coverage/?region=13.75&level=kabupaten")
    assert "Yang boleh: " in asked.json["errors"][0]["detail"]
    assert "regency" in asked.json["errors"][0]["detail"]


def test_refusals_write_days_as_people_do(made: World) -> None:
    caller = made["operator"]
    session = make_session(made, make_event(made))
    entry = {
        "id": str(uuid7()),
        "service": "recording",
        "outcome": "done",
        "resident": str(make_resident(made).pk),
        "session": str(session.pk),
        "occurred_at": at(9, day=today() - timedelta(days=40)).isoformat(),
    }
    for answer, said in (
        (caller.get("coverage/?region=13.75&date=2999-01-01"), f"{today():%Y}"),
        (caller.get("coverage/?region=13.75&date=1990-01-01"), "20"),
        (caller.post("service-records/", entry), " sampai "),
    ):
        assert answer.status == 422
        assert said in answer.json["title"]
        assert not re.search(r"\d{4}-\d\d-\d\d", answer.json["title"]), answer.json["title"]


def test_a_retired_code_names_its_successor(made: World) -> None:
    answer = made["operator"].post("events/", event_body(office="91.01"))
    assert answer.json["successor"] == "93.01"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "unreadable"),
        ("[]", 400, "unreadable"),
        ("bukan json", 400, "unreadable"),
        (b"\xff\xfe", 400, "unreadable"),
    ],
)
def test_a_body_that_is_no_json(made: World, body: Any, status: int, code: str) -> None:
    refused(made["operator"], "events/", body, status, code)


def test_a_form_body_is_refused(made: World) -> None:
    answer = made["operator"].client.post(
        "/api/v1/events/",
        {"title": "x"},
        headers={"Authorization": f"Token {made['operator'].token}"},
    )
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"ends_at": at(7).isoformat()}, "session-times", "/ends_at"),
        (
            {
                "starts_at": at(8, day=today() + timedelta(days=9)).isoformat(),
                "ends_at": at(9, day=today() + timedelta(days=9)).isoformat(),
            },
            "session-outside-event",
            "/starts_at",
        ),
        ({"capacity": {"moving": 5}}, "capacity-service", "/capacity/moving"),
        ({"capacity": {"recording": -1}}, "invalid", "/capacity/recording"),
        ({"capacity": {"recording": 9999999}}, "capacity", "/capacity/recording"),
        ({"capacity": {}}, "capacity", "/capacity"),
        ({"capacity": 5}, "invalid", "/capacity"),
    ],
)
def test_sessions(made: World, changes: dict[str, Any], code: str, pointer: str) -> None:
    event = make_event(made)
    body = {
        "event": str(event.pk),
        "starts_at": at(8).isoformat(),
        "ends_at": at(12).isoformat(),
        "capacity": {"recording": 5},
    }
    refused(made["operator"], "sessions/", {**body, **changes}, 422, code, pointer)


def test_capacity_below_what_is_booked(made: World) -> None:
    session = make_session(made, make_event(made), {"recording": 2})
    by = made["operator"].actor
    with scoped(by.scope):
        book(by=by, session=session, resident=make_resident(made), services=["recording"])
    answer = made["operator"].patch(f"sessions/{session.pk}/", {"capacity": {"recording": 0}})
    assert (answer.status, answer.json["type"]) == (409, "/problems/capacity-below-booked")
    assert Seat.objects.filter(session=session).count() == 2


def resident_body(**changes: Any) -> dict[str, Any]:
    values = {
        "nik": "9901011705900777",
        "name": "Siti Contoh",
        "birth_date": "1990-05-17",
        "sex": "M",
        "village": "13.75.01.1001",
    }
    return {**values, **changes}


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"nik": "990101170590077"}, "nik", "/nik"),
        ({"nik": "99010117059007777"}, "nik", "/nik"),
        ({"nik": "99010117059007A7"}, "nik", "/nik"),
        ({"nik": 9901011705900777}, "invalid", "/nik"),
        ({"birth_date": str(today() + timedelta(days=2))}, "birth-date-future", "/birth_date"),
        ({"birth_date": "1850-01-01"}, "birth-date", "/birth_date"),
        ({"sex": "X"}, "invalid", "/sex"),
        ({"name": "..."}, "name", "/name"),
        ({"village": "13.75"}, "region-level", "/village"),
        ({"religion": "x"}, "invalid", "/religion"),
    ],
)
def test_residents(made: World, changes: dict[str, Any], code: str, pointer: str) -> None:
    refused(made["operator"], "residents/", resident_body(**changes), 422, code, pointer)


def test_a_nik_is_never_echoed(made: World) -> None:
    answer = made["operator"].post("residents/", resident_body(nik="99010117059007771"))
    assert b"990101" not in answer.content


def test_disagreement_with_the_nik_warns_and_refuses_nothing(made: World) -> None:
    answer = made["operator"].post(
        "residents/", resident_body(nik="0001015705910777", birth_date="1990-05-17", sex="M")
    )
    assert answer.status == 201
    assert [warning["code"] for warning in answer.json["warnings"]] == [
        "area-unknown",
        "birth-date-differs",
        "sex-differs",
    ]


def test_the_same_person_again_in_the_own_office(made: World) -> None:
    first = made["operator"].post("residents/", resident_body()).json["id"]
    again = made["operator"].post("residents/", resident_body(name="Lain"))
    assert (again.status, again.json["type"], again.json["resident"]) == (
        409,
        "/problems/resident-exists",
        first,
    )
    assert made["neighbour"].post("residents/", resident_body()).status == 201


def record_body(resident: Any, **changes: Any) -> dict[str, Any]:
    values = {
        "id": str(uuid7()),
        "service": "recording",
        "outcome": "done",
        "resident": str(resident.pk),
        "occurred_at": at(0, 0).isoformat(),
    }
    return {**values, **changes}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"occurred_at": "2999-01-01T00:00:00Z"}, 422, "in-the-future"),
        ({"occurred_at": "1999-01-01T00:00:00Z"}, 422, "too-early"),
        ({"occurred_at": "kemarin"}, 422, "invalid"),
        ({"service": "ikd_activation"}, 422, "not-recorded-yet"),
        ({"outcome": "failed"}, 422, "failure-reason"),
        ({"outcome": "failed", "reason": "malas"}, 422, "invalid"),
        ({"reason": "network"}, 422, "failure-reason"),
        ({"nik": "9901011705900777"}, 422, "invalid"),
        ({"id": "7"}, 422, "invalid"),
        ({"seq": 1}, 422, "invalid"),
        ({"session": str(uuid7())}, 404, "not-found"),
    ],
)
def test_records(made: World, changes: dict[str, Any], status: int, code: str) -> None:
    body = record_body(make_resident(made), **changes)
    refused(made["operator"], "service-records/", body, status, code)


def test_a_nik_sent_as_a_number_in_a_record(made: World) -> None:
    body = record_body(make_resident(made), nik=9901011705900777)
    del body["resident"]
    refused(made["operator"], "service-records/", body, 422, "invalid", "/nik")


def test_a_batch_with_every_kind_of_bad_row_keeps_the_good_one(made: World) -> None:
    good, other = make_resident(made), make_resident(made)
    records = [
        record_body(good),
        record_body(other, nik=17),
        record_body(other, occurred_at="2999-01-01T00:00:00Z"),
        "bukan objek",
        record_body(other, service="sihir"),
        record_body(other, service="ikd_activation"),
    ]
    answer = made["operator"].post("service-records/batch/", {"records": records})
    assert answer.status == 200
    first, *bad, too_soon = answer.json["results"]
    assert (first["status"], [row["status"] for row in bad]) == ("created", ["rejected"] * 4)
    assert all("type" in row["problem"] for row in bad)
    # A batch says what has happened: what no rule allows is kept and does not count (ADR 0050).
    assert (too_soon["status"], too_soon["code"]) == ("set-aside", "not-recorded")
    with scoped(EVERYBODY):
        kept = rows("SELECT service, weight FROM registrations_servicerecord ORDER BY service")
    assert kept == [("ikd_activation", 0), ("recording", 1)]


def test_a_second_booking_for_the_same_service(made: World) -> None:
    event, resident = make_event(made), make_resident(made)
    one, two = make_session(made, event), make_session(made, event)
    body = {"resident": str(resident.pk), "services": ["recording"]}
    assert made["operator"].post("appointments/", {**body, "session": str(one.pk)}).status == 201
    refused(
        made["operator"],
        "appointments/",
        {**body, "session": str(two.pk)},
        409,
        "already-booked",
        "/services",
    )


def test_an_already_recorded_person_is_refused_with_the_next_step(made: World) -> None:
    resident = make_resident(made)
    record(made, resident)
    answer = made["operator"].post("service-records/", record_body(resident))
    assert (answer.status, answer.json["type"]) == (409, "/problems/already-recorded")
    assert "kartu" in answer.json["title"].lower()


@pytest.mark.parametrize("path", ["events/", "service-records/", "daily-reports/"])
def test_methods_and_addresses_that_are_not_there(made: World, path: str) -> None:
    caller = made["operator"]
    answer = caller._send("DELETE", path, None, {})
    assert (answer.status, answer.json["type"]) == (405, "/problems/method-not-allowed")
    nothing = caller.get("tidak-ada/")
    assert (nothing.status, nothing.json["type"]) == (404, "/problems/not-found")
    assert nothing.headers["Content-Type"] == "application/problem+json"


ODD = {
    "events/?cursor=YWJj": 422,
    "residents/?cursor=YWJj": 422,
    "regions/?cursor=AA": 422,
    "regions/?limit=" + "9" * 5000: 422,
    "events/?format=csv": 200,
    "coverage/?region=13.75&date=0001-01-02": 422,
    "coverage/13.75/series/?to=0001-01-05": 422,
    "coverage/13.75/series/?from=0001-01-05": 422,
    "events/?date=9999-12-31": 200,
    "residents/not-an-id/": 404,
    "x%00y/": 404,
}


@pytest.mark.parametrize("path", ODD)
def test_odd_addresses_are_answered(made: World, path: str) -> None:
    assert made["operator"].get(path).status == ODD[path]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"device_now": "2199-01-01T00:00:00Z"}, 201),
        ({"device_now": "1901-01-01T00:00:00Z"}, 201),
        ({"device_now": "0001-01-01T00:00:00Z"}, 422),
        ({"occurred_at": "2024-11-15T08:00:00"}, 422),
        ({"occurred_at": "0001-01-01T00:00:00"}, 422),
        ({"occurred_at": "9999-12-31T23:59:59+07:00"}, 422),
    ],
)
def test_odd_times(made: World, changes: dict[str, Any], status: int) -> None:
    body = record_body(make_resident(made), **changes)
    assert made["operator"].post("service-records/", body).status == status


def test_odd_rows_in_a_batch(made: World) -> None:
    good = record_body(make_resident(made))
    records = [None, good, {**good, "id": 5}, [], {"id": "x"}]
    answer = made["operator"].post(
        "service-records/batch/", {"records": records, "device_now": "2199-01-01T00:00:00Z"}
    )
    statuses = [row["status"] for row in answer.json["results"]]
    assert statuses == ["rejected", "created", "rejected", "rejected", "rejected"]


@pytest.mark.parametrize("name", ["ß" * 100, "ﷺ" * 20, "a" * 150])
def test_odd_names(made: World, name: str) -> None:
    assert made["operator"].post("residents/", resident_body(name=name)).status == 201


def test_a_body_that_is_too_large_is_413_with_and_without_a_key(made: World) -> None:
    large = '{"records": ["' + "x" * (5 * 1024 * 1024) + '"]}'
    for headers in ({}, {"Idempotency-Key": "besar"}):
        answer = made["operator"].post("service-records/batch/", large, **headers)
        assert (answer.status, answer.json["type"]) == (413, "/problems/too-large")


def test_head_is_a_get_without_its_body(made: World) -> None:
    answer = made["operator"]._send("HEAD", "events/", None, {})
    assert (answer.status, answer.content) == (200, b"")


def test_a_batch_may_be_a_bare_list(made: World) -> None:
    body = [record_body(make_resident(made))]
    answer = made["operator"].post("service-records/batch/", body)
    assert [row["status"] for row in answer.json["results"]] == ["created"]
    again = made["operator"].post("service-records/batch/", {"records": body})
    assert [row["status"] for row in again.json["results"]] == ["already"]
