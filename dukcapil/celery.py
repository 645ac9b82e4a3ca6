"""The Celery application and the whole beat schedule. The work itself stands in tables: what Redis
carries only says that it is time to look.
"""

import os
import signal
from functools import cached_property

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, setup_logging, worker_init, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dukcapil.settings")
# Django's checks of the code import every page, which no job needs; the suite carries them out, and `manage.py
# check`. What a worker must not be is asked below.
os.environ.setdefault("CELERY_SKIP_CHECKS", "yes")

from django.apps import apps
from django.conf import settings
from django.utils.log import configure_logging

from dukcapil import processes
from dukcapil.core import sentry
from dukcapil.core.checks import refuse_power
from dukcapil.core.jobs import VISIBILITY_TIMEOUT

processes.collect_seldom()
_TRANSPORT = {"visibility_timeout": VISIBILITY_TIMEOUT, "socket_timeout": 30}


class Application(Celery):
    Beat = cached_property(lambda self: self.subclass_with_self("dukcapil.beat:Beat"))


app = Application("dukcapil", broker=settings.CELERY_BROKER_URL)
app.conf.update(
    broker_transport_options=_TRANSPORT,
    result_backend_transport_options=_TRANSPORT,
    visibility_timeout=VISIBILITY_TIMEOUT,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    accept_content=["json"],
    task_serializer="json",
    # Nothing is kept, and nothing but JSON would be.
    result_serializer="json",
    result_accept_content=["json"],
    event_serializer="json",
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_max_tasks_per_child=500,
    task_default_queue="dukcapil",
    # Of the worker that is started with `processes.PLANNER`.
    task_routes={
        name: {"queue": processes.PLANS}
        for name in ("reports.solve_plan", "reports.bound_plan", "reports.plan_office_again")
    },
    timezone="UTC",
    enable_utc=True,
    beat_schedule={
        "build": {"task": "reports.build_all", "schedule": float(settings.BUILD_EVERY_SECONDS)},
        "exports": {"task": "registrations.build_exports", "schedule": 60.0},
        "forget-exports": {
            "task": "registrations.forget_exports",
            "schedule": crontab(minute="10"),
        },
        "imports": {"task": "registrations.work_on_imports", "schedule": 60.0},
        "forget-imports": {
            "task": "registrations.forget_imports",
            "schedule": crontab(minute="40"),
        },
        "voters": {"task": "registrations.work_on_voters", "schedule": 60.0},
        "forget-voters": {
            "task": "registrations.forget_voters",
            "schedule": crontab(hour="18", minute="50"),
        },
        "forget-drafts": {
            "task": "registrations.forget_drafts",
            "schedule": crontab(minute="15"),
        },
        "forget-proposals": {
            "task": "registrations.forget_proposals",
            "schedule": crontab(hour="18", minute="40"),
        },
        "lists": {"task": "registrations.work_on_lists", "schedule": 60.0},
        # 00:10 WIB: in every zone the day is new.
        "close-lists": {
            "task": "registrations.ask_for_lists",
            "schedule": crontab(hour="17", minute="10"),
        },
        "forget-arrivals": {
            "task": "registrations.forget_arrivals",
            "schedule": crontab(hour="18", minute="45"),
        },
        "messages": {"task": "registrations.send_messages", "schedule": 60.0},
        "desk": {"task": "reports.keep_desk", "schedule": 60.0},
        "alerts": {"task": "reports.look_for_alerts", "schedule": 60.0},
        "alert-mails": {"task": "reports.mail_alerts", "schedule": 60.0},
        "files": {"task": "reports.build_files", "schedule": 60.0},
        "forget-files": {"task": "reports.forget_files", "schedule": crontab(minute="20")},
        "webhooks": {"task": "reports.tell_of_releases", "schedule": 60.0},
        # Forgotten while a plan is made: it would only look again.
        "plans": {"task": "reports.solve_plans", "schedule": 60.0, "options": {"expires": 55}},
        # 19:15 WIB, 21:15 WIT: the day's visits are over, and tomorrow's can still be moved.
        "plan-again": {
            "task": "reports.plan_again",
            "schedule": crontab(hour="12", minute="15"),
        },
        "forget": {"task": "accounts.forget_answers", "schedule": crontab(minute="30")},
        # 02:00 WIB: every zone's yesterday is over.
        "freeze": {"task": "reports.freeze_day", "schedule": crontab(hour="19", minute="0")},
    },
)
app.autodiscover_tasks()


@setup_logging.connect
def _our_logging(**kwargs: object) -> None:
    """Django's LOGGING stands, also in beat, which does not set Django up; Celery does not add its own."""
    if not apps.ready:
        configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)


@worker_init.connect
def _not_too_powerful(**kwargs: object) -> None:
    refuse_power()
    sentry.start()


@worker_init.connect
@beat_init.connect
def _all_is_imported(**kwargs: object) -> None:
    processes.begin_work()


@worker_process_init.connect
def _die_with_worker(**kwargs: object) -> None:
    processes.die_with_parent(signal.SIGTERM)
