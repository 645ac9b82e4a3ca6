"""Kinds and states of a list that is taken out as a file."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ExportKind(models.TextChoices):
    """Lists that may leave the system as a file, with masked numbers."""

    RESIDENTS = "residents", _("Residents of the office")
    QUEUE = "queue", _("Bookings of a session")
    WAITING = "waiting", _("Waiting list of a session")
    MISSING = "missing", _("Who is missing after an event")
    MEND = "mend", _("Rows of an import to mend")
    ANNEX = "annex", _("Annex of a destruction of cards")
    LETTER = "letter", _("Letter to a school or another venue")
    VOTERS = "voters", _("Result of a voters' list, as a workbook")
    VOTERS_CSV = "voters_csv", _("Result of a voters' list, as CSV")
    VILLAGE = "village", _("Sheet for a village head")
    DOCUMENTS = "documents", _("Documents that people asked for, as a workbook")
    DOCUMENTS_CSV = "doc_csv", _("Documents that people asked for, as CSV")


class Kept(models.TextChoices):
    """What goes after its time by a dated rule (`RetentionRule`)."""

    PROPOSALS = "proposals", _("Proposed corrections that nobody decides about")
    IMPORTS = "imports", _("Rows of an import, with what was held before")
    PREVIEWS = "previews", _("Imports that nobody carries out")
    ARRIVALS = "arrivals", _("People handed over by another office, whom nobody decides about")
    VOTERS = "voters", _("Names of a voters' list that nobody accepts")


#: Days until it goes where no rule says otherwise, and the most that a rule may say: an import is undone
#: within thirty days, and what nobody carries out is no archive.
KEEP_DAYS: dict[str, tuple[int, int]] = {
    Kept.PROPOSALS: (90, 365),
    Kept.IMPORTS: (30, 30),
    Kept.PREVIEWS: (2, 30),
    Kept.ARRIVALS: (90, 365),
    Kept.VOTERS: (90, 90),
}


class ExportState(models.TextChoices):
    WAITING = "waiting", _("Being made")
    READY = "ready", _("Ready")
    STOPPED = "stopped", _("Stopped: the right to it had ended")
    FAILED = "failed", _("Could not be made")
    GONE = "gone", _("Removed")
