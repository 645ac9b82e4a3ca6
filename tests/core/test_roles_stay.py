"""Who goes from role to role in the suite comes back to the connection that was left."""

from __future__ import annotations

import threading

from django.db import connections, transaction

from dukcapil.core import command
from dukcapil.core.db import rows
from tests.world import World


def _who() -> tuple[str, int]:
    [(user, process)] = rows("SELECT current_user::text, pg_backend_pid()")
    return user, process


def _in_a_thread() -> str:
    told: list[str] = []

    def ask() -> None:
        told.append(_who()[0])
        connections.close_all()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return told[0]


def test_a_role_has_its_own_connection_and_threads_are_of_the_role_of_now(kept: World) -> None:
    web = _who()
    command.use_role("worker")
    worker = _who()
    assert worker[0] == "worker" == _in_a_thread()
    command.use_role("web")
    assert _who() == web
    assert _in_a_thread() == "web"
    command.use_role("worker")
    assert _who() == worker
    command.use_role("web")


def test_what_is_open_ends_with_the_connection_as_it_does_for_a_command(kept: World) -> None:
    web = _who()
    with transaction.atomic():
        command.use_role("worker")
        transaction.set_rollback(True)
    command.use_role("web")
    assert web[0] == _who()[0] == "web"
    assert web[1] != _who()[1]
