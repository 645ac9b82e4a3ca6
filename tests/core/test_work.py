"""The work queue: what a try leaves behind when it fails, dies, lasts, or is no longer wanted."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from dukcapil.accounts.models import Posting
from dukcapil.core.command import use_role
from dukcapil.core.work import DUE_AGAIN_AFTER, Queue, Stopped
from dukcapil.regions.models import Region
from reports.files import services as figure_files
from reports.files.models import FigureFile
from tests.world import World, today


@pytest.fixture(autouse=True)
def _worker(kept: World) -> Iterator[None]:
    """Rows are asked for by `web`; the worker does them."""
    use_role("worker")
    yield
    use_role("web")


def make_file(kept: World) -> FigureFile:
    use_role("web")
    made = FigureFile.objects.create(
        posting_id=kept["operator"].actor.posting_id,
        kind="pdf",
        region=Region.objects.get(pk="13.75"),
        question={
            "level": "regency",
            "day": str(today()),
            "basis": None,
            "view": "domicile",
            "release": None,
        },
    )
    use_role("worker")
    return made


def queue(do: Any, **changes: Any) -> Queue[FigureFile]:
    given = {"tries": 3, "content": "content", "kept": timedelta(days=1)}
    return Queue(FigureFile, do, **(given | changes))


def ready(_file: FigureFile, _asker: Any) -> dict[str, Any]:
    return {"state": "ready", "content": b"made"}


def fails(_file: FigureFile, _asker: Any) -> dict[str, Any]:
    raise OSError("no disk")


class Killed(BaseException):
    """Nothing catches it: what the process had begun is rolled back, as when it is killed."""


def dies(_file: FigureFile, _asker: Any) -> dict[str, Any]:
    raise Killed


def test_what_is_done_is_kept_for_a_while_and_done_once(kept: World) -> None:
    file = make_file(kept)
    assert queue(ready).run(file.pk)
    assert not queue(fails).run(file.pk)
    file.refresh_from_db()
    assert (file.state, bytes(file.content or b""), file.attempts) == ("ready", b"made", 1)
    assert file.finished_at is not None
    assert queue(ready).forget() == 0
    FigureFile.objects.update(finished_at=timezone.now() - timedelta(days=1, minutes=1))
    assert queue(ready).forget() == 1
    file.refresh_from_db()
    assert (file.state, file.content) == ("gone", None)


def test_a_try_that_takes_its_process_with_it_counts(kept: World) -> None:
    file = make_file(kept)
    for tries in (1, 2, 3):
        now = timezone.now()
        with pytest.raises(Killed):
            queue(dies).run(file.pk)
        file.refresh_from_db()
        assert (file.state, file.attempts) == ("waiting", tries)
        assert file.due_at >= now + DUE_AGAIN_AFTER
        assert not queue(ready).run(file.pk), "out of reach until then"
        FigureFile.objects.update(due_at=now)
    assert not queue(ready).run(file.pk)
    file.refresh_from_db()
    assert (file.state, file.attempts, file.content) == ("failed", 3, None)


def test_what_fails_waits_longer_and_longer_and_is_given_up(kept: World) -> None:
    file = make_file(kept)
    failing = queue(fails, wait=lambda tries: timedelta(hours=tries))
    moment = timezone.now()
    for hours in (1, 2):
        assert failing.run_due(moment) == 0
        file.refresh_from_db()
        assert file.state == "waiting"
        wait = file.due_at - timezone.now()
        assert timedelta(hours=hours, minutes=-1) < wait <= timedelta(hours=hours)
        assert failing.due() == []
        moment = file.due_at
    assert failing.run_due(moment) == 0
    file.refresh_from_db()
    assert (file.state, file.attempts) == ("failed", 3)


def test_without_a_wait_one_run_tries_once(kept: World) -> None:
    file = make_file(kept)
    for tries in (1, 2):
        assert queue(fails).run_due() == 0
        file.refresh_from_db()
        assert (file.state, file.attempts) == ("waiting", tries)


def test_a_row_is_tried_by_one_at_a_time(kept: World) -> None:
    files = {make_file(kept).pk for _n in range(6)}
    begun: list[Any] = []
    together = threading.Barrier(3)

    def slow(file: FigureFile, _asker: Any) -> dict[str, Any]:
        begun.append(file.pk)
        return ready(file, None)

    def work() -> None:
        together.wait()
        queue(slow).run_due()
        connection.close()

    threads = [threading.Thread(target=work) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(begun) == sorted(files)


def test_a_lock_of_an_instant_between_claim_and_try_delays_nothing(kept: World) -> None:
    """Whoever looks for work while another claims a row holds its lock until the look is over."""
    file = make_file(kept)
    locked, opened = threading.Event(), count(1)

    def look() -> None:
        with transaction.atomic():
            list(FigureFile.objects.filter(pk=file.pk).select_for_update())
            locked.set()
            time.sleep(0.3)
        connection.close()

    looking = threading.Thread(target=look)

    @contextmanager
    def scope() -> Iterator[None]:
        if next(opened) == 2:
            looking.start()
            assert locked.wait(10)
        with transaction.atomic():
            yield

    assert queue(ready, scope=scope).run(file.pk)
    looking.join()


def test_a_row_under_way_is_out_of_reach_however_long_it_lasts(kept: World) -> None:
    file = make_file(kept)
    found: list[bool] = []

    def long(_file: FigureFile, _asker: Any) -> dict[str, Any]:
        def other() -> None:
            later = timezone.now() + DUE_AGAIN_AFTER + timedelta(minutes=1)
            found.append(bool(queue(fails).run_due(later)))
            found.append(FigureFile.objects.get().attempts != 1)
            connection.close()

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        return ready(_file, None)

    assert queue(long).run(file.pk)
    assert found == [False, False]


def test_the_right_is_asked_before_and_after_each_try(kept: World) -> None:
    asked: list[str] = []
    tried: list[str] = []

    def ask(rights: list[bool]) -> Any:
        def look(_file: FigureFile) -> str:
            asked.append("?")
            if not rights.pop(0):
                raise Stopped
            return "asker"

        return look

    def do(file: FigureFile, asker: Any) -> dict[str, Any]:
        tried.append(asker)
        return ready(file, asker)

    for rights, times in (([False], 0), ([True, False], 1)):
        file = make_file(kept)
        tried.clear()
        assert not queue(do, ask=ask(rights)).run(file.pk)
        file.refresh_from_db()
        assert (file.state, file.content, tried) == ("failed", None, ["asker"] * times)


def test_no_file_of_figures_for_a_posting_that_ended(kept: World) -> None:
    file = make_file(kept)
    use_role("web")
    posting = Posting.objects.get(pk=file.posting_id)
    posting.ends_on = today() - timedelta(days=2)
    posting.save()
    use_role("worker")
    figure_files.build_file(file.pk)
    file.refresh_from_db()
    assert (file.state, file.content) == ("failed", None)
