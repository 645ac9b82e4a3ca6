"""A server that is lost: base backup, archived log, a moment chosen, and a look without the keys."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings

from dukcapil import embedded, processes, roles
from tests.story.test_serve import environment

#: docs/operations.md asks real servers for five minutes; here a tenth, so that the drill can wait.
ARCHIVE_EVERY = 30
SUMS = """
SELECT json_object_agg(name, sum ORDER BY name) FROM (
    SELECT 'residents' AS name, count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY id)), '')
           AS sum FROM registrations_resident t
    UNION ALL SELECT 'identities', count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), ''
           ORDER BY resident_id)), '') FROM registrations_residentidentity t
    UNION ALL SELECT 'ledger', count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY id)), '')
           FROM registrations_servicerecord t
    UNION ALL SELECT 'heads', count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), ''
           ORDER BY office_id)), '') FROM registrations_ledgerhead t
    UNION ALL SELECT 'looks', count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY id)), '')
           FROM accounts_accesslog t
    UNION ALL SELECT 'days', count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), ''
           ORDER BY md5(t::text))), '') FROM reports_daycount t
) every
"""


class Server:
    """Embedded engines that archive their log, or recover from one."""

    def __init__(self, var: Path, **more: str) -> None:
        self.var = var
        self.engines = embedded.Engines(var, extra_settings=more)

    def sql(self, statement: str, *params: Any) -> Any:
        database = psycopg2.connect(embedded.admin_url(self.var))
        database.autocommit = True
        with database.cursor() as cursor:
            cursor.execute(statement, params or None)
            found = cursor.fetchall() if cursor.description else None
        database.close()
        return found

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR,
            env=environment(self.var),
            capture_output=True,
            text=True,
            check=False,
        )


def restore() -> tuple[dict[str, Any], bool]:
    base = Path(tempfile.mkdtemp(prefix="dukcapil-restore-", dir="/var/tmp"))
    base.chmod(0o755)
    try:
        return _restore(base)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _restore(base: Path) -> tuple[dict[str, Any], bool]:
    archive = base / "archive"
    archive.mkdir()
    uid = embedded.unprivileged_uid()
    if uid is not None:
        os.chown(archive, uid, -1)
    first = Server(
        base / "first",
        wal_level="replica",
        archive_mode="on",
        archive_timeout=f"{ARCHIVE_EVERY}s",
        archive_command=f"test ! -f {archive}/%f && cp %p {archive}/%f",
    )
    (base / "first").chmod(0o711)
    first.engines.start()
    try:
        url = embedded.admin_url(first.var)
        assert url
        roles.prepare(url, first.var)
        for command in (["migrate", "-v0"], ["import_regions"], ["demo"]):
            done = first.manage(*command)
            assert done.returncode == 0, done.stdout + done.stderr
        copy = _base_backup(first, base)
        # Work goes on after the backup ...
        _work(first, 40)
        moment = first.sql("SELECT clock_timestamp()::text")[0][0]
        wanted = first.sql(SUMS)[0][0]
        # ... until somebody does what cannot be undone, and the machine is lost some time later.
        first.sql("UPDATE registrations_residentidentity SET name = 'rusak', name_key = 'RUSAK'")
        damaged = first.sql(SUMS)[0][0]
        last_written = _write_until_lost(first, 2.5 * ARCHIVE_EVERY)
    finally:
        _lose(first)
    began = time.monotonic()
    second = _recovered(base / "second", copy, archive, first.var, recovery_target_time=moment)
    try:
        found = second.sql(SUMS)[0][0]
        verified = second.manage("verify_invariants")
        seconds = round(time.monotonic() - began, 1)
        readable = _readable(second, base / "second")
        with_keys = _readable(second, first.var)
    finally:
        second.engines.stop()
    third = _recovered(base / "third", copy, archive, first.var)
    try:
        newest = third.sql("SELECT max(at) FROM drill_heartbeat")[0][0]
    finally:
        third.engines.stop()
    lost = round((last_written - newest).total_seconds(), 1)
    plain = [
        path
        for path in copy.rglob("*")
        if path.is_file() and _digits(path.read_bytes()) & with_keys
    ]
    figures = {
        "damage seen": damaged != wanted,
        "tables equal": sum(wanted[name] == found.get(name) for name in wanted),
        "of": len(wanted),
        "people": int(wanted["identities"].split()[0]),
        "RPO s": lost,
        "archive every s": ARCHIVE_EVERY,
        "RTO s": seconds,
        "NIK readable without keys": len(readable),
        "with keys": len(with_keys),
        "numbers in the backup": len(plain),
    }
    met = damaged != wanted == found and verified.returncode == 0 and not readable and with_keys
    if verified.returncode:
        print(verified.stdout, verified.stderr)
    return figures, bool(met) and not plain and lost <= 2 * ARCHIVE_EVERY and seconds <= 1800


def _digits(content: bytes) -> set[str]:
    """Every sixteen digits of a file."""
    return {found.decode() for found in re.findall(rb"(?<!\d)\d{16}(?!\d)", content)}


def _base_backup(server: Server, base: Path) -> Path:
    copy = base / "copy"
    ports = json.loads((server.var / "engines.json").read_text())
    environment = {
        **os.environ,
        "PGPASSWORD": embedded.role_password(server.var, embedded.SUPERUSER),
    }
    subprocess.run(
        [
            *(str(server.engines.pg_bin / "pg_basebackup"), "-h", "127.0.0.1"),
            *("-p", str(ports["postgres"]), "-U", embedded.SUPERUSER, "-D", str(copy)),
            *("-X", "none", "-c", "fast"),
        ],
        env=environment,
        check=True,
        capture_output=True,
    )
    return copy


def _work(server: Server, count: int) -> None:
    """More looks and a heartbeat, so that the archive holds something that the backup does not."""
    server.sql("CREATE TABLE IF NOT EXISTS drill_heartbeat (at timestamptz)")
    for number in range(count):
        server.sql(
            'INSERT INTO accounts_accesslog (at, action, office, kind, subject, reason, "case")'
            " VALUES (now(), 'view', '13.75', 'resident list', %s, '', '')",
            str(number),
        )


def _write_until_lost(server: Server, seconds: float) -> Any:
    """A heartbeat a second; the last one that was acknowledged before the machine is gone."""
    last = None
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        last = server.sql("INSERT INTO drill_heartbeat VALUES (clock_timestamp()) RETURNING at")[0][
            0
        ]
        time.sleep(1)
    return last


def _lose(server: Server) -> None:
    """Gone without a goodbye: nothing of it is read again but the archive and the backup."""
    engines = server.engines
    if engines.postgres and engines.postgres.poll() is None:
        pid = engines.postgres.pid
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
        engines.postgres.kill()
        engines.postgres.wait()
    if engines.redis:
        processes.stop(engines.redis, signal.SIGTERM)


def _recovered(var: Path, copy: Path, archive: Path, first: Path, **target: str) -> Server:
    """A new machine: the backup, the archive, and the passwords of the roles. Not the keys for NIK."""
    var.mkdir()
    var.chmod(0o711)
    keys = embedded.keys_dir(var)
    for name in (embedded.keys_dir(first)).iterdir():
        if name.name.startswith(("role-", "redis", "secret")):
            shutil.copy2(name, keys / name.name)
    more = {"restore_command": f"cp {archive}/%f %p", "archive_mode": "off", **target}
    if target:
        more |= {"recovery_target_action": "promote"}
    server = Server(var, **more)
    data = server.engines.home / "pg"
    shutil.copytree(copy, data)
    (data / "recovery.signal").touch()
    uid = embedded.unprivileged_uid()
    for path in (data, *data.rglob("*")):
        if uid is not None:
            os.chown(path, uid, -1, follow_symlinks=False)
    data.chmod(0o700)
    server.engines.start()
    for _attempt in range(600):
        if not server.sql("SELECT pg_is_in_recovery()")[0][0]:
            return server
        time.sleep(0.1)
    raise AssertionError("The recovery did not end")


def _readable(server: Server, keys_of: Path) -> set[str]:
    """The restored numbers that open with the keys at hand (new ones, where there are none)."""
    code = (
        "import sys, django; django.setup()\n"
        "from dukcapil.core.crypto import decrypt\n"
        "from dukcapil.accounts.scoping import scoped\n"
        "from dukcapil.core.db import rows\n"
        "from cryptography.exceptions import InvalidTag\n"
        "with scoped('*'):\n"
        "    for pk, blob in rows('SELECT resident_id, nik_cipher FROM registrations_residentidentity'):\n"
        "        try:\n"
        "            print(decrypt(bytes(blob), context=str(pk)))\n"
        "        except InvalidTag:\n"
        "            pass\n"
    )
    url = embedded.admin_url(server.var)
    assert url
    url = embedded.with_login(url, "web", embedded.role_password(server.var, "web"))
    env = environment(keys_of) | {
        "DATABASE_WEB_URL": url,
        "DJANGO_SETTINGS_MODULE": "dukcapil.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())
