"""The short road when a connection, the server's process or whoever asked ends in the middle."""

from __future__ import annotations

import io
import itertools
import json
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from dukcapil import embedded
from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.road import long_ways
from events.planning.models.session import Seat, ServiceSession
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.ledger.models import ServiceRecord
from registrations.middleware import ShortRoadMiddleware
from tests import engines
from tests.engines import as_superuser
from tests.forked import in_a_child
from tests.registrations.test_short_road import record_of
from tests.threads import at_once, until_one_waits
from tests.world import BUKITTINGGI, Answer, World, make_event, make_resident, make_session

Execute = Callable[..., Any]


class At:
    """Does something at the n-th statement of the road, once."""

    def __init__(self, number: int, does: Callable[..., Any]) -> None:
        self.number, self.does = number, does
        self.count = itertools.count(1)
        self.reached = False

    def __call__(self, execute: Execute, *asked: Any) -> Any:
        if not self.reached and next(self.count) == self.number:
            self.reached = True
            return self.does(execute, *asked)
        return execute(*asked)


def kill() -> None:
    raw = connection.connection
    as_superuser(f"SELECT pg_terminate_backend({raw.get_backend_pid()}, 2000)")


def killed_before(execute: Execute, *asked: Any) -> Any:
    kill()
    return execute(*asked)


def killed_after(execute: Execute, *asked: Any) -> Any:
    """The statement is carried out, and its answer never arrives."""
    execute(*asked)
    kill()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute("SELECT 1")


class Scene:
    """Sessions and people for one request after the other."""

    def __init__(self, made: World, what: str) -> None:
        self.made, self.what = made, what
        self.session = make_session(made, make_event(made), {"recording": 40})
        self.full = make_session(made, make_event(made), {"recording": 1})
        if what == "refused":
            self.book(self.full, make_resident(made).pk)
            self.book(self.full, make_resident(made).pk)

    def book(self, session: ServiceSession, person: Any) -> Answer:
        body = {"session": str(session.pk), "resident": str(person), "services": ["recording"]}
        return self.made["operator"].post("appointments/", body)

    def request(self) -> Callable[[], Answer]:
        """One more, of a person of its own."""
        person = make_resident(self.made).pk
        if self.what in ("booking", "refused"):
            session = self.session if self.what == "booking" else self.full
            return lambda: self.book(session, person)
        body = record_of(
            str(person), "family_card" if self.what == "record at the office" else "recording"
        )
        if self.what == "record":
            assert self.book(self.session, person).status == 201
            body |= {"session": str(self.session.pk)}
        return lambda: self.made["operator"].post("service-records/", body)

    def stands(self) -> tuple[int, int]:
        """Visits and records, once everything about them agrees."""
        with scoped(EVERYBODY):
            visits = {one.pk: one for one in Appointment.objects.filter(session=self.session)}
            places = AppointmentService.objects.filter(appointment__in=visits)
            seats = Seat.objects.filter(session=self.session, holder__isnull=False)
            assert sorted(seats.values_list("holder", "number")) == sorted(
                places.values_list("appointment_id", "number")
            )
            assert {place.appointment_id for place in places} == visits.keys()
            records = ServiceRecord.objects.all()
            served = {one.resident_id for one in visits.values() if one.state == "served"}
            assert {row.resident_id for row in records if row.session_id} == served
            assert {one.resident_id for one in places if not one.active} == served
            assert Seat.objects.filter(session=self.full, holder__isnull=False).count() <= 1
            return len(visits), records.count()


#: What it is answered, and how often the same once more.
_ANSWERS = {
    "booking": (201, 409),
    "refused": (409, 409),
    "record": (201, 200),
    "record at the office": (201, 200),
}


