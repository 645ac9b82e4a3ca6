"""Laws of migrations, for `make check`; no database is asked.

.ci/migrations.py            frozen files are as they were; migrations after them block nobody
.ci/migrations.py --freeze   write down what stands here now (docs/migrations.md says when)
"""

import gc
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(os.environ.get("DUKCAPIL_MIGRATIONS_ROOT", Path(__file__).resolve().parent.parent))
LOCK = ROOT / ".ci" / "migrations.lock"
APPS = ("dukcapil/regions", "dukcapil/accounts", "events", "registrations", "reports")
#: Tables of these are new: there is nobody to block yet.
FIRST = ("0001", "0002")
#: Rules of the linter that are not ours, with why.
NOT_OURS = {
    "prefer-text-field": "Django writes varchar",
    "prefer-bigint-over-int": "small numbers are small on purpose",
    "prefer-bigint-over-smallint": "small numbers are small on purpose",
    "prefer-identity": "Django's matter",
    "prefer-robust-stmts": "a migration is one transaction",
    "require-lock-timeout": "set for the whole command (prepare_server, migrate)",
    "require-statement-timeout": "set for the whole command (prepare_server, migrate)",
}


def files() -> list[Path]:
    found = [
        path
        for app in APPS
        for path in (ROOT / app / "migrations").rglob("*")
        if path.suffix in {".py", ".sql"} and path.name[:4].isdigit()
    ]
    return sorted(found)


def digests() -> dict[str, str]:
    return {
        str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files()
    }


def frozen() -> dict[str, str]:
    lines = LOCK.read_text().splitlines() if LOCK.exists() else []
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def changed() -> list[str]:
    """What is not as it was written down."""
    now, then = digests(), frozen()
    return [
        f"{name}: {'is new' if name not in then else 'is gone' if name not in now else 'changed'}"
        for name in sorted(now.keys() | then.keys())
        if now.get(name) != then.get(name)
    ]


def sql_of(migration: Any, before: Any) -> tuple[str, Any]:
    """What a migration would send, without a server to ask; and the state after it."""
    from django.db import connections

    connection = connections["default"]
    # What schema editor and triggers would ask a server for.
    connection.__dict__["pg_version"] = 150000
    connection.get_autocommit = lambda: True
    connection.ops.compose_sql = lambda sql, params: sql % tuple(_quoted(p) for p in params or ())
    connection.in_atomic_block = migration.atomic
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        editor._is_collation_deterministic = lambda _name: True
        after = migration.apply(before, editor, collect_sql=True)
    connection.in_atomic_block = False
    return "\n".join(editor.collected_sql), after


def sql_by_path() -> dict[Path, str]:
    """Of every migration after the first two of its app, in the order in which they are carried out: the
    state of the one is what the next begins with, and the classes of all tables are made once.
    """
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState

    from dukcapil.core.migrating import tables_alone

    loader = MigrationLoader(None)
    paths = {(path.parent.parent.name, path.stem): path for path in files() if path.suffix == ".py"}
    state, found = ProjectState(real_apps=loader.unmigrated_apps), {}
    carried: set[tuple[str, str]] = set()
    with tables_alone():
        for key in loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True):
            migration, asked = loader.graph.nodes[key], key in paths and key[1][:4] not in FIRST
            before = {*loader.graph.forwards_plan(key)} - {key}
            if before - carried or {one for one in carried if one[0] == key[0]} - before:
                # Where an app has two ends, each is asked with what stands before it alone.
                if asked:
                    own = loader.project_state(key, at_end=False)
                    found[paths[key]], _after = sql_of(migration, own)
                continue
            if asked:
                found[paths[key]], state = sql_of(migration, state)
            else:
                state = migration.mutate_state(state, preserve=False)
            carried.add(key)
    return found


def _in_transaction(path: Path) -> bool:
    """An index that is built CONCURRENTLY needs a migration without one."""
    return "atomic = False" not in path.read_text()


def _quoted(value: object) -> str:
    return str(value) if isinstance(value, (int, float)) else "'" + str(value) + "'"


def lint() -> list[str]:
    """What squawk says of every migration after the first two of its app."""
    said = []
    for path, sql in sorted(sql_by_path().items()):
        done = subprocess.run(
            [
                *(str(Path(sys.executable).parent / "squawk"), "--pg-version", "15"),
                *(["--assume-in-transaction"] if _in_transaction(path) else []),
                *("--exclude", ",".join(NOT_OURS)),
                *("--reporter", "gcc", "--stdin-filepath", str(path.relative_to(ROOT))),
            ],
            input=sql,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said.append(done.stdout or done.stderr)
    return said


def main() -> int:
    if "--freeze" in sys.argv:
        LOCK.write_text("".join(f"{digest}  {name}\n" for name, digest in digests().items()))
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dukcapil.settings")
    os.environ.setdefault("DUKCAPIL_SECRET_KEY", "unused")
    sys.path.insert(0, str(ROOT))
    import django

    # Classes come and go by thousands, each in a circle: there is room for them.
    gc.set_threshold(100_000, 50, 100)
    django.setup()
    wrong = changed()
    # History that has a hole cannot be read.
    whole = all(line.endswith("is new") for line in wrong)
    if said := lint() if whole else []:
        print(*said, sep="\n")
    if wrong:
        print("Migrations are frozen (docs/migrations.md):", *wrong, sep="\n  ")
        print("A new one is written down by: make freeze")
        if not whole:
            print("One that left your machine is never changed: put it back, and write a new one.")
    return int(bool(said or wrong))


if __name__ == "__main__":
    sys.exit(main())
