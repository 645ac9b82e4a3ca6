"""Builds: revisions that never move, concurrency, and what dies in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import rows
from registrations.ledger.services.corrections import void_record
from reports.daily.models import BuildHead, DayCount, RegencyDay
from reports.daily.services import build
from reports.daily.services.build import build_province, build_stale, ensure_day, stale_provinces
from reports.publication.services.freezing import freeze_release
from tests import engines, standing
from tests.engines import LONG
from tests.forked import a_worker, in_a_child, kill_me
from tests.world import World, make_basis, make_resident, record, today

#: So often the worker is killed and everything forgotten.
ROUNDS = 2 if LONG else 1


@pytest.fixture
def worker(kept: World) -> World:
    """Builds run as the role worker; web may not write revisions at all."""
    return kept


def built() -> None:
    use_role("worker")
    build_stale()
    use_role("web")


def revisions(day: object = None) -> list[tuple[int, int, str, bool]]:
    found = RegencyDay.objects.filter(regency_id="13.75", service_date=day or today())
    return list(
        found.order_by("revision").values_list("revision", "ledger_seq", "reason", "latest")
    )


def count() -> int:
    return sum(DayCount.objects.filter(day__latest=True).values_list("n", flat=True))


def test_a_first_revision_then_one_for_each_change_with_its_reason(worker: World) -> None:
    first = record(worker, make_resident(worker))
    built()
    assert revisions() == [(1, 1, "first", True)]
    built()
    assert len(revisions()) == 1
    record(worker, make_resident(worker))
    built()
    by = worker["operator"].actor
    with scoped(by.scope):
        void_record(by=by, record=first, reason="Salah orang")
    built()
    assert revisions() == [
        (1, 1, "first", False),
        (2, 2, "late", False),
        (3, 3, "void", True),
    ]
    assert count() == 1
    by_revision = {
        revision: sum(DayCount.objects.filter(day__revision=revision).values_list("n", flat=True))
        for revision in (1, 2, 3)
    }
    assert by_revision == {1: 1, 2: 2, 3: 1}


def test_a_late_record_revises_its_own_day_only(worker: World) -> None:
    record(worker, make_resident(worker))
    built()
    yesterday = today() - timedelta(days=1)
    record(worker, make_resident(worker), occurred_at=datetime.now(UTC) - timedelta(days=1))
    built()
    assert [row[0] for row in revisions()] == [1]
    assert [row[0] for row in revisions(yesterday)] == [1]


def test_a_figure_before_and_after_its_build_is_the_same(worker: World) -> None:
    make_basis()
    record(worker, make_resident(worker))
    path = f"coverage/?region=13&level=regency&date={today()}"
    live = worker["province_officer"].get(path).json["results"]
    built()
    after = worker["province_officer"].get(path).json["results"]
    changed = {"revision"}
    for one, two in zip(live, after, strict=True):
        assert {k: v for k, v in one.items() if k not in changed} == {
            k: v for k, v in two.items() if k not in changed
        }


def test_a_release_stays_when_figures_move_on(worker: World) -> None:
    make_basis()
    record(worker, make_resident(worker))
    built()
    use_role("worker")
    freeze_release(name="pagi")
    use_role("web")
    path = "coverage/?region=13&level=regency&release=pagi"
    officer = worker["province_officer"]
    frozen = officer.get(path).content
    record(worker, make_resident(worker))
    built()
    standing.empty_redis()
    assert officer.get(path).content == frozen
    now = officer.get("coverage/?region=13.75&level=regency").json["results"][0]
    assert now["recorded"] == 992


def test_web_cannot_write_a_revision(worker: World) -> None:
    record(worker, make_resident(worker))
    with pytest.raises(Exception, match="permission denied"):
        build_stale()


def test_a_day_without_records_gets_a_nil_report(worker: World) -> None:
    use_role("worker")
    ensure_day("13.75", today())
    ensure_day("13.75", today())
    use_role("web")
    assert [row[0] for row in revisions()] == [1]
    assert count() == 0


def test_parallel_builds_make_each_revision_once(worker: World) -> None:
    for _n in range(5):
        record(worker, make_resident(worker))
    use_role("worker")
    errors: list[BaseException] = []

    def build() -> None:
        try:
            build_province("13")
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=build) for _n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    use_role("web")
    assert errors == []
    assert revisions() == [(1, 5, "first", True)]


def test_a_build_that_dies_in_the_middle_leaves_nothing_and_is_done_again(
    worker: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is killed between writing revisions and moving built_to."""
    for _n in range(3):
        record(worker, make_resident(worker))
    run = CursorWrapper.execute

    def die(self: CursorWrapper, sql: Any, params: Any = None) -> Any:
        done = run(self, sql, params)
        if build.COUNT in str(sql):
            kill_me()
        return done

    def build_and_die() -> None:
        with monkeypatch.context() as changed:
            changed.setattr(CursorWrapper, "execute", die)
            build_province("13")

    use_role("worker")
    assert in_a_child(build_and_die) == -signal.SIGKILL
    use_role("web")
    assert (RegencyDay.objects.count(), DayCount.objects.count()) == (0, 0)
    assert stale_provinces() == ["13"]
    built()
    assert (revisions(), count()) == ([(1, 3, "first", True)], 3)


def worker_env() -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "dukcapil.settings",
        "DUKCAPIL_DB_ROLE": "worker",
        "DATABASE_WORKER_URL": engines.database_url("worker"),
        "DUKCAPIL_BUILD_EVERY": "1",
    }


def start(name: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "celery", "-A", "dukcapil.celery", name, *arguments]
    return subprocess.Popen(
        command,
        env=worker_env(),
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(found: object, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found():  # type: ignore[operator]
            return
        time.sleep(0.1)
    pytest.fail("did not happen in time")


def caught_up() -> bool:
    heads = dict(rows("SELECT office_id, seq FROM registrations_ledgerhead"))
    return dict(BuildHead.objects.values_list("regency_id", "built_to")) == heads


def test_killed_worker_and_lost_messages_are_made_good_by_beat(
    worker: World, tmp_path: Path
) -> None:
    """kill -9 of the worker and a Redis that forgets everything; then beat and a new worker."""
    first = start("worker", "--concurrency=1", "--pool=solo")
    beat, later = start("beat", f"--schedule={tmp_path / 'beat'}"), []
    try:
        record(worker, make_resident(worker))
        wait_for(caught_up)
        for _round in range(ROUNDS):
            record(worker, make_resident(worker))
            later.pop().kill() if later else end(first)
            time.sleep(0.5)
            standing.empty_redis()
            record(worker, make_resident(worker, "13.06"))
            later.append(a_worker("--concurrency=1", "--pool=solo"))
            wait_for(caught_up)
        assert count() == 1 + 2 * ROUNDS
    finally:
        for child in later:
            child.kill()
        end(first)
        end(beat)


def test_a_release_keeps_its_basis_when_another_is_imported(worker: World) -> None:
    make_basis()
    record(worker, make_resident(worker))
    built()
    use_role("worker")
    freeze_release(name="siang")
    use_role("web")
    path = "coverage/?region=13&level=province&release=siang"
    frozen = worker["province_officer"].get(path).content
    make_basis(
        name="Baru",
        wajib_as_of=today() - timedelta(days=300),
        rows=[{"region_code": "13", "wajib_ktp": "4000", "recorded": "3850"}],
    )
    standing.empty_redis()
    assert worker["province_officer"].get(path).content == frozen
