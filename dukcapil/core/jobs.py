"""The one task decorator. Tasks take dates and codes only; losing one loses no figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from celery import Task, shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from dukcapil.core.roomy import with_room

log = structlog.get_logger()

#: Seconds. Below the broker's visibility timeout, so that a task runs out before it comes back.
TIME_LIMIT = 540
VISIBILITY_TIMEOUT = 600


class _Roomy(Task):
    def __call__(self, *args: Any, **options: Any) -> Any:
        return with_room(super().__call__, *args, **options)


def task(name: str) -> Callable[[Callable[..., Any]], Any]:
    return shared_task(
        name=name,
        base=_Roomy,
        acks_late=True,
        reject_on_worker_lost=True,
        ignore_result=True,
        time_limit=TIME_LIMIT,
        soft_time_limit=TIME_LIMIT - 30,
    )


def hint(job: Any, *args: Any) -> None:
    """Ask for a job once this transaction is committed. Without Redis the job runs a little later,
    when beat starts it.
    """

    def send() -> None:
        try:
            job.apply_async(args=args, retry=False)
        except (OperationalError, OSError) as error:
            log.warning("hint_not_sent", job=job.name, error=type(error).__name__)

    transaction.on_commit(send)
