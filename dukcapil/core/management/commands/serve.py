"""Web, worker and beat under one supervisor, with PostgreSQL and Redis when no address is set."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg2
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from dukcapil import embedded, engine_settings, processes, roles, served

#: Seconds that children get to finish what they do.
PATIENCE = 15
#: Two provinces are built at a time where there are two cores.
WORKERS = str(min(2, os.cpu_count() or 1))


@dataclass(frozen=True)
class Start:
    """How to start one child, the first time and again."""

    name: str
    command: list[str]
    role: str
    death_signal: int = signal.SIGTERM


class Command(BaseCommand):
    help = "Serve pages, API and jobs on 127.0.0.1. Ctrl-C stops all of it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")
        parser.add_argument("--web-workers", type=int, default=2)
        parser.add_argument(
            "--longest-pause",
            type=float,
            default=processes.LONGEST_PAUSE,
            help="seconds at most before something that keeps ending is started once more",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.children: list[processes.Kept] = []
        self.engines: embedded.Engines | None = None
        self.lent: served.Lent | None = None
        self.stopping = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupt)
        with processes.folder_lock(settings.VAR_DIR):
            refuse_taken_port(options["port"])
            try:
                self._start(options)
                self._watch(options["longest_pause"])
            except _Stop:
                self.stdout.write("Stopping ...")
            finally:
                self._stop()

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if not self.stopping:
            self.stopping = True
            raise _Stop

    # --- starting -------------------------------------------------------------------------------

    def _start(self, options: dict[str, Any]) -> None:
        if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
            self.engines = embedded.Engines(settings.VAR_DIR)
            self.engines.start()
        prepare_database()
        reload_addresses()
        call_command("migrate", verbosity=0, interactive=False)
        collect_static()
        self._load(options)
        connections.close_all()
        self._leave_root(options["port"])
        self._spawn_all(options)
        self._wait_until_ready(options["port"])
        self._say(options["port"], demo=not options["no_demo"])

    def _leave_root(self, port: int) -> None:
        """What serves does not run as root, also where this command does."""
        uid = served.served_uid(self.engines.uid if self.engines else None)
        if uid is None:
            if os.geteuid() == 0:
                users = ", ".join(served.USERS)
                self.stderr.write(f"Serving as root: the machine has no other user of {users}.")
            return
        if port < 1024:
            raise embedded.EngineError("Choose a port from 1024 on: web processes are not root.")
        # Made now: who serves makes no key.
        embedded.secret(settings.VAR_DIR, "totp")
        if not os.environ.get("DUKCAPIL_NIK_KEY_V1"):
            embedded.secret(settings.VAR_DIR, "nik-v1")
        lent = served.lend(settings.VAR_DIR, Path(settings.STATIC_ROOT), settings.BASE_DIR, uid)
        if isinstance(lent, served.Lent):
            self.lent = lent
        else:
            self.stderr.write(f"Serving as root: {lent}. Choose other folders to change that.")

    def _load(self, options: dict[str, Any]) -> None:
        from dukcapil.core.db import rows  # noqa: PLC0415 - after the database is there

        if not rows("SELECT 1 FROM regions_region LIMIT 1"):
            self.stdout.write("Loading 91,600 regions ...")
            call_command("import_regions", verbosity=0)
        if not options["no_demo"]:
            call_command("demo", port=options["port"], stdout=self.stdout)

    def _spawn_all(self, options: dict[str, Any]) -> None:
        python = sys.executable
        granian = [
            *(python, "-m", "granian", *processes.WEB, "dukcapil.rsgi:application"),
            *("--host", "127.0.0.1", "--port", str(options["port"])),
            *("--workers", str(options["web_workers"])),
            "--respawn-failed-workers",  # the requests of the other one go on
        ]
        celery = [python, "-m", "celery", "-A", "dukcapil.celery"]
        worker = [
            *celery,
            "worker",
            "--concurrency",
            WORKERS,
            "--without-gossip",
            "--without-mingle",
        ]
        work = self.lent.work if self.lent else Path(settings.VAR_DIR)
        beat = [*celery, "beat", "--schedule", str(work / "beat-schedule")]
        # Granian ignores a SIGTERM that comes while it starts; killing it at once loses nothing.
        for start in (
            Start("web", granian, "web", signal.SIGKILL),
            Start("worker", worker, "worker"),
            Start("planner", [*celery, *processes.PLANNER], "worker"),
            Start("beat", beat, "worker"),
        ):
            spawn = partial(self._spawn, start)
            self.children.append(processes.Kept(start.name, spawn, options["longest_pause"]))

    def _spawn(self, start: Start) -> subprocess.Popen[bytes]:
        env = {
            **served.environment(settings.VAR_DIR, start.role, self.lent),
            "DUKCAPIL_SUPERVISED": "1",
            "PGAPPNAME": f"dukcapil-{start.name}",
        }
        log = Path(settings.VAR_DIR) / "log" / f"{start.name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        return processes.spawn(
            start.command,
            env=env,
            log=log,
            cwd=settings.BASE_DIR,
            death_signal=start.death_signal,
            uid=self.lent.uid if self.lent else None,
            closed=self.lent.closed if self.lent else None,
        )

    def _wait_until_ready(self, port: int) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            self._look()
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
                return
            time.sleep(0.1)
        raise embedded.EngineError("The web server did not start; see the log folder.")

    def _say(self, port: int, *, demo: bool) -> None:
        self.stdout.write(self.style.SUCCESS(f"\ndukcapil is ready: http://127.0.0.1:{port}/"))
        if demo:
            self.stdout.write(accounts_table(Path(settings.VAR_DIR) / "demo.json"))
        self.stdout.write("Ctrl-C stops everything.")
        self.stdout.flush()

    # --- running and stopping -------------------------------------------------------------------

    def _watch(self, longest_pause: float) -> None:
        """Start again what ended, at once and then later and later; no figure is lost with it.

        However often the web server ends, the engines, the jobs and this process stay.
        """
        pauses, due, last = processes.Pauses(longest_pause), 0.0, 0.0
        while True:
            now = time.monotonic()
            if now >= due and self._revive():
                due, last = now + pauses.after(now - last), now
            for child in self.children:
                child.look(self._tell)
            time.sleep(0.5)

    def _revive(self) -> bool:
        """Whether an engine had ended. One that does not start is tried again."""
        if self.engines is None:
            return False
        try:
            revived = self.engines.revive()
        except (embedded.EngineError, psycopg2.Error, OSError) as error:
            self._tell(str(error))
            return True
        for name in revived:
            self._tell(f"{name} had stopped and was started again.")
        return bool(revived)

    def _tell(self, text: str) -> None:
        self.stderr.write(f"{text} See {settings.VAR_DIR}/log")
        self.stderr.flush()

    def _look(self) -> None:
        for child in self.children:
            if child.process.poll() is not None:
                raise embedded.EngineError(
                    f"{child.name} stopped ({processes.how_it_ended(child.process)});"
                    f" see {settings.VAR_DIR}/log"
                )

    def _stop(self) -> None:
        self.stopping = True
        for child in self.children:
            if child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        for child in self.children:
            processes.stop(child.process, signal.SIGTERM, max(0.1, deadline - time.monotonic()))
        if self.engines:
            self.engines.stop()
        if self.lent:
            served.take_back(settings.VAR_DIR)


def accounts_table(demo: Path) -> str:
    """The accounts of demo.json as a table for the terminal."""
    if not demo.exists():
        return "No demonstration accounts in this database."
    accounts = json.loads(demo.read_text())["accounts"]
    lines = [
        f"  {row['username']:<15} {row['password']:<18} {row['role']:<18} {row['region']}"
        f"{'  + code: manage.py totp ' + row['username'] if 'totp_uri' in row else ''}"
        for row in accounts
    ]
    return "\n".join(["Log in as (all synthetic; tokens stand in demo.json):", *lines])


class _Stop(Exception):
    pass


def refuse_taken_port(port: int) -> None:
    """Refuse a port that is taken: Granian would share it with the other process without a word."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise embedded.EngineError(
                f"Port {port} is taken. Stop what uses it, or choose another: PORT=8010 make run"
            ) from error


