"""A session that has ended stays ended, whoever asked by its cookie meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth import SESSION_KEY
from django.db import connection, transaction

from dukcapil.core.sessions import SessionStore
from tests.world import World


def _is_known(key: str) -> bool:
    try:
        return SESSION_KEY in SessionStore(key)
    finally:
        connection.close()


def test_who_is_asked_for_while_a_session_ends_does_not_outlive_it(kept: World) -> None:
    session = SessionStore()
    session[SESSION_KEY] = "1"
    session.save()
    key = str(session.session_key)
    with ThreadPoolExecutor(1) as another, transaction.atomic():
        SessionStore(key).delete()
        # The row still stands for everybody else, and is copied into Redis again.
        assert another.submit(_is_known, key).result()
    assert not SessionStore(key).exists(key)
    assert SESSION_KEY not in SessionStore(key)
