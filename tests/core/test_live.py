"""The server of stories: whose connection a request has, and what it answers from memory."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from dukcapil.core.command import use_role
from dukcapil.core.db import rows
from tests import live, staying
from tests.threads import at_once
from tests.world import World

_WHO = "SELECT pg_backend_pid(), current_user, current_setting('work_mem')"


def mine() -> Any:
    return rows(_WHO)[0]


def answered(work: Callable[[], Any] = mine) -> Any:
    """What a request finds, in a thread of its own as each has."""

    def application(_environ: dict[str, Any], _start: Any) -> Any:
        return _Response(work())

    def request() -> Any:
        answer = live._Answer(application, {}, answered)
        found = [*answer]
        answer.close()
        return found[0]

    return at_once(request)[0]


class _Response:
    def __init__(self, found: Any) -> None:
        self.found = found

    def __iter__(self) -> Iterator[Any]:
        return iter([self.found])

    def close(self) -> None: ...


def test_a_request_goes_on_where_another_ended_and_two_at_once_have_two(kept: World) -> None:
    live.close()
    first = answered()
    assert answered() == first
    assert first[0] != mine()[0]
    within, without = answered(lambda: (answered(), mine()))
    assert within != without
    assert len(live.opened()) == 2
    # For the next test they are as new.
    answered(lambda: connection.cursor().execute("SET work_mem = '999kB'"))
    assert answered()[2] == "999kB"
    assert {within[0], without[0]} <= {*staying.kept()}
    assert answered()[2] == first[2]


def test_what_fails_gives_back_and_what_is_open_is_ended(kept: World) -> None:
    live.close()
    first = answered()

    def fail() -> None:
        raise ArithmeticError

    assert isinstance(answered(fail), ArithmeticError)
    assert answered() == first
    answered(lambda: transaction.atomic().__enter__())
    assert live.opened() == []
    assert answered() != first


def test_a_request_is_of_the_role_of_threads_that_begin_now(kept: World) -> None:
    assert answered()[1] == "web"
    use_role("worker")
    assert answered()[1] == "worker"
    use_role("web")
    assert answered()[1] == "web"


def test_a_file_is_answered_alike_whoever_asks_and_kept_where_it_is_there(
    kept: World, live_server: Any
) -> None:
    def ask(name: str, **headers: str) -> tuple[int, Any, bytes]:
        asked = urllib.request.Request(f"{live_server.url}/static/{name}", headers=headers)
        try:
            with urllib.request.urlopen(asked) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, b""

    live._files.clear()
    name = "vendor/bootstrap.css"
    file = (settings.BASE_DIR / "static" / name).read_bytes()
    for has in ({"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, {"Range": "bytes=0-9"}, {}):
        status, headers, content = ask(name, **has)
        assert (status, content) == (200, file)
        assert headers["Content-Type"].startswith("text/css")
        assert "immutable" in headers["Cache-Control"]
    assert ask("tidak/ada.css")[0] == 404
    assert [*live._files] == [f"/static/{name}"]
