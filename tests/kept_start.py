"""Short runs begin with a migrated database that an earlier run of the same schema left behind.

Half a minute less for who runs one file again and again. The whole suite (`make test`) and CI migrate
anew. What the schema is made of is hashed; any other file in it makes another folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dukcapil import embedded

ROOT = Path(__file__).resolve().parent.parent
_FOLDER = ROOT / "var" / "tests-begin-with"
_MOST = 3
#: Words in the paths of what `migrate` and `import_regions` read.
_MAKES_SCHEMA = (
    *("migrations", "models", "triggers", "grants", "roles", "catalogue", "embedded", "scoping"),
    *("rules", "sql", "enums", "validators", "permissions", "regions", "settings", "management"),
)


def begin(engines: embedded.Engines, make: Callable[[], None]) -> None:
    """Start the engines with the kept database, or make it and keep it. Of two first runs at the same
    moment one makes it, and the other waits for it.
    """
    kept = _FOLDER / _schema()
    with _alone():
        if (kept / "complete").exists():
            (kept / "complete").touch()
            _copy(kept / "keys", engines.var / "keys")
            _copy(kept / "pg", engines.home / "pg")
        else:
            _make(engines, make, kept)
    engines.start()


def _make(engines: embedded.Engines, make: Callable[[], None], kept: Path) -> None:
    engines.start()
    make()
    engines.stop()
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    _copy(engines.var / "keys", kept / "keys")
    _copy(engines.home / "pg", kept / "pg")
    (kept / "complete").touch()
    _forget_old()


@contextmanager
def _alone() -> Iterator[None]:
    """Until the block ends, or this process does."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with (_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _copy(source: Path, target: Path) -> None:
    """With owners: as root, PostgreSQL's files are another user's."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def _schema() -> str:
    digest = hashlib.sha256()
    for path in _files():
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _files() -> Iterator[Path]:
    yield ROOT / "requirements.txt"
    for app in ("dukcapil", "events", "registrations", "reports"):
        for path in sorted((ROOT / app).rglob("*")):
            inside = str(path.relative_to(ROOT))
            if (
                path.is_file()
                and path.suffix != ".pyc"
                and any(word in inside for word in _MAKES_SCHEMA)
            ):
                yield path


def _forget_old() -> None:
    folders = [folder for folder in _FOLDER.iterdir() if folder.is_dir()]
    kept = sorted(folders, key=lambda folder: folder.stat().st_mtime)
    for folder in kept[:-_MOST]:
        shutil.rmtree(folder, ignore_errors=True)
