"""Write the charts of states into the documents, from the tables of the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from registrations.burials import renderers as burials
from registrations.cards import renderers as statuses
from registrations.documents import renderers as documents
from registrations.papers import renderers as papers

#: File of docs/ -> what draws it.
CHARTS = {
    "status.md": statuses.chart,
    "documents.md": documents.chart,
    "papers.md": papers.chart,
    "burials.md": burials.chart,
}


class Command(BaseCommand):
    help = f"Write {', '.join(CHARTS)} of docs/ from the tables of the code."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, chart in CHARTS.items():
            (Path(settings.BASE_DIR) / "docs" / name).write_text(chart())
