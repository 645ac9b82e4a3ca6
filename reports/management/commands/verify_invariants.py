import sys
from typing import Any

from dukcapil.core.command import Command as Base
from reports.selectors.invariants import INVARIANTS, broken


class Command(Base):
    help = "Check every rule that SQL can check; exit 1 and the list when one is broken."
    database_role = "owner"

    def handle(self, *args: Any, **options: Any) -> None:
        found = broken()
        for item in found:
            self.stdout.write(
                self.style.ERROR(f"BROKEN {item.invariant.name}: {item.invariant.meaning}")
            )
            self.stdout.write(f"  {item.count}: {', '.join(item.examples)}")
        self.stdout.write(f"{len(INVARIANTS) - len(found)} of {len(INVARIANTS)} rules hold.")
        if found:
            sys.exit(1)
