"""The work queue: each row of a table is a piece of work. Beat looks at the table again and again, so
nothing is lost when Redis loses a message.

All queues follow one rule. Each try is counted and committed before it begins, so that a try in which
the process dies is counted too. The row is locked while the try runs. A row that failed is due again
later, and is given up after the last try.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict
from dukcapil.core.locks import Lock, hold

log = structlog.get_logger()

#: A try that began and never ended (its process died) is due again after this.
DUE_AGAIN_AFTER = timedelta(minutes=2)

#: Files that one person may have in a queue, and finished and not yet gone.
MOST_WAITING, MOST_KEPT = 10, 100

WAITING, READY, FAILED, GONE = "waiting", "ready", "failed", "gone"


class Stopped(Exception):
    """Whoever asked for the work lost the right to it: no further try."""


class Work(models.Model):
    """A row that a job has to do. A subclass adds `state`, with `waiting`, `failed` and its own."""

    #: Counted before each try.
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


W = TypeVar("W", bound=Work)


@dataclass(frozen=True)
class Queue(Generic[W]):
    """How the rows of one table are done."""

    model: type[W]
    #: One try, given the row and what `ask` says. Returns the columns to write: with a `state` the
    #: row is over, without one it is tried again, as it is after any exception.
    do: Callable[[W, Any], dict[str, Any]]
    tries: int
    #: The wait after the first try that failed, the second, ...
    wait: Callable[[int], timedelta] = lambda _tries: timedelta(0)
    #: Opens the transaction of each step.
    scope: Callable[[], AbstractContextManager[Any]] = transaction.atomic
    #: Checks, before and after each try, that who asked for the work still may; raises Stopped. The
    #: default is for work that nobody asked for.
    ask: Callable[[W], Any] = lambda _work: None
    stopped: str = FAILED
    #: The column that is emptied when the work is over: at once, or when `kept` has passed since.
    content: str = ""
    kept: timedelta | None = None
    #: Large columns that not every step needs: read when they are asked for.
    large: tuple[str, ...] = ()

    def due(self, now: datetime | None = None) -> list[uuid.UUID]:
        with self.scope():
            due = self._due(now or timezone.now())
            return list(due.values_list("pk", flat=True))

    def run(self, pk: uuid.UUID) -> bool:
        """One try of this row, or none when it is not due any more. Whether it succeeded."""
        moment = timezone.now()
        return (work := self._claim(moment, pk=pk)) is not None and self._try(work, moment)

    def run_due(self, now: datetime | None = None, *, most: int | None = None) -> int:
        """Each row that is due, one after another; returns how many succeeded."""
        moment = now or timezone.now()
        done = tried = 0
        while most is None or tried < most:
            if (work := self._claim(moment)) is None:
                break
            tried += 1
            done += self._try(work, moment)
        return done

    def make_room(self, **whose: Any) -> None:
        """Before one more row of the same person: nobody fills the queue, nor the disk, alone."""
        hold(Lock.QUEUED, f"{self.model._meta.label} {whose}")
        own = self.model._default_manager.filter(**whose)
        if own.filter(state=WAITING).count() >= MOST_WAITING:
            raise Conflict(
                "too-many-waiting",
                _("%(most)s of your files are being made already. Wait until one is ready.")
                % {"most": MOST_WAITING},
            )
        if own.filter(state=READY).count() >= MOST_KEPT:
            raise Conflict(
                "too-many-kept",
                _("%(most)s files of yours are kept already. Each goes a day after it was made.")
                % {"most": MOST_KEPT},
            )

    def forget(self) -> int:
        """Empty what was kept long enough; the rows stay. Returns how many."""
        if self.kept is None:
            return 0
        with self.scope():
            expired = timezone.now() - self.kept
            finished = self.model._default_manager.filter(state=READY, finished_at__lt=expired)
            return finished.update(state=GONE, **{self.content: None})

    def _due(self, moment: datetime) -> models.QuerySet[W]:
        due = self.model._default_manager.filter(state=WAITING, due_at__lte=moment)
        return due.order_by("due_at", "pk").defer(*self.large)

    def _claim(self, moment: datetime, **which: Any) -> W | None:
        """The next row that is due, with its try counted, so that no other worker takes it. A row
        that has no try left is marked as failed.
        """
        with self.scope():
            due = self._due(moment).filter(**which).select_for_update(skip_locked=True)
            while (work := due.first()) is not None:
                if work.attempts < self.tries:
                    work.attempts += 1
                    work.due_at = max(moment, timezone.now()) + DUE_AGAIN_AFTER
                    work.save(update_fields=["attempts", "due_at"])
                    return work
                self._write(work, {"state": FAILED})
            return None

    def _try(self, claimed: W, moment: datetime) -> bool:
        try:
            with self.scope():
                return self._do(claimed, moment)
        except SoftTimeLimitExceeded:
            # The job's own time is over: no further row is begun.
            with self.scope():
                self._later(claimed, moment, {})
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the next try or the count decides
            name, kind = self.model._meta.label, type(error).__name__
            log.warning("work_failed", work=name, id=str(claimed.pk), error=kind)
        with self.scope():
            self._later(claimed, moment, {})
        return False

    def _do(self, claimed: W, moment: datetime) -> bool:
        """Does nothing when the row was taken off the list, or begun again, since it was claimed.

        Waits for the row's lock: a worker that looked for work while the claim was committed keeps it
        for an instant, although the row is not due for it any more.
        """
        waiting = self._same(claimed).select_for_update().defer(*self.large)
        if (work := waiting.first()) is None:
            return False
        try:
            values = self.do(work, self.ask(work))
            self.ask(work)
        except Stopped:
            values = {"state": self.stopped}
        if "state" not in values:
            self._later(work, moment, values)
            return False
        self._write(work, values)
        return bool(values["state"] not in (FAILED, self.stopped))

    def _same(self, work: W) -> models.QuerySet[W]:
        return self.model._default_manager.filter(pk=work.pk, state=WAITING, attempts=work.attempts)

    def _later(self, work: W, moment: datetime, values: dict[str, Any]) -> None:
        """Due again after the wait; after the last try at once, so that the next look gives it up."""
        last = work.attempts >= self.tries
        due_at = moment if last else timezone.now() + self.wait(work.attempts)
        self._same(work).update(due_at=due_at, **values)

    def _write(self, work: W, values: dict[str, Any]) -> None:
        if self.content and self.kept is None:
            values = {self.content: None} | values
        self._same(work).update(finished_at=timezone.now(), **values)
