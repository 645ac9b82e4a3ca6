"""What every request costs: one line in the log, one policy, no question whether the database lives, and a
scope that comes with the token.
"""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import pytest
from django.core.signals import request_started
from django.db import close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext
from knox.crypto import hash_token

from dukcapil.accounts import authentication
from dukcapil.accounts.scoping import declared
from dukcapil.accounts.selectors import enter_with_token
from dukcapil.core import connections
from dukcapil.core.connections import look_before_asking
from dukcapil.core.db import get_scope, rows
from dukcapil.core.logs import formatter
from registrations.people.models import Resident
from tests import engines
from tests.one_wall import keep_nothing
from tests.world import CAST, World, make_resident


def test_the_database_writes_the_scope_that_the_actor_has(made: World) -> None:
    seen = set()
    for name in CAST:
        found = enter_with_token(hash_token(str(made[name].token)))
        assert found is not None, name
        live, known = found
        assert known == live.actor.scope == get_scope(), name
        seen.add(known)
    assert len(seen) >= 5


def test_another_scope_than_the_actors_does_not_hold(
    kept: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Were the two ever to differ, what Python says is set."""
    person = make_resident(kept)

    def too_much(digest: str) -> Any:
        found = enter_with_token(digest)
        assert found is not None
        rows("SELECT set_config('app.scope', '*', true)")
        return found[0], "*"

    monkeypatch.setattr(authentication, "enter_with_token", too_much)
    path = f"residents/{person.pk}/"
    assert kept["operator"].get(path).status == 200
    monkeypatch.setattr(Resident.objects, "visible_to", lambda actor: Resident.everything.all())
    keep_nothing(monkeypatch, settings)
    assert kept["neighbour"].get(path).status == 404
    assert declared.get() is None


def test_one_line_for_a_request(made: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        made["operator"].get("ping/", **{"User-Agent": "uji/1"})
    lines = [json.loads(formatter().format(record)) for record in caplog.records]
    [line] = [line for line in lines if line["event"].startswith("request_")]
    assert line["event"] == "request_finished"
    assert (line["request"], line["code"]) == ("GET /api/v1/ping/", 200)
    assert line["user_agent"] == "uji/1"
    assert line["request_id"]
    assert line["user_id"]


def test_the_policy_of_answers_is_that_of_pages(made: World) -> None:
    def parts(text: str) -> set[str]:
        return set(text.split("; "))

    page = made["operator"].client.get("/akun/masuk/").headers["Content-Security-Policy"]
    for path in ("ping/", "regions/13/", "unknown/"):
        answer = made["operator"].get(path) if path != "unknown/" else None
        headers = (
            answer.headers if answer else made["operator"].client.get("/api/v1/unknown/").headers
        )
        assert parts(headers["Content-Security-Policy"]) == parts(page)


def test_a_silent_connection_is_not_asked_and_one_that_ended_is_found(
    kept: World, by_address: None
) -> None:
    def begins() -> list[str]:
        """Statements before the first one of a request."""
        request_started.connect(close_old_connections)
        try:
            request_started.connect(look_before_asking, dispatch_uid="again")
            request_started.send(sender=None, environ={})
            with CaptureQueriesContext(connection) as asked, transaction.atomic():
                assert rows("SELECT 1") == [(1,)]
            return [query["sql"] for query in asked]
        finally:
            request_started.disconnect(close_old_connections)
            request_started.disconnect(dispatch_uid="again")

    connection.ensure_connection()
    first = connection.connection
    assert rows("SELECT inet_server_addr() IS NULL") == [(False,)]
    begins()
    assert connection.connection is first
    assert connection.health_check_done
    [[pid]] = rows("SELECT pg_backend_pid()")
    engines.as_superuser(f"SELECT pg_terminate_backend({pid}, 5000)")
    begins()
    assert connection.connection is not first


def test_a_connection_that_waited_long_is_asked(
    kept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silent is also what ended without a word to us."""

    def is_asked() -> bool:
        connection.health_check_done = False
        look_before_asking()
        return not connection.health_check_done

    connection.close()
    connection.ensure_connection()
    assert is_asked(), "nobody knows since when it waits"
    assert not is_asked()
    monkeypatch.setattr(connections, "LONGEST", 0.05)
    time.sleep(0.1)
    assert is_asked()
    assert not is_asked()
