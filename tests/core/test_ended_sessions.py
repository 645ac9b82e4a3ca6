"""A session that has ended stays ended, whoever asked by its cookie meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.cache import caches
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


def test_who_has_read_the_row_before_and_copies_it_afterwards_brings_nothing_back(
    kept: World,
) -> None:
    """Many requests by a stolen cookie while its owner logs out: one of them reads the row just before it
    goes, and writes its copy when all is over.
    """
    session = SessionStore()
    session[SESSION_KEY] = "1"
    session.save()
    key = str(session.session_key)
    has_read, over = Event(), Event()

    def slowly(execute: Any, *args: Any) -> Any:
        found = execute(*args)
        has_read.set()
        assert over.wait(10)
        return found

    def asked() -> bool:
        with connection.execute_wrapper(slowly):
            return _is_known(key)

    caches[settings.SESSION_CACHE_ALIAS].clear()
    with ThreadPoolExecutor(1) as another:
        slow = another.submit(asked)
        assert has_read.wait(10)
        SessionStore(key).delete()
        over.set()
        slow.result()
    assert not _is_known(key)
