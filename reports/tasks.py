"""Jobs of the worker: build days, freeze a release, make files, look for alerts, tell addresses."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import DatabaseError
from django.utils import timezone

from dukcapil.core.jobs import task
from dukcapil.regions.validators import NATION
from reports.alerts.services import mailing, watching
from reports.daily.services.build import (
    build_province,
    build_provinces,
    ensure_day,
    grouped,
    stale_provinces,
)
from reports.election_desk.services import keep_rows
from reports.files import services as figure_files
from reports.planner.selectors import standing
from reports.planner.services import evening, solving
from reports.publication.services import webhooks
from reports.publication.services.freezing import freeze_release

#: Seconds after which beat looks again: a message that waits for longer says nothing new.
FORGOTTEN = 55


@task("reports.build_all")
def build_all() -> None:
    for provinces in grouped(stale_provinces()):
        build_some.delay(provinces)


@task("reports.build_provinces")
def build_some(provinces: list[str]) -> None:
    try:
        build_provinces(provinces)
    except DatabaseError:
        if len(provinces) == 1:
            raise
        # Build each alone, so that one that fails does not stop the others.
        for province in provinces:
            build_some.delay([province])


@task("reports.build_day")
def build_day(province: str, regencies: list[str], day: str) -> None:
    build_province(province)
    for regency in regencies:
        ensure_day(regency, date.fromisoformat(day))


@task("reports.freeze_day")
def freeze_day() -> None:
    freeze_release(name=f"harian-{timezone.localdate().isoformat()}")


@task("reports.keep_desk")
def keep_desk() -> None:
    keep_rows(NATION)


@task("reports.look_for_alerts")
def look_for_alerts() -> None:
    watching.look()


@task("reports.mail_alerts")
def mail_alerts() -> None:
    mailing.send_due()


@task("reports.build_files")
def build_files() -> None:
    for file_id in figure_files.waiting_files():
        figure_files.build_file(file_id)


@task("reports.build_file")
def build_file(file_id: str) -> None:
    figure_files.build_file(uuid.UUID(file_id))


@task("reports.forget_files")
def forget_files() -> None:
    figure_files.forget_files()


@task("reports.tell_of_releases")
def tell_of_releases() -> None:
    webhooks.announce()
    webhooks.deliver_due()


@task("reports.solve_plans")
def solve_plans() -> None:
    """Each is a piece of work of the planner's own queue (`dukcapil.celery`)."""
    for plan_id in solving.waiting_plans():
        solve_plan.apply_async(args=[str(plan_id)], expires=FORGOTTEN)
    for plan_id in solving.waiting_bounds():
        bound_plan.apply_async(args=[str(plan_id)], expires=FORGOTTEN)


@task("reports.solve_plan")
def solve_plan(plan_id: str) -> None:
    solving.solve_plan(uuid.UUID(plan_id))
    if uuid.UUID(plan_id) in solving.waiting_bounds():
        bound_plan.delay(plan_id)


@task("reports.bound_plan")
def bound_plan(plan_id: str) -> None:
    solving.bound_plan(uuid.UUID(plan_id))


@task("reports.plan_again")
def plan_again() -> None:
    """Each office alone, in the planner's queue: what it asks for is read by the solver's parts."""
    for office in standing.offices_with_plans():
        plan_office_again.delay(office)


@task("reports.plan_office_again")
def plan_office_again(office: str) -> None:
    if (plan := evening.end_of_day(office)) is not None:
        solve_plan.delay(str(plan.pk))
