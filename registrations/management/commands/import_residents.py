"""Loads the residents whom offices held before this system; run by the operator, not by staff."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import Command as Base
from dukcapil.core.db import EVERYBODY
from registrations.people.services.checks import LOOK_ALIKE
from registrations.people.services.imports import OPTIONAL, REQUIRED, import_residents

#: Rows that are named; the others are counted.
SHOWN = 50


class Command(Base):
    help = (
        "Import residents from a list: CSV of any length, or a workbook of 100,000 rows, with columns"
        f" named {','.join(REQUIRED)}[,{','.join(OPTIONAL)}] or as offices name them. Each is held by "
        "the office of the village. All rows or none; the same file again writes nothing."
    )
    database_role = "worker"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument(
            "--accept",
            action="append",
            default=[],
            choices=[LOOK_ALIKE],
            help="import also rows with name and birth date of somebody held under another NIK",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            with scoped(EVERYBODY):
                done = import_residents(
                    path=options["file"],
                    progress=lambda count: self.progress(f"{count:,} rows read"),
                    confirm=options["accept"],
                )
            if options["dry_run"]:
                transaction.set_rollback(True)
        verb = "would be new" if options["dry_run"] else "new"
        self.progress(f"{done.created:,} {verb}, {done.held:,} held before.")
        if done.alike:
            self.progress(
                f"{len(done.alike):,} rows were left out: their office, or an earlier row, has somebody"
                " of the same name and birth date under another NIK. Compare them, then import the"
                f" file again with --accept {LOOK_ALIKE}. {_rows(done.alike)}"
            )
        for sentence in done.said:
            self.progress(sentence)
        if done.doubtful:
            self.progress(
                f"{len(done.doubtful):,} rows have a NIK that nobody can have been issued; services"
                f" of these people wait for a decision. {_rows(done.doubtful)}"
            )
        for remark, lines in done.warned.items():
            if remark.field != "nik":  # told above
                self.progress(
                    f"{len(lines):,} rows, {remark.field}: {remark.detail} {_rows(lines)}"
                )


def _rows(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:SHOWN]))
    return f"Rows {shown}" + (" ..." if len(lines) > SHOWN else ".")
