"""pytest plugin: real PostgreSQL and Redis for the suite, loaded before Django's settings.

The controller starts the engines, prepares the roles, and migrates one template database with
all regions. Every worker works on copies of it, connected as the role `web`.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2

from dukcapil import embedded, engine_settings, processes, roles
from tests import canaries, kept_start

ROOT = Path(__file__).resolve().parent.parent
#: `make test LONG=yes`: the long tests too, and the others with more of everything.
LONG = bool(os.environ.get("DUKCAPIL_TEST_LONG"))
#: Rows of a list that must cost what one row costs.
MANY = 30 if LONG else 7
#: The seed of the run, as pytest prints it.
_SEED = [0]
#: Nothing here survives the run, so nothing needs to reach the disk.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Two workers may each send 64 clients at the same moment.
    "max_connections": "300",
    # What is copied is small and lies in memory; nobody looks after a database that lives a second.
    "max_wal_size": "512MB",
    "autovacuum": "off",
    # A password that lives as long as the run need not be dear to try: there are thousands of connections.
    "scram_iterations": "1",
}
#: Where files lie in memory, on Linux; used when there is room and programs may run from it.
MEMORY = Path("/dev/shm")
#: Files that say what became of the database that all others are copied from.
_MADE, _NOT_MADE = "database-made", "database-not-made"
_PREPARED = "database-prepared.json"
#: Settings need to know where the engines are; no test needs its database.
_COLLECT_ONLY = not {"--collect-only", "--co"}.isdisjoint(sys.argv)
ROOM = 4_000_000_000
_NEAR = "near"


def _in_memory() -> str | None:
    with contextlib.suppress(OSError):
        _forget_killed_runs()
        found = os.statvfs(MEMORY)
        if found.f_bavail * found.f_frsize > ROOM and not found.f_flag & os.ST_NOEXEC:
            return str(MEMORY)
    return None


def _forget_killed_runs() -> None:
    """What a run that was killed left in memory would stay there until the machine starts again."""
    for note in MEMORY.glob("dukcapil-tests-*/owner"):
        with contextlib.suppress(
            OSError
        ):  # another run ends, or takes it away, at this very moment
            if not Path("/proc", note.read_text()).exists():
                shutil.rmtree(note.parent, ignore_errors=True)


def _start() -> None:
    durable = os.environ.get("DUKCAPIL_TEST_DURABLE")
    place = None if durable else _in_memory()
    var = Path(tempfile.mkdtemp(prefix="dukcapil-tests-", dir=place))
    var.chmod(0o711)
    (var / "owner").write_text(str(os.getpid()))
    # Whatever the suite and its processes put aside is looked through at the end.
    (var / "tmp").mkdir(mode=0o777)
    (var / "tmp").chmod(0o777)
    os.environ["TMPDIR"] = tempfile.tempdir = str(var / "tmp")
    engines = embedded.Engines(var, extra_settings=None if durable else dict(FAST))
    if place and engines.extra_settings:
        engines.extra_settings["unix_socket_directories"] = _make_near(var, engines.uid)
    atexit.register(_clean, engines, os.getpid())
    os.environ["DUKCAPIL_VAR"] = str(var)
    os.environ["DUKCAPIL_STATIC_HASHED"] = "no"
    (var / "static").mkdir()
    if _COLLECT_ONLY:
        engines.start()
    elif durable or os.environ.get("CI") or os.environ.get("DUKCAPIL_TEST_ANEW"):
        engines.start()
        _prepare_roles(var)
        # Workers import the application and collect meanwhile, which takes them as long.
        threading.Thread(target=_finish, args=(var, _migrate), daemon=True).start()
    else:
        kept_start.begin(engines, lambda: _make_database(var))
        _finish(var)


def near() -> str:
    """The folder of PostgreSQL's own socket, which costs less than an address of the network; empty where there is
    none. What tests start goes by address, as servers do.
    """
    folder = Path(os.environ["DUKCAPIL_VAR"], _NEAR)
    return str(folder) if folder.exists() else ""


def _make_near(var: Path, uid: int | None) -> str:
    folder = var / _NEAR
    folder.mkdir(mode=0o711)
    if uid is not None:
        os.chown(folder, uid, -1)
    return str(folder)


def _finish(var: Path, *steps: Callable[[], None]) -> None:
    """Tell everybody who waits for the database that it is made, or is not."""
    try:
        for step in steps:
            step()
        if not os.environ.get("DUKCAPIL_TEST_DURABLE"):
            _superuser("ANALYZE", database=embedded.DATABASE)
    except BaseException:
        (var / _NOT_MADE).touch()
        raise
    (var / _MADE).touch()


def pytest_collection_finish() -> None:
    """Before the first test, whose time is limited."""
    if not _COLLECT_ONLY:
        _until_made()


def _until_made() -> None:
    var = Path(os.environ["DUKCAPIL_VAR"])
    while not (var / _MADE).exists():
        if (var / _NOT_MADE).exists() or not var.exists():
            raise RuntimeError("The database could not be made; what failed stands above.")
        time.sleep(0.05)


def _prepare_roles(var: Path) -> None:
    url = embedded.admin_url(var)
    assert url
    roles.prepare(url, var)


def _make_database(var: Path) -> None:
    _prepare_roles(var)
    _migrate()


def _migrate() -> None:
    """As a server of an office is prepared; what the command said is for its test (`prepared_with`)."""
    command = [sys.executable, "manage.py", "prepare_server"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if "The schema is up to date" not in done.stdout:
        raise RuntimeError(f"{done.stdout}{done.stderr}")
    said = [done.returncode, done.stdout, done.stderr]
    (Path(os.environ["DUKCAPIL_VAR"]) / _PREPARED).write_text(json.dumps(said))
    subprocess.run([sys.executable, "manage.py", "import_regions"], cwd=ROOT, check=True)


def prepared_with() -> tuple[int, str, str] | None:
    """Status, output and errors of the command that prepared this run's database when it was empty; None where
    an earlier run did.
    """
    said = Path(os.environ["DUKCAPIL_VAR"]) / _PREPARED
    if not said.exists():
        return None
    status, output, errors = json.loads(said.read_text())
    return status, output, errors


def _clean(engines: embedded.Engines, owner: int) -> None:
    if os.getpid() != owner:
        return
    engines.stop()
    if engines.home != engines.var:
        shutil.rmtree(engines.home, ignore_errors=True)
    shutil.rmtree(engines.var, ignore_errors=True)


def pytest_sessionfinish(session: Any) -> None:
    """After the suite: nobody planted stands in a log or in what was put aside."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    var = Path(os.environ["DUKCAPIL_VAR"])
    found = canaries.found_in_files(var / "log")
    # Files that tests write themselves (tmp_path) hold people; logs of servers started there do not.
    found += canaries.found_in_files(var / "tmp", "pytest-of-*/**/log/*")
    for path in (var / "tmp").iterdir():
        if not path.name.startswith("pytest-of-"):
            found += canaries.found_in_files(path)
    for line in found[:20]:
        print(f"\nFOUND A PERSON IN {line}")
    if found:
        session.exitstatus = 1


