"""Two walls around people, each with the other off; there is always something that could leak."""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
import uuid
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg2
import pytest
from celery.signals import worker_ready
from django.db import connection, transaction
from django.test import Client

from dukcapil import embedded
from dukcapil.accounts.scoping import NoScope, scoped
from dukcapil.celery import app
from dukcapil.core.checks import power_errors
from dukcapil.core.command import use_role
from dukcapil.core.db import get_scope, rows
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.appointments import book
from registrations.ledger.models import ServiceRecord
from registrations.people.models import Resident
from tests import engines
from tests.forked import in_a_child
from tests.one_wall import take_down_first_wall
from tests.roles import ends_the_connection
from tests.world import World, looks, make_event, make_resident, make_session, record

PEOPLE = [
    "registrations_resident",
    "registrations_residentidentity",
    "registrations_appointment",
    "registrations_appointmentservice",
    "registrations_servicerecord",
]


@pytest.fixture
def bukittinggi(made: World) -> dict[str, uuid.UUID]:
    """One of everything that belongs to Bukittinggi."""
    event = make_event(made)
    session = make_session(made, event)
    resident, waiting = make_resident(made), make_resident(made)
    row = record(made, resident, session=session.pk)
    by = made["operator"].actor
    with scoped(by.scope):
        appointment = book(by=by, session=session, resident=waiting, services=["recording"])
    return {
        "events": event.pk,
        "sessions": session.pk,
        "residents": resident.pk,
        "appointments": appointment.pk,
        "service-records": row.pk,
    }


NOUNS = ["events", "sessions", "residents", "appointments", "service-records"]


def test_a_neighbour_gets_the_answer_for_nothing(
    made: World, bukittinggi: dict[str, uuid.UUID]
) -> None:
    for noun in NOUNS:
        path = f"{noun}/{bukittinggi[noun]}/"
        assert made["operator"].get(path).status == 200, noun
        theirs = made["neighbour"].get(path)
        nothing = made["neighbour"].get(f"{noun}/{uuid.uuid4()}/")
        assert (theirs.status, theirs.content) == (404, nothing.content), noun
        assert "instance" not in theirs.json, noun
        assert made["neighbour"].get(f"{noun}/").json["results"] == [], noun
        assert len(made["operator"].get(f"{noun}/").json["results"]) >= 1, noun


def actions(ids: dict[str, uuid.UUID]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"events/{ids['events']}/approve/", {"neutrality_signed": True}),
        (f"events/{ids['events']}/close/", {"confirm": ["before-end"]}),
        (f"events/{ids['events']}/cancel/", {}),
        (f"appointments/{ids['appointments']}/cancel/", {}),
        (f"appointments/{ids['appointments']}/check-in/", {}),
        (f"service-records/{ids['service-records']}/void/", {"reason": "uji"}),
        (
            "sessions/",
            {
                "event": str(ids["events"]),
                "starts_at": "2030-01-01T08:00:00+07:00",
                "ends_at": "2030-01-01T09:00:00+07:00",
                "capacity": {"recording": 1},
            },
        ),
        (
            "appointments/",
            {
                "session": str(ids["sessions"]),
                "resident": str(ids["residents"]),
                "services": ["recording"],
            },
        ),
    ]


def test_a_neighbours_head_changes_nothing(made: World, bukittinggi: dict[str, uuid.UUID]) -> None:
    nothing = made["neighbour_head"].get(f"events/{uuid.uuid4()}/").content
    for path, body in actions(bukittinggi):
        answer = made["neighbour_head"].post(path, body)
        assert (answer.status, answer.content) == (404, nothing), path


def test_roles_without_people_see_none(made: World, bukittinggi: dict[str, uuid.UUID]) -> None:
    for role in ("nation_viewer", "api_client", "administrator"):
        for noun in ("residents", "appointments", "service-records"):
            assert made[role].get(f"{noun}/").status == 403, (role, noun)
            assert made[role].get(f"{noun}/{bukittinggi[noun]}/").status == 403, (role, noun)


def test_province_sees_its_own_and_the_other_province_nothing(
    made: World, bukittinggi: dict[str, uuid.UUID]
) -> None:
    for noun in NOUNS:
        assert made["province_officer"].get(f"{noun}/{bukittinggi[noun]}/").status == 200
        assert made["other_province_officer"].get(f"{noun}/{bukittinggi[noun]}/").status == 404


