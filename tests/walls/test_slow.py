"""Nobody without a login can hold a thread: raw sockets against the web processes as they are served."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from dukcapil.front import DRAINED, Limits, environment
from dukcapil.silence import LOOKS, Watch
from tests import slow
from tests.engines import LONG
from tests.world import World

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("serve")]

LIMITS = Limits()
MULTIPART = "Content-Type: multipart/form-data; boundary=x"


def test_slow_and_huge_bodies_stop_nobody(kept: World, tmp_path: Path) -> None:
    token = f"Authorization: Token {kept['operator'].token}"
    # In one process they stand together: where others help out, less would be held up.
    with slow.served(tmp_path / "web.log", workers=1) as port:
        waiting = slow.Slow(port, 40, promised=1000)
        headless = [socket.create_connection(("127.0.0.1", port)) for _n in range(10)]
        for one in headless:
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127")
        began = time.monotonic()
        # Promises above what a stranger may send are answered at once.
        promising = slow.Slow(port, 40, promised=2**20)
        assert promising.statuses(8) == {302: 40}
        assert slow.sent(port, slow.head("/akun/masuk/", 400 * 2**20, MULTIPART), 400 * 2**20) < (
            413,
            DRAINED + 16 * 2**20,
        )
        assert slow.sent(port, slow.head("/api/v1/residents/", 2**20), 2**20) == (401, 2**20)
        assert slow.sent(port, slow.head("/api/v1/residents/", 7 * 2**20, token), 7 * 2**20) == (
            413,
            7 * 2**20,
        )
        # An instance of a plan may be larger, to its own address alone.
        larger = slow.head("/api/v1/plans/", 7 * 2**20, token)
        assert slow.sent(port, larger, 7 * 2**20)[0] in (400, 403, 415)
        assert slow.sent(port, slow.head("/akun/masuk/", 2**20, "Cookie: sesi=tebakan"))[0] == 302
        chunked = "POST /akun/masuk/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert slow.sent(port, chunked.encode(), seconds=5)[0] == 411
        # Meanwhile everybody else is served.
        waits = [slow.seconds_of_health(port) for _n in range(50)]
        assert max(wait if wait is not None else 99 for wait in waits) < 2
        assert serves_as_before(port, kept) == []
        # And those who are slow are told so, and let go.
        assert waiting.statuses(LIMITS.seconds(1000) + 4) == {408: 40}
        assert [slow.status_of(one, time.monotonic() + 3) for one in headless] == [None] * 10
        assert time.monotonic() - began < LIMITS.seconds(1000) + 8
        for one in (waiting, promising):
            one.close()


def serves_as_before(port: int, kept: World) -> list[str]:
    """What differs between the served process and Django's own test client."""
    token = {"Authorization": f"Token {kept['operator'].token}"}
    wrong = []

    def ask(path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes, Any]:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read(), refused.headers

    for path in ("/api/v1/regions/?level=province", "/api/v1/coverage/?region=13.75", "/healthz"):
        status, body, headers = ask(path, **token)
        expected = Client().get(path, headers=token)
        if (status, body) != (expected.status_code, expected.content):
            wrong.append(path)
        if (etag := headers.get("ETag")) and ask(path, **token, **{"If-None-Match": etag})[
            0
        ] != 304:
            wrong.append(f"{path} with its ETag")
    style = Path("static/css/tokens.css").read_bytes()
    status, body, headers = ask("/static/css/tokens.css")
    if body != style or headers["Content-Type"] != 'text/css; charset="utf-8"':
        wrong.append("a static file")
    if ask("/static/css/tokens.css", Range="bytes=3-9")[:2] != (206, style[3:10]):
        wrong.append("a part of a static file")
    # More than a stranger may send: a batch of a program.
    large = json.dumps({"records": [{"filler": "x" * 300_000}]}).encode()
    sent = {**token, "Content-Type": "application/json"}
    if ask("/api/v1/service-records/batch/", large, **sent)[0] in (401, 408, 411, 413):
        wrong.append("a large batch")
    # Half a body is never carried out.
    with socket.create_connection(("127.0.0.1", port)) as half:
        half.sendall(
            slow.head("/api/v1/residents/", 500, f"Authorization: {token['Authorization']}")
        )
        half.sendall(b'{"nik": "')
        half.shutdown(socket.SHUT_WR)
        half.settimeout(5)
        if b"HTTP/1.1 2" in half.recv(1000):
            wrong.append("half a body")
    return wrong


def test_who_does_not_read_the_answer_is_cut_off() -> None:
    """Fifty such callers, through the whole server, stand in `make drill`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        pairs = []
        for _n in range(2):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(server.getsockname())
            pairs.append((client, server.accept()[0]))
        (silent, held), (reading, _read) = pairs
        held.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                held.send(b"x" * 65536)
        watch = Watch(every=0.05)
        assert [watch.look() for _n in range(LOOKS)] == [0] * (LOOKS - 1) + [1]
        assert held.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in (0, 32, 104)
        with pytest.raises(OSError, match="Broken pipe"):
            held.send(b"x")
        pairs[1][1].sendall(b"ya")
        assert reading.recv(2) == b"ya"
        for pair in pairs:
            for one in pair:
                one.close()
        assert silent.fileno() == -1


def test_a_connection_that_closes_during_a_look_ends_no_look() -> None:
    """Callers come and go all the time; the look goes on with the others."""
    over = threading.Event()

    def come_and_go() -> None:
        while not over.is_set():
            with (
                socket.create_server(("127.0.0.1", 0)) as server,
                socket.create_connection(server.getsockname()),
                server.accept()[0],
            ):
                time.sleep(0)

    threads = [threading.Thread(target=come_and_go) for _n in range(2)]
    for one in threads:
        one.start()
    try:
        watch = Watch(every=60)
        assert {watch.look() for _n in range(2000 if LONG else 500)} == {0}
    finally:
        over.set()
        for one in threads:
            one.join()


def test_without_the_front_forty_connections_stop_health(kept: World, tmp_path: Path) -> None:
    """The control: the same attack on Django served without its front."""
    with slow.served(tmp_path / "web.log", slow.WITHOUT_FRONT, workers=1) as port:
        waiting = slow.Slow(port, 40)
        try:
            time.sleep(1)  # until the server has taken them all in
            assert slow.seconds_of_health(port, timeout=2) is None
        finally:
            waiting.close()


class Scope:
    """What granian tells of a request."""

    method, path, query_string, http_version, scheme = "GET", "/é", "q=1", "1.1", "http"
    client, server = "[::1]:4000", "127.0.0.1:8000"

    def __init__(self, *headers: tuple[str, str]) -> None:
        self.headers = dict(headers)


def test_headers_with_an_underscore_are_dropped() -> None:
    """`X_Forwarded_For` and `X-Forwarded-For` are one name to Django; only a proxy sets the second."""
    environ = environment(
        Scope(("x_forwarded_for", "203.0.113.7"), ("x-ours", "1"), ("content-type", "text/plain"))
    )
    assert "HTTP_X_FORWARDED_FOR" not in environ
    assert environ["HTTP_X_OURS"] == "1"
    assert environ["CONTENT_TYPE"] == "text/plain"
    assert environ["PATH_INFO"] == "/\xc3\xa9"
    assert environ["REMOTE_ADDR"] == "::1"
