from __future__ import annotations

from datetime import date

from django.utils import timezone

from dukcapil.core.jobs import task
from reports.services import build_province, ensure_day, freeze_release
from reports.services.build import stale_provinces


@task("reports.build_all")
def build_all() -> None:
    for province in stale_provinces():
        build_one.delay(province)


@task("reports.build_province")
def build_one(province: str) -> None:
    build_province(province)


@task("reports.build_day")
def build_day(province: str, regencies: list[str], day: str) -> None:
    build_province(province)
    for regency in regencies:
        ensure_day(regency, date.fromisoformat(day))


@task("reports.freeze_day")
def freeze_day() -> None:
    freeze_release(name=f"harian-{timezone.localdate().isoformat()}")
