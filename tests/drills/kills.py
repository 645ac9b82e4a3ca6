"""A running office, and somebody who pulls one plug after the other."""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings

from dukcapil import embedded
from dukcapil.core.ids import uuid7
from tests.story.test_serve import environment, running, serve, wait_until_ready

#: Fewer only to try the drill itself.
KILLS, SEED = int(os.environ.get("DRILL_KILLS", "50")), 20241127
#: Seconds between two: `serve` waits longer before it starts again what ends again and again.
EVERY = 8.0
TARGETS = ("worker", "beat", "-server 127.0.0.1", "granian", "backend", "crash")
VILLAGE = {"13.75": "13.75.01.1001", "13.06": "13.06.01.2001"}


@dataclass
class Writer:
    """A clerk whose program repeats what was not acknowledged, with the same id, as ours does."""

    port: int
    token: str
    office: str
    number: int
    stop: threading.Event
    acknowledged: list[str] = field(default_factory=list)
    repeats: int = 0

    def run(self) -> None:
        serial = 0
        while not self.stop.is_set():
            serial += 1
            nik = f"99{10 + self.number:02}{1 + serial // 9999:02}170590{serial % 9999 + 1:04}"
            person = self._send(
                "residents/",
                {
                    "nik": nik,
                    "name": "Warga Latihan",
                    "birth_date": "1990-05-17",
                    "sex": "M",
                    "village": VILLAGE[self.office],
                },
            )
            resident = person.get("id") or person.get("resident")
            if resident is None:
                continue
            record = str(uuid7())
            body = {
                "id": record,
                "service": "recording",
                "outcome": "done",
                "resident": resident,
                "occurred_at": datetime.now(UTC).isoformat(),
            }
            if self._send("service-records/", body).get("id") == record:
                self.acknowledged.append(record)

    def _send(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        key = str(uuid.uuid4())
        while not self.stop.is_set():
            # What is killed meanwhile answers nothing, or half; it is asked again.
            with suppress(OSError, http.client.HTTPException, ValueError):
                link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                headers = {
                    "Authorization": f"Token {self.token}",
                    "Content-Type": "application/json",
                    "Idempotency-Key": key,
                }
                link.request("POST", f"/api/v1/{path}", json.dumps(body), headers)
                answer = link.getresponse()
                content = answer.read()
                link.close()
                if answer.status in (200, 201, 409):
                    found: dict[str, Any] = json.loads(content)
                    return found
                if answer.status == 422:
                    raise AssertionError(content)
            self.repeats += 1
            time.sleep(0.2)
        return {}


def _ask(port: int, token: str, path: str) -> Any:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    link.request("GET", f"/api/v1/{path}", headers={"Authorization": f"Token {token}"})
    answer = link.getresponse()
    return json.loads(answer.read())


def _sql(var: Path, statement: str) -> list[tuple[Any, ...]]:
    url = embedded.admin_url(var)
    assert url
    for _attempt in range(120):
        try:
            database = psycopg2.connect(url, connect_timeout=5)
            with database, database.cursor() as cursor:
                cursor.execute(statement)
                found = list(cursor.fetchall())
            database.close()
        except psycopg2.OperationalError:  # it may be coming back this moment
            time.sleep(0.5)
        else:
            return found
    raise AssertionError("PostgreSQL did not come back")


def _kill(var: Path, target: str, dice: random.Random) -> bool:
    if target in ("backend", "crash"):
        pids = [
            pid
            for (pid,) in _sql(
                var, "SELECT pid FROM pg_stat_activity WHERE usename IN ('web', 'worker')"
            )
        ]
        if not pids:
            return False
        # SIGKILL makes PostgreSQL throw everybody out and recover from its log.
        number = signal.SIGKILL if target == "crash" else signal.SIGTERM
    else:
        pids = [
            pid
            for pid, command in running(var)
            if target in command and "manage.py serve" not in command
        ]
        if target in ("worker", "beat"):
            pids = [
                p
                for p, c in running(var)
                if f"celery {target}" in c.replace(" -A dukcapil.celery", "")
            ]
        number = signal.SIGKILL
    if not pids:
        return False
    try:
        os.kill(dice.choice(pids), number)
    except ProcessLookupError:
        return False
    return True


def kills() -> tuple[dict[str, Any], bool]:
    var = Path(tempfile.mkdtemp(prefix="dukcapil-kills-", dir="/var/tmp"))
    var.chmod(0o711)
    port = embedded.free_port()
    served = serve(var, port, DUKCAPIL_BUILD_EVERY="5", DUKCAPIL_API_RATE="1000000/min")
    try:
        wait_until_ready(served)
        drain = threading.Thread(target=lambda: served.stdout and served.stdout.read(), daemon=True)
        drain.start()
        return _kills(var, port)
    finally:
        served.send_signal(signal.SIGINT)
        try:
            served.wait(60)
        finally:
            for pid, _command in running(var):
                os.kill(pid, signal.SIGKILL)
            home = var / "engine-home"
            if home.exists():
                shutil.rmtree(home.read_text().strip(), ignore_errors=True)
            shutil.rmtree(var, ignore_errors=True)


def _kills(var: Path, port: int) -> tuple[dict[str, Any], bool]:
    accounts = json.loads((var / "demo.json").read_text())["accounts"]
    tokens = {row["region"]: row["token"] for row in accounts if row["role"] == "district_operator"}
    program = next(row["token"] for row in accounts if row["role"] == "api_client")
    stop, dice, done = threading.Event(), random.Random(SEED), Counter[str]()
    writers = [
        Writer(port, tokens[office], office, number, stop)
        for number, office in enumerate(("13.75", "13.06", "13.75", "13.06"))
    ]
    threads = [threading.Thread(target=writer.run) for writer in writers]
    for thread in threads:
        thread.start()
    while sum(done.values()) < KILLS:
        target = dice.choice(TARGETS)
        if _kill(var, target, dice):
            done[target] += 1
            time.sleep(EVERY * (0.75 + dice.random() / 2))
        else:
            time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join(60)
    acknowledged = [one for writer in writers for one in writer.acknowledged]
    rebuilt = _until_built(var)
    missing, wrong, said = _checked(var, acknowledged)
    if wrong:
        print(said)
    differing = _differing(port, program)
    figures = {
        "kills": sum(done.values()),
        "of": dict(sorted(done.items())),
        "acknowledged": len(acknowledged),
        "repeated": sum(writer.repeats for writer in writers),
        "missing": missing,
        "broken rules": wrong,
        "totals off": differing,
        "rebuilt after s": rebuilt,
        "control finds": _control(var, acknowledged),
    }
    met = missing == wrong == differing == 0 and 0 <= rebuilt <= 600
    return figures, met and figures["control finds"] and len(acknowledged) > 10 * KILLS


def _checked(var: Path, acknowledged: list[str]) -> tuple[int, int, str]:
    """Acknowledged rows that are missing, rules that are broken, and what was said of them."""
    present = {str(pk) for (pk,) in _sql(var, "SELECT id FROM registrations_servicerecord")}
    verified = subprocess.run(
        [sys.executable, "manage.py", "verify_invariants"],
        cwd=settings.BASE_DIR,
        env=environment(var),
        capture_output=True,
        text=True,
        check=False,
    )
    said = verified.stdout + verified.stderr
    wrong = verified.stdout.count("BROKEN") or int(verified.returncode != 0)
    return sum(one not in present for one in acknowledged), wrong, said


def _control(var: Path, acknowledged: list[str]) -> bool:
    """One acknowledged row taken away, and one figure made wrong: the same checks must say so."""
    lost = acknowledged[len(acknowledged) // 2]
    _sql(
        var,
        "SET session_replication_role = replica;"
        f" DELETE FROM registrations_servicerecord WHERE id = '{lost}';"
        " UPDATE reports_daycount SET n = n + 1 WHERE id = (SELECT max(id) FROM reports_daycount);"
        " SELECT 1",
    )
    missing, wrong, said = _checked(var, acknowledged)
    return missing == 1 and "ledger-gapless" in said and "revision-recount" in said and wrong > 1


def _until_built(var: Path) -> float:
    """Seconds until every chain is built to its end, or -1 after ten minutes."""
    began = time.monotonic()
    while time.monotonic() - began < 600:
        behind = _sql(
            var,
            "SELECT count(*) FROM registrations_ledgerhead head LEFT JOIN reports_buildhead built"
            " ON built.regency_id = head.office_id WHERE head.seq > coalesce(built.built_to, 0)",
        )[0][0]
        if behind == 0:
            return round(time.monotonic() - began, 1)
        time.sleep(1)
    return -1


def _differing(port: int, token: str) -> int:
    """How many figures of the province differ from the sum of its regencies'."""
    names = ("recorded_today", "ikd_today", "recorded_today_pemula")
    parts = _ask(port, token, "coverage/?region=13&level=regency&view=service")["results"]
    whole = _ask(port, token, "coverage/?region=13&level=province&view=service")["results"]
    return sum(sum(row[name] or 0 for row in parts) != (whole[0][name] or 0) for name in names)
