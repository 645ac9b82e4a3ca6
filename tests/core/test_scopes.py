"""A scope that goes with the first statement stands as one with a message of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from dukcapil.accounts.models import Posting
from dukcapil.core.db import get_scope, rows, set_scope
from dukcapil.core.history import changes_by
from dukcapil.core.joined import joined
from dukcapil.core.scopes import scope_waits

pytestmark = pytest.mark.django_db
SCOPE = "13.75;13.75.01.1001;01a21db9-1240-7767-a6e0-138209755172"


class _RuleError(Exception):
    """A rule of the house."""


def _refuse() -> None:
    raise _RuleError


def _no_such_value() -> None:
    with pytest.raises(ProgrammingError):
        rows("SELECT %s", [object()])


def _many() -> None:
    with connection.cursor() as cursor:
        cursor.executemany("SELECT %s", [["m"], ["n"]])


_STEPS: dict[str, Callable[[], Any]] = {
    "ask": lambda: rows("SELECT 1"),
    "ask for a share": lambda: rows("SELECT '100%%', %s", ["%s"]),
    "read by parts": lambda: list(Posting.objects.filter(pk=0).iterator()),
    "many": _many,
    "cannot be written": _no_such_value,
    "a rule refuses": _refuse,
    "PostgreSQL refuses": lambda: rows("SELECT 1 / 0"),
    "another scope": lambda: set_scope("32.01;;"),
}


def _carry_out(program: list[Any], found: list[str]) -> None:
    """A list is a block with a savepoint; whoever opened it goes on after a refusal."""
    for step in program:
        if isinstance(step, list):
            with contextlib.suppress(_RuleError, DatabaseError), transaction.atomic():
                _carry_out(step, found)
        elif step == "look":
            found.append(get_scope())
        else:
            _STEPS[step]()


@contextlib.contextmanager
def _at_once(scope: str) -> Iterator[None]:
    set_scope(scope)
    yield


def _found(program: list[Any], told: Callable[[str], Any], page: Callable[..., Any]) -> list[str]:
    """As a request does it: the scope, then the page in a savepoint of its own, then what is logged beside it."""
    found: list[str] = []

    def view() -> HttpResponse:
        _carry_out(program, found)
        return HttpResponse()

    with contextlib.suppress(_RuleError), transaction.atomic():
        set_scope("")
        with told(SCOPE):
            with contextlib.suppress(_RuleError, DatabaseError):
                page(view)()
            found.append(get_scope())
        raise _RuleError
    return found


_STEP = st.sampled_from(["look", "look", *_STEPS])
_PROGRAM = st.recursive(
    st.lists(_STEP, max_size=4), lambda one: st.lists(one | _STEP, max_size=4), max_leaves=12
)


@settings(deadline=None)
@given(program=_PROGRAM, page=st.sampled_from([joined, transaction.atomic]))
def test_the_same_scope_is_found(program: list[Any], page: Callable[..., Any]) -> None:
    assert _found(program, scope_waits, page) == _found(program, _at_once, page)


def test_it_has_no_message_of_its_own() -> None:
    with CaptureQueriesContext(connection) as queries, scope_waits(SCOPE):
        assert rows("SELECT current_setting('app.scope', true)") == [(SCOPE,)]
        assert get_scope() == SCOPE
    assert [one["sql"].count("SET LOCAL app.scope") for one in queries.captured_queries] == [1, 0]
    assert not connection.execute_wrappers


def _who_changes() -> str:
    """A change of nobody's posting, and whether it was told whose it is."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_posting SET ends_on = ends_on WHERE false")
    return str(rows("SELECT current_setting('pghistory.context_id', true)")[0][0])


def test_who_changes_rows_is_told_with_it_too() -> None:
    rows("SELECT set_config('pghistory.context_id', '', true)")
    with scope_waits(SCOPE), changes_by(user=1):
        assert _who_changes()


def test_who_changes_rows_is_told_before_the_page_that_is_undone() -> None:
    rows("SELECT set_config('pghistory.context_id', '', true)")
    with scope_waits(SCOPE), changes_by(user=1):
        with contextlib.suppress(_RuleError), transaction.atomic():
            assert _who_changes()
            _refuse()
        assert _who_changes()


def test_who_asks_nothing_sends_nothing() -> None:
    with CaptureQueriesContext(connection) as queries, scope_waits(SCOPE):
        pass
    assert not len(queries)


def test_a_text_that_is_no_scope_of_ours_is_a_value() -> None:
    for text in ("13.75'; SELECT 1; --", "100%s", "13.75\n"):
        with scope_waits(text):
            assert get_scope() == text


def test_it_lives_in_a_transaction() -> None:
    waits = scope_waits(SCOPE)
    before, connection.in_atomic_block = connection.in_atomic_block, False
    try:
        with pytest.raises(RuntimeError, match="open one first"):
            waits.__enter__()
    finally:
        connection.in_atomic_block = before
