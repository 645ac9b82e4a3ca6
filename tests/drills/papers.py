"""Numbers that many clerks draw while somebody pulls plugs, and strangers who try codes of papers."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import logging
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client

from dukcapil import embedded, processes
from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.core.logs import formatter
from dukcapil.core.redis import client as redis
from dukcapil.regions.models import Region
from events.elections.models import Election
from registrations.papers.enums import PaperKind
from registrations.papers.models import Paper
from registrations.papers.selectors import by_number
from registrations.papers.services.papers import issue
from registrations.papers.services.rules import set_paper_rule
from reports.invariants.selectors import broken
from tests import engines, slow
from tests.drills.races import crowd, fresh
from tests.world import World, make_resident, today

SEED = 20241127
#: Smaller only to try the drill itself.
CLIENTS, SECONDS = int(os.environ.get("DRILL_CLIENTS", "64")), int(os.environ.get("DRILL_S", "600"))
GUESSES = int(os.environ.get("DRILL_GUESSES", "100000"))
#: Seconds from one plug to the next.
EVERY = 5.0
#: Looked for on the staff's page; all the others by the selector behind it.
ON_THE_PAGE = 200
#: Every twenty letters in a row that could be a code.
_TWENTY = re.compile("(?=([a-z2-7]{20}))")
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def windows_open(made: World) -> None:
    """Both kinds of papers may be issued in Bukittinggi today."""
    day = today() + timedelta(days=5)
    election = Election.objects.create(
        name="Pilkada", kind="pilkada", region_id="13.75", held_on=day
    )
    head = made["head"].actor
    with scoped(head.scope):
        for kind in PaperKind.values:
            set_paper_rule(
                by=head,
                election=election,
                kind=kind,
                region=Region.objects.get(pk="13.75"),
                days_before_open=30,
                days_before_close=0,
                source="SE latihan",
            )


# --- numbers ---------------------------------------------------------------------------------------


class Server:
    """A web process of one worker on the database of this run; it ends without a word."""

    def __init__(self, log: Path) -> None:
        self.port = embedded.free_port()
        url = embedded.database_url(Path(os.environ["DUKCAPIL_VAR"]), "web") or ""
        name = settings.DATABASES["default"]["NAME"]
        self.process: subprocess.Popen[bytes] = processes.spawn(
            [
                *(sys.executable, "-m", "granian", *slow.FRONT),
                *("--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"),
            ],
            env={
                **os.environ,
                "DUKCAPIL_DB_ROLE": "web",
                "DUKCAPIL_SUPERVISED": "1",
                "DUKCAPIL_API_RATE": "100000000/min",
                "DJANGO_SETTINGS_MODULE": "dukcapil.settings",
                "DATABASE_WEB_URL": url.replace(f"/{embedded.DATABASE}", f"/{name}"),
            },
            cwd=settings.BASE_DIR,
            death_signal=signal.SIGKILL,
            log=log,
        )

    def wait(self) -> None:
        ends = time.monotonic() + 120
        while slow.seconds_of_health(self.port) is None:
            assert self.process.poll() is None, "a server did not start"
            assert time.monotonic() < ends, "a server does not answer"
            time.sleep(0.1)  # nobody tells when a process begins to answer

    def kill(self) -> None:
        """The worker first, in the middle of its requests, then what would start another one."""
        pid = self.process.pid
        listed = Path(f"/proc/{pid}/task/{pid}/children")
        children = listed.read_text().split() if listed.exists() else []
        for one in (*map(int, children), pid):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self.process.wait(10)


@contextlib.contextmanager
def servers(count: int) -> Iterator[list[Server]]:
    log = Path(tempfile.mkdtemp()) / "web.log"
    started: list[Server] = []
    try:
        started.extend(Server(log) for _n in range(count))
        for one in started:
            one.wait()
        yield started
    finally:
        for one in started:
            if one.process.poll() is None:
                one.kill()


@dataclass
class Clerk:
    """Asks again with the same id until somebody answers, as a program of a desk does."""

    servers: list[Server]
    token: str
    people: list[str]
    dice: random.Random
    stop: threading.Event
    #: id -> number, as answered.
    issued: dict[str, str] = field(default_factory=dict)
    voided: set[str] = field(default_factory=set)
    #: Asked for, and the end came before an answer.
    open: set[str] = field(default_factory=set)
    repeats: int = 0
    strange: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        while not self.stop.is_set():
            key = str(uuid7())
            person, kind = self.dice.choice(self.people), self.dice.choice(PaperKind.values)
            body = {"id": key, "kind": kind, "resident": person, "reason": "Latihan"}
            self.open.add(key)
            if found := self._send("papers/", body):
                self.open.discard(key)
                if "number" in found:
                    self.issued[key] = found["number"]
            if key in self.issued and self.dice.random() < 0.1:
                self.open.add(key)
                if self._send(f"papers/{key}/void/", {"reason": "Latihan"}):
                    self.open.discard(key)
                    self.voided.add(key)

    def _send(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        """Empty: the drill ended before an answer."""
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        while not self.stop.is_set():
            # What is killed answers nothing, or half.
            with suppress(OSError, http.client.HTTPException, ValueError):
                link = http.client.HTTPConnection(
                    "127.0.0.1", self.dice.choice(self.servers).port, timeout=30
                )
                try:
                    link.request("POST", f"/api/v1/{path}", json.dumps(body), headers)
                    answer = link.getresponse()
                    found: dict[str, Any] = json.loads(answer.read())
                finally:
                    link.close()
                code = str(found.get("type", "")).rpartition("/")[2]
                if answer.status in (200, 201) or code == "already-voided":
                    return found
                # Another clerk's paper for this person came between: asked again, it replaces that one.
                if answer.status < 500 and code != "already-issued":
                    self.strange[f"{answer.status} {code}"] += 1
                    return found
            self.repeats += 1
            time.sleep(0.05)  # as a client that tries again, also once the end has come
        return {}


def pulled(plug: str, running: list[Server], dice: random.Random) -> bool:
    if plug == "server":
        # In its place in the list, so that clerks turn to the new one; the others work meanwhile.
        place = dice.randrange(len(running))
        gone, log = running[place], Path(tempfile.mkdtemp()) / "web.log"
        gone.kill()
        running[place] = Server(log)
        return True
    ended: list[Any] = []
    # In the middle of a request: who only waits for the next one loses nothing.
    plugs = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'web'"
        f" AND datname = '{engines.database_name()}' AND state <> 'idle' ORDER BY random() LIMIT 2"
    )

    def end(cursor: Any) -> None:
        cursor.execute(plugs)
        ended.extend(cursor.fetchall())

    until = time.monotonic() + 2
    while not ended and time.monotonic() < until:
        engines.admin(end)
    return bool(ended)


def drawn(
    made: World,
    people: list[str],
    *,
    clients: int,
    seconds: float,
    every: float,
    web: int = 2,
    plugs: tuple[str, ...] = ("server", "backend", "backend", "backend"),
) -> tuple[dict[str, Any], bool]:
    """Papers by HTTP from so many clients for so long, while servers are killed and backends ended."""
    token, stop, dice, done = (
        made["operator"].token,
        threading.Event(),
        random.Random(SEED),
        Counter[str](),
    )
    assert token
    with servers(web) as running:
        clerks = [
            Clerk(running, token, people, random.Random(SEED + n), stop) for n in range(clients)
        ]
        threads = [threading.Thread(target=clerk.run) for clerk in clerks]
        for thread in threads:
            thread.start()
        ends, turn = time.monotonic() + seconds, 0
        while time.monotonic() < ends:
            # What the clerks do meanwhile is what is drilled.
            time.sleep(min(every, max(0.0, ends - time.monotonic())))
            plug = plugs[turn % len(plugs)]
            turn += 1
            done[plug] += pulled(plug, running, dice)
        stop.set()
        for thread in threads:
            thread.join(60)
    figures, sound = _counted(made, clerks)
    return {"clients": clients, "kills": dict(done), **figures}, sound and min(
        done["server"], done["backend"]
    ) > 0


def _counted(made: World, clerks: list[Clerk]) -> tuple[dict[str, Any], bool]:
    """What the clerks were told against what is kept, and what the staff's search finds."""
    told = {key: number for clerk in clerks for key, number in clerk.issued.items()}
    voided = {key for clerk in clerks for key in clerk.voided}
    open_still = {key for clerk in clerks for key in clerk.open}
    with scoped(EVERYBODY):
        kept = {
            str(pk): rest
            for pk, *rest in Paper.objects.values_list(
                "pk", "number", "kind", "serial", "state", "record_id"
            )
        }
    lost = sum(key not in kept or kept[key][0] != number for key, number in told.items())
    # A request whose answer nobody waited for any more may have come through, once.
    unasked = sum(key not in told and key not in open_still for key in kept)
    gaps = doubles = 0
    for kind in PaperKind.values:
        serials = [serial for _n, of, serial, *_more in kept.values() if of == kind]
        gaps += len(set(range(1, max(serials, default=0) + 1)) - set(serials))
        doubles += len(serials) - len(set(serials))
    doubles += len(kept) - len({record for *_more, record in kept.values()})
    standing = sum(kept[key][3] != "void" for key in voided if key in kept)
    unfound = _unfound(made, told)
    use_role("owner")
    wrong = [one.invariant.name for one in broken()]
    use_role("web")
    strange = sum((clerk.strange for clerk in clerks), Counter[str]())
    figures = {
        "papers": len(kept),
        "answered": len(told),
        "voided": len(voided),
        "asked again": sum(clerk.repeats for clerk in clerks),
        "lost": lost,
        "unasked": unasked,
        "gaps": gaps,
        "doubles": doubles,
        "void but valid": standing,
        "not found by the staff": unfound,
        "other answers": dict(strange),
        "broken rules": wrong,
    }
    sound = not (lost or unasked or gaps or doubles or standing or unfound or strange or wrong)
    return figures, sound and len(told) > len(clerks)


