"""A day's queues of many laptops at once, each row twice, while somebody pulls plugs; and what a row costs."""

from __future__ import annotations

import http.client
import json
import os
import random
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.ids import uuid7
from registrations.people.models import Resident
from reports.invariants.selectors import broken
from tests import engines, slow
from tests.drills.papers import Server, pulled, servers
from tests.drills.races import crowd, fresh
from tests.world import World

SEED = 20261127
#: Smaller only to try the drill itself.
ROWS, DEVICES = int(os.environ.get("DRILL_ROWS", "20000")), 16
EVERY = 2.0
#: A recording counts once for a person; what comes a second time, by another id, is refused or waits.
SERVICES = ("recording", "family_card", "birth_certificate", "recording")


@dataclass
class Laptop:
    """Sends each of its batches until it is answered, with the same ids, as the offline page does."""

    number: int
    servers: list[Server]
    token: str
    queue: list[dict[str, Any]]
    dice: random.Random
    #: Rows that it sends at once.
    most: int = 400
    #: id -> what was answered, each time.
    answered: dict[str, list[str]] = field(default_factory=dict)
    repeats: int = 0
    strange: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        left = self.queue
        while left:
            size = self.dice.randint(self.most // 8, self.most)
            sent, left = left[:size], left[size:]
            for row in self._send(sent):
                code = str(row.get("problem", {}).get("type", "")).rpartition("/")[2]
                word = row.get("code") or code or row["status"]
                self.answered.setdefault(row["id"], []).append(word)

    def _send(self, sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        body = json.dumps({"records": sent})
        while True:
            # What is killed answers nothing, or half.
            with suppress(OSError, http.client.HTTPException, ValueError):
                server = self.dice.choice(self.servers)
                link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
                try:
                    link.request("POST", "/api/v1/service-records/batch/", body, headers)
                    answer = link.getresponse()
                    found: dict[str, Any] = json.loads(answer.read())
                finally:
                    link.close()
                if answer.status == 200:
                    results: list[dict[str, Any]] = found["results"]
                    return results
                if answer.status < 500:
                    self.strange[f"{answer.status} {found.get('type')}"] += 1
                    return []
            self.repeats += 1
            time.sleep(0.05)  # as a program that tries again


def said(people: list[Resident], count: int, dice: random.Random) -> list[dict[str, Any]]:
    """So many rows about so many people, of them some a second time under another id."""
    moment = datetime.now(UTC) - timedelta(hours=2)
    return [
        {
            "id": str(uuid7()),
            "service": SERVICES[number % len(SERVICES)],
            "outcome": "done",
            "resident": str(people[(number // 3) % len(people)].pk),
            "occurred_at": (moment + timedelta(seconds=dice.randrange(3600))).isoformat(),
            "device": f"laptop-{number % DEVICES}",
        }
        for number in range(count)
    ]


def sent_home(
    made: World, people: list[Resident], *, count: int, devices: int, every: float, most: int = 400
) -> tuple[dict[str, Any], bool]:
    """Every row in the queues of two laptops, shuffled, while servers are killed and backends ended."""
    dice, done, began = random.Random(SEED), Counter[str](), time.monotonic()
    told = said(people, count, dice)
    queues: list[list[dict[str, Any]]] = [[] for _n in range(devices)]
    for row in told:
        for place in dice.sample(range(devices), 2):
            queues[place].append(row)
    for queue in queues:
        dice.shuffle(queue)
    token = made["operator"].token
    assert token
    connection.close()
    with servers(2) as running:
        laptops = [
            Laptop(n, running, token, queue, random.Random(SEED + n), most)
            for n, queue in enumerate(queues)
        ]
        threads = [threading.Thread(target=laptop.run) for laptop in laptops]
        for thread in threads:
            thread.start()
        turn = 0
        while any(thread.is_alive() for thread in threads):
            # What the laptops do meanwhile is what is drilled.
            threads[turn % devices].join(every)
            plug = ("backend", "backend", "server", "backend")[turn % 4]
            if plug == "server" and not all(answers(one) for one in running):
                plug = "backend"  # on a busy machine nobody would be left to answer
            done[plug] += pulled(plug, running, dice)
            turn += 1
        for thread in threads:
            thread.join()
    wrong = faults(told, laptops)
    figures = {
        "rows": count,
        "sent": sum(map(len, queues)),
        "killed": dict(sorted(done.items())),
        "repeated": sum(laptop.repeats for laptop in laptops),
        "answers": dict(sorted(_answers(laptops).items())),
        "seconds": round(time.monotonic() - began),
        "wrong": {name: len(found) for name, found in wrong.items() if found},
    }
    return figures, not any(wrong.values()) and done["backend"] > 0 and done["server"] > 0


def answers(server: Server) -> bool:
    return slow.seconds_of_health(server.port) is not None


def _answers(laptops: list[Laptop]) -> Counter[str]:
    return Counter(word for one in laptops for words in one.answered.values() for word in words)


#: The row is in the ledger.
WRITTEN = {"created", "already"}
#: It is refused: this person is recorded, or such a record waits.
REFUSED = {"already-recorded", "waits-for-decision"}


def faults(told: list[dict[str, Any]], laptops: list[Laptop]) -> dict[str, list[Any]]:
    """What is lost, doubled, answered in two ways, or strange; and every rule that does not hold."""
    with scoped(EVERYBODY):
        held = dict(rows("SELECT id::text, count(*) FROM registrations_servicerecord GROUP BY 1"))
        twice = rows(
            "SELECT resident_id, service FROM registrations_servicerecord"
            " WHERE service = 'recording' GROUP BY 1, 2 HAVING sum(weight) <> 1"
        )
        gaps = rows(
            "SELECT office_id FROM registrations_servicerecord GROUP BY office_id"
            " HAVING count(*) <> max(seq) OR count(DISTINCT seq) <> count(*)"
        )
    use_role("owner")
    rules = [found.invariant.name for found in broken()]
    use_role("web")
    words: dict[str, set[str]] = {}
    for laptop in laptops:
        for key, answered in laptop.answered.items():
            words.setdefault(key, set()).update(answered)
    asked = {row["id"]: row for row in told}
    people = {row["resident"] for row in told if row["service"] == "recording"}
    with scoped(EVERYBODY):
        recorded = {
            str(one)
            for (one,) in rows(
                "SELECT resident_id FROM registrations_servicerecord WHERE service = 'recording'"
            )
        }
    return {
        "unanswered": [key for key in asked if key not in words],
        "lost": [key for key, found in words.items() if found <= WRITTEN and key not in held],
        "refused and written": [
            key for key, found in words.items() if found & REFUSED and key in held
        ],
        "answered otherwise": [
            key for key, found in words.items() if not (found <= WRITTEN or found <= REFUSED)
        ],
        "nobody sent it": [key for key in held if key not in asked],
        "counted twice": twice,
        "not recorded": sorted(people - recorded),
        "gaps": gaps,
        "rules": rules,
        "strange": [word for laptop in laptops for word in laptop.strange],
    }


LOSE_ONE = (
    "ALTER TABLE registrations_servicerecord DISABLE TRIGGER ALL",
    "DELETE FROM registrations_servicerecord WHERE seq = 7",
    "ALTER TABLE registrations_servicerecord ENABLE TRIGGER ALL",
)


def batch() -> tuple[dict[str, Any], bool]:
    made = fresh()
    people = crowd(made, ROWS // 3)
    figures, met = sent_home(made, people, count=ROWS, devices=DEVICES, every=EVERY)
    # The control: a row that is lost is found.
    engines.as_superuser(*LOSE_ONE)
    told = [{"id": "lost", "service": "recording", "resident": "nobody"}]
    control = faults(told, [])
    figures["control"] = sorted(name for name, found in control.items() if found)
    return figures, met and {"unanswered", "gaps", "rules"} <= set(figures["control"])


# --- what a row costs --------------------------------------------------------------------------------

SIZE, ROUNDS = 1000, 8


def _used(pid: int) -> float:
    """Milliseconds that a process has run."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def cpu() -> tuple[dict[str, Any], bool]:
    """CPU of a row of a batch, of the web process and of its PostgreSQL apart; the middle one of the rounds."""
    made = fresh()
    people, caller, dice = crowd(made, SIZE * (ROUNDS + 1)), made["operator"], random.Random(SEED)
    figures: list[tuple[float, float, float]] = []
    for number in range(ROUNDS + 1):
        own = people[number * SIZE : (number + 1) * SIZE]
        told = said(own, SIZE, dice)
        for row, person in zip(told, own, strict=True):
            row["resident"] = str(person.pk)
        body, headers = json.dumps({"records": told}), {"Authorization": f"Token {caller.token}"}
        ((backend,),) = rows("SELECT pg_backend_pid()")
        before, there, began = time.process_time() * 1e3, _used(backend), time.monotonic()
        answer = caller.client.post(
            "/api/v1/service-records/batch/", body, "application/json", headers=headers
        )
        wall = (time.monotonic() - began) * 1e3
        assert {row["status"] for row in answer.json()["results"]} == {"created"}
        figures.append((time.process_time() * 1e3 - before, _used(backend) - there, wall))
    python, postgres, wall = (
        sorted(column)[ROUNDS // 2] / SIZE for column in zip(*figures[1:], strict=True)
    )
    found = {"python_ms": round(python, 4), "postgresql_ms": round(postgres, 4)}
    return found | {"rows_a_second": round(1 / wall * 1e3)}, python + postgres <= 0.2