@pytest.mark.parametrize("what", ["booking", "refused", "record"])
def test_a_connection_that_ends_before_any_statement(kept: World, what: str) -> None:
    scene = Scene(kept, what)
    first, again = _ANSWERS[what]
    for number in itertools.count(1):
        before = scene.stands()
        send = scene.request()
        more = (int(what == "booking"), int(what == "record"))
        visits = scene.stands()[0]
        at = At(number, killed_before)
        with connection.execute_wrapper(at):
            assert send().status == first
        if not at.reached:
            break
        assert scene.stands() == (visits + more[0], before[1] + more[1])
        assert send().status == again
        assert scene.stands() == (visits + more[0], before[1] + more[1])
    # Of a refusal all in one message; else at least entering, taking or writing, and the commit.
    assert number > (1 if what == "refused" else 3)
    # Nothing of ours broke: every one went the long way, or its last statement may have been the commit.
    reasons = set(long_ways())
    # The record once more is a replay, which the road leaves.
    assert reasons <= {"database", "unknown", *(["place"] if what == "record" else [])}
    assert ("unknown" in reasons) == (what != "refused")


@pytest.mark.parametrize("what", ["booking", "record"])
def test_a_commit_whose_answer_is_lost(kept: World, what: str) -> None:
    """Whoever booked is told that they did: `already-booked` would send them away from their own place."""
    scene = Scene(kept, what)
    send = scene.request()
    last = At(0, killed_after)

    def ends(execute: Execute, sql: str, *asked: Any) -> Any:
        last.number = 1 if sql.endswith("COMMIT") and not last.reached else 0
        last.count = itertools.count(1)
        return last(execute, sql, *asked)

    with connection.execute_wrapper(ends):
        answer = send()
    assert last.reached
    assert dict(long_ways()) == {"unknown": 1}
    assert scene.stands() == (1, int(what == "record"))
    if what == "record":
        # The same record again, as anybody may send it.
        assert answer.status == 200
        return
    assert answer.status == 201
    with scoped(EVERYBODY):
        visit = Appointment.objects.get()
    assert (answer.json["id"], answer.json["ticket"]) == (str(visit.pk), visit.ticket)
    assert answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_a_right_that_ended_meanwhile_is_not_answered_with_what_was_made(kept: World) -> None:
    send, done = Scene(kept, "booking").request(), False

    def ends(execute: Execute, sql: str, *asked: Any) -> Any:
        nonlocal done
        if not sql.endswith("COMMIT") or done:
            return execute(sql, *asked)
        done = True
        try:
            return killed_after(execute, sql, *asked)
        finally:
            connection.close()
            as_superuser("DELETE FROM accounts_apitoken")

    with connection.execute_wrapper(ends):
        answer = send()
    assert (done, answer.status, dict(long_ways())) == (True, 401, {"unknown": 1})


def test_a_commit_that_never_arrived_is_made_on_the_long_way_or_refused(kept: World) -> None:
    """Another person takes the last place meanwhile: nothing of ours stands, so it is refused."""
    scene = Scene(kept, "booking")
    other, person = make_resident(kept).pk, make_resident(kept).pk
    taken: list[int] = []

    def ends(execute: Execute, sql: str, *asked: Any) -> Any:
        if sql.endswith("COMMIT") and not taken:
            taken.append(0)
            kill()
            try:
                return execute(sql, *asked)
            finally:
                connection.close()
                taken.append(scene.book(scene.full, other).status)
                connection.close()
        return execute(sql, *asked)

    with connection.execute_wrapper(ends):
        answer = scene.book(scene.full, person)
    assert (taken, answer.status) == ([0, 201], 409)
    assert answer.json["type"] == "/problems/session-full"


def _lock(scene: Scene) -> str:
    """What somebody else has who changes the event, or corrects in the ledger."""
    if scene.what == "booking":
        event = scene.session.event_id
        return f"SELECT 1 FROM events_serviceevent WHERE id = '{event}' FOR UPDATE"
    return f"SELECT pg_advisory_xact_lock(8171, hashtext('{BUKITTINGGI}'))"


