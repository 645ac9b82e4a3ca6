"""Write the chart of statuses into the documents, from the tables of the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from registrations.cards.renderers import chart


class Command(BaseCommand):
    help = "Write docs/status.md from the tables of registrations.cards."

    def handle(self, *args: Any, **options: Any) -> None:
        (Path(settings.BASE_DIR) / "docs" / "status.md").write_text(chart())
