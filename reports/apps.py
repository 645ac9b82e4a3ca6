"""The app of figures; after each migration it opens the coming months of the day counts, and at its start it
says what the bell of every page reads.
"""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


def _months_ahead(using: str, **_signal_arguments: Any) -> None:
    """After each migration the coming year has a partition of day counts for every month."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT to_regclass('reports_daycount'), to_regprocedure('daycount_months(date,date)')"
        )
        if all(cursor.fetchone()):
            cursor.execute("SELECT daycount_months(current_date, current_date + 365)")


class ReportsConfig(AppConfig):
    """Figures: bases and targets, daily reports and their revisions, coverage."""

    name = "reports"

    def ready(self) -> None:
        from dukcapil.accounts.selectors import read_with_posting  # noqa: PLC0415 - needs models
        from reports.alerts.selectors.shown import bell  # noqa: PLC0415 - the same

        read_with_posting(**bell())
        post_migrate.connect(_months_ahead, sender=self)
