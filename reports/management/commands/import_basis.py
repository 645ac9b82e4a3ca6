"""Imports a basis from a file; the operator of the machine approves it by this."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from dukcapil.core.command import Command as Base
from dukcapil.core.tables import Rows, read_rows
from dukcapil.regions.enums import Level
from reports.bases.enums import BasisKind
from reports.bases.readers import LIMITS
from reports.bases.services.basis import import_basis


def _read(path: Path) -> Rows:
    try:
        with path.open("rb") as file:
            return read_rows(file, path.name, LIMITS)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


class Command(Base):
    help = (
        "Import a basis from CSV or XLSX (region_code,wajib_ktp,recorded[,unrecorded,printed,"
        "ikd_activated]; with --components region_code,dkb,deaths,duplicates,moved_out,moved_in,"
        "first_recordings[,recorded]). Counts as approved by the machine's operator."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--name", required=True)
        parser.add_argument("--kind", required=True, choices=BasisKind.values)
        parser.add_argument("--as-of", required=True, type=date.fromisoformat)
        parser.add_argument("--recorded-as-of", type=date.fromisoformat)
        parser.add_argument("--level", required=True, choices=Level.values)
        parser.add_argument("--components", action="store_true")
        parser.add_argument("--source", default="")
        parser.add_argument("--note", default="")
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            done = import_basis(
                rows=_read(options["file"]),
                name=options["name"],
                kind=options["kind"],
                wajib_as_of=options["as_of"],
                recorded_as_of=options["recorded_as_of"],
                level=options["level"],
                components=options["components"],
                source=options["source"],
                note=options["note"],
            )
            if options["dry_run"]:
                transaction.set_rollback(True)
        for warning in done.warnings:
            self.stderr.write(warning)
        verb = "would be imported" if options["dry_run"] else "imported"
        verb = verb if done.created else "already there, nothing written"
        self.progress(f"{done.basis.name}: {done.rows} regions, {verb}.")
