"""The short road answers as the long way does, and writes the same rows, in whatever world."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import NotSupportedError, close_old_connections, connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from knox.crypto import hash_token

from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.road import _ENTER, _LOOK
from dukcapil.accounts.scoping import ScopedQuerySet, scoped
from dukcapil.accounts.selectors import entered_params
from dukcapil.accounts.services import create_token
from dukcapil.core.errors import DomainError
from dukcapil.core.ids import uuid7
from dukcapil.core.road import (
    LongWay,
    Query,
    Statement,
    Transaction,
    _prepare,
    _tracked,
    long_ways,
)
from events.planning.models.session import Seat, ServiceSession
from registrations.booking.services.appointments import book, cancel_appointment
from registrations.booking.services.messages import Contact
from registrations.booking.services.road import (
    _CANCELLED,
    _FACTS,
    _GLANCE,
    _HOLD,
    _PLACE,
    _TAKE,
    _VISIT,
)
from registrations.corrections.services.called_again import reopen_recording
from registrations.ledger.services.road import _OFFICE_MARKS, _SOMEBODY, _WAITING, _person
from registrations.ledger.services.road import _facts as record_facts
from registrations.lifecycle.services.events import cancel_event
from registrations.people.models import Resident
from registrations.people.validators import Nik
from tests.engines import LONG, as_superuser
from tests.roads import as_web_seen_by_superuser, both
from tests.world import (
    AGAM,
    BUKITTINGGI,
    Answer,
    Caller,
    World,
    make_event,
    make_many,
    make_resident,
    make_session,
    nik,
    record,
    today,
)

_RUN = settings(
    max_examples=120 if LONG else 12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def seen(kept: World) -> Iterator[World]:
    with as_web_seen_by_superuser():
        yield kept


# --- worlds ---------------------------------------------------------------------------------------

#: What became of the person before, one or two of them.
_PASTS = (
    *(
        "recorded",
        "recorded elsewhere",
        "known",
        "booked",
        "missed",
        "called again",
        "told by SIAK",
    ),
    *("cancelled", "activated", "doubtful", "paper"),
)
_YEARS = {"old": 36, "adult": 19, "seventeen": 17, "sixteen": 16, "young": 15}
_SERVICES = ["recording", "ikd_activation", "family_card", "card_print", "card_handover"]
_CALLERS = (
    *["operator"] * 8,
    *("head", "neighbour", "api_client", "village_verifier", "province_officer"),
    *("nation_viewer", "former_operator", "anonymous", "reader", "blocked", "made up"),
)
#: Most requests are plain.
_ODD: list[dict[str, Any]] = [
    *[{}] * 12,
    {"Idempotency-Key": "once"},
    {"Accept-Language": "en"},
    {"Prefer": "respond-async"},
    {"If-None-Match": '"x"'},
    {"Accept": "text/html"},
    {"Accept": "*/*"},
    {"Host": "elsewhere.example"},
    {"X-Forwarded-For": "10.0.0.1"},
    {"Cookie": "sesi=x"},
    {"query": "?x=1"},
    {"type": "text/plain"},
    {"type": "application/json; charset=utf-8"},
]
_WORLDS = {
    "office": st.sampled_from([*[BUKITTINGGI] * 6, AGAM]),
    "age": st.sampled_from([*["old"] * 4, *_YEARS]),
    "past": st.one_of(
        st.just([]), st.lists(st.sampled_from(_PASTS), max_size=2), st.just(["recorded"])
    ),
    "session": st.sampled_from([*["open"] * 6, "full", "over", "cancelled", "draft", "unknown"]),
    "married": st.booleans(),
    "caller": st.sampled_from(_CALLERS),
    "odd": st.sampled_from(_ODD),
}


class Scene:
    """A person, a session and what was before, built by the public verbs."""

    def __init__(self, made: World, world: dict[str, Any]) -> None:
        self.made, self.world = made, world
        self.event = make_event(made)
        self.session = make_session(
            made, self.event, dict.fromkeys(self.event.services, 2) | {"recording": 1}
        )
        self.person = self._person()
        for past in world["past"]:
            with suppress(DomainError), transaction.atomic():
                self._lived(past)
        self._session_now()

    def _person(self) -> Resident:
        year = timezone.localdate().year - _YEARS[self.world["age"]]
        born = date(year, 1, 1)
        changes: dict[str, Any] = {"birth_date": born}
        if self.world["married"]:
            changes["marital_status"] = "married"
        if "doubtful" in self.world["past"]:
            changes["nik"] = Nik(nik(born).text[:12] + "0000")
        if "known" in self.world["past"]:
            changes["known_recorded_on"] = today() - timedelta(days=300)
        try:
            with transaction.atomic():
                return make_resident(self.made, self.world["office"], **changes)
        except DomainError:
            return make_resident(self.made, self.world["office"])

    def _lived(self, past: str) -> None:
        operator, head = self.made["operator"].actor, self.made["head"].actor
        moment = timezone.now() - timedelta(days=1)
        match past:
            case "recorded":
                record(self.made, self.person, occurred_at=moment)
            case "activated":
                record(self.made, self.person, "ikd_activation", occurred_at=moment)
            case "recorded elsewhere":
                other = AGAM if self.person.office_id == BUKITTINGGI else BUKITTINGGI
                twin = Nik("9901011705908888")
                self.person = make_resident(self.made, self.world["office"], nik=twin)
                record(self.made, make_resident(self.made, other, nik=twin), occurred_at=moment)
            case "booked" | "missed" | "cancelled":
                self._visited(past)
            case "called again":
                record(self.made, self.person, occurred_at=moment)
                with scoped(head.scope):
                    reopen_recording(
                        by=head,
                        resident=self.person,
                        reason="deleted",
                        may_return_on=today() + timedelta(days=1),
                    )
            case "told by SIAK":
                said = {"resident": str(self.person.pk), "code": "PRINT_READY_RECORD"}
                said |= {"at": moment.isoformat(), "source": "Daftar"}
                self.made["operator"].post("record-statuses/", said)
            case "paper":
                with scoped(operator.scope):
                    record(self.made, self.person, "family_card", occurred_at=moment)

    def _visited(self, past: str) -> None:
        by = self.made["operator"].actor
        place = self.session if past == "cancelled" else make_session(self.made, self.event)
        contact = Contact("email", "x@contoh.example") if past == "cancelled" else None
        with scoped(by.scope):
            visit = book(
                by=by, session=place, resident=self.person, services=["recording"], contact=contact
            )
            if past == "cancelled":
                cancel_appointment(by=by, appointment=visit)
        if past == "missed":
            self._ends(place)

    def _ends(self, session: ServiceSession) -> None:
        moment = timezone.now() - timedelta(hours=1)
        ServiceSession.everything.filter(pk=session.pk).update(
            starts_at=moment - timedelta(minutes=1), ends_at=moment
        )

    def _session_now(self) -> None:
        by = self.made["operator"].actor
        match self.world["session"]:
            case "full":
                with scoped(by.scope):
                    other = make_resident(self.made)
                    book(by=by, session=self.session, resident=other, services=["recording"])
            case "over":
                self._ends(self.session)
            case "cancelled":
                with scoped(by.scope):
                    cancel_event(by=by, event=self.event, reason="Banjir")
            case "unknown":
                self.session.pk = uuid7()

    def caller(self) -> Caller:
        name = self.world["caller"]
        if name == "made up":
            return Caller(None, "0" * 64)
        if name in ("reader", "blocked"):
            user = self.made["operator"].user
            assert user
            posting = Posting.objects.get(user=user)
            _token, text = create_token(posting=posting, scopes=["read"], label="test")
            if name == "blocked":
                user.is_active = False
                user.save(update_fields=["is_active"])
            return Caller(None, text)
        return self.made[name]


def send(
    caller: Caller, method: str, path: str, body: Any, odd: dict[str, str]
) -> Callable[[], Answer]:
    headers = {name: value for name, value in odd.items() if name[0].isupper()}
    if caller.token:
        headers["Authorization"] = f"Token {caller.token}"
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)

    def sent() -> Answer:
        response = caller.client.generic(
            method,
            f"/api/v1/{path}{odd.get('query', '')}",
            "" if body is None else data,
            content_type=odd.get("type", "application/json"),
            headers=headers,
        )
        return Answer(response.status_code, dict(response.headers), response.content)

    return sent


def in_both(
    scene: Scene, method: str, path: str, body: Any, no_faults: Callable[[], None]
) -> Answer:
    odd = scene.world["odd"]
    return both(send(scene.caller(), method, path, body, odd), no_faults)


# --- the three requests -----------------------------------------------------------------------------


@pytest.mark.timeout(1200)
@_RUN
@given(caller=_WORLDS["caller"], odd=_WORLDS["odd"])
def test_ping(seen: World, no_faults: Callable[[], None], caller: str, odd: dict[str, str]) -> None:
    """Which asks nothing of any event or person."""
    scene = Scene.__new__(Scene)
    scene.made, scene.world = seen, {"caller": caller, "odd": odd}
    with transaction.atomic():
        in_both(scene, "GET", "ping/", None, no_faults)
        transaction.set_rollback(True)


@pytest.mark.timeout(1200)
@_RUN
@given(
    world=st.fixed_dictionaries(_WORLDS),
    services=st.lists(st.sampled_from([*["recording"] * 3, *_SERVICES, "dance"]), max_size=3),
    change=st.sampled_from(
        [*["none"] * 12, "extra", "confirm", "capitals", "missing", "number", "list", "broken"]
    ),
)
def test_a_booking(
    seen: World,
    no_faults: Callable[[], None],
    world: dict[str, Any],
    services: list[str],
    change: str,
) -> None:
    with transaction.atomic():
        scene = Scene(seen, world)
        body: Any = {
            "session": str(scene.session.pk),
            "resident": str(scene.person.pk),
            "services": services or ["recording"],
        }
        in_both(scene, "POST", "appointments/", changed(body, change), no_faults)
        transaction.set_rollback(True)


@pytest.mark.timeout(1200)
@_RUN
@given(
    world=st.fixed_dictionaries(_WORLDS),
    service=st.sampled_from([*["recording", "ikd_activation", "family_card"] * 3, *_SERVICES]),
    outcome=st.sampled_from([*["done"] * 4, "failed", "failed", "perhaps"]),
    reason=st.sampled_from([*[""] * 5, "network", "first_card", "no_family_card", "whim"]),
    where=st.sampled_from(["office", "office", "session", "event", "both", "elsewhere"]),
    hours=st.sampled_from([*[-0.1] * 5, 0.01, 1, -30, -200, -24 * 365 * 30]),
    who=st.sampled_from([*["resident"] * 8, "nik", "ticket", "two", "nobody", "unknown"]),
    booked=st.booleans(),
    more=st.sampled_from(
        [
            *[{}] * 5,
            {"device": "Laptop 3", "note": "Datang sendiri"},
            {"note": "x\u200b"},
            {"note": "3" * 16},
            {"device_now": "2026-11-27T08:00:00+07:00"},
            {"device_now": "2020-01-01T08:00:00+07:00"},
            {"card_used": "print"},
            {"receiver": "self"},
            {"occurred_at": "2026-11-27T08:00:00"},
        ]
    ),
    again=st.sampled_from([*[""] * 6, "same", "other"]),
    change=st.sampled_from(
        [*["none"] * 12, "extra", "capitals", "missing", "number", "list", "broken"]
    ),
)
def test_a_record(
    seen: World, no_faults: Callable[[], None], world: dict[str, Any], **drawn: Any
) -> None:
    with transaction.atomic():
        scene = Scene(seen, world)
        body = body_of(scene, **drawn)
        if drawn["again"] and isinstance(body, dict):
            first = body if drawn["again"] == "same" else {**body, "device": "lain"}
            scene.made["operator"].post("service-records/", first)
        in_both(scene, "POST", "service-records/", changed(body, drawn["change"]), no_faults)
        transaction.set_rollback(True)


def body_of(
    scene: Scene,
    *,
    service: str,
    outcome: str,
    reason: str,
    where: str,
    hours: float,
    who: str,
    booked: bool,
    more: dict[str, str],
    **_drawn: Any,
) -> dict[str, Any]:
    ticket = "AAAAAAAA"
    if booked:
        by = scene.made["operator"].actor
        with suppress(DomainError), transaction.atomic(), scoped(by.scope):
            names = [service] if service in scene.event.services else ["recording"]
            visit = book(by=by, session=scene.session, resident=scene.person, services=names)
            ticket = visit.ticket
    moment = timezone.now() + timedelta(hours=hours)
    body = {
        "id": str(uuid7()),
        "service": service,
        "outcome": outcome,
        "occurred_at": moment.isoformat(),
        **({"reason": reason} if reason else {}),
    }
    body |= {
        "office": {},
        "session": {"session": str(scene.session.pk)},
        "event": {"event": str(scene.event.pk)},
        "both": {"session": str(scene.session.pk), "event": str(scene.event.pk)},
        "elsewhere": {"session": str(uuid7())},
    }[where]
    number = "9901011705900001"
    body |= {
        "resident": {"resident": str(scene.person.pk)},
        "nik": {"nik": number},
        "ticket": {"ticket": ticket},
        "two": {"resident": str(scene.person.pk), "nik": number},
        "nobody": {},
        "unknown": {"resident": str(uuid7())},
    }[who]
    return body | more


def changed(body: dict[str, Any], change: str) -> Any:
    changes: dict[str, Any] = {
        "extra": body | {"colour": "red"},
        "confirm": body | {"confirm": ["returns-later"]},
        "capitals": body | {"resident": body.get("resident", "").upper()},
        "missing": {name: value for name, value in body.items() if name != "resident"},
        "number": body | {"resident": 7},
        "list": [body],
        "broken": json.dumps(body)[:-1],
    }
    return changes.get(change, body)


# --- what the road is made of -------------------------------------------------------------------------


def booking_of(made: World, places: int = 3) -> tuple[dict[str, Any], ServiceSession]:
    session = make_session(made, make_event(made), {"recording": places})
    person = make_resident(made)
    return {
        "session": str(session.pk),
        "resident": str(person.pk),
        "services": ["recording"],
    }, session


def record_of(person: str, service: str = "recording") -> dict[str, Any]:
    moment = (timezone.now() - timedelta(minutes=5)).isoformat()
    return {
        "id": str(uuid7()),
        "service": service,
        "outcome": "done",
        "resident": person,
        "occurred_at": moment,
    }


def taken(session: ServiceSession) -> int:
    return Seat.objects.filter(session=session, holder__isnull=False).count()


def test_plain_requests_are_answered_on_the_road(made: World) -> None:
    body, session = booking_of(made, 1)
    operator = made["operator"]
    with CaptureQueriesContext(connection) as captured:
        assert operator.get("ping/").status == 200
        assert operator.post("appointments/", body).status == 201
        person = str(make_resident(made).pk)
        refused = operator.post("appointments/", {**body, "resident": person})
        assert operator.post("service-records/", record_of(person)).status == 201
    assert (refused.status, refused.json["type"]) == (409, "/problems/session-full")
    assert sum("short_road" in query["sql"] for query in captured) == 6
    assert (taken(session), dict(long_ways())) == (1, {})


@pytest.mark.parametrize("prepared", [True, False])
def test_without_prepared_statements_or_without_the_road(made: World, prepared: bool) -> None:
    """Behind a pooler nothing is prepared; and the road can be closed."""
    body, _session = booking_of(made)
    with override_settings(PREPARED=prepared, SHORT_ROAD=not prepared):
        with CaptureQueriesContext(connection) as captured:
            assert made["operator"].post("appointments/", body).status == 201
            assert (
                made["operator"].post("service-records/", record_of(body["resident"])).status == 201
            )
        on_road = any("short_road" in query["sql"] for query in captured)
        assert on_road is not prepared
        assert not any("EXECUTE road" in query["sql"] for query in captured)
    assert dict(long_ways()) == {}


def test_who_goes_the_long_way_is_counted_by_the_reason(made: World) -> None:
    body, _session = booking_of(made)
    operator = made["operator"]
    operator.post("appointments/", body, **{"Idempotency-Key": "x"})
    operator.post("appointments/", body)
    operator.get("ping/?x=1")
    made["anonymous"].get("ping/")
    assert dict(long_ways()) == {"database": 1, "header": 1, "query": 1, "token": 1}
    user = operator.user
    assert user
    client = Client()
    assert "short_road" not in client.get("/readyz").json()
    client.force_login(user)
    assert client.get("/readyz").json()["short_road"] == dict(long_ways())


@override_settings(API_RATE="2/min")
def test_every_request_counts_once(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(time=lambda: 1_800_000_030)
    monkeypatch.setattr("dukcapil.accounts.authentication.time", clock)
    answers = [made["operator"].get("ping/") for _n in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    left = [answer.headers["X-RateLimit-Remaining"] for answer in answers]
    assert left == ["1", "0", "0"]
    assert dict(long_ways()) == {"limit": 1}


def test_both_ways_log_the_same(made: World, caplog: pytest.LogCaptureFixture) -> None:
    lines = []
    for is_open in (True, False):
        body, _session = booking_of(made)
        caplog.clear()
        with override_settings(SHORT_ROAD=is_open), caplog.at_level("INFO"):
            made["operator"].post("appointments/", body)
            made["operator"].get("ping/")
        lines.append(
            [
                (one.name, one.levelname, {**one.msg, "request_id": "", "timestamp": ""})
                for one in caplog.records
                if isinstance(one.msg, dict)
            ]
        )
    assert lines[0] == lines[1] != []


def test_the_scope_of_a_token_is_that_of_its_actor(made: World) -> None:
    """What the first statement sets, and what Python says of the same posting."""
    for caller in made.values():
        if caller.token and caller._actor and caller.actor.may("regions.view"):
            rows = Transaction().begin((_ENTER, entered_params(hash_token(caller.token))))
            assert [json.loads(row[-1])[-1] for row in rows] in ([caller.actor.scope], [])


def test_no_table_of_the_road_is_told_who_changes_it() -> None:
    statements = [_HOLD, _TAKE, _VISIT.statement, _PLACE.statement]
    assert not {model for one in statements for model in one.writes} & _tracked()
    tracked = Statement("road_never", "SELECT 1", writes=(ServiceSession,))
    with pytest.raises(LongWay):
        _prepare([(tracked, ())])


def test_a_hook_that_waits_closes_the_road(kept: World) -> None:
    connection.run_on_commit.append((set(), lambda: None, False))
    try:
        with pytest.raises(LongWay):
            Transaction().begin()
    finally:
        connection.run_on_commit.clear()


def test_a_table_that_changed_closes_the_road_for_one_request_alone(kept: World) -> None:
    """Plans of before are refused ("cached plan must not change result type") as long as a connection lives."""
    operator = kept["operator"]
    assert operator.get("ping/").status == 200
    longer = "ALTER TABLE accounts_user ALTER COLUMN name TYPE varchar({})"
    before = User._meta.get_field("name").max_length
    as_superuser(longer.format(before + 1))
    try:
        for _n in range(3):
            assert operator.get("ping/").status == 200
        assert dict(long_ways()) == {"database": 1}
        # And on the long way, which fails once.
        with override_settings(SHORT_ROAD=False):
            assert operator.get("ping/").status == 200
            as_superuser(longer.format(before + 2))
            with pytest.raises(NotSupportedError):
                operator.get("ping/")
            close_old_connections()  # as a server does between two requests
            assert operator.get("ping/").status == 200
    finally:
        as_superuser(longer.format(before))
        connection.close()


def test_a_statement_without_its_wall_is_never_kept(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Put together while the first wall is down (tests do that), it would stay down until the process ends."""
    marks = [_SOMEBODY, *_OFFICE_MARKS]
    query, values = Query("road_open", _person, marks), [str(make_resident(made).pk), "13.75"]
    with scoped(made["operator"].actor.scope):
        with monkeypatch.context() as patch:
            patch.setattr(ScopedQuerySet, "visible_to", lambda self, actor: self)
            with pytest.raises(ValueError, match=r"road_open: .*99\.99"):
                query.of(values)
            record_facts.cache_clear()
            with pytest.raises(ValueError, match="road_person"):
                record_facts()
        assert "office_id" in query.of(values)[0].sql
    assert "office_id" in record_facts().sql


