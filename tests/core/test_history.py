"""Who changes rows is told to PostgreSQL once for each transaction, and stands with each change."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pghistory
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from dukcapil.accounts.models import Posting
from dukcapil.core.db import rows
from dukcapil.core.history import changes_by
from tests.world import World


@pytest.fixture
def posting(made: World) -> int:
    return made["operator"].actor.posting_id


def _change(posting: int, year: int, *, fails: bool = False) -> None:
    """`ends_on` is kept whenever it is changed."""
    Posting.objects.filter(pk=posting).update(ends_on=date(year, 1, 1))
    if fails:
        raise ValueError("undone")


def _told(posting: int) -> list[Any]:
    """Whose each change was, in their order."""
    found = rows(
        "SELECT c.id, c.metadata FROM accounts_postingevent e"
        " JOIN pghistory_context c ON c.id = e.pgh_context_id"
        " WHERE e.id = %s ORDER BY e.pgh_id",
        [posting],
    )
    return [(key, json.loads(said) if isinstance(said, str) else said) for key, said in found]


def _times(queries: CaptureQueriesContext) -> int:
    return sum("pghistory.context_id" in one["sql"] for one in queries.captured_queries)


def test_it_is_told_once_and_stands_with_every_change(posting: int) -> None:
    with CaptureQueriesContext(connection) as queries, changes_by(user=7, path="/satu/"):
        # The first statement is in what is undone: the settings were made before its savepoint.
        with pytest.raises(ValueError, match="undone"), transaction.atomic():
            _change(posting, 2040, fails=True)
        _change(posting, 2041)
        with transaction.atomic():
            _change(posting, 2042)
    assert _times(queries) == 1
    (one, said), (other, _said) = _told(posting)
    assert one == other is not None
    assert said == {"user": 7, "path": "/satu/"}


def test_the_next_one_is_told_anew(posting: int) -> None:
    for user in (7, 8):
        with changes_by(user=user, path="/"):
            _change(posting, 2040 + user)
    (one, first), (other, second) = _told(posting)
    assert one != other
    assert [first["user"], second["user"]] == [7, 8]


def test_whoever_says_more_is_heard(posting: int) -> None:
    """As the API does, which learns late who asks."""
    with changes_by(user=None, path="/api/"):
        _change(posting, 2041)
        pghistory.context(user=9)
        _change(posting, 2042)
        with pghistory.context(why="sensus"):
            _change(posting, 2043)
        with changes_by(path="/lain/"):
            _change(posting, 2044)
    told = _told(posting)
    assert [len(told), len({key for key, _said in told})] == [4, 1]
    # One context: what was said last stands for all of it, as pghistory has it.
    assert told[-1][1] == {"user": 9, "path": "/lain/", "why": "sensus"}


@pytest.mark.django_db(transaction=True)
def test_it_needs_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="open one"), changes_by(user=1):
        pass
