"""Guesses at a password, the access matrix, and requests made up from the schema."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client

from dukcapil.accounts.models import User
from dukcapil.core.redis import client as redis
from dukcapil.wsgi import application
from tests.drills.races import as_superuser, fresh
from tests.walls import fuzz as made_up
from tests.walls.board import backdated, make_board

PASSWORD = "kuda-laut-melompat-7"


def _try(login: str, password: str) -> bool:
    try:
        browser = Client()
        browser.post("/akun/masuk/", {"login": login, "password": password})
        return "_auth_user_id" in browser.session
    finally:
        connection.close()


def guesses() -> tuple[dict[str, Any], bool]:
    """A thousand at one account, from one address; then thirty colleagues from that very address."""
    made = fresh()
    redis().flushdb()
    hashed = User(username="x")
    hashed.set_password(PASSWORD)
    User.objects.filter(pk=made["operator"].user.pk).update(password=hashed.password)
    names = [f"rekan{n}" for n in range(30)]
    User.objects.bulk_create(User(username=n, name=n, password=hashed.password) for n in names)
    reached: list[int] = []
    plain = Argon2PasswordHasher.verify

    def counted(self: Any, password: str, encoded: str) -> bool:
        reached.append(1)
        return bool(plain(self, password, encoded))

    Argon2PasswordHasher.verify = counted
    try:
        with ThreadPoolExecutor(64) as pool:
            in_by_luck = sum(pool.map(lambda n: _try("operator", f"salah-{n}"), range(1000)))
        at_hasher = len(reached)
        with ThreadPoolExecutor(30) as pool:
            inside = sum(pool.map(lambda name: _try(name, PASSWORD), names))
    finally:
        Argon2PasswordHasher.verify = plain
    figures = {"guesses": 1000, "at the hasher": at_hasher, "colleagues in": inside}
    return figures, 1 <= at_hasher <= 10 and inside == 30 and in_by_luck == 0


def matrix() -> tuple[dict[str, Any], bool]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-n", "3", "--dist", "loadgroup"),
            *("--show-capture=no", "--timeout=0", "-p", "no:randomly"),
            "tests/walls/test_matrix.py",
        ],
        cwd=settings.BASE_DIR,
        env=_plain_environment() | {"DUKCAPIL_TEST_LONG": "yes"},
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stdout.strip().splitlines()[-1]
    passed = int((re.search(r"(\d+) passed", last) or [0, 0])[1])
    failed = int((re.search(r"(\d+) failed", last) or [0, 0])[1])
    figures = {"walks": passed + failed, "with leaks or unlisted": failed}
    return figures, done.returncode == 0 and failed == 0 and passed > 30


def _plain_environment() -> dict[str, str]:
    """Without this run's engines: the suite starts its own."""
    ours = ("DUKCAPIL_", "DATABASE_", "REDIS_", "DJANGO_", "TMPDIR")
    return {k: v for k, v in os.environ.items() if not k.startswith(ours)}


def fuzz() -> tuple[dict[str, Any], bool]:
    board = make_board(fresh())
    as_superuser(backdated())
    found = made_up.run(application, board, 500, everybody=False)
    for line in found.wrong[:10]:
        print("   ", line)
    figures = {
        "operations": found.operations,
        "fewest cases": found.fewest,
        "calls": sum(found.statuses.values()),
        "server errors": sum(n for status, n in found.statuses.items() if status >= 500),
        "wrong": len(found.wrong),
    }
    return figures, not found.wrong and found.fewest >= 500