def worker_name() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def database_name() -> str:
    return f"test_{worker_name()}"


def admin(*work: str | Callable[[psycopg2.extensions.cursor], None]) -> None:
    _until_made()
    connection = psycopg2.connect(admin_address().replace(f"/{embedded.DATABASE}", "/postgres"))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for step in work:
                if callable(step):
                    step(cursor)
                else:
                    cursor.execute(step)
    finally:
        connection.close()


def fresh_database(template: str = embedded.DATABASE) -> None:
    """A copy of a template: 40 ms with all regions, and no TRUNCATE of append-only tables."""
    _copy(template, database_name())


def fresh_django() -> None:
    """An empty database and Django upon it, for a measurement that is a process of its own. Nothing that reads
    Django's settings may be imported before.
    """
    fresh_database()
    for role in ("owner", "web", "worker"):
        os.environ[f"DATABASE_{role.upper()}_URL"] = database_url(role)
    import django  # noqa: PLC0415 - its settings read the addresses

    django.setup()


def keep_database(template: str) -> None:
    """Make a template of the worker's database as it stands; nothing may be connected to it."""
    _copy(database_name(), template)


def _copy(source: str, name: str) -> None:
    admin(
        f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
        f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY file_copy",
        lambda cursor: roles.grant_database(cursor, name),
    )


def admin_address() -> str:
    url = embedded.admin_url(Path(os.environ["DUKCAPIL_VAR"]))
    assert url
    return url


def database_url(role: str) -> str:
    url = embedded.database_url(Path(os.environ["DUKCAPIL_VAR"]), role)
    if role == embedded.SUPERUSER:
        url = admin_address()
    assert url
    return url.replace(f"/{embedded.DATABASE}", f"/{database_name()}")


def as_superuser(*statements: str, database: str = "") -> None:
    """In the worker's database, on a connection of its own, committed."""
    _until_made()
    _superuser(*statements, database=database)


def past_all_rules(*statements: str) -> None:
    """As superuser where no trigger fires. To switch one off changes a definition, for which the database is copied."""
    as_superuser("SET LOCAL session_replication_role = replica", *statements)


def _superuser(*statements: str, database: str) -> None:
    url = admin_address().replace(f"/{embedded.DATABASE}", f"/{database or database_name()}")
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


# A hundred processes import the application, and every worker rewrites the assertions of all tests: once
# is enough, also where the environment keeps Python from writing down what it compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

processes.collect_seldom()

if "PYTEST_XDIST_WORKER" not in os.environ and "DUKCAPIL_TEST_ENGINES" not in os.environ:
    os.environ["DUKCAPIL_TEST_ENGINES"] = "1"
    for name in (
        *("DATABASE_URL", "DUKCAPIL_DB_ROLE", "REDIS_URL"),
        *("REDIS_CACHE_URL", "REDIS_SESSIONS_URL"),
    ):
        os.environ.pop(name, None)
    _start()

# Redis databases of one's own for each worker: cached figures must not meet.
_redis = embedded.redis_url(Path(os.environ["DUKCAPIL_VAR"]))
assert _redis
_number = int(worker_name().removeprefix("gw") or 0) + 1 if worker_name() != "main" else 0
_first = _number * len(engine_settings.REDIS_USES)
os.environ["REDIS_URL"] = _redis.rpartition("/")[0] + f"/{_first}"


def begins(seed: int) -> None:
    _SEED[0] = seed


def dice(of_what: str) -> random.Random:
    """They fall alike for every test of a run, in each worker: pytest-randomly throws others for each test."""
    return random.Random(f"{_SEED[0]} {of_what}")
