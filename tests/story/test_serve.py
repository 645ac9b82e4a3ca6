"""`manage.py serve` as a person meets it: ready, refusing a second one, gone without a trace."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from dukcapil import embedded

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("serve")]


def environment(var: Path) -> dict[str, str]:
    ours = ("DUKCAPIL_", "DATABASE_", "REDIS_", "PYTEST_", "PG")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    # Hashing and compressing every file is not what is tried here.
    return {**kept, "DUKCAPIL_VAR": str(var), "DUKCAPIL_STATIC_HASHED": "no"}


def serve(var: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        cwd=settings.BASE_DIR,
        env=environment(var),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C stops everything" in line:
            return
    pytest.fail("".join(lines))


def alive(var: Path) -> list[str]:
    """Processes that have the data folder in their command line or environment."""
    mark, found = str(var).encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            if mark in command or mark in (folder / "environ").read_bytes():
                found.append(command.replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


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


def test_start_answer_refuse_a_second_and_stop(folder: Path) -> None:
    port = embedded.free_port()
    first = serve(folder, port)
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
            second = serve(var, number)
            out, _err = second.communicate(timeout=60)
            assert second.returncode == 1, out
            assert "already runs" in out if var == folder else f"Port {port} is taken" in out
            assert "Traceback" not in out
        verified = subprocess.run(
            [sys.executable, "manage.py", "verify_invariants"],
            cwd=settings.BASE_DIR,
            env=environment(folder),
            capture_output=True,
            text=True,
            check=False,
        )
        assert verified.returncode == 0, verified.stdout + verified.stderr
    finally:
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=60)
    assert gone(folder) == []
    assert first.returncode == 0
    shutil.rmtree(folder.parent / "lain", ignore_errors=True)


def test_kill_nine_leaves_no_process_and_it_starts_again(folder: Path) -> None:
    port = embedded.free_port()
    killed = serve(folder, port)
    wait_until_ready(killed)
    assert len(alive(folder)) > 5
    killed.kill()
    killed.communicate(timeout=30)
    assert gone(folder) == []
    again = serve(folder, port)
    try:
        wait_until_ready(again)
    finally:
        again.send_signal(signal.SIGTERM)
        again.communicate(timeout=60)
    assert gone(folder) == []


def test_other_commands_say_so_when_nothing_runs(folder: Path) -> None:
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
