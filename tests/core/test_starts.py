"""What each process pays for when it starts, and what it does not."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import Error
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from registrations.people.models import Resident

ROOT = Path(settings.BASE_DIR)
#: What takes a start 20 to 80 ms each, and few processes ever need.
RARE = {"docx", "icalendar", "sentry_sdk", "xlsxwriter"}
#: What beat starts without.
OF_JOBS = {"dukcapil.accounts.models", "registrations.models", "reports.tasks", "rest_framework"}


@cache
def told_by_a_start() -> dict[str, Any]:
    """What a process says of itself: as beat, whose jobs are names; then as web, with all its pages, and worker."""
    code = f"""
import json, sys, django, dukcapil.celery
dukcapil.celery.app.Beat().init_loader()
told = {{"beat": sorted({OF_JOBS!r} & sys.modules.keys())}}
django.setup()
import dukcapil.urls
from django.contrib.auth.hashers import get_hasher
dukcapil.celery.app.loader.import_default_modules()
told["all"] = sorted({RARE!r} & sys.modules.keys())
made = get_hasher()
told["hasher"] = [made.algorithm, made.time_cost, made.memory_cost, made.parallelism]
print(json.dumps(told))
"""
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "dukcapil.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


@pytest.mark.xdist_group("a start")
def test_what_few_need_is_not_loaded_by_each_start() -> None:
    assert told_by_a_start()["beat"] == told_by_a_start()["all"] == []
    assert all(importlib.util.find_spec(name) for name in RARE | OF_JOBS)


@pytest.mark.xdist_group("a start")
def test_passwords_cost_what_they_should() -> None:
    """The suite hashes cheaply in its own processes; whatever serves does not."""
    assert told_by_a_start()["hasher"] == ["argon2", 2, 102400, 8]


def test_the_collector_waits_until_all_is_imported_and_leaves_that_alone() -> None:
    """In a process of its own; a module that is loaded later, and begins anew, changes nothing."""
    code = (
        "import gc; from dukcapil import processes\n"
        "told = lambda: print(gc.get_threshold()[0], bool(gc.get_freeze_count()))\n"
        "for step in ('collect_seldom', 'begin_work', 'collect_seldom'):\n"
        "    getattr(processes, step)(); told()"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["1000000 False", "50000 True", "50000 True"]


def test_the_checks_of_the_code_have_nothing_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """No command of ours carries them out, nor a server or worker when it starts: they import every page."""
    call_command("check", fail_level="WARNING")
    hole = classmethod(lambda _model, **_options: [Error("A hole.", id="dukcapil.E099")])
    monkeypatch.setattr(Resident, "check", hole)
    with pytest.raises(SystemCheckError, match="A hole"):
        call_command("check")
