"""What every endpoint shares: tokens, scopes, idempotency, pages, limits, documents."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
import yaml
from django.db import DatabaseError, connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dukcapil.accounts.models import ApiToken, IdempotentAnswer, Posting, User
from dukcapil.accounts.scoping import scoped
from dukcapil.accounts.services import create_token, end_posting, forget_answers
from dukcapil.core.db import rows
from dukcapil.core.errors import Invalid
from registrations.booking.services.appointments import book
from tests.core.test_bad_input import resident_body
from tests.documented import document
from tests.engines import MANY
from tests.world import (
    AGAM,
    CLOSING,
    Caller,
    World,
    make_event,
    make_resident,
    make_session,
    record,
    today,
    without_factor,
)


def with_token(made: World, name: str, scopes: list[str]) -> Caller:
    posting = Posting.objects.get(pk=made[name].actor.posting_id)
    _token, text = create_token(posting=posting, scopes=scopes, label="uji")
    return Caller(None, text)


def test_a_token_does_only_what_its_scopes_say(made: World) -> None:
    reader = with_token(made, "operator", ["read"])
    assert reader.get("events/").status == 200
    assert reader.post("residents/", resident_body()).status == 403
    figures = with_token(made, "operator", ["coverage"])
    assert figures.get("coverage/?region=13.75&level=regency").status == 200
    assert figures.get("residents/").status == 403
    with pytest.raises(Invalid):
        with_token(made, "operator", ["semua"])


def test_events_are_asked_for_by_their_office_or_what_it_lies_in(made: World) -> None:
    mine, theirs = make_event(made), make_event(made, AGAM)

    def found(office: str) -> set[str]:
        answer = made["province_officer"].get(f"events/?office={office}")
        return {row["id"] for row in answer.json["results"]}

    assert found("13.75") == {str(mine.pk)}
    assert found("13.06") == {str(theirs.pk)}
    assert found("13") == {str(mine.pk), str(theirs.pk)}
    assert found("18") == set()


def test_a_token_dies_with_its_posting_its_user_and_its_time(made: World) -> None:
    caller = made["operator"]
    posting = Posting.objects.get(pk=caller.actor.posting_id)
    assert caller.get("ping/").status == 200
    ApiToken.objects.filter(posting=posting).update(expiry=timezone.now())
    assert caller.get("ping/").status == 401
    fresh = with_token(made, "operator", ["*"])
    end_posting(posting=posting, last_day=today() - timedelta(days=1))
    assert fresh.get("ping/").status == 401


def test_a_wrong_token_and_a_strange_one(made: World) -> None:
    for token in ("salah", "x" * 64, "é"):
        answer = Caller(None, token).get("ping/")
        assert answer.status == 401
        assert "Authorization: Token" in answer.json["title"]


def test_the_same_key_and_body_gets_the_stored_answer(made: World) -> None:
    caller = made["operator"]
    first = caller.post("residents/", resident_body(), **{"Idempotency-Key": "a1"})
    again = caller.post("residents/", resident_body(), **{"Idempotency-Key": "a1"})
    assert (first.status, again.status, again.content) == (201, 201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = caller.post("residents/", resident_body(name="Lain"), **{"Idempotency-Key": "a1"})
    assert (other.status, other.json["type"]) == (422, "/problems/idempotency-key-reused")
    assert (
        made["head"].post("residents/", resident_body(), **{"Idempotency-Key": "a1"}).status == 409
    )


def test_only_success_is_stored(made: World) -> None:
    caller = made["operator"]
    body = resident_body(nik="1")
    assert caller.post("residents/", body, **{"Idempotency-Key": "b"}).status == 422
    assert not IdempotentAnswer.objects.exists()
    assert caller.post("residents/", resident_body(), **{"Idempotency-Key": "b"}).status == 201


def test_pages_neither_skip_nor_repeat(made: World) -> None:
    path, codes = "regions/?parent=13&level=district&limit=50", []
    while path:
        answer = made["api_client"].get(path)
        codes += [row["code"] for row in answer.json["results"]]
        link = answer.headers.get("Link", "")
        path = link.partition("/api/v1/")[2].partition(">")[0]
    assert codes == sorted(set(codes))
    assert len(codes) == 179


@pytest.mark.parametrize("query", ["limit=0", "limit=9999", "limit=x", "cursor=!!", "level=x"])
def test_bad_page_parameters(made: World, query: str) -> None:
    assert made["api_client"].get(f"regions/?{query}").status == 422


def test_a_list_names_its_own_parameters_and_those_of_its_pages(made: World) -> None:
    """Whatever the document says that a list takes is named where it refuses something else."""
    named = {}
    for path, calls in document()["paths"].items():
        known = [one["name"] for one in calls.get("get", {}).get("parameters", ())]
        if "{" in path or not known:
            continue
        answer = made["head"].get(f"{path.removeprefix('/api/v1/')}?neverheard=1")
        if answer.status != 422 or answer.json["errors"][0]["pointer"] != "/neverheard":
            continue
        text = answer.json["errors"][0]["detail"]
        named[path] = set(text.split(": ", 1)[1].rstrip(".").split(", "))
        assert named[path] >= {"limit", "cursor"} & set(known), path
        assert {"limit", "cursor"} & named[path] <= set(known), path
    assert {"limit", "cursor"} <= named["/api/v1/events/"]
    assert not {"limit", "cursor"} & named["/api/v1/coverage/"]
    assert len([path for path, names in named.items() if "limit" in names]) >= 20


def test_no_list_passes_over_a_parameter_that_it_does_not_know(made: World) -> None:
    """Asked of whoever is let in; basis 0 is not there, which is said after the question was read."""
    members = ("head", "province_officer", "api_client", "public_client")
    for path, calls in document()["paths"].items():
        known = [one["name"] for one in calls.get("get", {}).get("parameters", ())]
        if "cursor" not in known:
            continue
        address = re.sub(r"{\w+}", "0", path.removeprefix("/api/v1/"))
        answers = [made[name].get(f"{address}?neverheard=1") for name in members]
        told = [answer for answer in answers if answer.status != 403]
        assert [answer.status for answer in told] == [422] * len(told) != [], path
        assert {answer.json["errors"][0]["pointer"] for answer in told} == {"/neverheard"}, path


@override_settings(API_RATE="3/min")
def test_the_rate_is_limited_and_told(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(time=lambda: 1_800_000_030)
    monkeypatch.setattr("dukcapil.accounts.authentication.time", clock)
    answers = [made["operator"].get("ping/") for _n in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert [answers[n].headers["X-RateLimit-Remaining"] for n in range(3)] == ["2", "1", "0"]
    assert answers[0].headers["X-RateLimit-Limit"] == "3"
    assert answers[3].json["type"] == "/problems/too-many-requests"
    assert 0 < int(answers[3].headers["Retry-After"]) <= 61
    assert made["head"].get("ping/").status == 200
    clock.time = lambda: 1_800_000_090
    assert made["operator"].get("ping/").status == 200


def test_a_list_costs_the_same_with_one_row_and_many(made: World) -> None:
    def one_more() -> None:
        event = make_event(made)
        session = make_session(made, event)
        resident, other = make_resident(made), make_resident(made)
        by = made["operator"].actor
        with scoped(by.scope):
            book(by=by, session=session, resident=other, services=["recording"])
        record(made, resident, session=session.pk)

    nouns = ("events", "sessions", "residents", "appointments", "service-records")

    def asked(rows: int) -> dict[str, int]:
        counts = {}
        for noun in nouns:
            with CaptureQueriesContext(connection) as captured:
                answer = made["operator"].get(f"{noun}/")
            assert len(answer.json["results"]) >= rows, noun
            counts[noun] = len(captured)
        return counts

    one_more()
    few = asked(1)
    for _n in range(MANY - 1):
        one_more()
    assert asked(MANY) == few
    # Savepoints of the transaction layers count too: six of these.
    assert max(few.values()) <= 12, few


@pytest.mark.django_db
def test_the_schema_is_open_valid_and_names_every_path() -> None:
    answer = Client().get("/api/v1/schema/")
    assert answer.status_code == 200
    schema = yaml.safe_load(answer.content)
    assert len(schema["paths"]) >= 25
    assert "/api/v1/coverage/" in schema["paths"]


@pytest.mark.django_db
def test_the_documents_page_is_open_and_runs_no_inline_script() -> None:
    answer = Client().get("/api/v1/docs/")
    assert answer.status_code == 200
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
    html = answer.content.decode()
    assert "<script>" not in html
    assert "http://" not in html.replace("http://testserver", "")


@pytest.mark.django_db
def test_health_and_readiness() -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}
    ready = Client().get("/readyz")
    assert (ready.status_code, ready.json()["checks"]) == (
        200,
        {"database": True, "redis": True, "migrations": True},
    )


def test_answers_with_people_are_not_kept_by_caches(made: World) -> None:
    resident = make_resident(made)
    answer = made["operator"].get(f"residents/{resident.pk}/")
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_stored_answers_hold_no_readable_person(made: World) -> None:
    made["operator"].post("residents/", resident_body(), **{"Idempotency-Key": "p"})
    stored = IdempotentAnswer.objects.get()
    assert b"Siti" not in bytes(stored.body)
    made["operator"].post("residents/search/", {"name": "Siti"}, **{"Idempotency-Key": "q"})
    assert IdempotentAnswer.objects.count() == 1
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(days=3))
    assert forget_answers() == 1


def test_the_api_by_session_waits_for_the_second_factor_too(made: World) -> None:
    without_factor("head")
    client = Client()
    client.force_login(User.objects.get(username="head"))
    assert client.get("/api/v1/residents/").status_code == 403
    # Neither does a token that was made before.
    assert made["head"].get("residents/").status == 401
    client.force_login(User.objects.get(username="operator"))
    assert client.get("/api/v1/residents/").status_code == 200


def test_changes_are_kept_with_who_made_them(kept: World) -> None:
    event = make_event(kept)
    kept["head"].post(f"events/{event.pk}/close/", {"confirm": list(CLOSING)})
    with scoped("*"):
        history = rows(
            "SELECT e.state, c.metadata->>'user' FROM events_serviceeventevent e"
            " JOIN pghistory_context c ON c.id = e.pgh_context_id"
        )
    assert history == [("closed", str(kept["head"].actor.user_id))]
    with pytest.raises(DatabaseError):
        rows("DELETE FROM events_serviceeventevent RETURNING 1")
