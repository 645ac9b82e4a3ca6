"""The work queue: rows of a table are the work, and whatever Redis loses is done at the next look.

One rule for all queues. Each try is counted and committed before it begins, so that one that takes
its process with it counts too; while it lasts its row is locked; what fails is due again later, and
given up after the last try.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog
from django.db import models, transaction
from django.utils import timezone

log = structlog.get_logger()

#: What was begun and never finished (its process died) is due again after this.
BEGUN = timedelta(minutes=2)

WAITING, READY, FAILED, GONE = "waiting", "ready", "failed", "gone"


class Stopped(Exception):
    """The right to it ended while it waited or was made: no further try."""


class Work(models.Model):
    """A row that a job has to do. Who inherits has a `state` with `waiting`, `failed` and its own."""

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
    #: The right of who asked, before and after each try. Raises Stopped; without it nobody asked.
    ask: Callable[[W], Any] = lambda _work: None
    stopped: str = FAILED
    #: The column that is emptied once it is over: at once, or `kept` after it was ready.
    content: str = ""
    kept: timedelta | None = None

    def due(self, now: datetime | None = None) -> list[uuid.UUID]:
        with self.scope():
            found = self._due(now or timezone.now())
            return list(found.values_list("pk", flat=True))

    def run(self, pk: uuid.UUID) -> bool:
        """One try of this row; none when it is not due or gone. Whether it came to a good end."""
        moment = timezone.now()
        return (work := self._claim(moment, pk=pk)) is not None and self._try(work, moment)

    def run_due(self, now: datetime | None = None, *, most: int | None = None) -> int:
        """Each row that is due, one after another; returns how many came to a good end."""
        moment = now or timezone.now()
        done = tried = 0
        while most is None or tried < most:
            if (work := self._claim(moment)) is None:
                break
            tried += 1
            done += self._try(work, moment)
        return done

    def forget(self) -> int:
        """Empty what was kept long enough; the rows stay. Returns how many."""
        if self.kept is None:
            return 0
        with self.scope():
            over = timezone.now() - self.kept
            old = self.model._default_manager.filter(state=READY, finished_at__lt=over)
            return old.update(state=GONE, **{self.content: None})

    def _due(self, moment: datetime) -> models.QuerySet[W]:
        found = self.model._default_manager.filter(state=WAITING, due_at__lte=moment)
        return found.order_by("due_at", "pk")

    def _claim(self, moment: datetime, **which: Any) -> W | None:
        """The next one due, its try counted, out of reach of others. Those without a try left end."""
        with self.scope():
            due = self._due(moment).filter(**which).select_for_update(skip_locked=True)
            while (work := due.first()) is not None:
                if work.attempts < self.tries:
                    work.attempts += 1
                    work.due_at = max(moment, timezone.now()) + BEGUN
                    work.save(update_fields=["attempts", "due_at"])
                    return work
                self._write(work, {"state": FAILED})
            return None

    def _try(self, claimed: W, moment: datetime) -> bool:
        try:
            with self.scope():
                return self._do(claimed, moment)
        except Exception as error:  # noqa: BLE001 - whatever it was, the next try or the count decides
            name, kind = self.model._meta.label, type(error).__name__
            log.warning("work_failed", work=name, id=str(claimed.pk), error=kind)
        with self.scope():
            self._later(claimed, moment, {})
        return False

    def _do(self, claimed: W, moment: datetime) -> bool:
        """Nothing for a row that somebody took off the list, or began again, meanwhile."""
        waiting = self._same(claimed).select_for_update(skip_locked=True)
        if (work := waiting.first()) is None:
            return False
        try:
            found = self.do(work, self.ask(work))
            self.ask(work)
        except Stopped:
            found = {"state": self.stopped}
        if "state" not in found:
            self._later(work, moment, found)
            return False
        self._write(work, found)
        return bool(found["state"] not in (FAILED, self.stopped))

    def _same(self, work: W) -> models.QuerySet[W]:
        return self.model._default_manager.filter(pk=work.pk, state=WAITING, attempts=work.attempts)

    def _later(self, work: W, moment: datetime, found: dict[str, Any]) -> None:
        """After the last try at once: the next look gives it up."""
        last = work.attempts >= self.tries
        due_at = moment if last else timezone.now() + self.wait(work.attempts)
        self._same(work).update(due_at=due_at, **found)

    def _write(self, work: W, found: dict[str, Any]) -> None:
        if self.content and self.kept is None:
            found = {self.content: None} | found
        self._same(work).update(finished_at=timezone.now(), **found)
