"""Beat, which sends names of jobs at their times and needs nothing of the application."""

from __future__ import annotations

from celery.apps import beat


class Beat(beat.Beat):
    """Celery's own imports every job first, and so every table, reader and rule: four fifths of its start, and more
    than half of its memory. What a job asks for besides its name (time limits, no result) the worker knows.
    """

    def init_loader(self) -> None:
        self.app.finalize()
