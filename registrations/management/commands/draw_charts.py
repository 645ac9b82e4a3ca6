"""Write the charts of statuses and of documents into the documents, from the tables of the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from registrations.cards.renderers import chart
from registrations.documents.renderers import chart as chart_of_documents


class Command(BaseCommand):
    help = "Write docs/status.md and docs/documents.md from the tables of the code."

    def handle(self, *args: Any, **options: Any) -> None:
        docs = Path(settings.BASE_DIR) / "docs"
        (docs / "status.md").write_text(chart())
        (docs / "documents.md").write_text(chart_of_documents())
