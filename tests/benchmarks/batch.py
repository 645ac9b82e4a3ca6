"""CPU of a row of a batch, of the process and of its PostgreSQL apart: `python -m tests.benchmarks.batch`."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ["DUKCAPIL_TEST_DURABLE"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.drills.settings"

from tests import engines

engines.fresh_database()
for _role in ("owner", "web", "worker"):
    os.environ[f"DATABASE_{_role.upper()}_URL"] = engines.database_url(_role)

import django

django.setup()

from django.db import connection

from dukcapil.core.ids import uuid7
from tests.drills.races import crowd, fresh

SIZE, ROUNDS = 1000, 8


def used(pid: int) -> float:
    """Milliseconds that a process has run."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def rows_of(people: list[Any]) -> list[dict[str, Any]]:
    moment = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    services = ("recording", "family_card")
    return [
        {
            "id": str(uuid7()),
            "service": services[number % 2],
            "outcome": "done",
            "resident": str(one.pk),
            "occurred_at": moment,
            "device": "laptop-1",
        }
        for number, one in enumerate(people)
    ]


def main() -> None:
    made = fresh()
    people = crowd(made, SIZE * (ROUNDS + 1))
    caller = made["operator"]
    figures: list[tuple[float, float, float]] = []
    for number in range(ROUNDS + 1):
        body = json.dumps({"records": rows_of(people[number * SIZE : (number + 1) * SIZE])})
        headers = {"Authorization": f"Token {caller.token}"}
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (backend,) = cursor.fetchone()
        before, there, began = time.process_time() * 1e3, used(backend), time.monotonic()
        answer = caller.client.post(
            "/api/v1/service-records/batch/", body, "application/json", headers=headers
        )
        wall = time.monotonic() - began
        assert answer.status_code == 200, answer.content
        results = answer.json()["results"]
        assert {row["status"] for row in results} == {"created"}, results[:3]
        figures.append((time.process_time() * 1e3 - before, used(backend) - there, wall * 1e3))
    figures = sorted(figures[1:])
    python, postgres, wall = (
        sorted(column)[len(figures) // 2] / SIZE for column in zip(*figures, strict=True)
    )
    print(
        f"a row of a batch of {SIZE}: Python {python:.4f} ms, PostgreSQL {postgres:.4f} ms,"
        f" {1000 / wall:.0f} rows/s in one process"
    )


if __name__ == "__main__":
    main()
