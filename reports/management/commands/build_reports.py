"""Builds the daily reports from the command line, without the worker."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser
from django.utils import timezone

from dukcapil.core.command import Command as Base
from dukcapil.regions.models import Region
from reports.daily.services.build import build_province, ensure_day, stale_provinces


class Command(Base):
    help = "Build the daily reports of everything that is behind, in this process."
    database_role = "worker"

    def add_arguments(self, parser: CommandParser) -> None:
        group = parser.add_mutually_exclusive_group()
        group.add_argument("--date", type=date.fromisoformat, help="also report nil for this day")
        group.add_argument("--since", type=date.fromisoformat, help="nil reports since this day")
        parser.add_argument("--region", default="", help="province or regency for nil reports")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what is behind, write nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        behind = stale_provinces()
        if options["dry_run"]:
            self.progress(f"Behind: {', '.join(behind) or 'nothing'}")
            return
        for province in behind:
            self.progress(f"{province}: {build_province(province)} regencies")
        self._nil(options)
        self.progress("All built.")

    def _nil(self, options: dict[str, Any]) -> None:
        first = options["since"] or options["date"]
        if first is None or not options["region"]:
            return
        regencies = Region.objects.within(options["region"]).level("regency")
        for code, zone in regencies.values_list("code", "timezone"):
            last = options["date"] or timezone.localdate(timezone=ZoneInfo(zone))
            for number in range((last - first).days + 1):
                ensure_day(code, date.fromordinal(first.toordinal() + number))