def test_a_verifier_sees_one_village(made: World) -> None:
    from dukcapil.regions.models import Region  # noqa: PLC0415

    mine = make_resident(made)
    other = make_resident(made, village=Region.objects.get(pk="13.75.01.1002"))
    verifier = made["village_verifier"]
    assert verifier.get(f"residents/{mine.pk}/").status == 200
    assert verifier.get(f"residents/{other.pk}/").status == 404
    with scoped(verifier.actor.scope):
        assert rows("SELECT count(*) FROM registrations_resident") == [(1,)]


@pytest.mark.parametrize("who", ["former_operator", "anonymous"])
def test_an_ended_posting_and_nobody_get_401(made: World, who: str) -> None:
    answer = made[who].get("ping/")
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Token")


# --- the second wall alone ------------------------------------------------------------------------


def test_without_a_scope_a_used_connection_sees_nobody(
    kept: World,
) -> None:
    """On a connection that has already served somebody: their scope must not stay behind."""
    resident = make_resident(kept)
    record(kept, resident)
    assert kept["operator"].get(f"residents/{resident.pk}/").status == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('app.scope', true)")
        user, scope = cursor.fetchone()
    assert (user, scope) in {("web", ""), ("web", None)}
    assert {table: rows(f"SELECT count(*) FROM {table}") for table in PEOPLE} == {
        table: [(0,)] for table in PEOPLE
    }
    with scoped(kept["operator"].actor.scope):
        assert rows("SELECT count(*) FROM registrations_resident") == [(1,)]


