"""Loads the file of region codes."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from dukcapil.core.command import Command as Base
from dukcapil.regions.services import import_regions


class Command(Base):
    help = "Load the region codes (91,600 rows) and the retired ones. Running it again is harmless."
    database_role = "owner"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--path", type=Path, help="another regions.csv.gz (code,name)")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = import_regions(path=options["path"])
        self.stdout.write(", ".join(f"{level} {n:,}" for level, n in sorted(counts.items())))
