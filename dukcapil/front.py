"""What stands between the network and Django: no caller holds a thread while bytes are on their way.

Granian reads bodies for us without a thread (RSGI, an asynchronous interface), but sets them no limit
of size or time. This does, before CSRF, sessions and parsers, and hands whole requests to a few threads
in which Django runs as the WSGI application that it is (docs/adr/0028).
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import io
import queue
import resource
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from dukcapil.core.roomy import with_room
from dukcapil.silence import Watch

log = structlog.get_logger()

#: Set for Django where the front refuses: the status, as `core.middleware.RefusedMiddleware` reads it.
REFUSED = "dukcapil.refused"
#: A body above this lies in a file while it arrives.
IN_MEMORY = 256 * 1024
#: What is still taken in, and thrown away, after a refusal: so much that a client which sends first
#: and reads later gets to read it.
DRAINED, DRAIN_SECONDS = 8 * 1024 * 1024, 2.0
#: Where instances of plans are sent, and the bytes that one may have: ways between 5,000 places.
PLANS, PLAN_BODY = "/api/v1/plans/", 12 * 1024 * 1024
#: For 1,024 connections, their bodies in files, and what the process has open anyway.
FILES = 4096


@dataclass(frozen=True)
class Limits:
    """Bytes that a body may have, and the time in which it has to arrive."""

    stranger: int = 128 * 1024
    known: int = 6 * 1024 * 1024
    #: With a file in it: a list of residents has up to 20 MB.
    upload: int = 21 * 1024 * 1024
    #: Seconds for any body, and the bytes a second that a longer one must keep up on the whole.
    patience: float = 10.0
    slowest: int = 10 * 1024

    def seconds(self, length: int) -> float:
        return self.patience + length / self.slowest


class Refused(Exception):
    """The request is answered with this status before Django has looked at it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Gone(Exception):
    """Whoever asked has hung up. Half a body is never carried out."""


#: What a thread does, and whom it tells: the loop that asked, and what waits there.
Job = tuple[Callable[[], Any], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]
#: Where a thread is given its next job.
Own = queue.SimpleQueue[Job]


class Threads:
    """The threads in which Django runs, each with its own connection to the database.

    The one that was at work last comes first: its connection has the statements of such a request planned, and
    both lie in the processor's caches. By turns, four connections planned each of them.
    """

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        #: One of the two is empty: what no thread was free for, and free threads, the last one at work at the end.
        self._jobs: collections.deque[Job] = collections.deque()
        self._free: list[Own] = [queue.SimpleQueue() for _number in range(count)]
        for number, own in enumerate([*self._free]):
            name = f"django-{number}"
            run = partial(with_room, self._run, own)
            threading.Thread(target=run, name=name, daemon=True).start()

    async def do(self, job: Callable[[], Any]) -> Any:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        with self._lock:
            if self._free:
                self._free.pop().put((job, loop, done))
            else:
                self._jobs.append((job, loop, done))
        return await done

    def _run(self, own: Own) -> None:
        following: Job | None = None
        while True:
            job, loop, done = following or own.get()
            result = None
            try:
                result = job()
            except BaseException:  # also `sys.exit`: the thread serves others after this one
                log.exception("front_failed")
            # Before whoever waits hears of it: what they ask next comes here, too.
            following = self._following(own)
            with contextlib.suppress(RuntimeError):  # the loop has ended: we stop
                loop.call_soon_threadsafe(_settle, done, result)
            # An idle thread would keep a request alive, and with it the connection.
            del job, done, result

    def _following(self, own: Own) -> Job | None:
        """What waited longest; None: this thread is free now."""
        with self._lock:
            if self._jobs:
                return self._jobs.popleft()
            self._free.append(own)
            return None


def _settle(done: asyncio.Future[Any], result: Any) -> None:
    if not done.done():
        done.set_result(result)


