"""Every hostile file at every door of a real web server, several at once, asking /healthz meanwhile."""

from __future__ import annotations

import http.client
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from dukcapil import processes
from tests import hostile
from tests.benchmarks.rows import PORT, web
from tests.drills.races import fresh
from tests.world import World, make_event, make_session, today

AT_ONCE = 8
#: Seconds that /healthz may take on two cores that readers work on.
PATIENCE = 3.0
_CSRF = "a" * 32


def zoo() -> tuple[dict[str, Any], bool]:
    made = fresh()
    shots = _shots(made)
    server = web()
    try:
        before, workers = _memory(server.pid), _children(server.pid)
        stop, asked = threading.Event(), []
        asking = threading.Thread(target=_ask, args=(stop, asked))
        asking.start()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = Counter(pool.map(lambda shot: _post(*shot), shots))
        stop.set()
        asking.join(60)
        after, left = _memory(server.pid), _children(server.pid)
    finally:
        processes.stop(server, signal.SIGTERM)
    figures = {
        "files x doors": len(shots),
        "answers": dict(answers),
        "asked meanwhile": len(asked),
        "not 200": sum(status != 200 for status, _seconds in asked),
        "slowest": round(max(seconds for _status, seconds in asked), 2),
        "workers ended": len(workers - left),
        "MB more": after - before,
    }
    good = (
        set(answers) == {422}
        and not figures["not 200"]
        and figures["slowest"] <= PATIENCE
        and workers == left
        and figures["MB more"] <= 300
    )
    return figures, good


def _shots(made: World) -> list[tuple[str, str, bytes]]:
    """Address, session and body of every request."""
    session = make_session(made, make_event(made), {"recording": 3})
    basis = {
        "name": "Asing",
        "kind": "dkb",
        "level": "regency",
        "wajib_as_of": str(today() - timedelta(days=20)),
        "source": "Surat uji",
    }
    doors = (
        (f"/sesi/{session.pk}/rombongan/", "operator", {"name": "XII", "services": ["recording"]}),
        ("/dasar/baru/", "head", basis),
    )
    shots = []
    for address, who, fields in doors:
        client = Client()
        client.force_login(made[who].user)
        cookie = client.cookies["sesi"].value
        for file in hostile.all_of_them():
            upload = SimpleUploadedFile(file.name, file.content, file.kind)
            body = encode_multipart(BOUNDARY, {**fields, "file": upload})
            shots.append((address, cookie, body))
    return shots


def _post(address: str, cookie: str, body: bytes) -> int | str:
    link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=300)
    headers = {
        "Content-Type": MULTIPART_CONTENT,
        "Cookie": f"sesi={cookie}; csrf={_CSRF}",
        "X-CSRFToken": _CSRF,
    }
    try:
        link.request("POST", address, body, headers)
        return link.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        link.close()


def _ask(stop: threading.Event, asked: list[tuple[int, float]]) -> None:
    while not stop.is_set():
        began, status = time.monotonic(), 0
        link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
        with suppress(OSError), closing(link):  # no answer is a status of its own
            link.request("GET", "/healthz")
            status = link.getresponse().status
        asked.append((status, time.monotonic() - began))
        time.sleep(0.05)


def _children(pid: int) -> set[int]:
    """Its web workers; readers are theirs."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = path.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if int(parent) == pid:
            found.add(int(path.parent.name))
    return found


def _memory(pid: int) -> int:
    """Megabytes of all workers."""
    pages = [int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in _children(pid)]
    return sum(pages) * 4 // 1024