@pytest.mark.parametrize("what", ["booking", "record at the office"])
def test_who_may_not_or_asks_too_often_waits_for_nobody(
    kept: World, settings: Any, what: str
) -> None:
    """Whether a caller may, and how often, is known after the first message: it holds what is free."""
    scene = Scene(kept, what)
    send = scene.request()
    other = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    try:
        other.cursor().execute(_lock(scene))
        settings.API_RATE = "0/min"
        assert send().status == 429
        assert dict(long_ways()) == {"limit": 1}
    finally:
        other.rollback()
        other.close()
    settings.API_RATE = "100/min"
    assert send().status == 201
    assert dict(long_ways()) == {"limit": 1}


@pytest.mark.parametrize("what", ["booking", "record at the office"])
def test_who_has_to_wait_waits_on_the_long_way(kept: World, what: str) -> None:
    """What is not free is not taken for held: neither is written before the other one is done."""
    scene = Scene(kept, what)
    send, found = scene.request(), scene.stands()
    other = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    other.cursor().execute(_lock(scene))

    def release() -> tuple[int, int]:
        until_one_waits()
        try:
            return scene.stands()
        finally:
            other.rollback()
            other.close()

    answer, meanwhile = at_once(send, release)
    assert (answer.status, meanwhile) == (201, found)
    assert dict(long_ways()) == {"waits": 1}
    assert sum(scene.stands()) == sum(found) + 1


@pytest.mark.parametrize("what", ["booking", "record at the office"])
def test_a_process_that_ends_at_any_statement(kept: World, what: str) -> None:
    """After each, which is before the next one, and at last before the answer; and before the last one: what was told
    elsewhere until then was told of nothing.
    """
    scene = Scene(kept, what)
    first, again = _ANSWERS[what]
    dead = os.pipe()

    def before(_execute: Execute, *_asked: Any) -> None:
        os.write(dead[1], b"x")
        os._exit(9)

    def after(execute: Execute, *asked: Any) -> None:
        execute(*asked)
        before(execute, *asked)

    def left_by(number: int, die: Execute) -> bool | None:
        """Whether a request that ended there left anything; None where it has no such statement."""
        send = scene.request()
        visits, records = scene.stands()

        def job() -> None:
            with connection.execute_wrapper(At(number, die)):
                send()
            os.write(dead[1], b"-")

        assert in_a_child(job) in {0, 9}
        if os.read(dead[0], 1) == b"-":
            return None
        left = scene.stands() != (visits, records)
        # All or nothing, and the same once more gives one.
        assert send().status == (again if left else first)
        both = (visits + (what == "booking"), records + (what != "booking"))
        assert scene.stands() == both
        assert send().status == again
        assert scene.stands() == both
        return left

    stood: list[bool] = []
    while (left := left_by(len(stood) + 1, after)) is not None:
        stood.append(left)
    assert len(stood) >= 3
    # Only who died after the commit left something.
    assert stood == [False] * (len(stood) - 1) + [True]
    assert left_by(len(stood), before) is False


class Gone(io.BytesIO):
    """Somebody hung up while their body was read."""

    def read(self, *_size: Any) -> bytes:
        raise OSError("the connection broke")


def never(asked: list[HttpRequest], request: HttpRequest) -> HttpResponse:
    asked.append(request)
    return HttpResponse()


def test_who_hangs_up_is_no_fault_of_ours(
    made: World, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    token = made["operator"].token
    request: Any = RequestFactory().post(
        "/api/v1/appointments/",
        data=json.dumps({"session": "x"}),
        content_type="application/json",
        headers={"Authorization": f"Token {token}"},
    )
    request._stream = Gone()
    asked: list[HttpRequest] = []
    road = ShortRoadMiddleware(partial(never, asked))
    assert road(request).status_code == 400
    assert (dict(long_ways()), asked) == ({"gone": 1}, [])
    assert not [one for one in caplog.records if one.exc_info or one.levelname == "ERROR"]


def test_a_body_above_the_limit_of_the_house_is_refused_there(made: World, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    answer = made["operator"].post("appointments/", {"session": "x" * 20})
    assert dict(long_ways()) == {"length": 1}
    assert answer.status >= 400
