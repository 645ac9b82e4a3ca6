"""Makes the plans that wait, without the worker."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from dukcapil.core.command import Command as Base
from reports.planner.services import solving


class Command(Base):
    help = "Make the plans of jemput bola that wait, and their bounds, in this process."
    database_role = "worker"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say which wait, make none")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            for plan_id in solving.waiting_plans():
                self.progress(f"Waits: {plan_id}")
            return
        for plan_id in solving.waiting_plans():
            made = solving.solve_plan(plan_id)
            self.progress(f"{plan_id}: {'made' if made else 'not made'}")
        for plan_id in solving.waiting_bounds():
            self.progress(f"{plan_id}: {'bounded' if solving.bound_plan(plan_id) else 'no bound'}")
        self.progress("All made.")
