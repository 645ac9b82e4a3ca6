"""Savepoints that wait for the next statement undo what they undid when each had a message of its own."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from dukcapil.accounts.models import Posting
from dukcapil.core.db import rows, service
from dukcapil.core.history import changes_by
from dukcapil.core.joined import joined
from tests.world import World

#: What is set until the transaction ends, and undone with a savepoint.
_SAID = "SELECT coalesce(current_setting('app.joined', true), '')"


class _RuleError(Exception):
    """A rule of the house: PostgreSQL knows nothing of it."""


def _say(letter: str) -> None:
    rows(f"SELECT set_config('app.joined', ({_SAID}) || %s, true)", [letter])


def _said() -> str:
    return str(rows(_SAID)[0][0])


def _read() -> None:
    assert list(Posting.objects.filter(pk=0).iterator()) == []


def _many() -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            f"SELECT set_config('app.joined', ({_SAID}) || %s, true)", [["m"], ["n"]]
        )


def _no_such_value() -> None:
    with pytest.raises(ProgrammingError):
        rows("SELECT %s", [object()])  # never leaves


def _refuse() -> None:
    raise _RuleError


def _break() -> None:
    rows("SELECT 1 / 0")


_STEPS: dict[str, Callable[[], None]] = {
    "read by parts": _read,
    "many": _many,
    "cannot be written": _no_such_value,
    "a rule refuses": _refuse,
    "PostgreSQL refuses": _break,
}


def _carry_out(program: list[Any], found: list[str]) -> None:
    """A list is a block with a savepoint; whoever opened it goes on after a refusal."""
    for step in program:
        if isinstance(step, list):
            with contextlib.suppress(_RuleError, DatabaseError), transaction.atomic():
                _carry_out(step, found)
            found.append(_said())
        elif step in _STEPS:
            _STEPS[step]()
        else:
            _say(step)


def _runs(program: list[Any], *, around: Callable[..., Any]) -> list[str]:
    found: list[str] = []

    def view() -> HttpResponse:
        _carry_out(program, found)
        return HttpResponse()

    with contextlib.suppress(_RuleError, DatabaseError), transaction.atomic():
        with contextlib.suppress(_RuleError, DatabaseError):
            around(view)()
        found.append(_said())
        raise _RuleError  # the next one begins with nothing said
    return found


_STEP = st.sampled_from([*"abc", *"abc", *_STEPS])


@pytest.mark.django_db
@settings(deadline=None)
@given(
    program=st.recursive(st.lists(_STEP, max_size=4), lambda one: st.lists(one | _STEP, max_size=4))
)
def test_the_same_is_undone(program: list[Any]) -> None:
    assert _runs(program, around=joined) == _runs(program, around=transaction.atomic)


@pytest.mark.django_db
def test_a_step_with_two_savepoints_sends_what_it_asks_alone() -> None:
    verb = service(lambda: _say("v"))

    def view() -> HttpResponse:
        _say("p")
        verb()
        verb()
        return HttpResponse()

    with CaptureQueriesContext(connection) as queries:
        joined(view)()
    assert _said() == "pvv"
    sent = [one["sql"].split("SELECT")[0] for one in queries.captured_queries]
    assert len(sent) == 3
    # The one of before is released with the next: they do not pile up.
    assert [one.count("SAVEPOINT") for one in sent] == [1, 1, 2]


@pytest.mark.django_db
def test_nothing_waits_any_more_once_the_page_is_done() -> None:
    with transaction.atomic():
        joined(HttpResponse)()
        with CaptureQueriesContext(connection) as queries:
            _say("x")
    assert queries.captured_queries[0]["sql"].startswith("SELECT")
    assert not connection.execute_wrappers


def test_who_changed_something_stands_also_after_what_was_undone(made: World) -> None:
    posting = made["operator"].actor.posting_id

    def change(year: int) -> None:
        Posting.objects.filter(pk=posting).update(ends_on=date(year, 1, 1))

    def view() -> HttpResponse:
        with contextlib.suppress(_RuleError), transaction.atomic():
            change(2040)
            raise _RuleError
        change(2041)
        return HttpResponse()

    with changes_by(user=7, path="/satu/"):
        joined(view)()
    [[said]] = rows(
        "SELECT c.metadata FROM accounts_postingevent e JOIN pghistory_context c"
        " ON c.id = e.pgh_context_id WHERE e.id = %s",
        [posting],
    )
    assert (json.loads(said) if isinstance(said, str) else said)["user"] == 7
