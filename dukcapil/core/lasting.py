"""Work that lasts for minutes: a lease that is renewed, where a lock would keep a transaction open.

Whoever waits sees how far it is, and may stop it. A try whose process died is due again when its lease
has run out; a try that lost its lease writes nothing, for another one was counted since.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, connection, models
from django.db.models import Q
from django.utils import timezone

from dukcapil.core.work import FAILED, WAITING, Queue, Stopped, Work

log = structlog.get_logger()

#: A try that is not heard of for so long has died.
LEASE = timedelta(seconds=60)
#: Seconds between two signs of life.
EVERY = 2.0

W = TypeVar("W", bound=Work)


class Lease:
    """A try's signs of life, from a thread of its own: what it tells is written, who stops it is heard.

    `watch` is asked at each sign; what it says ends the try too, and is kept in `why`.
    """

    def __init__(
        self, renew: Callable[[dict[str, Any]], bool], watch: Callable[[], str] = lambda: ""
    ) -> None:
        self._renew, self._watch = renew, watch
        self._told: dict[str, Any] = {}
        self._over, self._end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)
        #: Why the try ended before its time: "asked", or what `watch` said.
        self.why = ""

    def tell(self, **columns: Any) -> None:
        """How far it is, in columns of the row; written with the next sign of life."""
        self._told = columns

    def stopped(self) -> bool:
        return self._over.is_set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._end.wait(EVERY):
                self._sign()
        finally:
            connection.close()

    def _sign(self) -> None:
        try:
            goes_on = self._renew(self._told)
        except DatabaseError as error:
            # The next sign, or the next try when there was none for too long.
            log.warning("lease_not_renewed", error=type(error).__name__)
            connection.close()
            return
        why = "" if goes_on else "asked"
        if (why := why or self._watch()) and not self._over.is_set():
            self.why = why
            self._over.set()


@dataclass(frozen=True)
class LastingQueue(Queue[W]):
    """As `Queue`, but `make` runs outside of any transaction, and `do` writes what it made in one.

    The model has a column `stop_asked_at` beside those of `Work`.
    """

    #: Given the row, what `ask` says, and the lease.
    make: Callable[[W, Any, Lease], Any] = field(kw_only=True)
    watch: Callable[[], str] = lambda: ""
    #: The state of a row that is due, and of one that a try works on.
    waits: str = WAITING
    begun: str = field(kw_only=True)
    #: What else has to hold for a row to be due.
    due_if: Q = field(default_factory=Q)

    def _rows(self) -> models.QuerySet[W]:
        rows = self.model._default_manager.filter(state__in={self.waits, self.begun})
        return rows.filter(self.due_if)

    def _due(self, moment: datetime) -> models.QuerySet[W]:
        return self._rows().filter(due_at__lte=moment).order_by("due_at", "pk")

    def _same(self, work: W) -> models.QuerySet[W]:
        return self._rows().filter(pk=work.pk, attempts=work.attempts)

    def _claim(self, moment: datetime, **which: Any) -> W | None:
        with self.scope():
            work = super()._claim(moment, **which)
            if work is not None and self.begun != work_state(work):
                self._same(work).update(state=self.begun)
            return work

    def _try(self, claimed: W, moment: datetime) -> bool:
        try:
            with self.scope():
                asker = self.ask(claimed)
            with Lease(lambda told: self._renew(claimed, told), self.watch) as lease:
                found = self.make(claimed, asker, lease)
            with self.scope():
                return self._keep(claimed, moment, found)
        except Stopped:
            with self.scope():
                self._write(claimed, {"state": self.stopped})
            return False
        except SoftTimeLimitExceeded:
            with self.scope():
                self._later(claimed, moment, {})
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the next try or the count decides
            name, kind = self.model._meta.label, type(error).__name__
            log.warning("work_failed", work=name, id=str(claimed.pk), error=kind)
        with self.scope():
            self._later(claimed, moment, {})
        return False

    def _renew(self, claimed: W, told: dict[str, Any]) -> bool:
        """Whether to go on: not when somebody asked to stop, nor when another try has begun."""
        with self.scope():
            own = self._same(claimed)
            if not own.update(due_at=timezone.now() + LEASE, **told):
                return False
            return not own.filter(stop_asked_at__isnull=False).exists()

    def _keep(self, claimed: W, moment: datetime, found: Any) -> bool:
        """Nothing when the row was taken off the list, or begun again, since it was claimed."""
        work = self._same(claimed).select_for_update().first()
        if work is None:
            return False
        self.ask(work)
        values = self.do(work, found)
        if "state" not in values:
            self._later(work, moment, values)
            return False
        self._write(work, values)
        return bool(values["state"] not in (FAILED, self.stopped))

    def _later(self, work: W, moment: datetime, values: dict[str, Any]) -> None:
        super()._later(work, moment, {"state": self.waits, **values})


def work_state(work: Any) -> str:
    """`Work` leaves its states to its models."""
    return str(work.state)
