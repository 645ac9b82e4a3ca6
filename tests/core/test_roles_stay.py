"""Who goes from role to role in the suite comes back to the connection that was left."""

from __future__ import annotations

import threading
from typing import Any

from django.conf import settings
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from dukcapil.core import command
from dukcapil.core.db import rows
from tests import engines, roles
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
    rows("SELECT set_config('app.lain', 'x', false)")
    command.use_role("worker")
    assert _who() == worker
    rows("SET work_mem = '1MB'; SELECT 1")
    command.use_role("web")
    assert rows("SELECT current_setting('app.lain')") == [("",)]
    command.use_role("worker")
    assert rows("SHOW work_mem") != [("1MB",)]
    command.use_role("web")


def test_what_is_open_ends_with_the_connection_as_it_does_for_a_command(kept: World) -> None:
    web = _who()
    with transaction.atomic():
        command.use_role("worker")
        transaction.set_rollback(True)
    command.use_role("web")
    assert web[0] == _who()[0] == "web"
    assert web[1] != _who()[1]


def test_who_listens_hears_what_a_command_asks(kept: World) -> None:
    with CaptureQueriesContext(connection) as asked:
        command.use_role("worker")
        assert _who()[0] == "worker"
    assert len(asked) == 1
    command.use_role("web")


def test_where_the_database_is_out_of_bounds_one_may_go_on_as_another(
    kept: World, django_db_blocker: Any
) -> None:
    for role in ("worker", "web"):
        command.use_role(role)
        assert _who()[0] == role
    with django_db_blocker.block():
        for role in ("worker", "web"):
            command.use_role(role)
    assert _who()[0] == "web"


def test_a_role_of_the_application_is_taken_by_a_new_connection(kept: World) -> None:
    """The function itself, which commands have."""
    web = _who()
    roles.ends_the_connection("worker")
    worker = _who()
    assert worker[0] == "worker"
    roles.ends_the_connection("worker")
    assert _who() == worker
    roles.ends_the_connection("web")
    assert (_who()[0], _who()[1] != web[1]) == ("web", True)


def test_a_connection_is_kept_under_its_own_role(kept: World) -> None:
    """Somebody, a thread that calls a command for one, changed what all share; this connection did not follow."""
    assert _who()[0] == "web"
    login = settings.ENV.db_url_config(engines.database_url("worker"))
    connection.settings_dict.update({name: login[name] for name in ("USER", "PASSWORD")})
    command.use_role("web")
    command.use_role("worker")
    assert _who()[0] == "worker"
    command.use_role("web")
    assert _who()[0] == "web"