def test_the_database_alone_keeps_a_neighbour_out(
    made: World,
    bukittinggi: dict[str, uuid.UUID],
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    take_down_first_wall(monkeypatch, settings)
    for noun in NOUNS[2:]:
        assert made["operator"].get(f"{noun}/{bukittinggi[noun]}/").status == 200, noun
        assert made["neighbour"].get(f"{noun}/{bukittinggi[noun]}/").status == 404, noun
        assert made["neighbour"].get(f"{noun}/").json["results"] == [], noun


def test_the_database_refuses_to_write_for_another_office(made: World) -> None:
    resident = make_resident(made)
    with (
        pytest.raises(Exception, match="row-level security"),
        scoped(made["operator"].actor.scope),
    ):
        Resident.objects.filter(pk=resident.pk).update(office_id="13.06")


# --- the first wall alone -------------------------------------------------------------------------


@pytest.fixture
def no_second_wall(kept: World) -> World:
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with database, database.cursor() as cursor:
        for table in PEOPLE:
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    database.close()
    return kept


def test_the_application_alone_keeps_a_neighbour_out(no_second_wall: World) -> None:
    made = no_second_wall
    resident = make_resident(made)
    row = record(made, resident)
    with scoped(made["neighbour"].actor.scope):
        assert rows("SELECT count(*) FROM registrations_resident") == [(1,)]
    for path in (f"residents/{resident.pk}/", f"service-records/{row.pk}/"):
        assert made["operator"].get(path).status == 200
        assert made["neighbour"].get(path).status == 404
    search = made["neighbour"].post("residents/search/", {"name": "Contoh Warga"})
    assert search.json["results"] == []


def test_a_manager_without_a_scope_raises(made: World) -> None:
    for model in (Resident, Appointment, ServiceRecord):
        with pytest.raises(NoScope):
            model.objects.count()


def test_scopes_nest_and_restore(made: World) -> None:
    with transaction.atomic():
        with scoped("13.75;;"):
            with scoped("13.06;;"):
                assert get_scope() == "13.06;;"
            assert get_scope() == "13.75;;"
        assert get_scope() == ""


# --- looking is logged ----------------------------------------------------------------------------


def test_searching_viewing_revealing_and_being_refused_leave_a_row(
    made: World, browser: Callable[[str], Client]
) -> None:
    resident = make_resident(made, "13.06")
    made["neighbour"].post("residents/search/", {"name": "Contoh Warga"})
    made["neighbour"].get(f"residents/{resident.pk}/")
    made["operator"].get(f"residents/{resident.pk}/")
    browser("neighbour").post(
        f"/penduduk/{resident.pk}/",
        {"do": "reveal", "reason": "cetak kartu keluarga", "case": "KTP-7"},
    )
    log = [(row.action, row.subject, row.reason, row.case) for row in looks()]
    assert log == [
        ("search", "", "", ""),  # the number, when the person was registered
        ("search", str(resident.pk), "", ""),
        ("view", str(resident.pk), "", ""),
        ("refused", f"/api/v1/residents/{resident.pk}/", "", ""),
        ("reveal", str(resident.pk), "cetak kartu keluarga", "KTP-7"),
    ]


@pytest.mark.parametrize("reason", ["", "cetak KK", "x      y      z"])
def test_a_reveal_without_a_reason_shows_nothing(
    made: World, browser: Callable[[str], Client], reason: str
) -> None:
    resident = make_resident(made)
    body = {"do": "reveal", "reason": reason, "case": "1"}
    answer = browser("operator").post(f"/penduduk/{resident.pk}/", body)
    assert answer.status_code == 422
    assert looks(action="reveal") == []


def test_a_full_number_is_shown_to_no_token(made: World) -> None:
    """Not to the office that holds the person, nor to anybody for an id that nobody has."""
    resident = make_resident(made)
    body = {"reason": "cetak kartu keluarga", "case": "1"}
    for who in ("operator", "head", "neighbour"):
        for resident_id in (resident.pk, uuid.uuid4()):
            answer = made[who].post(f"residents/{resident_id}/reveal/", body)
            assert (answer.status, answer.json["type"]) == (403, "/problems/reveal-by-page")
    assert looks(action="reveal") == []


def test_lists_and_details_show_masked_numbers_only(made: World) -> None:
    body = {
        "nik": "9901011705900777",
        "name": "Siti Contoh",
        "birth_date": "1990-05-17",
        "sex": "M",
        "village": "13.75.01.1001",
    }
    new = made["operator"].post("residents/", body)
    assert new.status == 201
    for answer in (
        new,
        made["operator"].get("residents/"),
        made["operator"].get(f"residents/{new.json['id']}/"),
        made["operator"].post("residents/search/", {"nik": body["nik"]}),
        made["operator"].post("residents/", body),
    ):
        assert b"0777" not in answer.content
        assert body["nik"].encode() not in answer.content
    assert new.json["nik_masked"].startswith("990101")


def test_the_number_stands_nowhere_in_the_database(made: World) -> None:
    make_resident(made)
    with scoped("*"):
        dump = json.dumps(
            rows(
                "SELECT to_jsonb(r), to_jsonb(i) FROM registrations_resident r"
                " JOIN registrations_residentidentity i ON i.resident_id = r.id"
            )
        )
    assert "Contoh Warga" in dump
    assert "170590" not in dump


# --- serving --------------------------------------------------------------------------------------


def test_serving_with_too_much_power_is_refused(transactional_db: Any) -> None:
    for role, refused in (("web", False), ("worker", False), ("owner", True)):
        use_role(role)
        try:
            assert bool(power_errors()) is refused, role
        finally:
            use_role("web")


@pytest.mark.parametrize("what", ["web", "worker"])
def test_a_server_process_ends_at_once_when_it_would_serve_as_owner(
    transactional_db: Any, what: str
) -> None:
    with tempfile.TemporaryFile() as said:
        assert in_a_child(partial(_serve_as_owner, what, said.fileno())) == 1
        said.seek(0)
        assert "row-level security would not hold" in said.read().decode()


def _serve_as_owner(what: str, said: int) -> None:
    for number in (1, 2):
        os.dup2(said, number)
    sys.stderr = os.fdopen(said, "w", buffering=1)
    warnings.simplefilter("ignore")
    ends_the_connection("owner")
    if what == "web":
        sys.modules.pop("dukcapil.wsgi", None)
        importlib.import_module("dukcapil.wsgi")
    else:
        # One that serves all the same is not waited for.
        worker_ready.connect(_serves, weak=False)
        app.worker_main(["worker", "-P", "solo"])


def _serves(**_kwargs: Any) -> None:
    os._exit(0)