class Front:
    """The application as granian calls it."""

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        knows: Callable[[dict[str, Any]], bool],
        *,
        threads: int,
        limits: Limits | None = None,
    ) -> None:
        self.application = application
        #: Whether the request comes with a session or a token that holds. Asked for large bodies only.
        self.knows = knows
        self.limits = limits or Limits()
        self.threads = Threads(threads)
        self.watch = Watch()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        allow_connections()
        self.watch.start(loop)

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        wsgi = environment(scope)
        body: Any = None
        try:
            length = await self._accepted_length(wsgi)
            if length:
                body = await self._body(proto, length)
        except Gone:
            return
        except Refused as refusal:
            # Django says it, as it says every other refusal: in words, with all headers.
            log.info("request_refused", status=refusal.status, length=declared(wsgi))
            refused = wsgi | {REFUSED: refusal.status, "CONTENT_LENGTH": "0"}
            await self.threads.do(partial(self._answer, refused, io.BytesIO(), proto))
            if "HTTP_EXPECT" not in wsgi:
                await drain(proto, declared(wsgi))
            return
        await self.threads.do(partial(self._answer, wsgi, body or io.BytesIO(), proto))

    async def _accepted_length(self, wsgi: dict[str, Any]) -> int:
        """The length of the body, once it is clear that one of this length is taken from this caller."""
        if "HTTP_TRANSFER_ENCODING" in wsgi:
            raise Refused(411)
        length = declared(wsgi)
        if length <= self.limits.stranger:
            return length
        upload = wsgi.get("CONTENT_TYPE", "").lower().startswith("multipart/form-data")
        most = self.limits.upload if upload else self.limits.known
        if wsgi.get("PATH_INFO") == PLANS and not upload:
            most = PLAN_BODY
        if length > most:
            raise Refused(413)
        if not await self.threads.do(partial(self.knows, wsgi)):
            raise Refused(401)
        return length

    async def _body(self, proto: Any, length: int) -> Any:
        body: Any = io.BytesIO()
        if length > IN_MEMORY:
            body = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed with the answer
        try:
            async with asyncio.timeout(self.limits.seconds(length)):
                async for piece in proto:
                    body.write(piece)
        except TimeoutError:
            body.close()
            raise Refused(408) from None
        except RuntimeError:  # granian: the connection broke
            body.close()
            raise Gone from None
        if body.tell() != length:
            body.close()
            raise Gone
        body.seek(0)
        return body

    def _answer(self, wsgi: dict[str, Any], body: Any, proto: Any) -> None:
        """In a thread: one request through Django. The answer goes out whole and at once, so that a
        client that reads slowly keeps nobody either.
        """
        said: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _info: Any = None) -> None:
            said[:] = [int(status[:3]), headers]

        wsgi |= {"wsgi.input": body, "wsgi.file_wrapper": WholeFile}
        with body:
            pieces = self.application(wsgi, start_response)
            try:
                status, headers = said
                path = pieces.path if isinstance(pieces, WholeFile) and status == 200 else None
                whole = b"" if path else b"".join(pieces)
                with contextlib.suppress(RuntimeError):  # granian: nobody is there any more
                    if path:
                        proto.response_file(status, headers, path)
                    else:
                        proto.response_bytes(status, headers, whole)
            finally:
                getattr(pieces, "close", lambda: None)()


class WholeFile:
    """What Django puts around an open file (PEP 3333): granian sends it from the disk."""

    def __init__(self, file: Any, size: int = 65536) -> None:
        self.file, self.size = file, size
        #: None for a part of a file.
        self.path = file.name if isinstance(file, io.BufferedReader) else None

    def __iter__(self) -> Any:
        return iter(partial(self.file.read, self.size), b"")

    def close(self) -> None:
        self.file.close()


def declared(wsgi: dict[str, Any]) -> int:
    return int(wsgi.get("CONTENT_LENGTH") or 0)


async def drain(proto: Any, length: int) -> None:
    left = min(length, DRAINED)
    with contextlib.suppress(TimeoutError, RuntimeError):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for piece in proto:
                left -= len(piece)
                if left <= 0:
                    return


def environment(scope: Any) -> dict[str, Any]:
    """The request as WSGI describes it. Nothing of this process's own environment is in it."""
    server, _colon, port = scope.server.rpartition(":")
    wsgi = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _latin(scope.path),
        "QUERY_STRING": _latin(scope.query_string),
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version if '.' in scope.http_version else '1.0'}",
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    for name, value in scope.headers.items():
        # X_Forwarded_For would look like X-Forwarded-For, which our own proxy alone may set.
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{key}"
        between = "; " if key == "HTTP_COOKIE" else ","
        wsgi[key] = f"{wsgi[key]}{between}{value}" if key in wsgi else value
    return wsgi


def _latin(text: str) -> str:
    return text.encode().decode("latin-1")


def allow_connections() -> None:
    """As many open files as this process may have, up to what its connections can need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
