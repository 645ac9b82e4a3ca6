"""Loads the residents whom offices held before this system; run by the operator, not by staff."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import Command as Base
from dukcapil.core.db import EVERYBODY
from registrations.people.services.imports import OPTIONAL, REQUIRED, import_residents

#: Rows that are named; the others are counted.
SHOWN = 50


class Command(Base):
    help = (
        f"Import residents from CSV ({','.join(REQUIRED)}[,{','.join(OPTIONAL)}]). Each is held by "
        "the office of the village. All rows or none; the same file again writes nothing."
    )
    database_role = "worker"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            with scoped(EVERYBODY):
                done = import_residents(
                    path=options["file"],
                    progress=lambda count: self.progress(f"{count:,} rows read"),
                )
            if options["dry_run"]:
                transaction.set_rollback(True)
        verb = "would be new" if options["dry_run"] else "new"
        self.progress(f"{done.created:,} {verb}, {done.held:,} held before.")
        if done.doubtful:
            shown = ", ".join(map(str, done.doubtful[:SHOWN]))
            self.progress(
                f"{len(done.doubtful):,} rows have a NIK that nobody can have been issued; services"
                f" of these people wait for a decision. Rows {shown}"
                + (" ..." if len(done.doubtful) > SHOWN else ".")
            )
