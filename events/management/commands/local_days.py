"""Days that regions opened or closed, from the command line."""

from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import Command as Base
from dukcapil.regions.selectors import get_region
from dukcapil.regions.validators import NATION
from events.calendar.enums import DayKind
from events.calendar.models import LocalDay
from events.calendar.selectors import local_days
from events.elections.services.days import decide_day
from events.management.commands.elections import actor_named


class Command(Base):
    help = (
        "List the days that a region, those above it and its offices opened or closed. With --kind"
        " decide one: --day, --reason, --source, and --by, an account that is posted as province"
        " officer or administrator."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--region", default=NATION)
        parser.add_argument("--kind", choices=DayKind.values)
        parser.add_argument("--day", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--reason", default="")
        parser.add_argument("--source", default="", help="decree or letter")
        parser.add_argument("--by", default="", metavar="USERNAME")
        parser.add_argument("--yes", action="store_true", help="end the openings of that day too")

    def handle(self, *args: Any, **options: Any) -> None:
        region = get_region(options["region"])
        if options["kind"] is None:
            for row in local_days(region.pk, options["day"], options["day"]):
                self._line(row)
            return
        if options["day"] is None:
            raise CommandError("Name the --day.")
        by = actor_named(options["by"])
        with scoped(by.scope):
            row = decide_day(
                by=by,
                region=region,
                day=options["day"],
                kind=options["kind"],
                reason=options["reason"],
                source=options["source"],
                confirm=["openings-end"] if options["yes"] else [],
            )
        self._line(row)

    def _line(self, row: LocalDay) -> None:
        self.stdout.write(f"{row.day}  {row.region_id}  {row.kind}  {row.reason}  {row.source}")
