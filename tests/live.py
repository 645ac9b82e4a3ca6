"""What the browsers of stories are served by: Django's server of tests, with less to learn for each connection.

Chromium opens many connections, each of which is a thread, and each thread had a connection to the database of its own,
for which PostgreSQL planned everything anew. Here a request takes one that is free and gives it back, as threads of a
real server go on with theirs; two requests at once have two. They stay for the next test (`staying.py`).
A static file is answered from memory once it was read, and may be kept, as those with hashed names are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.test.testcases import LiveServerThread

Start = Callable[..., Any]

_free: list[Any] = []
_lock = threading.Lock()
#: Address of a file -> status, headers, content.
_files: dict[str, tuple[str, list[tuple[str, str]], bytes]] = {}
#: What a browser says of what it has.
_HAS = {"HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE"}
_FOR_LONG = ("Cache-Control", "max-age=31536000, public, immutable")


def opened() -> list[Any]:
    """Those that no request has."""
    with _lock:
        return [*_free]


def close() -> None:
    """Nobody is connected to a database that is copied."""
    with _lock:
        while _free:
            _free.pop().close()


def _take() -> None:
    """The one given back last, which knows most; but not one of another database or role than this thread's would be."""
    wanted = connections.settings["default"]
    with _lock:
        for one in reversed(_free):
            if one.settings_dict == wanted:
                _free.remove(one)
                connections["default"] = one
                return
    made: Any = connections.create_connection("default")
    made.settings_dict = dict(wanted)
    made.inc_thread_sharing()
    connections["default"] = made


def _give() -> None:
    one: Any = connections["default"]
    del connections["default"]
    if one.in_atomic_block or one.run_on_commit or one.execute_wrappers:
        one.close()
        return
    with _lock:
        _free.append(one)


class _Answer:
    """The connection is the request's until its last byte is sent: some are read while they go out."""

    def __init__(
        self, application: Callable[..., Any], environ: dict[str, Any], start: Start
    ) -> None:
        _take()
        try:
            self._response = application(environ, start)
        except BaseException:
            _give()
            raise

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._response)

    def close(self) -> None:
        try:
            self._response.close()
        finally:
            _give()


class _Application:
    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] == "GET" and path.startswith(settings.STATIC_URL):
            status, headers, content = _files.get(path) or self._read(path, environ)
            start(status, [*headers])
            return [content]
        return _Answer(self._application, environ, start)

    def _read(self, path: str, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        """All of it, whatever the browser has; kept where it is there."""
        said: list[Any] = []
        whole = {key: value for key, value in environ.items() if key not in _HAS}
        answer = _Answer(self._application, whole, lambda *its: said.extend(its))
        content = b"".join(answer)
        answer.close()
        status, headers = said[:2]
        if status.startswith("200"):
            headers = [one for one in headers if one[0] != "Cache-Control"] + [_FOR_LONG]
            _files[path] = status, headers, content
        return status, headers, content


class Server(ThreadedWSGIServer):
    def set_app(self, application: Any) -> None:
        super().set_app(_Application(application))


LiveServerThread.server_class = Server
