"""As whom the serving processes run: not as root, nor as the user of PostgreSQL's files.

Whoever gets into a web process gets what it holds: the login of its own role, the keys for NIK. Not the
superuser's, the owner's or the backup's login, not the files of the database, not the machine.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dukcapil import embedded, mounts
from dukcapil.processes import child_setup

#: The first that the machine has, and that the engines do not run as.
USERS = ("dukcapil", "daemon", "nobody")
#: Keys that are never lent: logins come with the address, in the environment of one process.
OWN = ("role-", "redis", ".")
_PROBE = (
    "import sys, os, celery, django, granian, dukcapil.front\n"
    "os.listdir(sys.argv[1])\n"
    "open(os.path.join(sys.argv[2], 'tried'), 'w').close()"
)


@dataclass(frozen=True)
class Lent:
    """What a served process gets when it is not the user who started it."""

    uid: int
    keys: Path
    #: Where it may write: beat's schedule.
    work: Path
    #: Folders on its way that are closed to it (`mounts.open_way`).
    closed: dict[Path, list[Path]]


def served_uid(engines_uid: int | None) -> int | None:
    """The user to become; None when this is not root anyway, or nobody but the engines' is there."""
    if os.geteuid() != 0:
        return None
    for name in USERS:
        with contextlib.suppress(KeyError):
            if (uid := pwd.getpwnam(name).pw_uid) != engines_uid:
                return uid
    return None


def lend(var: Path, static: Path, project: Path, uid: int) -> Lent | str:
    """Prepares the folders for the user; why that cannot be, where the machine does not allow it."""
    work = var / "beat"
    try:
        work.mkdir(exist_ok=True, mode=0o700)
        os.chown(work, uid, -1)
    except OSError as error:
        return f"{work}: {error.strerror}"
    needed = [Path(sys.base_prefix), Path(sys.prefix), project, var, static]
    closed = mounts.closed_folders(
        (path for path in needed if path.is_dir()), lambda folder: embedded.passes(folder, uid)
    )
    read = static if static.is_dir() else project
    try:
        done = subprocess.run(  # noqa: S603 - our own probe
            [sys.executable, "-c", _PROBE, str(read), str(work)],
            preexec_fn=child_setup(signal.SIGTERM, uid, closed),
            env={"PATH": os.environ.get("PATH", os.defpath)},
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
    except subprocess.SubprocessError:
        return f"{', '.join(map(str, closed))}: only root may go there"
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["the program did not start"])[-1]
    return Lent(uid, _lend_keys(var, uid), work, closed)


def _lend_keys(var: Path, uid: int) -> Path:
    """Copies of the keys that serving needs, in memory where there is such a folder. The user reads them
    and cannot make one: a key that is made there would be gone with the machine.
    """
    group = pwd.getpwuid(uid).pw_gid
    folder = keys_folder(var)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o750)
    os.chown(folder, 0, group)
    folder.chmod(0o750)
    for key in embedded.keys_dir(var).iterdir():
        if not key.is_file() or key.name.startswith(OWN):
            continue
        copy = folder / key.name
        fd = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(key.read_bytes())
        os.chown(copy, 0, group)
        copy.chmod(0o640)
    return folder


def keys_folder(var: Path) -> Path:
    memory = Path("/run")
    name = "-".join(part for part in var.parts if part != "/")
    return memory / f"dukcapil-{name}" if os.access(memory, os.W_OK) else var / "keys-lent"


def take_back(var: Path) -> None:
    shutil.rmtree(keys_folder(var), ignore_errors=True)


def environment(var: Path, role: str, lent: Lent | None) -> dict[str, str]:
    """Of one serving process: its own login and no other."""
    logins = {"DATABASE_URL", *(f"DATABASE_{name.upper()}_URL" for name in embedded.LOGIN_ROLES)}
    env = {name: value for name, value in os.environ.items() if name not in logins}
    database, redis = embedded.database_url(var, role), embedded.redis_url(var)
    if database and redis:
        env |= {f"DATABASE_{role.upper()}_URL": database, "REDIS_URL": redis}
    if lent:
        env |= {"DUKCAPIL_KEYS": str(lent.keys), "HOME": "/"}
    return {**env, "DUKCAPIL_VAR": str(var), "DUKCAPIL_DB_ROLE": role}