def _unfound(made: World, told: dict[str, str]) -> int:
    """Numbers as they were answered that the staff's search does not lead from to their paper."""
    by, missing = made["operator"].actor, 0
    with scoped(by.scope):
        for key, number in told.items():
            missing += [str(one.pk) for one in by_number(by, number)] != [key]
    clerk = Client()
    clerk.force_login(User.objects.get(pk=by.user_id))
    for number in sorted(told.values())[:: max(1, len(told) // ON_THE_PAGE)]:
        page = clerk.get("/surat/", {"nomor": number})
        missing += page.status_code != 200 or f">{number}<" not in _tight(page.content.decode())
    return missing


def _tight(html: str) -> str:
    return "".join(html.split())


def recorded_crowd(made: World, count: int) -> list[str]:
    people = crowd(made, count)
    engines.past_all_rules("UPDATE registrations_resident SET known_recorded_on = '2020-01-01'")
    return [str(one.pk) for one in people]


def numbers() -> tuple[dict[str, Any], bool]:
    made = fresh()
    windows_open(made)
    people = recorded_crowd(made, 2_000)
    figures, met = drawn(made, people, clients=CLIENTS, seconds=SECONDS, every=EVERY, web=2)
    control = numbers_control()
    return {**figures, "control finds": control}, met and control


def numbers_control() -> bool:
    """One paper in the middle that stands taken away, past everything: the rules must say so."""
    engines.as_superuser(
        "SET session_replication_role = replica; DELETE FROM registrations_paper WHERE id ="
        " (SELECT id FROM registrations_paper paper WHERE state <> 'void' AND EXISTS (SELECT FROM registrations_paper later"
        "   WHERE (later.office_id, later.kind, later.year) = (paper.office_id, paper.kind, paper.year)"
        "     AND later.serial > paper.serial) ORDER BY serial DESC LIMIT 1)"
    )
    use_role("owner")
    found = {one.invariant.name for one in broken()}
    use_role("web")
    return {"paper-numbers", "paper-record"} <= found


# --- codes -----------------------------------------------------------------------------------------


@dataclass
class Said:
    """What a stranger was told, and how long it took."""

    answers: Counter[tuple[int, bytes]] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


def _look(client: Client, code: str, address: str, said: Said) -> int:
    began = time.perf_counter()
    answer = client.get(f"/surat/{code}/", REMOTE_ADDR=address)
    said.seconds.append(time.perf_counter() - began)
    body = answer.content if answer.status_code == 404 else b""
    said.answers[answer.status_code, body] += 1
    return answer.status_code


def _made_up(dice: random.Random) -> str:
    return "".join(dice.choices(_LETTERS, k=20))


def _neighbour(code: str, dice: random.Random) -> str:
    """As a paper's but for its last letter: the index finds its way almost to the end."""
    return code[:-1] + dice.choice([one for one in _LETTERS if one != code[-1]])


class Watched(io.TextIOBase):
    """What the application writes down, looked through as it comes."""

    def __init__(self) -> None:
        self.lines, self.routes, self.asked = 0, 0, set[str]()
        self.found: set[str] = set()

    def write(self, text: str) -> int:
        self.lines += text.count("\n")
        self.routes += "surat/<str:secret>" in text
        self.found |= self.asked & {found[1] for found in _TWENTY.finditer(text)}
        return len(text)


@contextlib.contextmanager
def logged(watched: Watched) -> Iterator[None]:
    handler = logging.StreamHandler(watched)
    handler.setFormatter(formatter())
    loggers = [logging.getLogger(name) for name in ("", "django", "django_structlog")]
    before = [one.level for one in loggers]
    loggers[0].addHandler(handler)
    for one in loggers:
        one.setLevel(logging.INFO)
    try:
        yield
    finally:
        loggers[0].removeHandler(handler)
        for one, level in zip(loggers, before, strict=True):
            one.setLevel(level)


def tried(codes: list[str], guesses: int) -> tuple[dict[str, Any], bool]:
    """Half of the guesses lie beside codes that exist, half anywhere; ten from each address. Then one address
    goes on, with codes that exist among them.
    """
    redis().flushdb()
    dice, client, watched = random.Random(SEED), Client(), Watched()
    watched.asked.update(codes)
    near, far, one_address = Said(), Said(), Said()
    spread = guesses * 4 // 5 // 10 * 10
    with logged(watched):
        for n in range(0, spread, 2):
            address = f"10.{n // 10 >> 16}.{n // 10 >> 8 & 255}.{n // 10 & 255}"
            pair = [(_neighbour(dice.choice(codes), dice), near), (_made_up(dice), far)]
            # The first one of an address costs a little more: it falls to either.
            for code, said in dice.sample(pair, 2):
                watched.asked.add(code)
                _look(client, code, address, said)
        for n in range(guesses - spread):
            code = dice.choice(codes) if n % 3 == 0 else _made_up(dice)
            watched.asked.add(code)
            _look(client, code, "192.0.2.1", one_address)
        control = _look(client, codes[0], "192.0.2.2", Said())
    windows = 1 + sum(one_address.seconds) // 60
    answered = sum(n for (status, _body), n in one_address.answers.items() if status != 429)
    told = near.answers + far.answers
    figures = {
        "guesses": guesses,
        "bodies": len(told),
        "found": sum(n for (status, _body), n in told.items() if status != 404),
        "answered to one address": answered,
        "of its minutes": int(windows),
        "ms beside a code": round(statistics.median(near.seconds) * 1000, 2),
        "ms anywhere": round(statistics.median(far.seconds) * 1000, 2),
        "told apart by time": round(_apart(near.seconds, far.seconds), 4),
        "of noise alone": round(0.5 + 4 * _noise(len(near.seconds)), 4),
        "codes in logs": len(watched.found),
        "log lines": watched.lines,
    }
    met = (
        [status for status, _body in told] == [404]
        and 0 < answered <= 10 * windows
        and control == 200
        and not watched.found
        and watched.routes >= guesses
    )
    return figures, met


def _apart(one: list[float], other: list[float]) -> float:
    """How surely a single answer's time says of which of the two it is: 0.5 is a coin."""
    ordered = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks = sum(rank for rank, (_value, of) in enumerate(ordered, 1) if of == 0)
    wins = (ranks - len(one) * (len(one) + 1) / 2) / (len(one) * len(other))
    return max(wins, 1 - wins)


def _noise(each: int) -> float:
    """The standard error of `_apart` where nothing differs."""
    return float(((2 * each + 1) / (12 * each * each)) ** 0.5)


def codes_of(made: World, count: int) -> list[str]:
    by = made["operator"].actor
    found = []
    with scoped(by.scope):
        for _n in range(count):
            person = make_resident(made)
            paper, _new = issue(by=by, kind=PaperKind.BIODATA, resident=person.pk)
            found.append(paper.code)
    return found


def codes() -> tuple[dict[str, Any], bool]:
    made = fresh()
    windows_open(made)
    figures, met = tried(codes_of(made, 200), GUESSES)
    return figures, met and figures["told apart by time"] < figures["of noise alone"]
