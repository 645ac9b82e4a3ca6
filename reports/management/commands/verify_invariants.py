"""Checks the rules of reports.invariants, and the ends of chains against kept anchors."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from dukcapil.core.command import Command as Base
from reports.invariants.chains import heads, rewritten
from reports.invariants.selectors import INVARIANTS, broken


class Command(Base):
    help = "Check every rule that SQL can check; exit 1 and the list when one is broken."
    database_role = "owner"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchors",
            metavar="FILE",
            type=Path,
            help="ends of the chains as they were before, one a line; compared, then today's are"
            " added. Keep the file where the database's administrator cannot write.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        broken_rules = broken()
        for item in broken_rules:
            self.stdout.write(
                self.style.ERROR(f"BROKEN {item.invariant.name}: {item.invariant.meaning}")
            )
            self.stdout.write(f"  {item.count}: {', '.join(item.examples)}")
        self.stdout.write(f"{len(INVARIANTS) - len(broken_rules)} of {len(INVARIANTS)} rules hold.")
        changed = self._anchors(options["anchors"]) if options["anchors"] else []
        for chain in changed:
            self.stdout.write(self.style.ERROR(f"REWRITTEN since it was anchored: {chain}"))
        if broken_rules or changed:
            sys.exit(1)

    def _anchors(self, path: Path) -> list[str]:
        before = _read(path) if path.exists() else []
        changed = rewritten(before)
        if not changed:
            fresh = [line for line in heads() if line not in set(before)]
            with path.open("a") as file:
                file.writelines(f"{chain} {seq} {text}\n" for chain, seq, text in fresh)
            self.stdout.write(f"{len(before)} anchors hold, {len(fresh)} were added.")
        return changed


def _read(path: Path) -> list[tuple[str, int, str]]:
    anchors = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        kind, _space, rest = line.partition(" ")
        try:
            office, seq, text = rest.rsplit(" ", 2)
            anchors.append((f"{kind} {office}", int(seq), text))
        except ValueError as error:
            raise CommandError(f"{path}, line {number}: not an anchor") from error
    return anchors
