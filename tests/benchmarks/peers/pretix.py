"""Bookings beside orders of pretix, a well-known ticket system, in one run on the same PostgreSQL and Redis.

    python -m tests.benchmarks.peers.pretix [FOLDER]

pretix goes into a virtual environment of its own in FOLDER, or in a temporary one, from the registry that pip is
set up for; without that nothing is measured. It runs as its own documentation has it: PostgreSQL, Redis as cache
and broker, gunicorn with two processes a core. No worker runs, so what an order leaves for later costs it nothing
here. An order is one free ticket of a quota without an end, through its API; a booking one place of a session
through ours. Three rounds by turns, eight clients, CPU by `/proc` as in `make bench`.
"""

from __future__ import annotations

import os
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

os.environ["DUKCAPIL_TEST_DURABLE"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"

from dukcapil import embedded, processes
from tests import engines
from tests.benchmarks.alive import until_answers

VERSION = "2026.8.0"
#: Redis databases that nothing of ours uses: cache, broker, results.
_REDIS = (50, 51, 52)
_MODULE = "DJANGO_SETTINGS_MODULE"

_SEED = """
import datetime, sys
import django
django.setup()
from django.utils.timezone import now
from django_scopes import scopes_disabled
from pretix.base.models import Event, Item, Organizer, Quota, Team, TeamAPIToken
with scopes_disabled():
    organizer = Organizer.objects.create(name="Peer", slug="peer")
    event = Event.objects.create(
        organizer=organizer, name="Day", slug="day", live=True, currency="EUR",
        date_from=now() + datetime.timedelta(days=30))
    item = Item.objects.create(event=event, name="Place", default_price=0)
    quota = Quota.objects.create(event=event, name="Places", size=None)
    quota.items.add(item)
    team = Team.objects.create(
        organizer=organizer, name="All", all_events=True, all_event_permissions=True,
        all_organizer_permissions=True)
    print("SEEDED", item.pk, TeamAPIToken.objects.create(team=team, name="bench").token)
"""


class Peer:
    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, embedded.free_port()
        self.python = folder / "venv" / "bin" / "python"

    def install(self) -> None:
        if not self.python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(self.folder / "venv")], check=True)
        print(f"Installing pretix {VERSION} into {self.folder} ...", flush=True)
        wanted = [f"pretix=={VERSION}", "gunicorn"]
        done = subprocess.run(
            [str(self.python), "-m", "pip", "install", "--quiet", *wanted],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            log = self.folder / "pip.log"
            log.write_text(done.stderr)
            raise SystemExit(
                "pretix could not be installed from the package registry that pip is set up for:"
                f" nothing was measured. What pip said stands in {log}."
            )

    def configure(self) -> None:
        data, secret = self.folder / "data", secrets.token_hex(16)
        data.mkdir(exist_ok=True)
        engines.admin(
            "DROP DATABASE IF EXISTS pretix WITH (FORCE)",
            "DROP ROLE IF EXISTS pretix",
            f"CREATE ROLE pretix LOGIN PASSWORD '{secret}'",
            "CREATE DATABASE pretix OWNER pretix",
        )
        port = urlsplit(engines.admin_address()).port
        cache, broker, results = (
            f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{number}" for number in _REDIS
        )
        self.config = self.folder / "pretix.cfg"
        self.config.write_text(
            f"[pretix]\ninstance_name=peer\nurl=http://127.0.0.1\ndatadir={data}\necb_rates=False\n"
            f"[database]\nbackend=postgresql\nname=pretix\nuser=pretix\npassword={secret}\n"
            f"host=127.0.0.1\nport={port}\n"
            f"[redis]\nlocation={cache}\nsessions=true\n"
            f"[celery]\nbackend={results}\nbroker={broker}\n"
        )
        self.config.chmod(0o600)

    @property
    def env(self) -> dict[str, str]:
        """Nothing of ours but the way to its programs."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "PRETIX_CONFIG_FILE": str(self.config),
            _MODULE: "pretix.settings",
        }

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [str(self.python), *command],
            env=self.env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"pretix: {command[:3]} failed:\n{done.stderr[-3000:]}")
        return done.stdout

    def seed(self) -> None:
        self.run("-m", "pretix", "migrate", "--verbosity", "0")
        said = self.run("-c", _SEED)
        [found] = [line for line in said.splitlines() if line.startswith("SEEDED")]
        _word, self.item, self.token = found.split()

    @contextmanager
    def served(self) -> Iterator[int]:
        """The first process of its server."""
        workers = 2 * (os.cpu_count() or 1)
        command = [
            *(str(self.python), "-m", "gunicorn", "pretix.wsgi", "--name", "pretix"),
            *("--workers", str(workers), "--max-requests", "1200", "--max-requests-jitter", "50"),
            *("--bind", f"127.0.0.1:{self.port}", "--log-level", "warning"),
            # A process that loads its code on a busy machine is not stuck.
            *("--timeout", "300"),
        ]
        process = processes.spawn(command, env=self.env, cwd=self.folder)
        try:
            until_answers(f"http://127.0.0.1:{self.port}/healthcheck/", 120)
            yield process.pid
        finally:
            processes.stop(process, signal.SIGTERM)


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        kept = Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else None
        peer = Peer(kept or Path(temporary))
        peer.folder.mkdir(parents=True, exist_ok=True)
        peer.install()
        peer.configure()
        peer.seed()
        engines.fresh_django()
        from tests.benchmarks.peers import rounds  # noqa: PLC0415 - after Django

        with peer.served() as root:
            found = rounds.beside(_orders(peer), peer.port, root)
        _tell(found)


def _orders(peer: Peer) -> bytes:
    from tests.benchmarks import load  # noqa: PLC0415 - after Django

    body = (
        '{"email": null, "locale": "en", "sales_channel": "web", "payment_provider": "free",'
        f' "positions": [{{"item": {peer.item}, "variation": null, "price": "0.00",'
        ' "attendee_name_parts": {"full_name": "Peer"}, "answers": [], "subevent": null}]}'
    ).encode()
    return load.request("POST", "/api/v1/organizers/peer/events/day/orders/", peer.token, body)


def _tell(found: list[tuple[Any, Any]]) -> None:
    from tests.benchmarks.rows import row  # noqa: PLC0415 - after Django

    for number, (ours, theirs) in enumerate(found, start=1):
        print(
            f"round {number}: {ours.rate:.1f} bookings/s at {ours.web:.2f} + {ours.database:.2f} ms,"
            f" {theirs.rate:.1f} orders/s at {theirs.web:.2f} + {theirs.database:.2f} ms"
        )
    rate, rate_of_peer = (
        statistics.median(one.rate for one in side) for side in zip(*found, strict=True)
    )
    cpu, cpu_of_peer = (
        statistics.median(one.whole for one in side) for side in zip(*found, strict=True)
    )
    row("bookings / orders of pretix", rate, rate_of_peer, ">= 50", "/s", rate >= 50 * rate_of_peer)
    row(
        "CPU: booking / order of pretix", cpu, cpu_of_peer, "<= 1/50", "ms", cpu * 50 <= cpu_of_peer
    )


if __name__ == "__main__":
    main()