def prepare_database() -> None:
    """Create the roles when this login may; a server that somebody has prepared is left as it is."""
    url = embedded.admin_url(settings.VAR_DIR)
    if url is None:
        raise embedded.EngineError("No database address.")
    try:
        if roles.may_prepare(url):
            roles.prepare(url, settings.VAR_DIR)
    except psycopg2.OperationalError as error:
        raise embedded.EngineError(f"The database does not answer: {error}") from error


def collect_static() -> None:
    """Hash and compress static files, unless none changed since the last start."""
    files = [
        (path, Path(storage.path(path)).stat().st_mtime)
        for finder in get_finders()
        for path, storage in finder.list([])
    ]
    stamp = hashlib.sha256(repr((settings.STATIC_ROOT, sorted(files))).encode()).hexdigest()
    mark = Path(settings.VAR_DIR) / "static.stamp"
    if mark.exists() and mark.read_text() == stamp and Path(settings.STATIC_ROOT).is_dir():
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    mark.write_text(stamp)


def reload_addresses() -> None:
    """Settings were read before the engines had ports."""
    url = embedded.database_url(settings.VAR_DIR, settings.DATABASE_ROLE)
    fresh = settings.ENV.db_url_config(url)
    connections["default"].close()
    connections["default"].settings_dict.update(
        {name: fresh[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    )
    redis_url = embedded.redis_url(settings.VAR_DIR) or settings.REDIS_URL
    settings.REDIS_URL = redis_url
    settings.REDIS_URLS = engine_settings.redis_urls(redis_url)
    settings.CELERY_BROKER_URL = settings.REDIS_URLS["broker"]
    settings.CACHES["default"]["LOCATION"] = settings.REDIS_URLS["cache"]
    settings.CACHES["sessions"]["LOCATION"] = settings.REDIS_URLS["sessions"]