def test_many_at_once_get_the_places_that_there_are(kept: World) -> None:
    session = make_session(kept, make_event(kept), {"recording": 3})
    people = make_many(kept, ["Contoh Warga"] * 12)
    statuses: list[int] = []

    def one(person: Resident) -> None:
        body = {"session": str(session.pk), "resident": str(person.pk), "services": ["recording"]}
        caller = Caller(kept["operator"].actor, kept["operator"].token)
        try:
            statuses.append(caller.post("appointments/", body).status)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, people))
    assert Counter(statuses) == {201: 3, 409: 9}
    assert taken(session) == 3


def test_no_statement_of_the_road_reads_a_whole_table(made: World) -> None:
    """As it is planned once for all values, where indexes are dearer than nothing. Second factors of the
    staff may be: of a few dozen, as here, they are hashed whole; of many the index is cheaper. So may elections
    of all time, a few dozen, too: which offices one is held in stands in an array.
    """
    with scoped(made["operator"].actor.scope), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        found = {}
        for one in (
            *(_LOOK, _ENTER, _HOLD, _FACTS, _GLANCE, _TAKE, _CANCELLED),
            *(_WAITING._statement, record_facts()),
        ):
            cursor.execute(f"EXPLAIN (GENERIC_PLAN) {one.sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            few = {"mfa_authenticator", "events_election"}
            found[one.name] = set(re.findall(r"Seq Scan on (\w+)", plan)) - few
    assert not {name: tables for name, tables in found.items() if tables}
