"""`manage.py serve` as a person meets it: ready, refusing a second one, gone without a trace."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from pytest_django import DjangoDbBlocker

from dukcapil import embedded, served
from dukcapil.core.ids import uuid7
from tests.forked import managed

T = TypeVar("T")
#: How often the whole web server ends in a row; how long to wait then is tried in core/test_restarts.py.
ABORTS = 4
ENGINES = ("postgres -D", "-server 127.0.0.1", "dukcapil.celery beat")
pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("serve")]


def environment(var: Path) -> dict[str, str]:
    ours = ("DUKCAPIL_", "DATABASE_", "REDIS_", "PYTEST_", "PG")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    # Hashing and compressing every file is not what is tried here.
    return {**kept, "DUKCAPIL_VAR": str(var), "DUKCAPIL_STATIC_HASHED": "no"}


def serve(var: Path, port: int, *options: str, **changes: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port), *options],
        cwd=settings.BASE_DIR,
        env={**environment(var), **changes},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def manage(*arguments: str, var: Path) -> tuple[int, str]:
    return managed(*arguments, var=var, env=environment(var))


def verified(var: Path, blocker: DjangoDbBlocker) -> tuple[int, str]:
    """Its database is not the suite's, which a test has to ask for."""
    with blocker.unblock():
        return manage("verify_invariants", var=var)


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C stops everything" in line:
            return
    pytest.fail("".join(lines))


def alive(var: Path) -> list[str]:
    return [command for _pid, command in running(var)]


def running(var: Path) -> list[tuple[int, str]]:
    """Processes that name the data folder or work in it, oldest first (Redis only does the last)."""
    mark, found = str(var).encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            works_in = os.fsencode((folder / "cwd").readlink())
            if any(mark in text for text in (command, works_in, (folder / "environ").read_bytes())):
                found.append((int(folder.name), command.replace(b"\0", b" ").decode()))
        except OSError:
            continue
    return sorted(found)


def gone(var: Path, seconds: float = 20) -> list[str]:
    deadline = time.monotonic() + seconds
    while alive(var) and time.monotonic() < deadline:
        time.sleep(0.2)
    return alive(var)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    var = Path(tempfile.mkdtemp(prefix="dukcapil-serve-"))
    var.chmod(0o711)
    yield var
    shutil.rmtree(var, ignore_errors=True)


def test_start_answer_refuse_a_second_and_stop(
    folder: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    port = embedded.free_port()
    # Two of them and what becomes of each: `test_every_process_may_end_at_any_moment`.
    first = serve(folder, port, "--web-workers", "1")
    try:
        wait_until_ready(first)
        demo = json.loads((folder / "demo.json").read_text())
        assert (folder / "demo.json").stat().st_mode & 0o777 == 0o600
        assert demo["url"] == f"http://127.0.0.1:{port}"
        wanted = {
            ("district_operator", "13.75"), ("district_head", "13.75"),
            ("district_operator", "13.06"), ("province_officer", "13"),
            ("province_officer", "18"), ("national_viewer", "00"), ("api_client", "13"),
        }  # fmt: skip
        assert wanted <= {(row["role"], row["region"]) for row in demo["accounts"]}
        token = next(r["token"] for r in demo["accounts"] if r["role"] == "api_client")
        request = urllib.request.Request(
            f"{demo['url']}/api/v1/coverage/?region=13&level=regency",
            headers={"Authorization": f"Token {token}"},
        )
        with urllib.request.urlopen(request) as answer:
            assert len(json.load(answer)["results"]) == 19
        for var, number in ((folder, embedded.free_port()), (folder.parent / "lain", port)):
            status, out = manage("serve", "--port", str(number), var=var)
            assert status == 1, out
            assert "already runs" in out if var == folder else f"Port {port} is taken" in out
            assert "Traceback" not in out
        nobody_serves_with_power(folder)
        status, out = verified(folder, django_db_blocker)
        assert status == 0, out
    finally:
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=60)
    assert gone(folder) == []
    assert first.returncode == 0
    shutil.rmtree(folder.parent / "lain", ignore_errors=True)


def nobody_serves_with_power(folder: Path) -> None:
    """Web, worker and beat are not root, nor the user of the database's files; each has its own login
    only; and nobody else reads the logs.
    """
    seen, engines_uid = set(), None
    for pid, line in running(folder):
        uid = Path(f"/proc/{pid}").stat().st_uid
        if "postgres -D" in line:
            engines_uid = uid
        for name, role in (
            ("-m granian", "WEB"),
            ("celery worker", "WORKER"),
            ("celery beat", "WORKER"),
        ):
            if name in line:
                seen.add((name, uid))
                logins = re.findall(
                    rb"\0DATABASE_(\w*?)_?URL=", Path(f"/proc/{pid}/environ").read_bytes()
                )
                assert logins == [role.encode()], line
    assert {name for name, _uid in seen} == {"-m granian", "celery worker", "celery beat"}
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder / "log").iterdir()}
    assert set(modes.values()) == {0o600}, modes
    if os.geteuid() == 0:
        assert not {uid for _name, uid in seen} & {0, engines_uid}
        lent = served.keys_folder(folder)
        assert {path.name for path in lent.iterdir()} == {"nik-v1", "secret-key", "totp"}


