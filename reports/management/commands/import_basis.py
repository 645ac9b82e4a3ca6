"""Imports a basis from a file; the operator of the machine approves it by this."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from dukcapil.core.command import Command as Base
from dukcapil.core.lists.grid import WhichSheet, read_file
from dukcapil.core.lists.layout import WhichColumns
from dukcapil.regions.enums import Level
from dukcapil.regions.validators import NATION, dotted
from reports.bases.enums import BasisKind
from reports.bases.readers.figures import LIMITS
from reports.bases.readers.places import OtherCodes
from reports.bases.readers.rows import Table
from reports.bases.readers.sheets import read_table
from reports.bases.readers.words import BASES
from reports.bases.services.basis import Imported, import_basis


def _read(path: Path, sheet: str, columns: list[str]) -> Table:
    chosen = dict(column.partition("=")[::2] for column in columns)
    try:
        with path.open("rb") as file:
            grid = read_file(file, path.name, LIMITS, sheet)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    except WhichSheet as error:
        names = ", ".join(sheet.name for sheet in error.sheets)
        raise CommandError(f"{error.message} --sheet: {names}") from error
    try:
        return read_table(grid, chosen or None)
    except WhichColumns as error:
        kinds = ", ".join(kind.name for kind in BASES.kinds if kind.used)
        raise CommandError(f"{error.message} --column C=kind: {kinds}") from error


class Command(Base):
    help = (
        "Import a basis from CSV, XLSX, XLS or ODS (region_code,wajib_ktp,recorded[,unrecorded,printed,"
        "ikd_activated]; with --components region_code,dkb,deaths,duplicates,moved_out,moved_in,"
        "first_recordings[,recorded]; or the headers of an Indonesian table). Counts as approved by the machine's operator."
    )

    #: Serving roles sign nothing in nobody's name.
    database_role = "owner"

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
        parser.add_argument("--sheet", default="", help="of a workbook with several")
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="C=recorded",
            help="what a column holds, by its letter; C= leaves it out",
        )
        parser.add_argument("--region", default=NATION, help="where names without codes lie")
        parser.add_argument(
            "--by-name", action="store_true", help="codes are another office's, such as BPS'"
        )
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        table = _read(options["file"], options["sheet"], options["column"])
        try:
            done = self._import(table, **options)
        except OtherCodes as error:
            raise CommandError(f"{error.message}\n--by-name") from error
        for text in (*done.said, *done.warnings):
            self.stderr.write(text)
        verb = "would be imported" if options["dry_run"] else "imported"
        verb = verb if done.created else "already there, nothing written"
        self.progress(f"{done.basis.name}: {done.rows} regions, {verb}.")

    def _import(self, table: Table, **options: Any) -> Imported:
        with transaction.atomic():
            done = import_basis(
                rows=table,
                name=options["name"],
                kind=options["kind"],
                wajib_as_of=options["as_of"],
                recorded_as_of=options["recorded_as_of"],
                level=options["level"],
                components=options["components"],
                source=options["source"],
                note=options["note"],
                region=dotted(options["region"]),
                by_name=options["by_name"],
            )
            if options["dry_run"]:
                transaction.set_rollback(True)
        return done