def call(demo: dict[str, Any], role: str, path: str, body: Any = None) -> Any:
    token = next(r["token"] for r in demo["accounts"] if r["role"] == role)
    request = urllib.request.Request(
        f"{demo['url']}/api/v1/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Token {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def record_somebody(demo: dict[str, Any]) -> None:
    """The first resident of Bukittinggi gets a family card: always possible, always counted."""
    resident = call(demo, "district_operator", "residents/?limit=1")["results"][0]["id"]
    body = {
        "id": str(uuid7()),
        "service": "family_card",
        "outcome": "done",
        "resident": resident,
        "occurred_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
    }
    call(demo, "district_operator", "service-records/", body)


def date_in_wib() -> str:
    return str(datetime.now(ZoneInfo("Asia/Jakarta")).date())


def ours(process: subprocess.Popen[str], mark: str) -> list[int]:
    """Running children of `serve` with this in their command."""
    found = []
    for pid in children_of(process.pid):
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            if mark in command:
                found.append(pid)
    return found


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}/cwd").exists()


def children_of(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(path.parent.name))
    return found


def answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
        return True
    return False


def until(found: Callable[[], T]) -> T:
    """What is found, as soon as there is something."""
    deadline = time.monotonic() + 60
    while not (something := found()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert something
    return something


@pytest.mark.long
def test_every_process_may_end_at_any_moment(
    folder: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    """A web worker by abort, as a file made it do; all of the web server again and again; everything at
    once by kill -9. Then it starts as if nothing had been, and what ends is started again.
    """
    ended_web_server_takes_no_engine_along(folder)
    killed_engines_and_workers_come_back_and_the_day_is_built(folder, django_db_blocker)


def ended_web_server_takes_no_engine_along(folder: Path) -> None:
    port = embedded.free_port()
    killed = serve(folder, port, "--longest-pause", "0.5")
    try:
        wait_until_ready(killed)
        stay = [ours(killed, mark)[0] for mark in ENGINES]
        [web] = ours(killed, "granian")
        workers = children_of(web)
        assert len(workers) == 2
        os.kill(workers[0], signal.SIGABRT)
        until(lambda: len(children_of(web)) == 2 and workers[0] not in children_of(web))
        assert workers[1] in children_of(web)
        for _n in range(ABORTS):
            [web] = until(partial(ours, killed, "granian"))
            os.kill(web, signal.SIGABRT)
            until(partial(is_gone, web))
        until(lambda: answers(port))
        assert killed.poll() is None
        assert [ours(killed, mark)[0] for mark in ENGINES] == stay
        assert len(alive(folder)) > 5
    finally:
        killed.kill()
        out, _err = killed.communicate(timeout=30)
    assert gone(folder) == []
    assert out.count("web had stopped (SIGABRT); started again at once") == 1
    assert out.count("web had stopped (SIGABRT); started again in 0.5 s") == ABORTS - 1


def killed_engines_and_workers_come_back_and_the_day_is_built(
    folder: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    """Redis with all its messages, the worker, the web server and PostgreSQL, one after another."""
    port = embedded.free_port()
    process = serve(folder, port, DUKCAPIL_BUILD_EVERY="1")
    try:
        wait_until_ready(process)
        demo = json.loads((folder / "demo.json").read_text())
        for mark in (
            "-server 127.0.0.1",
            "celery -A dukcapil.celery worker",
            "granian",
            "postgres -D",
        ):
            record_somebody(demo)
            victim = next(pid for pid, line in running(folder) if mark in line)
            os.kill(victim, signal.SIGKILL)
            deadline = time.monotonic() + 60
            day = date_in_wib()
            path = f"daily-reports/status/?region=13.75&date={day}"
            while time.monotonic() < deadline:
                with contextlib.suppress(OSError):
                    if call(demo, "district_head", path)["status"] == "done":
                        break
                time.sleep(0.5)
            else:
                pytest.fail(f"not built after the end of {mark}")
        status, out = verified(folder, django_db_blocker)
        assert status == 0, out
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert gone(folder) == []


def test_other_commands_say_so_when_nothing_runs(folder: Path) -> None:
    """A process of its own, as the settings are read where nothing runs."""
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_invariants"],
        cwd=settings.BASE_DIR,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "make run" in done.stderr
    assert "Traceback" not in done.stderr
